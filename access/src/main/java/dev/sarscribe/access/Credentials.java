package dev.sarscribe.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.sarscribe.access.AccessException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which host is shown what. The first entry whose pattern matches a request's host is used, for
 * each hop of a redirect anew; nothing is sent over plain {@code http} except to this machine.
 * Immutable but for the tokens that it renews; thread-safe. No message shows a secret.
 *
 * <p>A file is a YAML list; each entry names a {@code host} ({@code data.example.org}, or {@code
 * *.example.org} for all below it) and a {@code kind} with what it needs:
 *
 * <pre>
 * - {host: data.example.org, kind: bearer, token: …}
 * - {host: data.example.org, kind: basic, username: …, password: …}
 * - {host: api.example.org, kind: header, name: X-API-Key, value: …}
 * - {host: api.example.org, kind: query, query: "key=…"}
 * - host: "*.dataspace.copernicus.eu"
 *   kind: oauth2
 *   token-url: https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token
 *   grant: password            # or client_credentials, refresh_token
 *   client-id: cdse-public     # client-secret: …
 *   username: …
 *   password: …
 * - {host: "*.blob.core.windows.net", kind: sas,
 *    token-url: "https://planetarycomputer.microsoft.com/api/sas/v1/token"}
 * </pre>
 */
public final class Credentials {
  private static final String CDSE_USERNAME = "SARSCRIBE_CDSE_USERNAME";
  private static final String CDSE_PASSWORD = "SARSCRIBE_CDSE_PASSWORD";
  private static final String EARTHDATA_TOKEN = "SARSCRIBE_EARTHDATA_TOKEN";

  /** The variables that {@link #ofEnvironment} reads. */
  public static final Set<String> VARIABLES = Set.of(CDSE_USERNAME, CDSE_PASSWORD, EARTHDATA_TOKEN);

  /** No host is shown anything. */
  public static final Credentials NONE = new Credentials(List.of());

  private static final URI CDSE_TOKENS =
      URI.create(
          "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token");

  /** A few dozen entries at most. */
  private static final int MAX_FILE_BYTES = 1 << 20;

  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private record Entry(HostPattern host, Credential credential) {}

  private final List<Entry> entries;

  private Credentials(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * Those of the environment: {@code SARSCRIBE_CDSE_USERNAME} and {@code SARSCRIBE_CDSE_PASSWORD}
   * for the Copernicus Data Space, {@code SARSCRIBE_EARTHDATA_TOKEN} for NASA's Earthdata and the
   * Alaska Satellite Facility.
   *
   * @throws IllegalArgumentException if only half of a pair is set, or a token is no token
   */
  public static Credentials ofEnvironment(Map<String, String> environment) {
    return ofEnvironment(environment, InstantSource.system());
  }

  static Credentials ofEnvironment(Map<String, String> environment, InstantSource clock) {
    List<Entry> entries = new ArrayList<>();
    String user = environment.getOrDefault(CDSE_USERNAME, "");
    String password = environment.getOrDefault(CDSE_PASSWORD, "");
    if (user.isEmpty() != password.isEmpty()) {
      throw new IllegalArgumentException(
          "set both %s and %s, or neither".formatted(CDSE_USERNAME, CDSE_PASSWORD));
    }
    if (!user.isEmpty()) {
      Map<String, String> grant = new LinkedHashMap<>();
      grant.put("grant_type", "password");
      grant.put("username", user);
      grant.put("password", password);
      var tokens = new OAuth2Tokens(CDSE_TOKENS, grant, Map.of("client_id", "cdse-public"), clock);
      entries.add(
          new Entry(new HostPattern("*.dataspace.copernicus.eu"), new Credential.OAuth2(tokens)));
    }
    String earthdata = environment.getOrDefault(EARTHDATA_TOKEN, "").strip();
    if (!earthdata.isEmpty()) {
      Credential bearer = new Credential.Bearer(headerSafe(earthdata, EARTHDATA_TOKEN));
      entries.add(new Entry(new HostPattern("*.earthdata.nasa.gov"), bearer));
      entries.add(new Entry(new HostPattern("*.earthdatacloud.nasa.gov"), bearer));
      entries.add(new Entry(new HostPattern("*.asf.alaska.edu"), bearer));
    }
    return new Credentials(entries);
  }

  /**
   * Reads a file of credentials.
   *
   * @throws AccessException if it cannot be read, others can read it, or an entry makes no sense;
   *     the message names the file, the entry and the field, and quotes nothing else
   */
  public static Credentials read(Path file) throws AccessException {
    return read(file, InstantSource.system());
  }

  static Credentials read(Path file, InstantSource clock) throws AccessException {
    JsonNode list;
    try {
      requirePrivate(file);
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MAX_FILE_BYTES + 1);
      }
      if (bytes.length > MAX_FILE_BYTES) {
        throw invalid(file, "larger than %d bytes".formatted(MAX_FILE_BYTES));
      }
      list = new YAMLMapper().readTree(bytes);
    } catch (AccessException e) {
      throw e;
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      // Its message quotes the file's lines, secrets and all.
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw invalid(file, "no YAML, at line " + line);
    } catch (IOException e) {
      throw AccessException.of(
          Reason.NOT_FOUND,
          "credentials file " + file,
          "cannot be read: " + e.getClass().getSimpleName(),
          e);
    }
    if (!list.isArray()) {
      throw invalid(file, "not a list of entries with 'host' and 'kind'");
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode node : list) {
      try {
        entries.add(new EntryReader(node, clock).read());
      } catch (IllegalArgumentException e) {
        throw invalid(file, "entry %d: %s".formatted(entries.size() + 1, e.getMessage()));
      }
    }
    return new Credentials(entries);
  }

  private static void requirePrivate(Path file) throws IOException {
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return; // no POSIX file system: its permissions are the administrator's
    }
    Set<PosixFilePermission> open = new TreeSet<>(view.readAttributes().permissions());
    open.retainAll(OTHERS);
    if (!open.isEmpty()) {
      throw invalid(file, "may be read or written by others: chmod 600 it");
    }
  }

  private static AccessException invalid(Path file, String fault) {
    return AccessException.of(Reason.INVALID, "credentials file " + file, fault, null);
  }

  /** These, and where they have no entry for a host those. */
  public Credentials orElse(Credentials others) {
    List<Entry> all = new ArrayList<>(entries);
    all.addAll(others.entries);
    return new Credentials(all);
  }

  Optional<Credential> of(URI uri) {
    String host = uri.getHost();
    if (host == null) {
      return Optional.empty();
    }
    return entries.stream().filter(e -> e.host().matches(host)).map(Entry::credential).findFirst();
  }

  @Override
  public String toString() {
    return "credentials for " + entries.stream().map(e -> e.host().pattern()).toList();
  }

  private static String headerSafe(String value, String name) {
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("'%s' is empty or no ASCII".formatted(name));
    }
    return value;
  }

  /** One entry of the file; whatever it says that is not understood is an error. */
  private static final class EntryReader {
    private final JsonNode node;
    private final InstantSource clock;
    private final Set<String> known = new LinkedHashSet<>();

    EntryReader(JsonNode node, InstantSource clock) {
      this.node = node;
      this.clock = clock;
    }

    Entry read() {
      HostPattern host = new HostPattern(required("host"));
      Credential credential = credential(required("kind"));
      for (var names = node.fieldNames(); names.hasNext(); ) {
        String name = names.next();
        if (!known.contains(name)) {
          throw new IllegalArgumentException("'%s' has no meaning here".formatted(name));
        }
      }
      return new Entry(host, credential);
    }

    private Credential credential(String kind) {
      return switch (kind) {
        case "bearer" -> new Credential.Bearer(headerSafe(required("token"), "token"));
        case "basic" -> new Credential.Basic(required("username"), required("password"));
        case "header" ->
            new Credential.Header(
                headerName(required("name")), headerSafe(required("value"), "value"));
        case "query" -> new Credential.Query(query(required("query")));
        case "oauth2" -> new Credential.OAuth2(tokens());
        case "sas" ->
            new Credential.SharedAccessSignature(new SasTokens(url(required("token-url")), clock));
        default ->
            throw new IllegalArgumentException(
                "kind is one of bearer, basic, header, query, oauth2, sas");
      };
    }

    private OAuth2Tokens tokens() {
      URI url = url(required("token-url"));
      String type = optional("grant").orElse("client_credentials");
      Map<String, String> grant = new LinkedHashMap<>();
      grant.put("grant_type", type);
      switch (type) {
        case "password" -> {
          grant.put("username", required("username"));
          grant.put("password", required("password"));
        }
        case "refresh_token" -> grant.put("refresh_token", required("refresh-token"));
        case "client_credentials" -> {
          // the client's own secret is all it needs
        }
        default ->
            throw new IllegalArgumentException(
                "grant is one of password, client_credentials, refresh_token");
      }
      optional("scope").ifPresent(s -> grant.put("scope", s));
      Map<String, String> client = new LinkedHashMap<>();
      client.put("client_id", required("client-id"));
      optional("client-secret").ifPresent(s -> client.put("client_secret", s));
      return new OAuth2Tokens(url, grant, client, clock);
    }

    private String required(String field) {
      return optional(field)
          .orElseThrow(() -> new IllegalArgumentException("'%s' is missing".formatted(field)));
    }

    private Optional<String> optional(String field) {
      known.add(field);
      JsonNode value = node.path(field);
      return value.isValueNode() && !value.asText().isBlank()
          ? Optional.of(value.asText().strip())
          : Optional.empty();
    }

    private static URI url(String text) {
      try {
        URI uri = URI.create(text);
        if (uri.getHost() != null && String.valueOf(uri.getScheme()).matches("(?i)https?")) {
          return uri;
        }
      } catch (IllegalArgumentException e) {
        // said below, without the text
      }
      throw new IllegalArgumentException("'token-url' is no http or https URL");
    }

    private static String headerName(String name) {
      if (!name.matches("[A-Za-z0-9-]{1,100}")) {
        throw new IllegalArgumentException("'name' is no header's name");
      }
      return name;
    }

    private static String query(String text) {
      String query = text.startsWith("?") ? text.substring(1) : text;
      if (!query.matches("[!-~]{1,8192}") || query.contains("#")) {
        throw new IllegalArgumentException("'query' is no encoded query of a URL");
      }
      return query;
    }
  }
}
