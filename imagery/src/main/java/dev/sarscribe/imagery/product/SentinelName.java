package dev.sarscribe.imagery.product;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Sentinel-1 product, measurement or geocoded-raster name says. Three conventions are known:
 * products ({@code S1A_IW_GRDH_1SDV_start_stop_orbit_take_crc}), measurements ({@code
 * s1a-iw-grd-vv-start-stop-orbit-take-nnn}) and pyroSAR's ({@code S1A__IW___A_20150309T173017_VV}).
 *
 * @param platform {@code sentinel-1a}…
 * @param mode {@code IW}…
 * @param productType {@code GRD} or {@code SLC}…; absent in pyroSAR's names
 * @param polarizations empty where the name does not say
 * @param absoluteOrbit absent in pyroSAR's names
 */
public record SentinelName(
    String platform,
    String mode,
    Optional<String> productType,
    List<String> polarizations,
    Instant startTime,
    Optional<Instant> endTime,
    Optional<String> orbitState,
    Optional<Integer> relativeOrbit,
    Optional<Integer> absoluteOrbit) {
  /** The band of every Sentinel-1's radar. */
  public static final String FREQUENCY_BAND = "C";

  /** The side that every Sentinel-1's antenna looks to. */
  public static final String OBSERVATION_DIRECTION = "right";

  private static final Pattern PRODUCT =
      Pattern.compile(
          "(S1[A-D])_(IW|EW|S[1-6M]|N[1-6]|WV)_(GRD|SLC|OCN|RAW)[FHM_]_[012][SA](SH|SV|DH|DV)"
              + "_(\\d{8}T\\d{6})_(\\d{8}T\\d{6})_(\\d{6})_[0-9A-F]{6}.*");
  private static final Pattern MEASUREMENT =
      Pattern.compile(
          "(S1[A-D])-(IW|EW|S[1-6M]|N[1-6]|WV)\\d?-(GRD|SLC)-(VV|VH|HH|HV)"
              + "-(\\d{8}T\\d{6})-(\\d{8}T\\d{6})-(\\d{6})-[0-9A-F]{6}.*");
  private static final Pattern GEOCODED =
      Pattern.compile("(S1[A-D])__(IW|EW|S[1-6M])_+([AD])_(\\d{8}T\\d{6})(?:_(VV|VH|HH|HV))?.*");

  /** What tells two products of one acquisition apart: a CRC, and what clouds append. */
  private static final Pattern SUFFIX = Pattern.compile("_[0-9A-F]{4}$", Pattern.CASE_INSENSITIVE);

  private static final Pattern PACKAGING =
      Pattern.compile("(\\.SAFE|\\.zip|_COG)+$", Pattern.CASE_INSENSITIVE);
  private static final DateTimeFormatter COMPACT =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT);

  /**
   * The name without what only says how the product is packed: {@code .SAFE}, {@code .zip} and the
   * Copernicus Data Space's {@code _COG}.
   */
  public static String unpacked(String productName) {
    return PACKAGING.matcher(productName).replaceFirst("");
  }

  /**
   * The rule of identity: an acquisition is named by its product without packaging and without the
   * processing suffix, four hexadecimal digits that differ after every processing. Other suffixes,
   * as {@code _rtc}, name products derived from it, which stay apart.
   */
  public static String acquisitionId(String productName) {
    return SUFFIX.matcher(unpacked(productName)).replaceFirst("");
  }

  /** What a name says; empty if it follows none of the conventions. */
  public static Optional<SentinelName> of(String fileName) {
    String name = fileName.toUpperCase(Locale.ROOT);
    try {
      Matcher m = PRODUCT.matcher(name);
      if (m.matches()) {
        return Optional.of(acquired(m, polarizations(m.group(4))));
      }
      m = MEASUREMENT.matcher(name);
      if (m.matches()) {
        return Optional.of(acquired(m, List.of(m.group(4))));
      }
      m = GEOCODED.matcher(name);
      if (m.matches()) {
        return Optional.of(geocoded(m));
      }
    } catch (DateTimeException e) {
      return Optional.empty(); // a month 13 is somebody else's convention
    }
    return Optional.empty();
  }

  private static SentinelName acquired(Matcher m, List<String> polarizations) {
    return new SentinelName(
        platform(m.group(1)),
        m.group(2),
        Optional.of(m.group(3)),
        polarizations,
        time(m.group(5)),
        Optional.of(time(m.group(6))),
        Optional.empty(),
        relativeOrbit(m.group(1), Integer.parseInt(m.group(7))),
        Optional.of(Integer.valueOf(m.group(7))));
  }

  private static SentinelName geocoded(Matcher m) {
    return new SentinelName(
        platform(m.group(1)),
        m.group(2),
        Optional.empty(),
        m.group(5) == null ? List.of() : List.of(m.group(5)),
        time(m.group(4)),
        Optional.empty(),
        Optional.of(m.group(3).equals("A") ? "ascending" : "descending"),
        Optional.empty(),
        Optional.empty());
  }

  private static List<String> polarizations(String code) {
    return switch (code) {
      case "SH" -> List.of("HH");
      case "SV" -> List.of("VV");
      case "DH" -> List.of("HH", "HV");
      default -> List.of("VV", "VH");
    };
  }

  private static String platform(String code) {
    return "sentinel-1" + code.substring(2).toLowerCase(Locale.ROOT);
  }

  private static Instant time(String compact) {
    return LocalDateTime.parse(compact, COMPACT).toInstant(ZoneOffset.UTC);
  }

  /** ESA's rule for the first two satellites; the others' names alone do not tell. */
  private static Optional<Integer> relativeOrbit(String satellite, int absolute) {
    return switch (satellite) {
      case "S1A" -> Optional.of(Math.floorMod(absolute - 73, 175) + 1);
      case "S1B" -> Optional.of(Math.floorMod(absolute - 27, 175) + 1);
      default -> Optional.empty();
    };
  }

  /** The notice of the Copernicus terms for data acquired at a time. */
  public static String attribution(Instant acquired) {
    return "Contains modified Copernicus Sentinel data "
        + acquired.atOffset(ZoneOffset.UTC).getYear();
  }

  /** The Copernicus Sentinel terms. */
  public static final String LICENCE =
      "https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice";
}
