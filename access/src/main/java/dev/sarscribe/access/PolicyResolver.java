package dev.sarscribe.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves a host for the one connection that is about to be made, to allowed addresses only. The
 * address that was checked is the address that is connected to, so a name that changes between
 * check and use gains nothing; literals come here too. Thread-safe.
 */
public final class PolicyResolver implements DnsResolver {
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
    if (!policy.allowsHost(host)) {
      throw new RefusedAddress("host %s is not one of the allowed hosts".formatted(host));
    }
    List<InetAddress> allowed = new ArrayList<>();
    String refusal = "";
    for (InetAddress address : InetAddress.getAllByName(host)) {
      Optional<String> why = Networks.refusal(address, policy.privateNetworks());
      if (why.isEmpty()) {
        allowed.add(address);
      } else {
        refusal = "%s is %s".formatted(address.getHostAddress(), why.orElseThrow());
      }
    }
    if (allowed.isEmpty()) {
      throw new RefusedAddress(refusal + ", which may not be reached");
    }
    return allowed.toArray(InetAddress[]::new);
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host; // only asked for by authentication schemes that are not used
  }
}
