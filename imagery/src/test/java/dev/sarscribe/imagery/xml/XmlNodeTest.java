package dev.sarscribe.imagery.xml;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;

class XmlNodeTest {
  private static XmlNode parse(String xml) throws XMLStreamException {
    return XmlNode.parse(new ByteArrayInputStream(xml.getBytes(UTF_8)));
  }

  @Test
  void elementsAreFoundByLocalNameWhateverTheirPrefix() throws Exception {
    XmlNode root = parse("<a xmlns:p='urn:x'><p:b k='1'> t&amp;u </p:b><c><p:b/></c></a>");

    assertThat(root.find("b").orElseThrow().text()).isEqualTo("t&u");
    assertThat(root.find("b").orElseThrow().attribute("k")).contains("1");
    assertThat(root.descendants("b")).hasSize(2);
    assertThat(root.find("c/d")).isEmpty();
  }

  @Test
  void anEntityBombIsRefused() {
    StringBuilder bomb = new StringBuilder("<!DOCTYPE l [<!ENTITY e0 \"lol\">");
    for (int i = 1; i < 12; i++) {
      bomb.append("<!ENTITY e%d \"".formatted(i)).append("&e%d;".formatted(i - 1).repeat(10));
      bomb.append("\">");
    }
    assertThatThrownBy(() -> parse(bomb + "]><l>&e11;</l>")).isInstanceOf(XMLStreamException.class);
  }

  @Test
  void anExternalEntityIsNeverFetched() {
    assertThatThrownBy(
            () -> parse("<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><l>&x;</l>"))
        .isInstanceOf(XMLStreamException.class);
  }

  @Test
  void endlessNestingIsRefused() {
    assertThatThrownBy(() -> parse("<a>".repeat(10_000))).isInstanceOf(XMLStreamException.class);
  }
}
