package dev.sarscribe.app.report;

import static dev.sarscribe.app.report.Records.answer;
import static dev.sarscribe.app.report.Records.recordWith;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.captioner.Usage;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.stream.caption.CaptionStats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  @TempDir private Path folder;

  @Test
  void anAnswerBelowTheThresholdIsMarkedAsUnsureAndNoOther() throws Exception {
    String page = page(recordWith(answer("3", 0.9, false), answer("Unknown", 0.3, true)));

    assertThat(page.lines().filter(line -> line.contains("<dt>")))
        .satisfiesExactly(
            sure -> assertThat(sure).startsWith("<div><dt>").contains("<dd>3 ", "90 %"),
            unsure ->
                assertThat(unsure)
                    .startsWith("<div class=\"unsure\"><dt>")
                    .contains("<dd>Unknown (unsure) ", "30 %"));
    assertThat(page).contains(".unsure dd {");
  }

  @Test
  void aRecordWithAnUncertainCaptionShowsItsFlagAndOneWithoutShowsNone() throws Exception {
    CorpusRecord flagged =
        CorpusRecord.newBuilder(recordWith())
            .setAccepted(false)
            .setFlags(List.of("LOW_CONFIDENCE_CAPTION", "LOW_VALID_FRACTION"))
            .build();

    assertThat(page(flagged))
        .contains("<p class=\"flags\">LOW_CONFIDENCE_CAPTION, LOW_VALID_FRACTION</p>");
    assertThat(page(recordWith())).doesNotContain("class=\"flags\"");
  }

  @Test
  void anUnknownConfidenceHasNoMeter() throws Exception {
    assertThat(page(recordWith(answer("3", Double.NaN, false)))).contains("<dd>3</dd>");
  }

  @Test
  void whatAModelWritesIsTextAndNeverMarkup() throws Exception {
    String page = page(recordWith(answer("<script>alert('\"&')</script>", 0.9, true)));

    assertThat(page).doesNotContain("<script").contains("&lt;script&gt;");
  }

  private String page(CorpusRecord record) throws Exception {
    Path file = folder.resolve("report.html");
    HtmlReport.write(file, summary(), List.of(record));
    return Files.readString(file);
  }

  private RunSummary summary() {
    var none = new CaptionStats.Times(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    var captioning =
        new CaptionStats.Snapshot(
            Duration.ofSeconds(1), 1, 8, 1, 0, 0, Map.of(), 1, 1, 1, 0, none, Usage.NONE, 0, 0);
    return new RunSummary(
        List.of(), List.of(), 0, Duration.ofSeconds(1), captioning, "localhost:9092", folder);
  }
}
