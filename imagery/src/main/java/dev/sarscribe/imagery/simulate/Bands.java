package dev.sarscribe.imagery.simulate;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Renders a scene band by band on several threads and hands the bands over from top to bottom. At
 * most one band per thread and one more exist at a time, whatever the size of the scene; the pixels
 * do not depend on the number of threads.
 */
final class Bands {
  /** About this many pixels are computed at a time: some 35 bytes each while they are drawn. */
  static final int BAND_PIXELS = 1 << 20;

  /** More threads than this would wait for the disk and hold memory. */
  private static final int MOST_THREADS = 8;

  private Bands() {}

  /** Takes the bands of a scene from top to bottom. */
  interface Sink {
    void accept(Band band) throws IOException;
  }

  /** One thread per processor, up to a limit. */
  static int usualThreads() {
    return Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Renders all rows of a scene.
   *
   * @param sink called on the calling thread, while further bands are being computed
   * @throws IOException of the sink; bands under way are then dropped
   */
  static void render(SceneRenderer renderer, int threads, ProgressListener listener, Sink sink)
      throws IOException {
    SceneSpec spec = renderer.spec();
    int rows = Math.max(16, BAND_PIXELS / spec.width());
    ExecutorService pool = Executors.newFixedThreadPool(threads, Bands::daemon);
    try {
      Deque<Future<Band>> ahead = new ArrayDeque<>();
      int next = 0;
      int done = 0;
      while (done < spec.height()) {
        for (; next < spec.height() && ahead.size() <= threads; next += rows) {
          int first = next;
          int count = Math.min(rows, spec.height() - first);
          ahead.add(pool.submit(() -> renderer.render(first, count)));
        }
        Band band = finished(ahead.remove());
        sink.accept(band);
        done += band.rows();
        listener.progress(done, spec.height());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static Band finished(Future<Band> band) throws IOException {
    try {
      return band.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a scene was simulated", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a band of the scene could not be computed", e.getCause());
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "sarscribe-simulator");
    thread.setDaemon(true);
    return thread;
  }
}
