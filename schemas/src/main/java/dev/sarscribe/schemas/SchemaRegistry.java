package dev.sarscribe.schemas;

import com.microsoft.kiota.ApiException;
import io.apicurio.registry.client.RegistryClientFactory;
import io.apicurio.registry.client.common.RegistryClientOptions;
import io.apicurio.registry.rest.client.RegistryClient;
import io.apicurio.registry.rest.client.models.CreateArtifact;
import io.apicurio.registry.rest.client.models.CreateRule;
import io.apicurio.registry.rest.client.models.CreateVersion;
import io.apicurio.registry.rest.client.models.IfArtifactExists;
import io.apicurio.registry.rest.client.models.ProblemDetails;
import io.apicurio.registry.rest.client.models.Rule;
import io.apicurio.registry.rest.client.models.RuleType;
import io.apicurio.registry.rest.client.models.RuleViolationProblemDetails;
import io.apicurio.registry.rest.client.models.VersionContent;
import io.apicurio.registry.rest.client.models.VersionMetaData;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;

/**
 * The topics' schemas in an Apicurio Registry. They are registered once, by a person or a
 * deployment, with everything that was released before and the rule that each version must be
 * compatible with all others both ways; the stages only look them up. Not thread-safe.
 */
public final class SchemaRegistry implements AutoCloseable {
  /** New readers read all old records, and old readers all new ones. */
  private static final String COMPATIBILITY = "FULL_TRANSITIVE";

  /** Where the serde looks, as Confluent's clients do. */
  private static final String GROUP = "default";

  private static final int MAX_VERSIONS = 500;
  private static final int HTTP_NOT_FOUND = 404;
  private static final int HTTP_CONFLICT = 409;

  /** A present schema of a topic in the registry. */
  public record Registered(String subject, String version, long schemaId) {}

  /** The registry cannot be used, or refuses a schema; the message names both and the cause. */
  public static final class RegistryException extends Exception {
    private static final long serialVersionUID = 1L;

    RegistryException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private final String url;
  private final Vertx vertx = Vertx.vertx();
  private final RegistryClient client;

  /**
   * @param url base URL of the registry's v3 API
   */
  public SchemaRegistry(String url) {
    this.url = shown(url);
    this.client = RegistryClientFactory.create(RegistryClientOptions.create(url, vertx));
  }

  /** An address as it may stand in a log or a message: without a user and password. */
  public static String shown(String url) {
    return url.replaceFirst("//[^/?#]*@", "//");
  }

  /** The subject of a topic's values, as every client of the Confluent ecosystem names it. */
  static String subject(Topic<?> topic) {
    return topic.name() + "-value";
  }

  /**
   * Registers the schemas of all topics; what is there already stays as it is.
   *
   * @return the present schema of each topic
   * @throws RegistryException at the first that the registry refuses
   */
  public List<Registered> register() throws RegistryException {
    List<Registered> result = new ArrayList<>();
    for (Topic<?> topic : Topics.ALL) {
      result.add(register(topic));
    }
    return result;
  }

  /**
   * Topics whose present schema is not registered, so that nothing could be written to them.
   *
   * @throws RegistryException if the registry does not answer
   */
  public List<String> missing() throws RegistryException {
    List<String> missing = new ArrayList<>();
    for (Topic<?> topic : Topics.ALL) {
      Schema schema = present(topic);
      boolean known =
          call(topic, () -> versions(topic)).stream()
              .anyMatch(content -> new Schema.Parser().parse(content).equals(schema));
      if (!known) {
        missing.add(topic.name());
      }
    }
    return missing;
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Registered register(Topic<?> topic) throws RegistryException {
    List<Schema> schemas = new ArrayList<>(EarlierSchemas.of(topic.type()));
    schemas.add(present(topic));
    boolean exists = call(topic, () -> exists(topic));
    VersionMetaData version = null;
    for (Schema schema : schemas) {
      if (exists) {
        call(topic, () -> requireCompatibility(topic));
      }
      version = call(topic, () -> create(topic, schema));
      exists = true;
    }
    call(topic, () -> requireCompatibility(topic));
    return new Registered(subject(topic), version.getVersion(), version.getContentId());
  }

  private static Schema present(Topic<?> topic) {
    return SpecificData.getForClass(topic.type()).getSchema(topic.type());
  }

  private boolean exists(Topic<?> topic) {
    try {
      client.groups().byGroupId(GROUP).artifacts().byArtifactId(subject(topic)).get();
      return true;
    } catch (ProblemDetails e) {
      if (e.getStatus() != null && e.getStatus() == HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private List<String> versions(Topic<?> topic) throws Exception {
    List<String> contents = new ArrayList<>();
    if (!exists(topic)) {
      return contents;
    }
    var versions =
        client.groups().byGroupId(GROUP).artifacts().byArtifactId(subject(topic)).versions();
    // Its own limit is 20, which would leave out the newest.
    var all = versions.get(request -> request.queryParameters.limit = MAX_VERSIONS);
    for (var version : all.getVersions()) {
      try (var content = versions.byVersionExpression(version.getVersion()).content().get()) {
        contents.add(new String(content.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return contents;
  }

  private VersionMetaData create(Topic<?> topic, Schema schema) {
    VersionContent content = new VersionContent();
    content.setContent(schema.toString());
    content.setContentType("application/json");
    CreateVersion version = new CreateVersion();
    version.setContent(content);
    CreateArtifact artifact = new CreateArtifact();
    artifact.setArtifactId(subject(topic));
    artifact.setArtifactType("AVRO");
    artifact.setFirstVersion(version);
    return client
        .groups()
        .byGroupId(GROUP)
        .artifacts()
        .post(
            artifact,
            request -> request.queryParameters.ifExists = IfArtifactExists.FIND_OR_CREATE_VERSION)
        .getVersion();
  }

  private Void requireCompatibility(Topic<?> topic) {
    var rules = client.groups().byGroupId(GROUP).artifacts().byArtifactId(subject(topic)).rules();
    CreateRule rule = new CreateRule();
    rule.setRuleType(RuleType.COMPATIBILITY);
    rule.setConfig(COMPATIBILITY);
    try {
      rules.post(rule);
    } catch (ProblemDetails e) {
      if (e.getStatus() == null || e.getStatus() != HTTP_CONFLICT) {
        throw e;
      }
      Rule changed = new Rule();
      changed.setRuleType(RuleType.COMPATIBILITY);
      changed.setConfig(COMPATIBILITY);
      rules.byRuleType(RuleType.COMPATIBILITY.getValue()).put(changed);
    }
    return null;
  }

  private interface Call<T> {
    T run() throws Exception;
  }

  private <T> T call(Topic<?> topic, Call<T> call) throws RegistryException {
    try {
      return call.run();
    } catch (RuleViolationProblemDetails e) {
      throw new RegistryException(
          "registry %s refuses the schema of %s, which is not compatible with an earlier one: %s"
              .formatted(url, subject(topic), e.getDetail()),
          e);
    } catch (ProblemDetails e) {
      throw new RegistryException(
          "registry %s refuses %s: %s".formatted(url, subject(topic), e.getTitle()), e);
    } catch (ApiException e) {
      throw new RegistryException(
          "registry %s does not answer as its v3 API should: %s".formatted(url, e.getMessage()), e);
    } catch (Exception e) {
      throw new RegistryException(
          "registry %s does not answer: %s".formatted(url, rootMessage(e)), e);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause().getMessage() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }
}
