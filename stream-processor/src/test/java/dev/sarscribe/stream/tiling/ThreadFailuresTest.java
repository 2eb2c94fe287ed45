package dev.sarscribe.stream.tiling;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class ThreadFailuresTest {
  private final AtomicLong now = new AtomicLong();
  private final ThreadFailures failures = new ThreadFailures(1, now::get);

  @Test
  void threadsThatDieNowAndThenAreReplacedForEver() {
    for (int i = 0; i < 100; i++) {
      now.addAndGet(ThreadFailures.WINDOW.toNanos() / 2);
      assertThat(failures.handle(new StreamsException("no broker"))).isEqualTo(REPLACE_THREAD);
    }
    assertThat(failures.fatal()).isEmpty();
  }

  @Test
  void threadsThatDieOneAfterTheOtherStopTheStage() {
    for (int i = 0; i < ThreadFailures.DEATHS_PER_THREAD; i++) {
      assertThat(failures.handle(new StreamsException("again"))).isEqualTo(REPLACE_THREAD);
    }
    assertThat(failures.handle(new StreamsException("again"))).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(failures.fatal()).isPresent();
  }

  @Test
  void whatNoRetryHealsStopsTheStageAtOnce() {
    var refused = new StreamsException(new TopicAuthorizationException("not allowed"));

    assertThat(failures.handle(refused)).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(failures.handle(new OutOfMemoryError())).isEqualTo(SHUTDOWN_CLIENT);
  }
}
