package dev.sarscribe.access;

import java.util.Optional;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.CredentialsProvider;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.protocol.HttpContext;

/** Tells a client of the library which proxy to take, and its login. Thread-safe. */
public final class ProxyRoutes extends DefaultRoutePlanner {
  private final HttpProxy proxy;

  public ProxyRoutes(HttpProxy proxy) {
    super(null); // the usual ports
    this.proxy = proxy;
  }

  @Override
  protected HttpHost determineProxy(HttpHost target, HttpContext context) {
    Optional<HttpProxy.Server> server = proxy.of(target.getSchemeName(), target.getHostName());
    return server.map(ProxyRoutes::host).orElse(null);
  }

  private static HttpHost host(HttpProxy.Server server) {
    return new HttpHost(server.scheme(), server.host(), server.port());
  }

  /** The logins of proxies, which nobody else is shown. */
  public CredentialsProvider logins() {
    BasicCredentialsProvider logins = new BasicCredentialsProvider();
    for (HttpProxy.Server server : proxy.servers()) {
      if (!server.user().isEmpty()) {
        logins.setCredentials(
            new AuthScope(host(server)),
            new UsernamePasswordCredentials(server.user(), server.password().toCharArray()));
      }
    }
    return logins;
  }
}
