package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.SceneException.Reason;
import java.nio.file.Path;
import java.util.Optional;

/** Any bytes as a GeoTIFF, BigTIFF or COG. */
public final class TiffFuzz {
  private static final Path FILE = Contract.folder().resolve("fuzz.tif");

  private TiffFuzz() {}

  /** Called by the fuzzer with every input. */
  public static void fuzzerTestOneInput(byte[] data) {
    outcome(data);
  }

  static Optional<Reason> outcome(byte[] data) {
    return Contract.outcome(Contract.write(FILE, data));
  }
}
