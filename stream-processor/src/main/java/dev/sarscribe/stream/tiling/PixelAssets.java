package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.assets.AssetHints;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.TileJob;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Which assets of an acquisition have its pixels, and what of them. Static. */
final class PixelAssets {
  /** What readers call the only band of a raster that does not name it. */
  private static final String UNKNOWN = "UNKNOWN";

  private PixelAssets() {}

  /** Those with the role {@code data}; without any such the first; none if there is none at all. */
  static List<Asset> of(Acquisition acquisition) {
    List<Asset> all = acquisition.getAssets();
    List<Asset> data =
        all.stream().filter(a -> a.getRoles().stream().anyMatch("data"::equalsIgnoreCase)).toList();
    return data.isEmpty() ? all.stream().limit(1).toList() : data;
  }

  static boolean areRemote(Acquisition acquisition) {
    return of(acquisition).stream().anyMatch(a -> !Assets.isLocal(a.getUri()));
  }

  static AssetHints hints(Asset asset) {
    return hints(asset.getSizeBytes(), asset.getChecksum(), asset.getMediaType());
  }

  static AssetHints hints(TileJob job) {
    return hints(job.getSizeBytes(), job.getChecksum(), job.getMediaType());
  }

  private static AssetHints hints(Long sizeBytes, String checksum, String mediaType) {
    return new AssetHints(
        sizeBytes == null || sizeBytes < 0 ? OptionalLong.empty() : OptionalLong.of(sizeBytes),
        Optional.ofNullable(checksum),
        Optional.ofNullable(mediaType));
  }

  /** What a scene shows: what its file says, or of an only band the asset's only polarization. */
  static String polarization(Asset asset, List<Scene> scenes, Scene scene) {
    boolean told = !scene.polarization().equals(UNKNOWN) || scenes.size() > 1;
    List<String> published = asset.getPolarizations();
    return told || published.size() != 1 ? scene.polarization() : published.get(0);
  }

  /** Whether a polarization is one, and not what stands for none. */
  static boolean isNamed(String polarization) {
    return !polarization.equals(UNKNOWN) && !polarization.startsWith("BAND");
  }

  /** Whether a scene is the one that a job was planned for. */
  static boolean isMeant(TileJob job, List<Scene> scenes, Scene scene) {
    return scene.polarization().equals(job.getPolarization())
        || (scenes.size() == 1 && scene.polarization().equals(UNKNOWN));
  }
}
