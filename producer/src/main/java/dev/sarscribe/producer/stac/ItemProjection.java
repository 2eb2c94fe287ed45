package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.schemas.avro.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The grid of an item's pixels, from the projection extension of any version. */
final class ItemProjection {
  /** Rows and columns. */
  private static final int SHAPE = 2;

  /** An affine transform with or without its last row, which says nothing. */
  private static final int AFFINE = 6;

  private static final int MATRIX = 9;

  private ItemProjection() {}

  /** Empty if no field of the extension is there, or none makes sense. */
  static Optional<Projection> of(ItemFields fields) {
    Optional<String> code =
        fields
            .text("proj:code")
            .or(() -> fields.count("proj:epsg").map(number -> "EPSG:" + number));
    List<Integer> shape = shape(fields.node().path("proj:shape"));
    List<Double> transform = transform(fields.node().path("proj:transform"));
    if (code.isEmpty() && shape.isEmpty() && transform.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Projection.newBuilder()
            .setCode(code.orElse(null))
            .setShape(shape)
            .setTransform(transform)
            .build());
  }

  private static List<Integer> shape(JsonNode node) {
    boolean usable = node.isArray() && node.size() == SHAPE;
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; usable && i < SHAPE; i++) {
      usable = node.path(i).canConvertToInt() && node.path(i).asInt() > 0;
      shape.add(node.path(i).asInt());
    }
    return usable ? shape : List.of();
  }

  private static List<Double> transform(JsonNode node) {
    boolean usable = node.isArray() && (node.size() == AFFINE || node.size() == MATRIX);
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; usable && i < node.size(); i++) {
      usable = node.path(i).isNumber() && Double.isFinite(node.path(i).asDouble());
      numbers.add(node.path(i).asDouble());
    }
    return usable ? numbers : List.of();
  }
}
