package dev.sarscribe.imagery.simulate;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Writes the truth of a scene as its bands are made: boxes, land cover and a description. */
final class Truth implements AutoCloseable {
  private final SceneRenderer renderer;
  private final String name;
  private final Path folder;
  private final GeoTiffWriter landCover;
  private final long[] pixels = new long[LandCover.values().length];

  /**
   * Opens the files.
   *
   * @param name of the scene's product or file
   * @param folder for the truth of this scene alone
   * @param georeference puts the land-cover mask where the scene is
   */
  Truth(
      SceneRenderer renderer,
      String name,
      Path folder,
      UnaryOperator<GeoTiffWriter.Builder> georeference)
      throws IOException {
    this.renderer = renderer;
    this.name = name;
    this.folder = Files.createDirectories(folder);
    SceneSpec spec = renderer.spec();
    GeoTiffWriter.Builder builder =
        GeoTiffWriter.builder(folder.resolve("landcover.tif"), spec.width(), spec.height())
            .deflate(true)
            .bandDescriptions(List.of("land cover"))
            .nodata(LandCover.NODATA.code());
    landCover = georeference.apply(builder).open();
  }

  /** Takes the next band. */
  void add(Band band) throws IOException {
    for (byte cover : band.cover()) {
      pixels[cover]++;
    }
    landCover.writeRows(band.cover());
  }

  @Override
  public void close() throws IOException {
    landCover.close();
    SceneSpec spec = renderer.spec();
    CocoWriter.write(
        folder.resolve("coco.json"),
        List.of(new CocoWriter.Image(name, spec.width(), spec.height(), renderer.truth())));
    describe(folder.resolve("scene.json"));
  }

  private static void sea(JsonGenerator json, SeaState sea) throws IOException {
    json.writeObjectFieldStart("sea");
    json.writeNumberField("mean_vv_db", sea.meanDb());
    json.writeNumberField("k_shape", sea.shape());
    json.writeEndObject();
  }

  private void describe(Path file) throws IOException {
    SceneSpec spec = renderer.spec();
    try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("name", name);
      json.writeBooleanField("simulated", true);
      json.writeStringField("kind", spec.kind().name().toLowerCase(Locale.ROOT));
      json.writeNumberField("seed", spec.seed());
      json.writeNumberField("width", spec.width());
      json.writeNumberField("height", spec.height());
      json.writeNumberField("pixel_spacing_m", spec.pixelSpacingM());
      json.writeNumberField("looks", spec.looks());
      sea(json, new SeaState(spec));
      json.writeObjectFieldStart("objects");
      for (ObjectCategory category : ObjectCategory.values()) {
        long count = renderer.truth().stream().filter(o -> o.category() == category).count();
        json.writeNumberField(category.label(), count);
      }
      json.writeEndObject();
      json.writeObjectFieldStart("land_cover_codes");
      for (LandCover cover : LandCover.values()) {
        json.writeNumberField(cover.name().toLowerCase(Locale.ROOT), cover.code());
      }
      json.writeEndObject();
      json.writeObjectFieldStart("land_cover_share");
      double all = (double) spec.width() * spec.height();
      for (LandCover cover : LandCover.values()) {
        json.writeNumberField(cover.name().toLowerCase(Locale.ROOT), pixels[cover.code()] / all);
      }
      json.writeEndObject();
      json.writeEndObject();
    }
  }
}
