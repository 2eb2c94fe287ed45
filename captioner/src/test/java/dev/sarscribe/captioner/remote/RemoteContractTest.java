package dev.sarscribe.captioner.remote;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;

/** The contract, on a server that answers as vLLM does. */
class RemoteContractTest extends CaptionerContractTest {
  private final FakeVllm server = FakeVllm.start();

  @Override
  protected Captioner open() throws CaptionerException {
    return RemoteCaptioner.open(
        new EndpointSettings(
            server.base(),
            Optional.of(FakeVllm.MODEL),
            Optional.empty(),
            4,
            Duration.ofSeconds(60),
            2048,
            true,
            false));
  }

  @AfterAll
  void stop() {
    server.close();
  }
}
