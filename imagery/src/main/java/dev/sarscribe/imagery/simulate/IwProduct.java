package dev.sarscribe.imagery.simulate;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Name and times of a simulated Sentinel-1A IW GRDH product, made from the seed; the orbit number
 * fits the time (175 orbits in 12 days, counted from a real acquisition).
 *
 * @param orbit absolute orbit number
 * @param dataTake mission data take
 * @param unique the last four hexadecimal digits of the name
 */
record IwProduct(LocalDateTime start, LocalDateTime stop, int orbit, int dataTake, int unique) {
  /** Seconds between lines: 10 m at a ground speed of 6.72 km/s. */
  static final double LINE_INTERVAL_S = 1.488345778199723e-03;

  private static final DateTimeFormatter COMPACT =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS", Locale.ROOT);
  private static final LocalDateTime REFERENCE = LocalDateTime.of(2022, 10, 2, 20, 51, 27);
  private static final int REFERENCE_ORBIT = 45_268;
  private static final double ORBIT_S = 12 * 86_400 / 175.0;

  static IwProduct of(SceneSpec spec) {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 9, 9));
    int orbits = random.nextInt(8_000);
    LocalDateTime start =
        REFERENCE
            .plus(Math.round(orbits * ORBIT_S * 1e6), ChronoUnit.MICROS)
            .plusSeconds(random.nextInt(600))
            .plus(random.nextInt(1_000_000), ChronoUnit.MICROS);
    LocalDateTime stop =
        start.plus(Math.round((spec.height() - 1) * LINE_INTERVAL_S * 1e6), ChronoUnit.MICROS);
    long shape = Noise.hash(spec.seed(), spec.width(), spec.height());
    int fingerprint = (int) Noise.hash(shape, spec.kind().name().hashCode(), 0) & 0xFFFF;
    return new IwProduct(
        start, stop, REFERENCE_ORBIT + orbits, 0x40000 + random.nextInt(0x40000), fingerprint);
  }

  /** {@code S1A_IW_GRDH_1SDV_…}, without the suffix {@code .SAFE}. */
  String name() {
    return "S1A_IW_GRDH_1SDV_%s_%s_%06d_%06X_%04X"
        .formatted(COMPACT.format(start), COMPACT.format(stop), orbit, dataTake, unique);
  }

  /** The name that the files of one polarization share, without directory and suffix. */
  String fileName(String polarization) {
    return "s1a-iw-grd-%s-%s-%s-%06d-%06x-%s"
        .formatted(
            polarization.toLowerCase(Locale.ROOT),
            COMPACT.format(start).toLowerCase(Locale.ROOT),
            COMPACT.format(stop).toLowerCase(Locale.ROOT),
            orbit,
            dataTake,
            imageNumber(polarization));
  }

  static String imageNumber(String polarization) {
    return polarization.equals("VV") ? "001" : "002";
  }

  /** Relative orbit of Sentinel-1A. */
  int relativeOrbit() {
    return Math.floorMod(orbit - 73, 175) + 1;
  }

  /** The 12-day repeat cycle of the orbit. */
  int cycle() {
    return (orbit - 73) / 175 + 15;
  }

  /** The UTC time of a line, as annotations write it. */
  String time(double line) {
    return MICROS.format(start.plus(Math.round(line * LINE_INTERVAL_S * 1e6), ChronoUnit.MICROS));
  }

  /** The UTC time of the ascending node before this descending pass: about half an orbit. */
  String ascendingNodeTime() {
    return MICROS.format(start.minus(Duration.ofSeconds(2_832)));
  }

  String stopTime() {
    return MICROS.format(stop);
  }
}
