package dev.sarscribe.captioner.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelInfo;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A model as the server lists it.
 *
 * @param name to ask for it by
 * @param details what else the list says that stays the same from call to call: the model behind an
 *     alias, and who owns or runs it
 */
record ServedModel(String name, List<String> details) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code created} is the time of the call on vLLM. */
  private static final List<String> DETAILS = List.of("root", "owned_by");

  /** Names of a server with many models, as a message shows them. */
  private static final int MAX_SHOWN = 20;

  ServedModel {
    details = List.copyOf(details);
  }

  /**
   * Asks the server for its models and finds the one to use.
   *
   * @param wanted empty for the only one; a server without a list is asked for it by name
   * @throws CaptionerException if there is no telling which one to use, or no answer
   */
  static ServedModel find(EndpointClient client, Optional<String> wanted)
      throws CaptionerException, RefusedException, InterruptedException {
    EndpointClient.Response response = client.get("models", Retry.OPENING);
    if (response.status() == 401 || response.status() == 403) {
      throw new CaptionerException(
          "the endpoint's list of models %s; is the API key right?"
              .formatted(client.describe(response)));
    }
    List<ServedModel> served = response.status() == 200 ? read(response.body()) : List.of();
    if (wanted.isEmpty() && served.size() != 1) {
      throw new CaptionerException(
          "--endpoint-model must name the model; the endpoint "
              + (served.isEmpty() ? "lists none" : "serves " + names(served)));
    }
    return served.stream()
        .filter(model -> wanted.isEmpty() || wanted.orElseThrow().equals(model.name()))
        .findFirst()
        .orElseGet(() -> new ServedModel(wanted.orElseThrow(), List.of()));
  }

  private static String names(List<ServedModel> served) {
    List<String> names = served.stream().limit(MAX_SHOWN).map(ServedModel::name).toList();
    return String.join(", ", names) + (served.size() > MAX_SHOWN ? ", …" : "");
  }

  private static List<ServedModel> read(byte[] json) {
    try {
      JsonNode list = JSON.readTree(json).path("data");
      return StreamSupport.stream(list.spliterator(), false)
          .filter(entry -> !entry.path("id").asText().isBlank())
          .map(ServedModel::of)
          .toList();
    } catch (IOException e) {
      // The list only helps: a server that has none of this form is asked by the name given.
      return List.of();
    }
  }

  private static ServedModel of(JsonNode entry) {
    List<String> details =
        DETAILS.stream()
            .map(field -> ServerMessage.shortened(entry.path(field).asText()))
            .filter(text -> !text.isEmpty())
            .toList();
    return new ServedModel(entry.path("id").asText(), details);
  }

  /**
   * What provenance says.
   *
   * @param identity of the server's first answer
   * @param device host and port
   */
  ModelInfo info(ChatReply.Identity identity, String device) {
    Set<String> parts = new LinkedHashSet<>();
    parts.add(identity.model());
    parts.addAll(details);
    parts.add(identity.fingerprint());
    parts.remove(name);
    parts.remove("");
    String version = parts.isEmpty() ? "unknown" : String.join(", ", parts);
    String digest = "sha256:" + DigestUtils.sha256Hex(name + "\n" + version);
    return new ModelInfo(name, version, digest, "remote", device, "unknown");
  }
}
