package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.MessageDigestAlgorithms;

/**
 * Fetches one archive of known size and digest. What a broken connection leaves is gone on from, in
 * the same run as in a later one.
 *
 * @param source address of the archive
 * @param archive what it must be
 * @param target file that it becomes; while it is incomplete it has the suffix {@code .part}
 * @param pause before the second attempt; doubled for each further one
 */
record Download(URI source, Redistributable archive, Path target, Duration pause) {
  private static final int ATTEMPTS = 8;
  private static final int CONNECT_MS = 20_000;

  /** A connection that gives nothing for so long is given up and tried anew. */
  private static final int SILENCE_MS = 60_000;

  private static final int BUFFER_BYTES = 1 << 16;

  /** Told how far the archive has come. */
  @FunctionalInterface
  interface Progress {
    void at(long bytes);
  }

  /** An answer that another attempt would not change. */
  private static final class FinalException extends IOException {
    private static final long serialVersionUID = 1L;

    FinalException(String message) {
      super(message);
    }
  }

  /**
   * Fetches the archive, or the rest of it.
   *
   * @throws CaptionerException naming the address and why it cannot be had; a part of it that is
   *     right so far is kept
   */
  void run(Progress progress) throws CaptionerException, InterruptedException {
    if (Files.exists(target)) {
      return;
    }
    try {
      Files.createDirectories(target.getParent());
      fetch(progress);
      String actual = new DigestUtils(MessageDigestAlgorithms.SHA_1).digestAsHex(part());
      if (!actual.equals(archive.sha1())) {
        Files.delete(part());
        throw new FinalException(
            "it has the SHA-1 %s, not %s as published".formatted(actual, archive.sha1()));
      }
      Files.move(part(), target, StandardCopyOption.ATOMIC_MOVE);
    } catch (InterruptedIOException e) {
      throw new CaptionerException(source + " does not answer: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CaptionerException(source + " cannot be fetched: " + e.getMessage(), e);
    }
  }

  private Path part() {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  private void fetch(Progress progress) throws IOException, InterruptedException {
    Duration wait = pause;
    for (int attempt = 1; ; attempt++) {
      try {
        transfer(progress);
        return;
      } catch (FinalException e) {
        throw e;
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
      Thread.sleep(wait.toMillis());
      wait = wait.multipliedBy(2);
    }
  }

  /** One request, for what is missing. */
  private void transfer(Progress progress) throws IOException {
    long have = Files.exists(part()) ? Files.size(part()) : 0;
    if (have >= archive.bytes()) {
      // Complete, or of another archive; the digest tells.
      return;
    }
    HttpURLConnection connection = (HttpURLConnection) source.toURL().openConnection();
    try {
      // Redirects stay within https; from this machine none is followed elsewhere.
      connection.setInstanceFollowRedirects("https".equals(source.getScheme()));
      connection.setConnectTimeout(CONNECT_MS);
      connection.setReadTimeout(SILENCE_MS);
      if (have > 0) {
        connection.setRequestProperty("Range", "bytes=" + have + "-");
      }
      long from = start(connection, have);
      requireLength(connection, archive.bytes() - from);
      receive(connection, from, progress);
    } finally {
      connection.disconnect();
    }
  }

  /** Where the answer's body begins within the archive. */
  private long start(HttpURLConnection connection, long have) throws IOException {
    int status = connection.getResponseCode();
    String range = connection.getHeaderField("Content-Range");
    if (status == HttpURLConnection.HTTP_PARTIAL
        && range != null
        && range.startsWith("bytes " + have + "-")) {
      return have;
    }
    if (status == HttpURLConnection.HTTP_OK) {
      return 0;
    }
    String message = "the server answers " + status;
    boolean passing = status >= 500 || status == 408 || status == 429;
    throw passing ? new IOException(message) : new FinalException(message);
  }

  private void requireLength(HttpURLConnection connection, long expected) throws IOException {
    long length = connection.getContentLengthLong();
    if (length >= 0 && length != expected) {
      throw new FinalException(
          "the server sends %d bytes where %d are missing".formatted(length, expected));
    }
  }

  private void receive(HttpURLConnection connection, long from, Progress progress)
      throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long at = from;
    try (InputStream in = connection.getInputStream();
        OutputStream out = open(from)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (at + read > archive.bytes()) {
          throw new FinalException("the server sends more than " + archive.bytes() + " bytes");
        }
        out.write(buffer, 0, read);
        at += read;
        progress.at(at);
      }
    }
    if (at < archive.bytes()) {
      throw new IOException("the connection ended after %d bytes".formatted(at));
    }
  }

  private OutputStream open(long from) throws IOException {
    return from == 0
        ? Files.newOutputStream(part())
        : Files.newOutputStream(part(), StandardOpenOption.APPEND);
  }
}
