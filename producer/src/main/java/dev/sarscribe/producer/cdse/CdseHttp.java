package dev.sarscribe.producer.cdse;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Response;
import dev.sarscribe.producer.FeedException;
import java.io.IOException;
import java.net.URI;
import java.util.Map;

/** The catalogue's JSON answers. Thread-safe. */
final class CdseHttp {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> ACCEPT = Map.of("Accept", "application/json");

  private final HttpAccess access;

  CdseHttp(HttpAccess access) {
    this.access = access;
  }

  JsonNode get(URI uri) throws FeedException {
    try {
      return json(access.get(uri, ACCEPT));
    } catch (AccessException e) {
      throw failed(e);
    }
  }

  /** Posts nothing, and takes any answer that is no error. */
  void post(URI uri) throws FeedException {
    try {
      access.post(uri, new byte[0], "application/json", ACCEPT);
    } catch (AccessException e) {
      throw failed(e);
    }
  }

  /** The path for people: a query may name a person's filters, never a secret, but is long. */
  static String place(URI uri) {
    return uri.toString().replaceFirst("\\?.*$", "");
  }

  private static JsonNode json(Response response) throws FeedException {
    try {
      return JSON.readTree(response.body());
    } catch (JacksonException e) {
      String fault = e.getOriginalMessage();
      throw FeedException.passing(
          "%s: the answer is no JSON: %s".formatted(place(response.uri()), fault), e);
    } catch (IOException e) {
      throw FeedException.passing(place(response.uri()) + ": " + e.getMessage(), e);
    }
  }

  private static FeedException failed(AccessException e) {
    if (e.reason() == AccessException.Reason.UNAUTHORIZED) {
      return FeedException.lasting(
          e.getMessage()
              + "; a subscription needs SARSCRIBE_CDSE_USERNAME and SARSCRIBE_CDSE_PASSWORD, or an"
              + " entry of the credentials file",
          e);
    }
    return e.canHeal()
        ? FeedException.passing(e.getMessage(), e)
        : FeedException.lasting(e.getMessage(), e);
  }
}
