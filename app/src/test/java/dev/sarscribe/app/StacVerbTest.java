package dev.sarscribe.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StacVerbTest {
  private static final String TAKE =
      "S1A_IW_GRDH_1SDV_20210809T173953_20210809T174018_039156_049F13";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void publishedAcquisitionsAreItemsAsLinesAndAsFiles() throws Exception {
    Path named = raster(TAKE + "_6FF8.tif");
    Path timeless = raster("chip.tif");
    Path items = folder.resolve("items");
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      String bootstrap = "--bootstrap-server=" + broker.bootstrapServers();
      assertThat(run("topics", "--create", bootstrap)).isZero();
      assertThat(run("ingest", bootstrap, named.toString(), timeless.toString())).isZero();

      out.getBuffer().setLength(0);
      assertThat(run("stac", bootstrap)).isZero();
      JsonNode item = new ObjectMapper().readTree(out.toString().strip());
      assertThat(out.toString()).hasLineCount(1);
      assertThat(item.path("id").textValue()).startsWith(TAKE);
      assertThat(item.path("properties").path("sat:absolute_orbit").intValue()).isEqualTo(39156);
      assertThat(err.toString()).contains("nothing says when", "1 acquisitions are no STAC items");

      assertThat(run("stac", bootstrap, "--out", items.toString())).isZero();
      Path file = items.resolve(item.path("id").textValue() + ".json");
      assertThat(new ObjectMapper().readTree(file.toFile())).isEqualTo(item);
      try (var files = Files.list(items)) {
        assertThat(files).containsExactly(file);
      }

      assertThat(run("stac", bootstrap, "--acquisition=none")).isEqualTo(1);
      assertThat(err.toString()).endsWith("sarscribe: no acquisition none\n");
    }
  }

  private Path raster(String name) throws IOException {
    Path path = folder.resolve(name);
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(path, 64, 64).sampleType(SampleType.UINT8).open()) {
      writer.writeRows(new byte[64 * 64]);
    }
    return path;
  }

  private int run(String... arguments) {
    CommandLine command = Sarscribe.commandLine(Map.of("XDG_STATE_HOME", folder.toString()));
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
