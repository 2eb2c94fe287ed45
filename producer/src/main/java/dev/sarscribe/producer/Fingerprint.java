package dev.sarscribe.producer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sizes and modification times of an item's files: changes when any of them does, and costs no read
 * of their content.
 *
 * @param value equal as long as nothing changed
 * @param sizeBytes size of all files
 */
record Fingerprint(String value, long sizeBytes) {
  /** A SAFE has some 30 files in folders 3 deep. */
  private static final int MAX_DEPTH = 8;

  private static final int MAX_FILES = 100_000;

  /** Looks at a file, or at every file of a folder. */
  static Fingerprint of(Path item) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(item, BasicFileAttributes.class);
    return attributes.isDirectory() ? ofFolder(item) : ofFile(attributes);
  }

  static Fingerprint ofFile(BasicFileAttributes attributes) {
    return new Fingerprint(describe(attributes), attributes.size());
  }

  private static Fingerprint ofFolder(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    long[] sizeBytes = new long[1];
    Files.walkFileTree(
        folder,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        MAX_DEPTH,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (files.size() >= MAX_FILES) {
              throw new IOException(folder + " has more than " + MAX_FILES + " files");
            }
            files.put(folder.relativize(file).toString(), describe(attributes));
            sizeBytes[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // A link in a circle or a file without permission does not change by waiting; whether
            // the product needs it, its reader will say.
            files.put(folder.relativize(file).toString(), e.getClass().getSimpleName());
            return FileVisitResult.CONTINUE;
          }
        });
    MessageDigest digest = sha256();
    files.forEach(
        (name, text) ->
            digest.update((name + '\0' + text + '\n').getBytes(StandardCharsets.UTF_8)));
    String hex = HexFormat.of().formatHex(digest.digest(), 0, 16);
    return new Fingerprint(files.size() + " files, " + hex, sizeBytes[0]);
  }

  private static String describe(BasicFileAttributes attributes) {
    return attributes.size() + " bytes, " + attributes.lastModifiedTime().toInstant();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
