package dev.sarscribe.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.api.Test;

class SchemasTest {
  @Test
  void everyRecordEnumAndFieldIsDocumented() {
    Set<String> seen = new HashSet<>();
    for (Topic<?> topic : Topics.ALL) {
      assertDocumented(SpecificData.get().getSchema(topic.type()), topic.name(), seen);
    }
    assertThat(seen).hasSizeGreaterThan(15);
  }

  private static void assertDocumented(Schema schema, String where, Set<String> seen) {
    switch (schema.getType()) {
      case RECORD -> {
        if (!seen.add(schema.getFullName())) {
          return;
        }
        assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
        for (Schema.Field field : schema.getFields()) {
          String name = schema.getFullName() + "." + field.name();
          assertThat(field.doc()).as(name).isNotBlank();
          assertDocumented(field.schema(), name, seen);
        }
      }
      case ENUM -> {
        seen.add(schema.getFullName());
        assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
      }
      case ARRAY -> assertDocumented(schema.getElementType(), where, seen);
      case MAP -> assertDocumented(schema.getValueType(), where, seen);
      case UNION -> schema.getTypes().forEach(s -> assertDocumented(s, where, seen));
      default -> {}
    }
  }

  @Test
  void theCorpusIsCompactedForEverAndTilesAreKeptForDays() {
    assertThat(Topics.CORPUS.configs()).containsEntry("cleanup.policy", "compact");
    assertThat(Topics.TILES.configs())
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("retention.ms", "604800000");
  }

  @Test
  void aTopicNameThatIsNotDomainEntityVersionIsRefused() {
    assertThatThrownBy(
            () ->
                new Topic<>(
                    "tiles",
                    dev.sarscribe.schemas.avro.Tile.class,
                    "k",
                    1,
                    Optional.empty(),
                    1 << 20))
        .hasMessageContaining("domain.entity.vN");
  }
}
