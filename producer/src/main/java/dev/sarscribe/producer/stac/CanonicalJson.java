package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

/**
 * The digest of an item that stays the same as long as the item means the same: whatever the order
 * of its fields, whichever links a page adds, and whoever signed its URLs for how long.
 */
final class CanonicalJson {
  private static final int DIGEST_BYTES = 16;

  private CanonicalJson() {}

  static String digest(JsonNode item) {
    StringBuilder text = new StringBuilder();
    write(item, text, true);
    return digest(text.toString());
  }

  static String digest(String text) {
    byte[] digest = sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
  }

  private static void write(JsonNode node, StringBuilder text, boolean top) {
    if (node.isObject()) {
      TreeMap<String, JsonNode> fields = new TreeMap<>();
      node.fields().forEachRemaining(field -> fields.put(field.getKey(), field.getValue()));
      if (top) {
        fields.remove("links");
      }
      text.append('{');
      fields.forEach(
          (name, value) -> {
            text.append(quoted(name)).append(':');
            if (name.equals("href") && value.isTextual()) {
              text.append(quoted(withoutQuery(value.asText())));
            } else {
              write(value, text, false);
            }
            text.append(',');
          });
      text.append('}');
    } else if (node.isArray()) {
      text.append('[');
      node.forEach(
          element -> {
            write(element, text, false);
            text.append(',');
          });
      text.append(']');
    } else if (node.isFloatingPointNumber()) {
      text.append(node.doubleValue());
    } else {
      text.append(node.isTextual() ? quoted(node.asText()) : node.asText());
    }
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String withoutQuery(String href) {
    int query = href.indexOf('?');
    return query < 0 ? href : href.substring(0, query);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
