package dev.sarscribe.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves a host for the one connection that is about to be made, to allowed addresses only. The
 * address that was checked is the address that is connected to, so a name that changes between
 * check and use gains nothing; literals come here too. Thread-safe.
 *
 * <p>A server that is asked through a proxy is resolved by that proxy, and the resolver sees the
 * proxy alone, which may be anywhere: {@link #checkTarget} is for such servers, before each
 * request.
 */
public final class PolicyResolver implements DnsResolver {
  /** Names that only mean something inside of a network, by RFC 6761, 6762, 8375 and ICANN. */
  private static final Pattern INNER_NAME =
      Pattern.compile("[^.]*|(.*\\.)?(localhost|local|internal|home\\.arpa)");

  /** Names of clouds' metadata services that have no address outside of the cloud. */
  private static final Pattern METADATA_NAME =
      Pattern.compile("metadata|metadata\\.google\\.internal|instance-data(\\..*)?");

  /** Other spellings of addresses, which proxies read each in its own way. */
  private static final Pattern ODD_ADDRESS = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)");

  private static final Pattern IPV4 = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");

  private final AccessPolicy policy;

  public PolicyResolver(AccessPolicy policy) {
    this.policy = policy;
  }

  /** None of a host's addresses may be reached. */
  public static final class RefusedAddress extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    RefusedAddress(String message) {
      super(message);
    }
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    return isProxy(host) ? lookUp(host, "the proxy's host") : resolveServer(host);
  }

  private boolean isProxy(String host) {
    String name = HostPattern.canonical(host);
    return policy.proxy().servers().stream().anyMatch(server -> server.host().equals(name));
  }

  private static InetAddress[] lookUp(String host, String what) throws UnknownHostException {
    try {
      return InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      var unknown = new UnknownHostException("%s %s is not known".formatted(what, host));
      unknown.initCause(e);
      throw unknown;
    }
  }

  private InetAddress[] resolveServer(String host) throws UnknownHostException {
    requireAllowed(host);
    List<InetAddress> allowed = new ArrayList<>();
    Optional<RefusedAddress> refusal = Optional.empty();
    for (InetAddress address : lookUp(host, "host")) {
      Optional<String> why = Networks.refusal(address, policy.privateNetworks());
      if (why.isEmpty()) {
        allowed.add(address);
      } else {
        refusal = Optional.of(refused(address, why.orElseThrow()));
      }
    }
    if (allowed.isEmpty()) {
      throw refusal.orElseThrow();
    }
    return allowed.toArray(InetAddress[]::new);
  }

  private void requireAllowed(String host) throws RefusedAddress {
    if (!policy.allowsHost(host)) {
      throw new RefusedAddress("host %s is not one of the allowed hosts".formatted(host));
    }
  }

  private static RefusedAddress refused(InetAddress address, String why) {
    return new RefusedAddress(
        "%s is %s, which may not be reached".formatted(address.getHostAddress(), why));
  }

  /**
   * Checks a server whose connection does not come here: one that is asked through a proxy, or the
   * proxy's own host. A name is resolved here too, and none of its addresses may be refused, as the
   * proxy chooses; a name that is not known here is the proxy's to resolve, if it looks public.
   *
   * @throws RefusedAddress if it may not be asked
   */
  public void checkTarget(String scheme, String host) throws UnknownHostException {
    if (policy.proxy().of(scheme, host).isEmpty() && !isProxy(host)) {
      return;
    }
    requireAllowed(host);
    String name = HostPattern.canonical(host);
    boolean odd = ODD_ADDRESS.matcher(name).matches() && !IPV4.matcher(name).matches();
    if (odd || METADATA_NAME.matcher(name).matches()) {
      throw new RefusedAddress(
          "host %s may be an address or a metadata service, and is not asked for".formatted(host));
    }
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(name);
    } catch (UnknownHostException e) {
      if (!policy.privateNetworks() && INNER_NAME.matcher(name).matches()) {
        throw new RefusedAddress(
            "host %s has a name of a private network, which may not be reached".formatted(host));
      }
      return;
    }
    for (InetAddress address : addresses) {
      Optional<String> why = Networks.refusal(address, policy.privateNetworks());
      if (why.isPresent()) {
        throw refused(address, why.orElseThrow());
      }
    }
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host; // only asked for by authentication schemes that are not used
  }
}
