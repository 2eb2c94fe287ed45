package dev.sarscribe.imagery.xml;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An element of a parsed document: local name without prefix, attributes by local name, own text
 * (trimmed) and child elements in order. Not thread-safe while parsing, read-only afterwards.
 */
public final class XmlNode {
  /** The annotation of an EW scene has about 20,000 elements. */
  private static final int MAX_ELEMENTS = 200_000;

  private static final int MAX_DEPTH = 64;

  /** The largest real annotations and look-up tables are under 10 MB. */
  private static final long MAX_CHARS = 128L << 20;

  private static final XMLInputFactory FACTORY = hardenedFactory();

  private final String name;
  private final Map<String, String> attributes;
  private final List<XmlNode> children = new ArrayList<>();
  private final StringBuilder characters = new StringBuilder();

  private XmlNode(String name, Map<String, String> attributes) {
    this.name = name;
    this.attributes = attributes;
  }

  private static XMLInputFactory hardenedFactory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
    factory.setProperty(XMLInputFactory.IS_COALESCING, false);
    return factory;
  }

  /**
   * Parses a whole document in UTF-8.
   *
   * @throws XMLStreamException if it is not well formed, declares a document type, or exceeds the
   *     limits on size and depth
   */
  public static XmlNode parse(InputStream in) throws XMLStreamException {
    // Decoded here, as the JDK's parser reports bytes that are no UTF-8 on standard error.
    Reader utf8 = new InputStreamReader(in, StandardCharsets.UTF_8);
    XMLStreamReader reader = FACTORY.createXMLStreamReader(utf8);
    try {
      return read(reader);
    } catch (RuntimeException e) {
      // The JDK's parser lets a few of its own faults through on damaged input.
      throw new XMLStreamException("not well formed", e);
    } finally {
      reader.close();
    }
  }

  private static XmlNode read(XMLStreamReader reader) throws XMLStreamException {
    Deque<XmlNode> open = new ArrayDeque<>();
    XmlNode root = null;
    int elements = 0;
    long chars = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          XmlNode node = new XmlNode(reader.getLocalName(), attributesOf(reader));
          if (++elements > MAX_ELEMENTS || open.size() >= MAX_DEPTH) {
            throw new XMLStreamException("more elements than any product has");
          }
          if (open.isEmpty()) {
            root = node;
          } else {
            open.peek().children.add(node);
          }
          open.push(node);
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          chars += reader.getTextLength();
          if (chars > MAX_CHARS) {
            throw new XMLStreamException("longer than any product's");
          }
          if (!open.isEmpty()) { // blanks too: text comes in pieces
            open.peek().characters.append(reader.getText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> open.pop();
        case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
            throw new XMLStreamException("a document type is not accepted");
        default -> {
          // comments and processing instructions carry nothing
        }
      }
    }
    if (root == null) {
      throw new XMLStreamException("no element");
    }
    return root;
  }

  private static Map<String, String> attributesOf(XMLStreamReader reader) {
    int n = reader.getAttributeCount();
    if (n == 0) {
      return Map.of();
    }
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < n; i++) {
      map.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
    }
    return map;
  }

  /** Local name, without the namespace prefix. */
  public String name() {
    return name;
  }

  /** The element's own text, trimmed; empty when it has none. */
  public String text() {
    return characters.toString().strip();
  }

  /** An attribute by its local name. */
  public Optional<String> attribute(String local) {
    return Optional.ofNullable(attributes.get(local));
  }

  /** Child elements in document order. */
  public List<XmlNode> children() {
    return List.copyOf(children);
  }

  /** Child elements of one name. */
  public List<XmlNode> children(String local) {
    return children.stream().filter(c -> c.name.equals(local)).toList();
  }

  /** The first element along a path of child names, such as {@code adsHeader/mode}. */
  public Optional<XmlNode> find(String path) {
    XmlNode node = this;
    for (String step : path.split("/", -1)) {
      XmlNode parent = node;
      node = null;
      for (XmlNode c : parent.children) {
        if (c.name.equals(step)) {
          node = c;
          break;
        }
      }
      if (node == null) {
        return Optional.empty();
      }
    }
    return Optional.of(node);
  }

  /** Every element below this one, at any depth, of one name, in document order. */
  public List<XmlNode> descendants(String local) {
    List<XmlNode> found = new ArrayList<>();
    collect(local, found);
    return found;
  }

  private void collect(String local, List<XmlNode> into) {
    for (XmlNode c : children) {
      if (c.name.equals(local)) {
        into.add(c);
      }
      c.collect(local, into);
    }
  }
}
