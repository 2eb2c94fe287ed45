package dev.sarscribe.captioner;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Digests of a model folder's files, and the one over all of them. Not thread-safe. */
final class FolderDigest {
  private static final int BUFFER_BYTES = 1 << 16;

  /** By file name, sorted: the order of files on a disk means nothing. */
  private final Map<String, String> files = new TreeMap<>();

  /** Adds a file and returns its own SHA-256 in hex digits. */
  String add(String name, Path file) throws IOException {
    MessageDigest digest = newDigest();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return add(name, digest.digest());
  }

  /** Adds a file that was read already. */
  String add(String name, byte[] sha256) {
    String hex = HexFormat.of().formatHex(sha256);
    files.put(name, hex);
    return hex;
  }

  boolean contains(String name) {
    return files.containsKey(name);
  }

  /** {@code sha256:} and hex digits over a listing as {@code sha256sum} prints it. */
  String overall() {
    StringBuilder lines = new StringBuilder();
    files.forEach((name, hex) -> lines.append(hex).append("  ").append(name).append('\n'));
    return "sha256:"
        + HexFormat.of().formatHex(sha256(lines.toString().getBytes(StandardCharsets.UTF_8)));
  }

  static byte[] sha256(byte[] bytes) {
    return newDigest().digest(bytes);
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
