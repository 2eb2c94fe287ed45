package dev.sarscribe.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/**
 * Schemas that records on the topics were written with before: single-object encoding names its
 * schema by a fingerprint only, so what an older version wrote is read with these. They are the
 * resources {@code earlier/<record>.<n>.avsc}, numbered from 1, complete in themselves.
 */
final class EarlierSchemas {
  private EarlierSchemas() {}

  static List<Schema> of(Class<?> type) {
    List<Schema> schemas = new ArrayList<>();
    while (true) {
      String name = "earlier/%s.%d.avsc".formatted(type.getSimpleName(), schemas.size() + 1);
      try (InputStream resource = EarlierSchemas.class.getResourceAsStream(name)) {
        if (resource == null) {
          return schemas;
        }
        schemas.add(new Schema.Parser().parse(resource));
      } catch (IOException e) {
        throw new UncheckedIOException(name, e);
      }
    }
  }
}
