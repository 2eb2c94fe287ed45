package dev.sarscribe.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProxyTest {
  @Test
  void eachSchemeHasItsVariableAndTheLowerCaseOnePrevails() {
    HttpProxy proxy =
        environment(
            Map.of(
                "HTTPS_PROXY", "http://upper:1",
                "https_proxy", "http://user:p%40ss@lower:3128/",
                "HTTP_PROXY", "plain.example"));

    assertThat(proxy.of("https", "data.example").orElseThrow())
        .isEqualTo(new HttpProxy.Server("http", "lower", 3128, "user", "p@ss"));
    assertThat(proxy.of("http", "data.example").orElseThrow())
        .isEqualTo(new HttpProxy.Server("http", "plain.example", 80, "", ""));
    assertThat(proxy).hasToString("[http://plain.example:80, http://lower:3128]");
  }

  @ParameterizedTest
  @CsvSource({
    "data.example, proxied",
    "inner.org, direct",
    "deep.below.INNER.org., direct",
    "notinner.org, proxied",
    "dotted.net, direct",
    "with.port, direct",
    "10.20.30.40, direct",
    "11.20.30.40, proxied",
    "[fd12::1], direct",
    "192.0.2.7, direct",
    "localhost, direct",
    "127.0.0.2, direct",
    "[::1], direct",
  })
  void hostsAndNetworksOfNoProxyAndThisMachineAreAskedDirectly(String host, String expected) {
    HttpProxy proxy =
        HttpProxy.of(
            "https://proxy.example:8443",
            Map.of(
                "NO_PROXY", "inner.org, .dotted.net with.port:8080,10.0.0.0/8,fd00::/8,192.0.2.7"));

    assertThat(proxy.of("https", host).isPresent()).isEqualTo(expected.equals("proxied"));
  }

  @Test
  void javasPropertiesCountWhereNoVariableIsSet() {
    Map<String, String> properties =
        Map.of(
            "https.proxyHost", "proxy.example",
            "https.proxyPort", "3129",
            "http.nonProxyHosts", "*.inner.org|10.*");
    HttpProxy proxy = HttpProxy.ofEnvironment(Map.of("HTTPS_PROXY", " "), properties::get);

    assertThat(proxy.of("https", "data.example").orElseThrow())
        .hasToString("http://proxy.example:3129");
    assertThat(proxy.of("http", "data.example")).isEmpty();
    assertThat(proxy.of("https", "a.inner.org")).isEmpty();
    assertThat(proxy.of("https", "10.1.2.3")).isEmpty();
  }

  @Test
  void nothingSetIsNoProxyAndAStarIsNoneForAnyHost() {
    assertThat(environment(Map.of()).of("https", "data.example")).isEqualTo(Optional.empty());
    assertThat(
            environment(Map.of("https_proxy", "http://proxy", "no_proxy", "*"))
                .of("https", "data.example"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"socks5://u:secret@proxy:1080", "http://u:secret@", "http://u:secret@a b"})
  void whatIsNoProxyIsNamedByItsVariableAndItsPasswordIsNotTold(String url) {
    assertThatThrownBy(() -> environment(Map.of("HTTPS_PROXY", url)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("HTTPS_PROXY is no ")
        .hasNoCause()
        .message()
        .doesNotContain("secret");
  }

  @Test
  void aNetworkOfNoProxyThatIsNoneIsNamed() {
    assertThatThrownBy(() -> HttpProxy.of("proxy", Map.of("NO_PROXY", "10.0.0.0/99")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("NO_PROXY: 10.0.0.0/99 is no network");
  }

  private static HttpProxy environment(Map<String, String> variables) {
    return HttpProxy.ofEnvironment(variables, name -> null);
  }
}
