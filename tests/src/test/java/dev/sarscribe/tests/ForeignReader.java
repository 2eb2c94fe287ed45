package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.CorpusRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.avro.SchemaFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the documented Python reader, which knows nothing of ours but the published schema. */
final class ForeignReader {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignReader.class);
  private static final String PYTHON = "/usr/bin/python3";

  private ForeignReader() {}

  /**
   * Asserts the number of records it prints; skips with a message where its libraries are missing.
   */
  static void assertReads(String bootstrap, Path folder, int records) throws Exception {
    Path probe = folder.resolve("probe.out");
    if (!Files.isExecutable(Path.of(PYTHON))
        || run(probe, PYTHON, "-c", "import confluent_kafka, avro.io, avro.schema") != 0) {
      LOG.warn("python3-confluent-kafka or python3-avro is not installed: foreign reader skipped");
      return;
    }
    Path schema = folder.resolve("corpus.avsc");
    Files.writeString(schema, SchemaFormatter.format("json/pretty", CorpusRecord.getClassSchema()));
    Path output = folder.resolve("reader.out");
    Path script = LocalProcess.root().resolve("docs/consumers/read_corpus.py");
    int exit =
        run(
            output,
            PYTHON,
            script.toString(),
            bootstrap,
            schema.toString(),
            Integer.toString(records));
    String printed = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(exit).as(printed).isZero();
    assertThat(printed.lines().filter(l -> l.contains("\"caption\""))).hasSize(records);
  }

  /**
   * What a documented consumer prints of the first records, read through a registry; empty, with a
   * message, where its libraries are missing.
   */
  static Optional<String> run(
      String script, String bootstrap, String registry, int records, Path folder) throws Exception {
    Path output = folder.resolve(script + ".out");
    if (!Files.isExecutable(Path.of(PYTHON))
        || run(output, PYTHON, "-c", "import confluent_kafka, fastavro, requests") != 0) {
      LOG.warn("{} is skipped: confluent-kafka or fastavro is not installed", script);
      return Optional.empty();
    }
    String path = LocalProcess.root().resolve("docs/consumers").resolve(script).toString();
    int exit = run(output, PYTHON, path, bootstrap, registry, Integer.toString(records));
    String printed = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(exit).as(printed).isZero();
    return Optional.of(printed);
  }

  private static int run(Path output, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return process.waitFor();
  }
}
