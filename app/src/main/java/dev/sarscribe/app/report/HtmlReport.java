package dev.sarscribe.app.report;

import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.GeneratedText;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.schemas.avro.Provenance;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * One HTML page with the images beside their texts. It holds everything it shows: style, images, no
 * script and no address of another file.
 */
public final class HtmlReport {
  /** A few hundred KiB of PNG each: about 50 MB at the most, which browsers still open. */
  public static final int MAX_RECORDS = 200;

  private static final int MAX_DEAD_LETTERS = 100;

  private HtmlReport() {}

  /**
   * Writes the page; an older one is replaced only once the new one is complete.
   *
   * @param records at most {@link #MAX_RECORDS}, in the order of the page
   */
  public static void write(Path file, RunSummary summary, List<CorpusRecord> records)
      throws IOException {
    if (records.size() > MAX_RECORDS) {
      throw new IllegalArgumentException(records.size() + " records; at most " + MAX_RECORDS);
    }
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path draft = target.resolveSibling(target.getFileName() + ".part");
    try (BufferedWriter out = Files.newBufferedWriter(draft, StandardCharsets.UTF_8)) {
      head(out);
      summary(out, summary);
      deadLetters(out, summary.deadLetters());
      records(out, records, summary.captioned());
      foot(out, records);
    }
    Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void head(Writer out) throws IOException {
    out.write(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>sarscribe report</title>
        <style>
        """);
    out.write(style());
    out.write(
        """
        </style>
        </head>
        <body>
        <header><h1>sarscribe</h1><p>SAR tiles with the captions and answers that a model wrote about them.</p></header>
        <main>
        """);
  }

  private static String style() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("resource report.css is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource report.css cannot be read", e);
    }
  }

  private static void summary(Writer out, RunSummary summary) throws IOException {
    out.write("<section class=\"figures\" aria-label=\"Summary\">\n");
    figure(out, summary.count(ProgressState.DONE), "acquisitions done");
    figure(out, summary.planned(), "tiles planned");
    figure(out, summary.captioned(), "captioned");
    for (Map.Entry<String, Integer> reason : summary.rejected().entrySet()) {
      String name = reason.getKey().toLowerCase(Locale.ROOT).replace('_', ' ');
      figure(out, reason.getValue(), "rejected: " + name);
    }
    if (summary.count(ProgressState.FAILED) > 0) {
      figure(out, summary.count(ProgressState.FAILED), "acquisitions failed");
    }
    figure(
        out,
        String.format(Locale.ROOT, "%.1f", summary.captionsPerSecond()),
        "captions per second");
    out.write("</section>\n");
  }

  private static void figure(Writer out, Object value, String label) throws IOException {
    out.write(
        "<div><strong>%s</strong><span>%s</span></div>%n"
            .formatted(Html.escape(value.toString()), Html.escape(label)));
  }

  private static void deadLetters(Writer out, List<DeadLetter> letters) throws IOException {
    if (letters.isEmpty()) {
      return;
    }
    out.write(
        "<details class=\"dead\"><summary>%d inputs were refused</summary><ul>%n"
            .formatted(letters.size()));
    for (DeadLetter letter : letters.subList(0, Math.min(letters.size(), MAX_DEAD_LETTERS))) {
      out.write(
          "<li><code>%s %s</code> %s</li>%n"
              .formatted(
                  letter.getStage(),
                  Html.escape(letter.getReason()),
                  Html.escape(letter.getMessage())));
    }
    out.write("</ul></details>\n");
  }

  private static void records(Writer out, List<CorpusRecord> records, long all) throws IOException {
    out.write(
        "<h2>%s</h2>%n"
            .formatted(
                records.size() < all
                    ? "%d of %d tiles".formatted(records.size(), all)
                    : "%d tiles".formatted(all)));
    out.write("<section class=\"tiles\">\n");
    for (CorpusRecord record : records) {
      card(out, record);
    }
    out.write("</section>\n");
  }

  private static void card(Writer out, CorpusRecord record) throws IOException {
    String concise = Html.escape(record.getConciseCaption().getText());
    out.write(
        "<article>\n<figure><img loading=\"lazy\" decoding=\"async\" width=\"%d\" height=\"%d\" alt=\"%s\" src=\"data:image/png;base64,%s\"></figure>\n<div class=\"text\">\n"
            .formatted(
                record.getGeometry().getWidth(),
                record.getGeometry().getHeight(),
                concise,
                base64(record.getImage())));
    out.write("<h3>%s%s</h3>%n".formatted(concise, meter(record.getConciseCaption())));
    out.write(
        "<p>%s%s</p>%n"
            .formatted(
                Html.escape(record.getDetailedCaption().getText()),
                meter(record.getDetailedCaption())));
    if (!record.getFlags().isEmpty()) {
      out.write(
          "<p class=\"flags\">%s</p>%n"
              .formatted(Html.escape(String.join(", ", record.getFlags()))));
    }
    answers(out, record.getAnswers());
    out.write(
        "<footer><code>%s</code><br>%s</footer>%n</div>%n</article>%n"
            .formatted(Html.escape(record.getTileId()), Html.escape(Prose.where(record))));
  }

  private static void answers(Writer out, List<Answer> answers) throws IOException {
    if (answers.isEmpty()) {
      return;
    }
    out.write("<dl>\n");
    for (Answer answer : answers) {
      out.write(
          "<div%s><dt>%s</dt><dd>%s%s</dd></div>%n"
              .formatted(
                  answer.getLowConfidence() ? " class=\"unsure\"" : "",
                  Html.escape(answer.getQuestion()),
                  Html.escape(answer.getAnswer() + (answer.getLowConfidence() ? " (unsure)" : "")),
                  meter(answer.getConfidence())));
    }
    out.write("</dl>\n");
  }

  private static String meter(GeneratedText text) {
    return meter(text.getConfidence());
  }

  private static String meter(double confidence) {
    if (Double.isNaN(confidence)) {
      return "";
    }
    long percent = Math.round(100 * confidence);
    return " <span class=\"confidence\" style=\"--c:%d%%\" title=\"confidence %d %%\">%d&#8239;%%</span>"
        .formatted(percent, percent, percent);
  }

  private static void foot(Writer out, List<CorpusRecord> records) throws IOException {
    out.write("</main>\n<footer class=\"page\">\n");
    Optional<Provenance> provenance = records.stream().map(CorpusRecord::getProvenance).findFirst();
    if (provenance.isPresent()) {
      Provenance p = provenance.orElseThrow();
      out.write(
          "<p>Model %s %s on %s (%s, %s), prompts %s, recipe %s, sarscribe %s.</p>%n"
              .formatted(
                  Html.escape(p.getModelName()),
                  Html.escape(p.getModelVersion()),
                  Html.escape(p.getEngine()),
                  Html.escape(p.getDevice()),
                  Html.escape(p.getPrecision()),
                  Html.escape(p.getPromptSet()),
                  Html.escape(p.getRecipe()),
                  Html.escape(p.getSoftwareVersion())));
    }
    var notices = new TreeSet<String>();
    records.stream()
        .flatMap(r -> Optional.ofNullable(r.getSource().getAttribution()).stream())
        .forEach(notices::add);
    for (String notice : notices) {
      out.write("<p>%s</p>%n".formatted(Html.escape(notice)));
    }
    out.write("</footer>\n</body>\n</html>\n");
  }

  private static String base64(ByteBuffer png) {
    ByteBuffer encoded = Base64.getEncoder().encode(png.duplicate());
    return StandardCharsets.ISO_8859_1.decode(encoded).toString();
  }
}
