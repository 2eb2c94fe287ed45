package dev.sarscribe.access;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** What one host is shown so that it lets us in. Thread-safe; no form of it shows its secrets. */
sealed interface Credential {
  /** What is added to a request. */
  record Proof(Map<String, String> headers, String query) {
    static final Proof NONE = new Proof(Map.of(), "");

    static Proof header(String name, String value) {
      return new Proof(Map.of(name, value), "");
    }

    @Override
    public String toString() {
      return "***";
    }
  }

  /** Makes the proof for a URL; may ask a token endpoint, through {@code access}. */
  Proof proof(URI uri, TokenEndpoint endpoint) throws AccessException;

  /**
   * Looks at the status of an answer, and forgets the proof that it rejects.
   *
   * @return whether another proof may do better
   */
  default boolean renew(Proof proof, int status) {
    return false;
  }

  /** How credentials ask for tokens. */
  interface TokenEndpoint {
    /** Sends a request without credentials. */
    Response send(Request request) throws AccessException;
  }

  /** {@code Authorization: Bearer}. */
  record Bearer(String token) implements Credential {
    @Override
    public Proof proof(URI uri, TokenEndpoint endpoint) {
      return Proof.header("Authorization", "Bearer " + token);
    }

    @Override
    public String toString() {
      return "bearer token ***";
    }
  }

  /** {@code Authorization: Basic}. */
  record Basic(String username, String password) implements Credential {
    @Override
    public Proof proof(URI uri, TokenEndpoint endpoint) {
      byte[] pair = (username + ":" + password).getBytes(StandardCharsets.UTF_8);
      return Proof.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    @Override
    public String toString() {
      return "basic ***";
    }
  }

  /** A header of any name. */
  record Header(String name, String value) implements Credential {
    @Override
    public Proof proof(URI uri, TokenEndpoint endpoint) {
      return Proof.header(name, value);
    }

    @Override
    public String toString() {
      return "header " + name + " ***";
    }
  }

  /** Parameters added to the URL, already encoded. */
  record Query(String query) implements Credential {
    @Override
    public Proof proof(URI uri, TokenEndpoint endpoint) {
      return new Proof(Map.of(), query);
    }

    @Override
    public String toString() {
      return "query ***";
    }
  }

  /** Tokens of OAuth 2.0. */
  record OAuth2(OAuth2Tokens tokens) implements Credential {
    @Override
    public Proof proof(URI uri, TokenEndpoint endpoint) throws AccessException {
      return Proof.header("Authorization", "Bearer " + tokens.current(endpoint));
    }

    @Override
    public boolean renew(Proof proof, int status) {
      if (status != 401) { // 403: the account may not, whatever its token
        return false;
      }
      String header = proof.headers().getOrDefault("Authorization", "");
      tokens.reject(header.substring(header.indexOf(' ') + 1));
      return true;
    }
  }

  /** Shared access signatures of Azure containers, from an endpoint that makes them. */
  record SharedAccessSignature(SasTokens tokens) implements Credential {
    @Override
    public Proof proof(URI uri, TokenEndpoint endpoint) throws AccessException {
      return new Proof(Map.of(), tokens.current(uri, endpoint));
    }

    @Override
    public boolean renew(Proof proof, int status) {
      if (status != 401 && status != 403) { // Azure says 403 of an expired signature
        return false;
      }
      tokens.reject(proof.query());
      return true;
    }
  }
}
