package dev.sarscribe.app.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.stream.LogContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogsTest {
  private static final Logger LOG = LoggerFactory.getLogger(LogsTest.class);

  @TempDir private Path folder;

  @AfterEach
  void stop() throws IOException {
    // Lets go of the file in the folder that is deleted.
    Logs.write(Logs.Format.TEXT, Logs.Target.STDERR, folder);
  }

  @Test
  void aMessageAsJsonHasTheAcquisitionAndTheTileInWork() throws Exception {
    Logs.write(Logs.Format.JSON, Logs.Target.FILE, folder);

    LogContext tile = LogContext.ofTiles(List.of("S1A_1/VV/512_0"));
    LOG.warn("{}: refused\nwith a second line", "S1A_1/VV/512_0", new IOException("cause"));
    tile.close();
    LOG.info("nothing in particular");

    List<String> lines = Files.readAllLines(Logs.file().orElseThrow());
    assertThat(lines).hasSize(2);
    JsonNode first = new ObjectMapper().readTree(lines.get(0));
    assertThat(first.path("level").asText()).isEqualTo("WARN");
    assertThat(first.path("formattedMessage").asText()).startsWith("S1A_1/VV/512_0: refused");
    assertThat(first.path("mdc").path("acquisition").asText()).isEqualTo("S1A_1");
    assertThat(first.path("mdc").path("tile").asText()).isEqualTo("S1A_1/VV/512_0");
    assertThat(first.path("throwable").path("message").asText()).isEqualTo("cause");
    assertThat(new ObjectMapper().readTree(lines.get(1)).path("mdc")).isEmpty();
  }

  @Test
  void aBatchNamesItsAcquisitionsAndAnIdIsCut() throws Exception {
    Logs.write(Logs.Format.JSON, Logs.Target.FILE, folder);

    LogContext batch = LogContext.ofTiles(List.of("A/VV/0_0", "A/VH/0_0", "B/VV/0_0"));
    LOG.info("a batch");
    batch.close();
    LogContext stranger = LogContext.ofAcquisition("x".repeat(5000));
    LOG.info("a stranger");
    stranger.close();

    List<String> lines = Files.readAllLines(Logs.file().orElseThrow());
    JsonNode mdc = new ObjectMapper().readTree(lines.get(0)).path("mdc");
    assertThat(mdc.path("acquisition").asText()).isEqualTo("A,B");
    assertThat(mdc.has("tile")).isFalse();
    assertThat(lines.get(1)).hasSizeLessThan(1000);
  }
}
