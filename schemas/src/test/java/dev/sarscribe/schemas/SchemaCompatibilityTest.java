package dev.sarscribe.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
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

  @ParameterizedTest
  @MethodSource("topics")
  <V extends SpecificRecord> void whatEarlierVersionsWroteWithoutARegistryIsStillRead(
      Topic<V> topic) throws Exception {
    try (WireFormat format = WireFormat.of(Optional.empty())) {
      for (Schema earlier : EarlierSchemas.of(topic.type())) {
        var encoder = new BinaryMessageEncoder<>(new GenericData(), earlier);
        for (Object record : new RandomData(earlier, 20, 7L)) {
          V read = format.decode(topic, encoder.encode(record).array());

          assertThat(firstValue(read)).isEqualTo(firstValue(record));
        }
      }
    }
  }

  /** The first field, of the first field if that is a record. */
  private static String firstValue(Object value) {
    return value instanceof IndexedRecord record ? firstValue(record.get(0)) : value.toString();
  }

  @ParameterizedTest
  @MethodSource("topics")
  void aChangedSchemaIsKeptAmongTheEarlierOnes(Topic<?> topic) throws Exception {
    List<String> known = fingerprints(topic);
    List<String> kept =
        EarlierSchemas.of(topic.type()).stream()
            .map(SchemaCompatibilityTest::fingerprint)
            .collect(Collectors.toCollection(ArrayList::new));
    kept.add(fingerprint(SpecificData.getForClass(topic.type()).getSchema(topic.type())));

    assertThat(kept)
        .as(
            "the schema of %s has changed: keep the one before as earlier/%s.<n>.avsc and add the"
                + " new fingerprint to its line of fingerprints.txt",
            topic.name(), topic.type().getSimpleName())
        .isEqualTo(known);
  }

  /** Of a record's schemas, oldest first. */
  private static List<String> fingerprints(Topic<?> topic) throws IOException {
    String name = topic.type().getSimpleName() + " ";
    try (var lines = SchemaCompatibilityTest.class.getResourceAsStream("fingerprints.txt")) {
      return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith(name))
          .flatMap(line -> Stream.of(line.substring(name.length()).split(" ")))
          .toList();
    }
  }

  private static String fingerprint(Schema schema) {
    return "%016x".formatted(SchemaNormalization.parsingFingerprint64(schema));
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
