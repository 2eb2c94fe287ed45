package dev.sarscribe.access;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The proxy that servers are asked through, and which of them are asked without it. This machine is
 * always asked without. Thread-safe; its text has no password.
 */
public final class HttpProxy {
  /** Every server is asked directly. */
  public static final HttpProxy NONE =
      new HttpProxy(Optional.empty(), Optional.empty(), List.of(), List.of());

  /** The setting that means what the environment says. */
  public static final String ENVIRONMENT = "environment";

  private static final String NO = "none";
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int MAX_PORT = 65535;
  private static final Pattern THIS_MACHINE =
      Pattern.compile("(.*\\.)?localhost|127\\.[0-9.]+|(0*:)*:?0*1");

  /**
   * Where a proxy listens.
   *
   * @param scheme {@code http} or {@code https}, by which the proxy itself is spoken to
   * @param user for its login; no login if empty
   */
  record Server(String scheme, String host, int port, String user, String password) {
    @Override
    public String toString() {
      return "%s://%s:%d".formatted(scheme, host, port);
    }
  }

  private final Optional<Server> forHttp;
  private final Optional<Server> forHttps;
  private final List<Pattern> directHosts;
  private final List<Networks.Block> directNetworks;

  private HttpProxy(
      Optional<Server> forHttp,
      Optional<Server> forHttps,
      List<Pattern> directHosts,
      List<Networks.Block> directNetworks) {
    this.forHttp = forHttp;
    this.forHttps = forHttps;
    this.directHosts = directHosts;
    this.directNetworks = directNetworks;
  }

  /**
   * The proxy of a setting: {@code environment} as {@link #ofEnvironment}, {@code none}, or a URL
   * without a login, as settings are shown.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static HttpProxy read(String setting, Map<String, String> environment) {
    if (setting.equalsIgnoreCase(NO)) {
      return NONE;
    }
    if (setting.equalsIgnoreCase(ENVIRONMENT)) {
      return ofEnvironment(environment, System::getProperty);
    }
    if (setting.contains("@")) {
      throw new IllegalArgumentException(
          "the proxy is named without user and password: put them into the variable HTTPS_PROXY");
    }
    return of(setting, environment);
  }

  /**
   * One proxy for all servers but those of {@code NO_PROXY}.
   *
   * @param url as {@code http://proxy.example:3128}
   * @throws IllegalArgumentException if it is none
   */
  public static HttpProxy of(String url, Map<String, String> environment) {
    Optional<Server> server = Optional.of(server(url, "the proxy"));
    return noProxy(server, server, environment);
  }

  /**
   * What the environment says, as most tools understand it: {@code HTTPS_PROXY}, {@code HTTP_PROXY}
   * and {@code NO_PROXY}, of which the lower-case spellings prevail; without the first two Java's
   * properties {@code https.proxyHost}, {@code http.proxyHost}, their ports, and {@code
   * http.nonProxyHosts}.
   *
   * @param properties of the JVM by name, null where there is none
   * @throws IllegalArgumentException if a variable or property names no proxy
   */
  public static HttpProxy ofEnvironment(
      Map<String, String> environment, UnaryOperator<String> properties) {
    Optional<Server> http = ofVariable("HTTP_PROXY", environment);
    Optional<Server> https = ofVariable("HTTPS_PROXY", environment);
    if (http.isPresent() || https.isPresent()) {
      return noProxy(http, https, environment);
    }
    String direct = Optional.ofNullable(properties.apply("http.nonProxyHosts")).orElse("");
    return new HttpProxy(
        ofProperties("http", HTTP_PORT, properties),
        ofProperties("https", HTTPS_PORT, properties),
        Arrays.stream(direct.split("\\|"))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(HttpProxy::glob)
            .toList(),
        List.of());
  }

  private static Optional<Server> ofVariable(String name, Map<String, String> environment) {
    return Stream.of(name.toLowerCase(Locale.ROOT), name)
        .map(spelling -> environment.getOrDefault(spelling, "").strip())
        .filter(value -> !value.isEmpty())
        .findFirst()
        .map(value -> server(value, name));
  }

  private static Optional<Server> ofProperties(
      String scheme, int defaultPort, UnaryOperator<String> properties) {
    String host = properties.apply(scheme + ".proxyHost");
    if (host == null || host.isBlank()) {
      return Optional.empty();
    }
    String port = properties.apply(scheme + ".proxyPort");
    String address = port == null || port.isBlank() ? host + ":" + defaultPort : host + ":" + port;
    return Optional.of(server(address, scheme + ".proxyHost"));
  }

  /** The message never quotes the URL, which may hold a password. */
  private static Server server(String url, String name) {
    String text = url.contains("://") ? url : "http://" + url;
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) { // whose message quotes it
      throw new IllegalArgumentException(name + " is no URL as http://proxy.example.org:3128");
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.matches("https?") || uri.getHost() == null || uri.getPort() > MAX_PORT) {
      throw new IllegalArgumentException(
          name + " is no http or https proxy, as http://proxy.example.org:3128 is");
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS_PORT : HTTP_PORT;
    String[] login = (uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo()).split(":", 2);
    return new Server(
        scheme,
        HostPattern.canonical(uri.getHost()),
        port,
        decode(login[0]),
        login.length > 1 ? decode(login[1]) : "");
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static HttpProxy noProxy(
      Optional<Server> http, Optional<Server> https, Map<String, String> environment) {
    String lower = environment.getOrDefault("no_proxy", "");
    String list = lower.isBlank() ? environment.getOrDefault("NO_PROXY", "") : lower;
    List<Pattern> hosts = new ArrayList<>();
    List<Networks.Block> networks = new ArrayList<>();
    for (String entry : list.strip().split("[,\\s]+")) {
      if (entry.matches("[^/]+/\\d{1,3}")) {
        networks.add(Networks.Block.of(entry, "NO_PROXY"));
      } else if (entry.equals("*")) {
        hosts.add(Pattern.compile(".*"));
      } else if (!entry.isEmpty()) {
        hosts.add(domain(entry));
      }
    }
    return new HttpProxy(http, https, List.copyOf(hosts), List.copyOf(networks));
  }

  /** A host and all below it, with or without a leading dot; a port is not told apart. */
  private static Pattern domain(String entry) {
    boolean address = entry.indexOf(':') != entry.lastIndexOf(':'); // IPv6
    String host = address ? entry : entry.replaceFirst(":\\d+$", "");
    String name = HostPattern.canonical(host.replaceFirst("^\\*?\\.", ""));
    return Pattern.compile("(.*\\.)?" + Pattern.quote(name));
  }

  private static Pattern glob(String entry) {
    StringBuilder pattern = new StringBuilder();
    for (String part : entry.toLowerCase(Locale.ROOT).split("\\*", -1)) {
      pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return Pattern.compile(pattern.toString());
  }

  /** The proxy that a server is asked through; empty if it is asked directly. */
  Optional<Server> of(String scheme, String host) {
    String name = HostPattern.canonical(host);
    if (THIS_MACHINE.matcher(name).matches() || isDirect(name)) {
      return Optional.empty();
    }
    return scheme.equalsIgnoreCase("https") ? forHttps : forHttp;
  }

  private boolean isDirect(String name) {
    Optional<byte[]> address = Networks.literal(name);
    return directHosts.stream().anyMatch(pattern -> pattern.matcher(name).matches())
        || address.stream().anyMatch(a -> directNetworks.stream().anyMatch(n -> n.holds(a)));
  }

  /** The proxies that there are. */
  List<Server> servers() {
    return Stream.concat(forHttp.stream(), forHttps.stream()).distinct().toList();
  }

  /** Without logins. */
  @Override
  public String toString() {
    return servers().toString();
  }
}
