package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;

/** Opens one captioner per worker; the worker closes it. */
@FunctionalInterface
public interface CaptionerSupplier {
  /**
   * Opens a captioner of the caller's own.
   *
   * @throws CaptionerException if the engine or the model cannot be used
   */
  Captioner open() throws CaptionerException;
}
