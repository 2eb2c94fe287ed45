package dev.sarscribe.app.report;

import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.TileGeometry;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A corpus record in a person's words, for terminals and pages. */
public final class Prose {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Prose() {}

  /** Several lines for a terminal. */
  public static String describe(CorpusRecord record) {
    StringBuilder text = new StringBuilder();
    text.append(record.getTileId()).append('\n');
    text.append("  ").append(where(record)).append('\n');
    text.append("  concise   ")
        .append(record.getConciseCaption().getText())
        .append(percent(record.getConciseCaption().getConfidence()))
        .append('\n');
    text.append("  detailed  ")
        .append(record.getDetailedCaption().getText())
        .append(percent(record.getDetailedCaption().getConfidence()))
        .append('\n');
    for (Answer answer : record.getAnswers()) {
      text.append("  Q ").append(answer.getQuestion()).append('\n');
      text.append("  A ")
          .append(answer.getAnswer())
          .append(percent(answer.getConfidence()))
          .append(answer.getLowConfidence() ? "  unsure" : "")
          .append('\n');
    }
    if (!record.getFlags().isEmpty()) {
      text.append("  flagged   ").append(String.join(", ", record.getFlags())).append('\n');
    }
    return text.toString();
  }

  /** Position, size, time and instrument in one line; leaves out what is not known. */
  public static String where(CorpusRecord record) {
    List<String> parts = new ArrayList<>();
    TileGeometry geometry = record.getGeometry();
    if (geometry.getCentreLat() != null && geometry.getCentreLon() != null) {
      parts.add(position(geometry.getCentreLat(), geometry.getCentreLon()));
    }
    String size = geometry.getWidth() + " x " + geometry.getHeight() + " px";
    if (geometry.getPixelSpacingXM() != null) {
      size += String.format(Locale.ROOT, " of %.1f m", geometry.getPixelSpacingXM());
    }
    parts.add(size);
    parts.add(record.getPolarization());
    AcquisitionSource source = record.getSource();
    if (source.getStartTime() != null) {
      parts.add(time(source.getStartTime()));
    }
    if (source.getPlatform() != null) {
      parts.add(source.getPlatform());
    }
    if (source.getInstrumentMode() != null) {
      parts.add(source.getInstrumentMode());
    }
    return String.join(" · ", parts);
  }

  /** Degrees with hemispheres. */
  static String position(double lat, double lon) {
    return String.format(
        Locale.ROOT,
        "%.4f°%s %.4f°%s",
        Math.abs(lat),
        lat < 0 ? "S" : "N",
        Math.abs(lon),
        lon < 0 ? "W" : "E");
  }

  static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** Nothing where the engine gave no confidence. */
  private static String percent(double confidence) {
    return Double.isNaN(confidence)
        ? ""
        : String.format(Locale.ROOT, "  [%.0f %%]", 100 * confidence);
  }
}
