package dev.sarscribe.imagery.product;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a product's metadata say about the acquisition. Identity follows the field's rule: the
 * acquisition id is the product id without its processing suffix, so a reprocessed product is the
 * same acquisition; a raster without mission metadata is named by its file name and a fingerprint
 * of its content.
 *
 * @param acquisitionId stable over reprocessing, unique per data take and piece
 * @param productId the product as delivered
 * @param platform for instance {@code sentinel-1a}
 * @param instrumentMode for instance {@code IW}
 * @param productType for instance {@code GRD}
 * @param polarizations in the product's order; {@code UNKNOWN} (or {@code BAND1}…) where not stated
 * @param startTime start of the data take
 * @param endTime end of the data take
 * @param orbitState {@code ascending} or {@code descending}
 * @param relativeOrbit relative orbit number
 * @param footprintGeoJson GeoJSON geometry in WGS84 of the whole scene
 * @param gsdM ground sampling distance (pixel spacing) in metres
 * @param attribution the notice that a user of the data must show
 * @param licence SPDX id or URL of the data's terms
 * @param sensing how the scene was looked at
 * @param processing how the product was made
 */
public record ProductInfo(
    String acquisitionId,
    String productId,
    Optional<String> platform,
    Optional<String> instrumentMode,
    Optional<String> productType,
    List<String> polarizations,
    Optional<Instant> startTime,
    Optional<Instant> endTime,
    Optional<String> orbitState,
    Optional<Integer> relativeOrbit,
    Optional<String> footprintGeoJson,
    Optional<Double> gsdM,
    Optional<String> attribution,
    Optional<String> licence,
    Sensing sensing,
    Processing processing) {
  /**
   * How a scene was looked at.
   *
   * @param absoluteOrbit absolute orbit number
   * @param observationDirection side that the antenna looks to, {@code left} or {@code right}
   * @param frequencyBand for instance {@code C}
   * @param incidenceMinDeg smallest incidence angle of the scene in degrees
   * @param incidenceMaxDeg largest incidence angle of the scene in degrees
   */
  public record Sensing(
      Optional<Integer> absoluteOrbit,
      Optional<String> observationDirection,
      Optional<String> frequencyBand,
      Optional<Double> incidenceMinDeg,
      Optional<Double> incidenceMaxDeg) {}

  /**
   * How a product was made.
   *
   * @param level for instance {@code L1}
   * @param version of the processor
   * @param time when its processing ended
   */
  public record Processing(
      Optional<String> level, Optional<String> version, Optional<Instant> time) {}

  public ProductInfo {
    if (acquisitionId.isBlank() || productId.isBlank()) {
      throw new IllegalArgumentException("a product needs an acquisition id and a product id");
    }
    if (polarizations.isEmpty()) {
      throw new IllegalArgumentException(productId + ": no polarization");
    }
    polarizations = List.copyOf(polarizations);
  }
}
