package dev.sarscribe.app.verb;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;

/** Names of feeds that have got none: readable by their host, different for different questions. */
final class StacNames {
  private static final int DIGEST_LETTERS = 8;
  private static final int MAX_HOST_LETTERS = 60;

  private StacNames() {}

  static String of(String prefix, URI location, String identity) {
    String host = location.getHost().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "-");
    String digest =
        UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8))
            .toString()
            .substring(0, DIGEST_LETTERS);
    String brief = host.substring(0, Math.min(host.length(), MAX_HOST_LETTERS));
    return "%s-%s-%s".formatted(prefix, brief, digest);
  }
}
