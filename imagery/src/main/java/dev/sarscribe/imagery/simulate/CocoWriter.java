package dev.sarscribe.imagery.simulate;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes boxes in the COCO detection format: {@code bbox} is x, y, width, height in pixels. */
final class CocoWriter {
  private CocoWriter() {}

  /** An image and what it shows. */
  record Image(String fileName, int width, int height, List<TruthObject> objects) {}

  static void write(Path file, List<Image> images) throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeArrayFieldStart("images");
      for (int i = 0; i < images.size(); i++) {
        image(json, i + 1, images.get(i));
      }
      json.writeEndArray();
      json.writeArrayFieldStart("annotations");
      int id = 1;
      for (int i = 0; i < images.size(); i++) {
        for (TruthObject object : images.get(i).objects()) {
          annotation(json, id++, i + 1, object);
        }
      }
      json.writeEndArray();
      json.writeArrayFieldStart("categories");
      for (ObjectCategory category : ObjectCategory.values()) {
        json.writeStartObject();
        json.writeNumberField("id", category.id());
        json.writeStringField("name", category.label());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void image(JsonGenerator json, int id, Image image) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeStringField("file_name", image.fileName());
    json.writeNumberField("width", image.width());
    json.writeNumberField("height", image.height());
    json.writeEndObject();
  }

  private static void annotation(JsonGenerator json, int id, int imageId, TruthObject object)
      throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeNumberField("image_id", imageId);
    json.writeNumberField("category_id", object.category().id());
    json.writeArrayFieldStart("bbox");
    for (double v : new double[] {object.x(), object.y(), object.width(), object.height()}) {
      json.writeNumber(Math.round(v * 100) / 100.0);
    }
    json.writeEndArray();
    json.writeNumberField("area", Math.round(object.width() * object.height() * 100) / 100.0);
    json.writeNumberField("iscrowd", 0);
    json.writeEndObject();
  }
}
