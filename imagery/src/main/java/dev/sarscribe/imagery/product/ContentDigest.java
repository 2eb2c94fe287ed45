package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.source.ByteSource;
import dev.sarscribe.imagery.source.FileSource;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells a product's content from another's without reading all of a large one: SHA-256 over names,
 * sizes and content; of files above 16 MiB, over 256 evenly spaced pieces of 64 KiB, the first and
 * the last among them. So a copy that is complete differs from one that stopped half-way. Static,
 * thread-safe.
 */
public final class ContentDigest {
  private static final int PIECE_BYTES = 64 * 1024;
  private static final int PIECES = 256;

  /** A SAFE has some 30 files in folders 3 deep. */
  private static final int MAX_DEPTH = 8;

  private static final int MAX_FILES = 10_000;

  private ContentDigest() {}

  /**
   * Sixteen hex digits for a file (with its mask file) or a folder; links inside a folder are not
   * followed.
   *
   * @throws SceneException if something cannot be read
   */
  public static String of(Path product) throws SceneException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      for (Path file : files(product)) {
        String name = file.startsWith(product) ? product.relativize(file).toString() : "mask";
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        try (FileSource source = FileSource.open(file)) {
          add(source, digest, piece);
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (IOException | UncheckedIOException e) { // the latter from the walk
      throw new SceneException(Reason.IO_ERROR, product, "cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * The same of a source: that of a file of this content without a mask file.
   *
   * @throws SceneException if it cannot be read
   */
  public static String of(ByteSource source) throws SceneException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      add(source, digest, ByteBuffer.allocate(PIECE_BYTES));
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (IOException e) {
      throw new SceneException(
          Reason.IO_ERROR, source.name(), "cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static List<Path> files(Path product) throws IOException {
    if (!Files.isDirectory(product)) {
      Path mask = TiffRaster.maskFile(product);
      return Files.isRegularFile(mask) ? List.of(product, mask) : List.of(product);
    }
    try (Stream<Path> walk = Files.walk(product, MAX_DEPTH)) {
      return walk.filter(Files::isRegularFile).sorted().limit(MAX_FILES).toList();
    }
  }

  private static void add(ByteSource source, MessageDigest digest, ByteBuffer piece)
      throws IOException {
    long size = source.size();
    digest.update(ByteBuffer.allocate(8).putLong(0, size));
    long pieces = Math.min(PIECES, (size + PIECE_BYTES - 1) / PIECE_BYTES);
    long last = Math.max(0, size - PIECE_BYTES);
    for (long i = 0; i < pieces; i++) {
      long at = size <= (long) PIECES * PIECE_BYTES ? i * PIECE_BYTES : last * i / (PIECES - 1);
      piece.clear();
      while (piece.hasRemaining()) {
        int n = source.read(piece, at + piece.position());
        if (n < 0) {
          break; // the end, or the file shrank meanwhile: its reads will say so
        }
      }
      digest.update(piece.flip());
    }
  }
}
