package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * STAC's schemas of items, of the sar and of the sat extension, from files: nothing is fetched. The
 * schema of sat at hand is 1.2.0, which only adds fields to 1.1.0; it is read under that version's
 * name. Those of view, product, processing and file are not at hand: {@link #validate} checks their
 * fields by hand, as their specifications say.
 */
final class StacSchemas {
  private static final String SAT_1_1 = "https://stac-extensions.github.io/sat/v1.1.0/schema.json";

  private final JsonSchemaFactory factory;

  StacSchemas() throws IOException {
    Map<String, String> texts = new HashMap<>();
    try (var files = Files.list(RealItems.folder("stac-schemas"))) {
      for (Path file : files.sorted().toList()) {
        String text = Files.readString(file);
        texts.put(RealItems.read(file).path("$id").textValue().replace("#", ""), text);
      }
    }
    Path sar = RealItems.folder("stac-ext-sar/json-schema/schema.json");
    texts.put(RealItems.read(sar).path("$id").textValue(), Files.readString(sar));
    Path sat = RealItems.folder("stac-ext-sat/json-schema/schema.json");
    texts.put(SAT_1_1, Files.readString(sat).replace("v1.2.0", "v1.1.0"));
    factory =
        JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V7,
            builder ->
                builder.schemaLoaders(
                    // Last of all: what is not among the files is not fetched.
                    loaders ->
                        loaders
                            .schemas(texts)
                            .add(
                                iri -> {
                                  throw new IllegalStateException(iri + " is not at hand");
                                })));
  }

  /** Fails unless an item is valid with every extension that it declares. */
  void validate(JsonNode item) {
    requireValid("https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/item.json", item);
    for (JsonNode declared : item.path("stac_extensions")) {
      String extension = declared.textValue();
      if (extension.contains("/sar/") || extension.contains("/sat/")) {
        requireValid(extension, item);
      }
    }
    JsonNode properties = item.path("properties");
    assertThat(declares(item, "view/v1.0.0")).isEqualTo(hasPrefix(properties, "view:"));
    assertThat(declares(item, "sat/v1.1.0")).isEqualTo(hasPrefix(properties, "sat:"));
    assertThat(declares(item, "product/v0.1.0")).isEqualTo(hasPrefix(properties, "product:"));
    assertThat(declares(item, "projection/v2.0.0")).isEqualTo(hasPrefix(properties, "proj:"));
    assertThat(declares(item, "processing/v1.2.0")).isEqualTo(hasPrefix(properties, "processing:"));
    properties.fields().forEachRemaining(f -> checkByHand(f.getKey(), f.getValue()));
    boolean files = false;
    for (JsonNode asset : item.path("assets")) {
      asset.fields().forEachRemaining(f -> checkByHand(f.getKey(), f.getValue()));
      files |= hasPrefix(asset, "file:");
    }
    assertThat(declares(item, "file/v2.1.0")).isEqualTo(files);
  }

  private void requireValid(String schema, JsonNode item) {
    JsonSchema loaded =
        factory.getSchema(
            com.networknt.schema.SchemaLocation.of(schema),
            SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build());
    assertThat(loaded.validate(item)).as(schema + " of " + item.path("id")).isEmpty();
  }

  private static void checkByHand(String field, JsonNode value) {
    switch (field) {
      case "view:incidence_angle" -> assertThat(value.doubleValue()).isBetween(0.0, 90.0);
      case "product:type", "processing:level", "processing:version" ->
          assertThat(value.textValue()).isNotBlank();
      case "processing:datetime" ->
          assertThat(java.time.Instant.parse(value.textValue())).isNotNull();
      case "proj:code" -> assertThat(value.textValue()).matches("[^:]+:[^:]+");
      case "proj:shape" -> {
        assertThat(value).hasSize(2);
        value.forEach(n -> assertThat(n.isIntegralNumber() && n.longValue() > 0).isTrue());
      }
      case "proj:transform" -> {
        assertThat(value.size()).isIn(6, 9);
        value.forEach(n -> assertThat(n.isNumber()).isTrue());
      }
      case "file:size" -> assertThat(value.isIntegralNumber()).isTrue();
      case "file:checksum" -> assertThat(value.textValue()).matches("(?:[0-9a-fA-F]{2}){4,}");
      default -> assertThat(field).doesNotMatch("(view|product|processing|file|proj):.*");
    }
  }

  private static boolean declares(JsonNode item, String extension) {
    return item.path("stac_extensions").toString().contains("/" + extension + "/");
  }

  private static boolean hasPrefix(JsonNode node, String prefix) {
    for (var names = node.fieldNames(); names.hasNext(); ) {
      if (names.next().startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
