package dev.sarscribe.producer;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.ContentDigest;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.ProductInfo;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.producer.Offer.Content;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.Projection;
import dev.sarscribe.schemas.avro.ReprocessedPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Products on a file system as items of a feed. */
public final class LocalProducts {
  private LocalProducts() {}

  /** Offers a product; one that cannot be read is offered too, and becomes a dead letter. */
  public static Offer offer(Path path, String feed) {
    Path item = path.toAbsolutePath().normalize();
    try {
      return offer(item, Fingerprint.of(item), feed);
    } catch (IOException e) {
      String message = item.getFileName() + ": cannot be read: " + e;
      var content =
          new Content.Unusable(SceneException.Reason.NOT_FOUND.name(), message, item.toString());
      return new Offer(item.toString(), "unreadable", Optional.empty(), () -> content);
    }
  }

  static Offer offer(Path item, Fingerprint fingerprint, String feed) {
    return new Offer(
        item.toString(),
        fingerprint.value(),
        Optional.empty(),
        () -> content(item, fingerprint, feed));
  }

  private static Content content(Path item, Fingerprint fingerprint, String feed) {
    try (Product product = Products.open(item)) {
      ProductInfo info = product.info();
      String digest = ContentDigest.of(item);
      Asset asset = asset(info, item, fingerprint, digest);
      return new Content.Usable(acquisition(info, asset, grid(product.scenes().get(0)), feed));
    } catch (SceneException e) {
      return new Content.Unusable(e.reason().name(), e.getMessage(), item.toString());
    }
  }

  private static Asset asset(ProductInfo info, Path item, Fingerprint fingerprint, String digest) {
    return Asset.newBuilder()
        .setName("product")
        .setUri(item.toUri().toString())
        .setSizeBytes(fingerprint.sizeBytes())
        .setDigest(digest)
        .setRoles(List.of("data"))
        .setPolarizations(info.polarizations())
        .build();
  }

  private static Projection grid(Scene scene) {
    return Projection.newBuilder().setShape(List.of(scene.height(), scene.width())).build();
  }

  private static Acquisition acquisition(
      ProductInfo info, Asset asset, Projection grid, String feed) {
    return Acquisition.newBuilder()
        .setSource(source(info))
        .setPolarizations(info.polarizations())
        .setFootprint(info.footprintGeoJson().orElse(null))
        .setGsdM(info.gsdM().orElse(null))
        .setAssets(List.of(asset))
        .setFeed(feed)
        .setPublishedAt(Instant.now())
        .setReprocessed(ReprocessedPolicy.NEWEST)
        .setProjection(grid)
        .setIncidenceMinDeg(info.sensing().incidenceMinDeg().orElse(null))
        .setIncidenceMaxDeg(info.sensing().incidenceMaxDeg().orElse(null))
        .build();
  }

  private static AcquisitionSource source(ProductInfo info) {
    return AcquisitionSource.newBuilder()
        .setAcquisitionId(info.acquisitionId())
        .setProductId(info.productId())
        .setPlatform(info.platform().orElse(null))
        .setInstrumentMode(info.instrumentMode().orElse(null))
        .setProductType(info.productType().orElse(null))
        .setStartTime(info.startTime().orElse(null))
        .setEndTime(info.endTime().orElse(null))
        .setOrbitState(info.orbitState().orElse(null))
        .setRelativeOrbit(info.relativeOrbit().orElse(null))
        .setAbsoluteOrbit(info.sensing().absoluteOrbit().orElse(null))
        .setObservationDirection(info.sensing().observationDirection().orElse(null))
        .setFrequencyBand(info.sensing().frequencyBand().orElse(null))
        .setProcessingLevel(info.processing().level().orElse(null))
        .setProcessingVersion(info.processing().version().orElse(null))
        .setProcessedAt(info.processing().time().orElse(null))
        .setAttribution(info.attribution().orElse(null))
        .setLicence(info.licence().orElse(null))
        .build();
  }
}
