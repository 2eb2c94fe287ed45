package dev.sarscribe.captioner;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.MessageDigestAlgorithms;

/** Digests of a model folder's files, and the one over all of them. Not thread-safe. */
final class FolderDigest {
  /** By file name, sorted: the order of files on a disk means nothing. */
  private final Map<String, String> files = new TreeMap<>();

  /** Adds a file and returns its own SHA-256 in hex digits. */
  String add(String name, Path file) throws IOException {
    String hex = new DigestUtils(MessageDigestAlgorithms.SHA_256).digestAsHex(file);
    files.put(name, hex);
    return hex;
  }

  /** Adds a file that was read already. */
  String add(String name, byte[] content) {
    String hex = DigestUtils.sha256Hex(content);
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
    return "sha256:" + DigestUtils.sha256Hex(lines.toString());
  }
}
