package dev.sarscribe.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the registry enforces (FULL_TRANSITIVE), without one: every schema of a topic reads, and is
 * read by, every earlier one.
 */
class SchemaCompatibilityTest {
  static List<Topic<?>> topics() {
    return Topics.ALL;
  }

  @ParameterizedTest
  @MethodSource("topics")
  void aTopicsSchemaIsCompatibleBothWaysWithAllThatWereReleased(Topic<?> topic) {
    Schema present = SpecificData.getForClass(topic.type()).getSchema(topic.type());

    assertThat(incompatibilities(present, EarlierSchemas.of(topic.type())))
        .as("schema of %s against those in earlier/", topic.name())
        .isEmpty();
  }

  @Test
  void aFieldWithoutADefaultThatComesOrGoesIsFound() {
    Schema old = schema("{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\"}");
    Schema gone = schema("{\"name\":\"a\",\"type\":\"int\"}");
    Schema other = schema("{\"name\":\"a\",\"type\":\"string\"}");

    assertThat(incompatibilities(gone, List.of(old))).hasSize(1);
    assertThat(incompatibilities(old, List.of(gone))).hasSize(1);
    assertThat(incompatibilities(other, List.of(gone))).hasSize(2);
    assertThat(incompatibilities(old, List.of(old))).isEmpty();
  }

  private static List<String> incompatibilities(Schema present, List<Schema> earlier) {
    List<String> found = new ArrayList<>();
    for (Schema old : earlier) {
      check(present, old, found);
      check(old, present, found);
    }
    return found;
  }

  private static void check(Schema reader, Schema writer, List<String> found) {
    SchemaPairCompatibility result =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    if (result.getType() != SchemaCompatibilityType.COMPATIBLE) {
      found.add(result.getResult().getIncompatibilities().toString());
    }
  }

  private static Schema schema(String fields) {
    return new Schema.Parser()
        .parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":[%s]}".formatted(fields));
  }
}
