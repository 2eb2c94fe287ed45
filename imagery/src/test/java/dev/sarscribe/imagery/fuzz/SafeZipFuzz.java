package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.product.SmallSafe;
import java.nio.file.Path;
import java.util.Optional;

/** Any bytes as the zip of a SAFE. */
public final class SafeZipFuzz {
  private static final Path FILE = Contract.folder().resolve(SmallSafe.ID + ".zip");

  private SafeZipFuzz() {}

  /** Called by the fuzzer with every input. */
  public static void fuzzerTestOneInput(byte[] data) {
    outcome(data);
  }

  static Optional<Reason> outcome(byte[] data) {
    return Contract.outcome(Contract.write(FILE, data));
  }
}
