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
  void threads_that_die_now_and_then_are_replaced_for_ever() {
    for (int i = 0; i < 100; i++) {
      now.addAndGet(ThreadFailures.WINDOW.toNanos() / 2);
      assertThat(failures.handle(new StreamsException("no broker"))).isEqualTo(REPLACE_THREAD);
    }
    assertThat(failures.fatal()).isEmpty();
  }

  @Test
  void threads_that_die_one_after_the_other_stop_the_stage() {
    for (int i = 0; i < ThreadFailures.DEATHS_PER_THREAD; i++) {
      assertThat(failures.handle(new StreamsException("again"))).isEqualTo(REPLACE_THREAD);
    }
    assertThat(failures.handle(new StreamsException("again"))).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(failures.fatal()).isPresent();
  }

  @Test
  void what_no_retry_heals_stops_the_stage_at_once() {
    var refused = new StreamsException(new TopicAuthorizationException("not allowed"));

    assertThat(failures.handle(refused)).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(failures.handle(new OutOfMemoryError())).isEqualTo(SHUTDOWN_CLIENT);
  }
}
