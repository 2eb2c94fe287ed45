package dev.sarscribe.imagery.simulate;

/** Hears how far a simulation is; called from the thread that runs it. */
@FunctionalInterface
public interface ProgressListener {
  /** Hears nothing. */
  ProgressListener NONE = (done, total) -> {};

  /** Called after each row band or tile with the rows or tiles done and their total. */
  void progress(int done, int total);
}
