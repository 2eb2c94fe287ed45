package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.imagery.SceneException;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * What one processor does with the records of its topic. Everything but an errand runs on the
 * task's stream thread.
 */
interface Work<V> {
  /** Called once per task, before the first record. */
  void init(ProcessorContext<byte[], byte[]> context, Sinks sinks);

  /**
   * Whether a record takes as long as other machines take. Such a record waits in a store while its
   * errand runs on another thread: a stream thread that waited would lose its transaction.
   */
  default boolean isRemote(V value) {
    return false;
  }

  /** Whether the errands of a task run one after the other. */
  default boolean isSerial() {
    return false;
  }

  /**
   * Begins with a record; every exception makes it a dead letter.
   *
   * @return what is to be done next, or empty if nothing is
   */
  Optional<Errand> begin(String key, V value) throws SceneException, RefusedException;

  /** Reads what it needs; touches neither stores nor topics. May run on any thread. */
  @FunctionalInterface
  interface Errand {
    Finish run() throws SceneException, RefusedException, AccessException;
  }

  /** Enters and sends what an errand found. */
  @FunctionalInterface
  interface Finish {
    void run() throws RefusedException;
  }

  /** Tells the consequences of a record that became a dead letter, beyond the letter itself. */
  void refused(V value, String reason, String message) throws RefusedException;

  /**
   * Releases what errands of the waiting room hold for the next ones, as there has been none for a
   * while: what is held keeps a newer version from being fetched. No errand runs meanwhile.
   */
  default void rest() {}

  /** Releases what errands hold for the next ones; runs after the last errand, where that ran. */
  default void close() {}
}
