package dev.sarscribe.captioner.remote;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.CaptionerUnavailableException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Probe;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Captions with a vision model behind an OpenAI-compatible chat endpoint. One request per tile asks
 * for both captions and all answers as JSON; the tiles of a batch are asked about side by side.
 * Boxes of objects are not asked for. As all answers of a tile are written into one text, a model
 * may let one depend on another.
 *
 * <p>A tile whose request or answer is no good is {@link Outcome.Failed}. A server that takes no
 * request, does not answer after every attempt, or has become another model is {@linkplain
 * CaptionerUnavailableException unavailable}: no tile is to blame.
 *
 * <p>Not thread-safe: one instance per worker.
 */
public final class RemoteCaptioner implements Captioner {
  private static final String CHAT = "chat/completions";

  /** Small, so that opening costs no more than a short text. */
  private static final int PROBE_SIZE = 64;

  private final EndpointSettings settings;
  private final EndpointClient client;
  private final ServedModel model;
  private final ExecutorService requests;

  /** What the first answer said; every later one must say the same. */
  private final AtomicReference<ChatReply.Identity> identity = new AtomicReference<>();

  private Retry retry = Retry.OPENING;
  private boolean closed;

  private RemoteCaptioner(EndpointSettings settings, EndpointClient client, ServedModel model) {
    this.settings = settings;
    this.client = client;
    this.model = model;
    this.requests =
        Executors.newFixedThreadPool(
            settings.concurrency(),
            task -> {
              Thread thread = new Thread(task, "remote-captioner");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Finds the model and has it describe one synthetic tile.
   *
   * @throws CaptionerException if the URL is refused, the server does not answer, or the model does
   *     not describe the tile; the message names the URL and the cause
   */
  public static RemoteCaptioner open(EndpointSettings settings) throws CaptionerException {
    return open(settings, Retry.PATIENT);
  }

  /** With other patience than usual, for tests. */
  static RemoteCaptioner open(EndpointSettings settings, Retry retry) throws CaptionerException {
    EndpointClient client = EndpointClient.open(settings);
    RemoteCaptioner captioner = new RemoteCaptioner(settings, client, find(client, settings));
    try {
      Probe.run(captioner, PROBE_SIZE, "endpoint " + settings.base());
      captioner.retry = retry;
      return captioner;
    } catch (CaptionerException | RuntimeException e) {
      captioner.close();
      throw e;
    }
  }

  private static ServedModel find(EndpointClient client, EndpointSettings settings)
      throws CaptionerException {
    try {
      return ServedModel.find(client, settings.model());
    } catch (RefusedException e) {
      throw new CaptionerException(
          "endpoint %s: its list of models: %s".formatted(settings.base(), e.getMessage()), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  @Override
  public ModelInfo model() {
    return model.info(identity.get(), settings.base().getAuthority());
  }

  @Override
  public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) throws CaptionerException {
    if (closed) {
      throw new IllegalStateException("the captioner is closed");
    }
    ChatRequest request = new ChatRequest(settings, model.name(), prompts);
    Outcome[] outcomes = new Outcome[tiles.size()];
    CompletionService<Integer> asking = new ExecutorCompletionService<>(requests);
    List<Future<Integer>> pending = new ArrayList<>(tiles.size());
    for (int i = 0; i < tiles.size(); i++) {
      int index = i;
      pending.add(
          asking.submit(
              () -> {
                outcomes[index] = describe(request, tiles.get(index), prompts);
                return index;
              }));
    }
    try {
      for (int done = 0; done < tiles.size(); done++) {
        asking.take().get();
      }
      return Arrays.asList(outcomes);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      // After a failure the other requests of the batch would be for nothing.
      pending.forEach(future -> future.cancel(true));
    }
  }

  private Outcome describe(ChatRequest request, TileImage tile, PromptSet prompts)
      throws CaptionerException, InterruptedException {
    try {
      byte[] answer = client.post(CHAT, request.body(tile), retry);
      ChatReply reply = ChatReply.parse(answer, settings.maxTokens());
      requireSameModel(reply.identity());
      return TileTexts.outcome(reply, prompts);
    } catch (RefusedException e) {
      return new Outcome.Failed(e.getMessage());
    }
  }

  /** Else provenance would be false. */
  private void requireSameModel(ChatReply.Identity now) throws CaptionerException {
    ChatReply.Identity first = identity.compareAndExchange(null, now);
    if (first != null && !first.model().equals(now.model())) {
      throw new CaptionerException(
          "endpoint %s answers as model %s now; it was %s at the start: start again to go on"
              .formatted(settings.base(), now.model(), first.model()));
    }
  }

  /** What the endpoint says of one tile is an outcome; all else it says of every tile. */
  private static CaptionerException failure(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof CaptionerException known
        ? new CaptionerUnavailableException(known.getMessage(), known)
        : new CaptionerException("engine remote failed: " + cause, cause);
  }

  private static CaptionerException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new CaptionerException("engine remote was interrupted", e);
  }

  @Override
  public void close() {
    closed = true;
    requests.shutdownNow();
  }
}
