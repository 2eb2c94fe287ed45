package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.schemas.avro.ProgressEvent;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WaitingRoomTest {
  private static final URI URL = URI.create("https://example.org/a");

  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private final List<String> followed = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final List<String> begun = new ArrayList<>();
  private final List<String> finished = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private volatile AccessException failure;
  private boolean bug;
  private int rests;
  private KeyValueStore<Long, byte[]> store;

  @BeforeEach
  void open() {
    store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore("waiting"), Serdes.Long(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    var context = new MockProcessorContext<>();
    store.init(context.getStateStoreContext(), store);
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** A work whose records are their keys. */
  private final class Keys implements Work<ProgressEvent> {
    @Override
    public void init(ProcessorContext<byte[], byte[]> context, Sinks sinks) {
      throw new UnsupportedOperationException("the room does not");
    }

    @Override
    public Optional<Errand> begin(String key, ProgressEvent value) {
      begun.add(key);
      return Optional.of(
          () -> {
            if (failure != null) {
              throw failure;
            }
            return () -> {
              if (bug) {
                throw new IllegalStateException("bug");
              }
              finished.add(key);
            };
          });
    }

    @Override
    public void rest() {
      rests++;
    }

    @Override
    public void refused(ProgressEvent value, String reason, String message) {
      throw new UnsupportedOperationException("the desk does");
    }
  }

  private final class Letters implements WaitingRoom.Desk<ProgressEvent> {
    @Override
    public Optional<ProgressEvent> decode(long offset, Waiting record) {
      return Optional.of(new ProgressEvent());
    }

    @Override
    public void follow(Waiting record) {
      followed.add(record.scene() + " " + record.trace());
    }

    @Override
    public void refuse(long offset, Waiting record, ProgressEvent value, Exception why) {
      refused.add(record.scene() + " " + RefusedException.reason(why));
    }
  }

  private WaitingRoom<ProgressEvent> room() {
    return new WaitingRoom<>(
        new Keys(), new Letters(), store, threads, new Patience(3, Duration.ofSeconds(10)));
  }

  private static Waiting record(String key) {
    return new Waiting(key.getBytes(StandardCharsets.UTF_8), new byte[] {1, 2}, TRACE);
  }

  /** Serves at a time of the stage's clock until nothing is under way. */
  private void serve(WaitingRoom<ProgressEvent> room, long nowMs) throws InterruptedException {
    for (int quiet = 0; quiet < 20; quiet++) {
      if (room.serve(nowMs)) {
        quiet = 0;
      }
      Thread.sleep(5);
    }
  }

  @Test
  void theWorkRestsOnceWhenNothingWasStartedForAWhile() throws Exception {
    WaitingRoom<ProgressEvent> room = room();
    room.serve(1_000_000);
    room.enter(7, record("a"));
    serve(room, 1_000_000);
    room.serve(1_010_000);
    assertThat(rests).isZero();

    room.serve(1_030_000);
    room.serve(1_060_000);
    assertThat(rests).isEqualTo(1);
  }

  @Test
  void aRecordStaysInTheStoreUntilItIsFinished() throws Exception {
    WaitingRoom<ProgressEvent> room = room();
    room.enter(7, record("a"));
    assertThat(Waiting.ofBytes(store.get(7L)).value()).isEqualTo(new byte[] {1, 2});
    serve(room, 0);
    assertThat(finished).containsExactly("a");
    assertThat(store.get(7L)).isNull();
  }

  @Test
  void whatWaitedBeforeARestartIsBegunAnew() throws Exception {
    failure = new AccessException(Reason.INTERRUPTED, URL, "this process ends");
    WaitingRoom<ProgressEvent> before = room();
    before.enter(7, record("a"));
    serve(before, 0);
    before.close();
    assertThat(store.get(7L)).isNotNull();
    failure = null;
    serve(room(), 0);
    assertThat(finished).containsExactly("a");
    assertThat(refused).isEmpty();
  }

  @Test
  void whatCanHealIsTriedAgainLaterAndRefusedInTheEnd() throws Exception {
    failure = new AccessException(Reason.TIMEOUT, URL, "no answer");
    WaitingRoom<ProgressEvent> room = room();
    room.enter(7, record("a"));
    serve(room, 0);
    serve(room, 9_999);
    assertThat(begun).hasSize(1);
    serve(room, 10_000);
    serve(room, 29_999);
    assertThat(begun).hasSize(2);
    assertThat(refused).isEmpty();
    serve(room, 30_000);
    assertThat(begun).hasSize(3);
    assertThat(refused).containsExactly("a TIMEOUT");
    assertThat(store.get(7L)).isNull();
  }

  @Test
  void whatCannotHealIsRefusedAtOnce() throws Exception {
    failure = new AccessException(Reason.NOT_FOUND, URL, "is gone");
    WaitingRoom<ProgressEvent> room = room();
    room.enter(7, record("a"));
    serve(room, 0);
    assertThat(refused).containsExactly("a NOT_FOUND");
  }

  @Test
  void aBugCostsItsRecordOnly() throws Exception {
    bug = true;
    WaitingRoom<ProgressEvent> room = room();
    room.enter(7, record("a"));
    serve(room, 0);
    bug = false;
    room.enter(8, record("b"));
    serve(room, 0);
    assertThat(refused).containsExactly("a INTERNAL_ERROR");
    assertThat(finished).containsExactly("b");
  }

  @Test
  void recordsOfOneKeyAreFinishedInOrder() throws Exception {
    WaitingRoom<ProgressEvent> room = room();
    room.enter(1, record("a"));
    room.enter(2, record("a"));
    room.enter(3, record("b"));
    room.serve(0);
    assertThat(begun).containsExactly("a", "b");
    serve(room, 0);
    assertThat(finished).containsExactlyInAnyOrder("a", "a", "b");
  }

  @Test
  void aRecordWithoutAKeyIsKeptToo() {
    Waiting kept = Waiting.ofBytes(new Waiting(null, new byte[] {3}, TRACE).toBytes());
    assertThat(kept.key()).isNull();
    assertThat(kept.value()).isEqualTo(new byte[] {3});
    assertThat(kept.trace()).isEqualTo(TRACE);
  }

  @Test
  void whatIsSentFollowsFromItsRecordAtTheBeginningAndAtTheEnd() throws Exception {
    WaitingRoom<ProgressEvent> room = room();
    room.enter(1, record("a"));

    serve(room, 0);

    assertThat(followed).containsExactly("a " + TRACE, "a " + TRACE);
  }
}
