package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Precision;
import java.util.Locale;

/**
 * What a compiled graph depends on: it runs on the same kind of GPU and the same TensorRT only.
 *
 * @param model name and version
 * @param digest of the model folder
 * @param gpu name of the device
 * @param computeCapability of the device
 * @param runtime version of what compiled it
 * @param precision that was allowed
 */
public record PlanKey(
    String model,
    String digest,
    String gpu,
    String computeCapability,
    String runtime,
    Precision precision) {
  private static final int DIGEST_DIGITS = 12;

  /** The key of a model on this machine. */
  public static PlanKey of(
      ModelFolder model, GpuDevice device, String runtime, Precision precision) {
    return new PlanKey(
        model.name() + " " + model.version(),
        model.digest(),
        device.name(),
        device.computeCapability(),
        runtime,
        precision);
  }

  /** A name for a folder that no other key has, but for clashes of 48 bits of the digest. */
  public String folderName() {
    String hex = digest.substring(digest.indexOf(':') + 1);
    String text =
        String.join(
            "_",
            model,
            hex.substring(0, Math.min(DIGEST_DIGITS, hex.length())),
            gpu,
            runtime,
            precision.label());
    return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._]+", "-");
  }
}
