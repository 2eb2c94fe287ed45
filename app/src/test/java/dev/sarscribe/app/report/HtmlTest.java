package dev.sarscribe.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void markupInATextStaysText() {
    assertThat(Html.escape("<img src=x onerror='a()'> & \"b\""))
        .isEqualTo("&lt;img src=x onerror=&#39;a()&#39;&gt; &amp; &quot;b&quot;");
  }

  @Test
  void controlCharactersAreReplacedAndOtherScriptsKept() {
    assertThat(Html.escape("a\u0000b\nc ü 船")).isEqualTo("a\uFFFDb\nc ü 船");
  }
}
