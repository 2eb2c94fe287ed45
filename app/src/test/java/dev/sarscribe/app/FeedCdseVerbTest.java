package dev.sarscribe.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.testing.LoopbackServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class FeedCdseVerbTest {
  private static final String PAGE =
      """
      {"value": [
        {"Id": "0f0f0f0f-0000-0000-0000-000000000001", "Online": true, "ContentLength": 1000,
         "Name": "S1A_IW_GRDH_1SDV_20260101T000001_20260101T000026_062000_07C000_1A2B.SAFE",
         "PublicationDate": "2026-01-01T04:00:00.000Z",
         "ContentDate": {"Start": "2026-01-01T00:00:01Z", "End": "2026-01-01T00:00:26Z"},
         "Checksum": [{"Algorithm": "MD5", "Value": "00112233445566778899aabbccddeeff"}],
         "GeoFootprint": {"type": "Polygon",
           "coordinates": [[[10, 44], [12, 44], [12, 46], [10, 46], [10, 44]]]}},
        {"Id": "not a product"}]}
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void aPollPublishesWhatIsNewAndASecondOneNothing() throws Exception {
    try (LoopbackServer server =
            LoopbackServer.serving(exchange -> LoopbackServer.json(exchange, 200, PAGE));
        EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      String catalogue = "--catalogue=" + server.uri("");
      String bootstrap = "--bootstrap-server=" + broker.bootstrapServers();
      for (int run = 0; run < 2; run++) {
        assertThat(run("feed", "cdse", bootstrap, catalogue, "--once", "--allow-private-network"))
            .as(err.toString())
            .isZero();
      }
      assertThat(out.toString()).contains("1 published", "1 refused");

      out.getBuffer().setLength(0);
      assertThat(run("stac", bootstrap)).isZero();
      assertThat(out.toString())
          .hasLineCount(1)
          .contains("https://download.dataspace.copernicus.eu/odata/v1/Products(0f0f0f0f-");
    }
  }

  @Test
  void settingsThatMakeNoSenseAreWrongUsage() {
    assertThat(run("feed", "cdse", "--subscription", "../x", "--catalogue", "ftp://host"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("'../x' is no subscription's id");
  }

  private int run(String... arguments) {
    CommandLine command = Sarscribe.commandLine(Map.of("XDG_STATE_HOME", folder.toString()));
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
