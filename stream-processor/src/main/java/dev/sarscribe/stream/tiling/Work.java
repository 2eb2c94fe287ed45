package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/** What one processor does with the records of its topic. Lives and runs on one stream thread. */
interface Work<V> {
  /** Called once per task, before the first record. */
  void init(ProcessorContext<byte[], byte[]> context, Sinks sinks);

  /** Handles one record; either exception makes it a dead letter. */
  void process(String key, V value) throws SceneException, RefusedException;

  /** Tells the consequences of a record that became a dead letter, beyond the letter itself. */
  void refused(V value, String reason, String message) throws RefusedException;

  /** Releases what {@link #init} and {@link #process} acquired. */
  default void close() {}
}
