package dev.sarscribe.access;

import java.net.URI;
import java.util.regex.Pattern;

/** URLs and texts as they may stand in logs, messages and dead letters. Static, thread-safe. */
public final class Redaction {
  private static final int MAX_URL = 600;

  /**
   * Rather too many: {@code sig}, {@code X-Amz-Signature}, {@code access_token}, {@code apikey}…
   */
  private static final String SECRET =
      "[\\w.-]*(?:token|sig|secret|passw|key|credential|auth)[\\w.-]*";

  private static final Pattern QUERY = Pattern.compile("(?i)((?:^|[?&;])" + SECRET + "=)[^&;]*");

  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?i)(" + SECRET + "[\"']?\\s*[=:]\\s*[\"']?)(?:Bearer |Basic )?[^&;\\s\"'<]+");

  private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/?#@\\s]*@");

  private Redaction() {}

  /** A URL without user information and with the values of secret-looking parameters masked. */
  public static String of(URI uri) {
    StringBuilder text = new StringBuilder();
    if (uri.getScheme() != null) {
      text.append(uri.getScheme()).append(':');
    }
    if (uri.getRawAuthority() != null) {
      String authority = uri.getRawAuthority();
      text.append("//").append(authority.substring(authority.lastIndexOf('@') + 1));
    }
    if (uri.isOpaque()) {
      text.append(uri.getRawSchemeSpecificPart());
    } else {
      text.append(uri.getRawPath() == null ? "" : uri.getRawPath());
      if (uri.getRawQuery() != null) {
        text.append('?').append(QUERY.matcher(uri.getRawQuery()).replaceAll("$1***"));
      }
    }
    return text.length() <= MAX_URL ? text.toString() : text.substring(0, MAX_URL) + "…";
  }

  /** A text with what looks like {@code secret=value}, or a URL's user information, masked. */
  public static String of(String text) {
    String noUser = USER_INFO.matcher(text).replaceAll("");
    return ASSIGNMENT.matcher(noUser).replaceAll("$1***");
  }
}
