package dev.sarscribe.access;

import dev.sarscribe.access.AccessException.Reason;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What may be fetched, and through which proxy. Catalogues are other people's texts: a link in one
 * must neither reach the machines next to this one nor fill its memory or disk.
 *
 * @param schemes in lower case, of {@code file}, {@code https}, {@code http} and {@code s3}
 * @param hosts the only hosts that may be asked, redirects included; none means any
 * @param privateNetworks whether loopback, private, link-local, unique-local, multicast,
 *     carrier-grade NAT and reserved addresses may be reached. It is the address of each connection
 *     that counts, not the name. Metadata services of clouds are never reached
 * @param maxDownloadBytes largest file that is downloaded
 * @param maxDocumentBytes largest answer that is held in memory, after decompression
 * @param limits how long requests may take
 * @param proxy that servers are asked through; those that it resolves are checked by their names,
 *     and by their addresses where they are known here, too
 */
public record AccessPolicy(
    Set<String> schemes,
    List<HostPattern> hosts,
    boolean privateNetworks,
    long maxDownloadBytes,
    int maxDocumentBytes,
    TimeLimits limits,
    HttpProxy proxy) {
  private static final Set<String> KNOWN = Set.of("file", "https", "http", "s3");

  /**
   * How long things may take.
   *
   * @param connect until a connection stands, its encryption included
   * @param stall until the answer begins, and between any two pieces of it
   * @param document from sending a request to the last byte of an answer held in memory
   * @param download from sending a request to the last byte of a file
   */
  public record TimeLimits(Duration connect, Duration stall, Duration document, Duration download) {
    /** A scene of 8 GiB at 3 Mbit/s takes six hours; a server that renders one starts in 30 s. */
    public static final TimeLimits DEFAULT =
        new TimeLimits(
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            Duration.ofMinutes(3),
            Duration.ofHours(6));

    public TimeLimits {
      for (Duration limit : List.of(connect, stall, document, download)) {
        if (limit.isNegative() || limit.isZero() || limit.compareTo(Duration.ofDays(1)) > 0) {
          throw new IllegalArgumentException("a time limit is more than nothing, at most a day");
        }
      }
    }
  }

  /** Any public host, files of 16 GiB, documents of 64 MiB. */
  public static final AccessPolicy DEFAULT =
      new AccessPolicy(
          KNOWN, List.of(), false, 16L << 30, 64 << 20, TimeLimits.DEFAULT, HttpProxy.NONE);

  public AccessPolicy {
    schemes = Set.copyOf(schemes);
    hosts = List.copyOf(hosts);
    if (!KNOWN.containsAll(schemes)) {
      throw new IllegalArgumentException("schemes are of %s, not %s".formatted(KNOWN, schemes));
    }
    if (maxDownloadBytes < 1 || maxDocumentBytes < 1) {
      throw new IllegalArgumentException("a limit of bytes is at least 1");
    }
  }

  public AccessPolicy withHosts(List<HostPattern> only) {
    return new AccessPolicy(
        schemes, only, privateNetworks, maxDownloadBytes, maxDocumentBytes, limits, proxy);
  }

  public AccessPolicy withPrivateNetworks(boolean allowed) {
    return new AccessPolicy(
        schemes, hosts, allowed, maxDownloadBytes, maxDocumentBytes, limits, proxy);
  }

  public AccessPolicy withMaxDownloadBytes(long bytes) {
    return new AccessPolicy(
        schemes, hosts, privateNetworks, bytes, maxDocumentBytes, limits, proxy);
  }

  public AccessPolicy withMaxDocumentBytes(int bytes) {
    return new AccessPolicy(
        schemes, hosts, privateNetworks, maxDownloadBytes, bytes, limits, proxy);
  }

  public AccessPolicy withLimits(TimeLimits times) {
    return new AccessPolicy(
        schemes, hosts, privateNetworks, maxDownloadBytes, maxDocumentBytes, times, proxy);
  }

  public AccessPolicy withProxy(HttpProxy other) {
    return new AccessPolicy(
        schemes, hosts, privateNetworks, maxDownloadBytes, maxDocumentBytes, limits, other);
  }

  /**
   * Checks what a URL says; its address is checked when a connection is made.
   *
   * @throws AccessException {@code INVALID} or {@code REFUSED_BY_POLICY}
   */
  public void check(URI uri) throws AccessException {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (scheme.isEmpty()) {
      throw new AccessException(Reason.INVALID, uri, "no absolute URL");
    }
    if (!schemes.contains(scheme)) {
      String known = String.join(", ", schemes.stream().sorted().toList());
      throw new AccessException(
          Reason.REFUSED_BY_POLICY, uri, "scheme '%s' is not one of %s".formatted(scheme, known));
    }
    if (scheme.equals("http") || scheme.equals("https")) {
      checkHost(uri);
    }
  }

  private void checkHost(URI uri) throws AccessException {
    if (uri.getRawUserInfo() != null
        || (uri.getRawAuthority() != null && uri.getRawAuthority().contains("@"))) {
      throw new AccessException(
          Reason.REFUSED_BY_POLICY,
          uri,
          "a user or password in a URL is not used: put it into the credentials file");
    }
    String host = uri.getHost();
    if (host == null || host.isEmpty()) {
      throw new AccessException(Reason.INVALID, uri, "names no host");
    }
    if (!allowsHost(host)) {
      throw new AccessException(
          Reason.REFUSED_BY_POLICY,
          uri,
          "host %s is not one of the allowed hosts %s"
              .formatted(host, hosts.stream().map(HostPattern::pattern).toList()));
    }
  }

  /** Whether a host may be asked, by its name. */
  public boolean allowsHost(String host) {
    return hosts.isEmpty() || hosts.stream().anyMatch(p -> p.matches(host));
  }
}
