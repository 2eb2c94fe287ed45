package dev.sarscribe.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sarscribe.access.AccessException.Reason;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Shared access signatures of Azure storage containers, as the Planetary Computer hands them out:
 * {@code GET <endpoint>/<account>/<container>} answers with {@code token} and {@code msft:expiry}.
 * One request at a time; thread-safe.
 */
final class SasTokens {
  /** An item's assets lie in one or two containers. */
  private static final int MAX_CONTAINERS = 256;

  private static final Duration DEFAULT_LIFE = Duration.ofMinutes(10);
  private static final Pattern NAME = Pattern.compile("[a-z0-9$][a-z0-9-]{0,62}");
  private static final JsonMapper JSON = new JsonMapper();

  private final URI endpoint;
  private final InstantSource clock;
  private final Map<String, Expiring> tokens =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Expiring> eldest) {
          return size() > MAX_CONTAINERS;
        }
      };

  SasTokens(URI endpoint, InstantSource clock) {
    this.endpoint = endpoint;
    this.clock = clock;
  }

  synchronized String current(URI blob, Credential.TokenEndpoint access) throws AccessException {
    String container = container(blob);
    Expiring token = tokens.get(container);
    if (token == null || !token.isFresh(clock.instant())) {
      token = ask(container, access);
      tokens.put(container, token);
    }
    return token.secret();
  }

  synchronized void reject(String token) {
    tokens.values().removeIf(t -> t.secret().equals(token));
  }

  /** {@code account/container} of {@code https://account.blob.core.windows.net/container/…}. */
  private static String container(URI blob) throws AccessException {
    String account = HostPattern.canonical(blob.getHost()).split("\\.", 2)[0];
    String[] path = blob.getPath().split("/", 3);
    String container = path.length > 1 ? path[1] : "";
    if (!NAME.matcher(account).matches() || !NAME.matcher(container).matches()) {
      throw new AccessException(Reason.INVALID, blob, "names no storage container");
    }
    return account + "/" + container;
  }

  private Expiring ask(String container, Credential.TokenEndpoint access) throws AccessException {
    String base = endpoint.toString();
    URI uri = URI.create(base + (base.endsWith("/") ? "" : "/") + container);
    Response response = access.send(Request.get(uri, Map.of("Accept", "application/json")));
    try {
      JsonNode json = JSON.readTree(response.body());
      String token = json.path("token").asText("");
      if (token.isEmpty() || !token.matches("[!-~]{1,4096}") || token.contains("#")) {
        throw new AccessException(Reason.HTTP_ERROR, uri, "answers without a usable token");
      }
      return Expiring.in(token, clock.instant(), life(json));
    } catch (AccessException e) {
      throw e;
    } catch (IOException e) { // its message may quote the body: not kept as a cause
      throw new AccessException(Reason.HTTP_ERROR, uri, "answers with no JSON");
    }
  }

  private Duration life(JsonNode json) {
    try {
      Instant expiry = Instant.parse(json.path("msft:expiry").asText(""));
      Duration life = Duration.between(clock.instant(), expiry);
      return life.isNegative() ? Duration.ZERO : life;
    } catch (DateTimeException e) {
      return DEFAULT_LIFE;
    }
  }

  @Override
  public String toString() {
    return "signatures of " + Redaction.of(endpoint);
  }
}
