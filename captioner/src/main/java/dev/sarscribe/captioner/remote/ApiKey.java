package dev.sarscribe.captioner.remote;

import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The secret that an endpoint asks for. It shows in no message: {@code toString} hides it. */
public final class ApiKey {
  /** Tokens of identity providers reach some KiB; anything larger is another file. */
  private static final int MAX_BYTES = 16 * 1024;

  private final String secret;

  private ApiKey(String secret) {
    this.secret = secret;
  }

  /**
   * A key given as text; white space around it is dropped.
   *
   * @throws IllegalArgumentException if it is empty or cannot stand in an HTTP header
   */
  public static ApiKey of(String text) {
    String secret = text.strip();
    if (secret.isEmpty() || !secret.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("the API key is empty or not one word of ASCII");
    }
    return new ApiKey(secret);
  }

  /**
   * Reads the file that holds nothing but the key.
   *
   * @throws CaptionerException if it cannot be read or holds something else
   */
  public static ApiKey read(Path file) throws CaptionerException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new CaptionerException(
            "key file %s is larger than %d bytes".formatted(file, MAX_BYTES));
      }
      return of(new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CaptionerException("key file %s cannot be read: %s".formatted(file, e), e);
    } catch (IllegalArgumentException e) {
      throw new CaptionerException("key file %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  String header() {
    return "Bearer " + secret;
  }

  /** A text of the server, without the key if it repeats it. */
  String redact(String text) {
    return text.replace(secret, "***");
  }

  @Override
  public String toString() {
    return "***";
  }
}
