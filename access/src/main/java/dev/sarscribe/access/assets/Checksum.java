package dev.sarscribe.access.assets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A digest of a known kind, from STAC's {@code file:checksum}: a multihash in hexadecimal digits.
 *
 * @param algorithm as Java calls it
 * @param digest hexadecimal digits in lower case
 */
record Checksum(String algorithm, String digest) {
  private record Kind(String prefix, int digits, String algorithm) {}

  /** Code and length of the multihash table, for the digests that archives publish. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind("1220", 64, "SHA-256"),
          new Kind("1114", 40, "SHA-1"),
          new Kind("1340", 128, "SHA-512"),
          new Kind("d50110", 32, "MD5"));

  private static final int CHUNK_BYTES = 1 << 16;

  /** Empty if the kind of digest is not known: then nothing can be verified. */
  static Optional<Checksum> of(String multihash) {
    String text = multihash.strip().toLowerCase(Locale.ROOT);
    return KINDS.stream()
        .filter(k -> text.startsWith(k.prefix()))
        .filter(k -> text.length() == k.prefix().length() + k.digits())
        .filter(k -> text.matches("[0-9a-f]+"))
        .map(k -> new Checksum(k.algorithm(), text.substring(k.prefix().length())))
        .findFirst();
  }

  /** The same kind of digest of a file. */
  String of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest sum = MessageDigest.getInstance(algorithm);
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        sum.update(chunk, 0, n);
      }
      return HexFormat.of().formatHex(sum.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
  }
}
