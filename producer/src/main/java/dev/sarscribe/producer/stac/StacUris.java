package dev.sarscribe.producer.stac;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What links of STAC documents become. */
final class StacUris {
  private static final int MAX_CHARS = 16 * 1024;

  private StacUris() {}

  /** The link relative to its document; empty if it makes no sense. */
  static Optional<URI> resolve(URI base, String href) {
    if (href.isBlank() || href.length() > MAX_CHARS) {
      return Optional.empty();
    }
    try {
      // Catalogues written by hand have spaces in their file names.
      return Optional.of(base.resolve(new URI(href.strip().replace(" ", "%20"))));
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether a server gives what is there, without a password in its address. */
  static boolean isOfTheWeb(URI uri) {
    return String.valueOf(uri.getScheme()).matches("(?i)https?")
        && uri.getRawAuthority() != null
        && !uri.getRawAuthority().contains("@");
  }

  /** A place one step below another. */
  static URI child(URI parent, String name) {
    String text = forPeople(parent);
    return URI.create((text.endsWith("/") ? text : text + "/") + name);
  }

  /** A link with more parameters; those that it has are replaced by name. */
  static URI withParameters(URI uri, Map<String, String> parameters) {
    String before = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    String kept =
        before.isEmpty()
            ? ""
            : Arrays.stream(before.split("&"))
                .filter(p -> !parameters.containsKey(p.split("=", 2)[0]))
                .collect(Collectors.joining("&"));
    String added =
        parameters.entrySet().stream()
            .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
            .collect(Collectors.joining("&"));
    String query = kept.isEmpty() || added.isEmpty() ? kept + added : kept + "&" + added;
    String text = uri.toString();
    int end = text.indexOf('?') >= 0 ? text.indexOf('?') : text.length();
    String base = text.substring(0, end);
    return URI.create(query.isEmpty() ? base : base + "?" + query);
  }

  /** Without query and user, which may hold secrets. */
  static String forPeople(URI uri) {
    String text = uri.toString();
    int query = text.indexOf('?');
    String path = query < 0 ? text : text.substring(0, query);
    return path.replaceFirst("//[^/@]*@", "//");
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
