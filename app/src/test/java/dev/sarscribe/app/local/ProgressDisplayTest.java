package dev.sarscribe.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private final AtomicLong nanos = new AtomicLong();
  private final StringWriter text = new StringWriter();

  @Test
  void aPlainOutputGetsALineNowAndThenWithRateAndTimeLeft() {
    var display = display(OptionalInt.empty());

    display.show(List.of(progress(ProgressState.RUNNING, 0)));
    display.show(List.of(progress(ProgressState.RUNNING, 10)));
    nanos.addAndGet(Duration.ofSeconds(10).toNanos());
    display.show(List.of(progress(ProgressState.RUNNING, 20)));
    display.show(List.of(progress(ProgressState.DONE, 60)));
    display.show(List.of(progress(ProgressState.DONE, 60)));

    assertThat(text.toString().lines())
        .satisfiesExactly(
            first -> assertThat(first).contains("0/60 tiles"),
            second -> assertThat(second).contains("20/60 tiles", "2.0/s", "0:20 left"),
            third -> assertThat(third).contains("done", "60 captioned"));
  }

  @Test
  void aTerminalIsDrawnOverWithinItsWidth() {
    var display = display(OptionalInt.of(50));

    display.show(List.of(progress(ProgressState.RUNNING, 0)));
    display.show(List.of(progress(ProgressState.RUNNING, 30)));

    assertThat(text.toString()).contains("\u001b[1A\u001b[J");
    assertThat(text.toString().lines()).allSatisfy(l -> assertThat(l.length()).isLessThan(60));
  }

  private ProgressDisplay display(OptionalInt columns) {
    return new ProgressDisplay(new PrintWriter(text, true), columns, nanos::get);
  }

  private static AcquisitionProgress progress(ProgressState state, int captioned) {
    return AcquisitionProgress.newBuilder()
        .setAcquisitionId("S1A_IW_GRDH_1SDV_20260101T000000")
        .setState(state)
        .setPlanned(60)
        .setTiled(captioned)
        .setCaptioned(captioned)
        .setRejected(Map.of())
        .setDuplicates(0)
        .setStartedAt(Instant.EPOCH)
        .setUpdatedAt(Instant.EPOCH)
        .build();
  }
}
