package dev.sarscribe.access.assets;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sarscribe.access.Redaction;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The files of one URL in the cache. Their names come from a digest of the URL, with an ending from
 * a fixed list, so that no URL names a path.
 */
record CacheEntry(Path data, Path part, Path about, Path lock) {
  static final String ABOUT = ".json";

  /** By which readers know formats. */
  private static final List<String> ENDINGS =
      List.of(".tif", ".tiff", ".zip", ".ntf", ".nitf", ".jp2", ".img", ".nc", ".rst");

  private static final JsonMapper JSON = new JsonMapper();
  private static final long MAX_ABOUT_BYTES = 64 * 1024;

  static CacheEntry of(Path folder, URI uri) {
    String base = digest(uri);
    return new CacheEntry(
        folder.resolve(base + ending(uri)),
        folder.resolve(base + ".part"),
        folder.resolve(base + ABOUT),
        folder.resolve(base + ".lock"));
  }

  static String digest(URI uri) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(sha.digest(uri.toString().getBytes(StandardCharsets.UTF_8)), 0, 20);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String ending(URI uri) {
    String path = String.valueOf(uri.getPath()).toLowerCase(Locale.ROOT);
    // The Copernicus Data Space delivers zips under .../$value.
    return ENDINGS.stream()
        .filter(path::endsWith)
        .findFirst()
        .orElse(path.endsWith("/$value") || path.endsWith("/$zip") ? ".zip" : ".bin");
  }

  /** What is known of the stored bytes; empty if nothing that makes sense is. */
  Optional<Version> version() throws IOException {
    try {
      if (Files.size(about) > MAX_ABOUT_BYTES) {
        return Optional.empty();
      }
      JsonNode json = JSON.readTree(Files.readAllBytes(about));
      long size = json.path("size").asLong(-1);
      return size < 0
          ? Optional.empty()
          : Optional.of(new Version(size, json.path("validator").asText("")));
    } catch (NoSuchFileException | JacksonException e) {
      return Optional.empty();
    }
  }

  /** The checksum that the stored bytes were found to have, or empty text. */
  String verified() throws IOException {
    try {
      return JSON.readTree(Files.readAllBytes(about)).path("checksum").asText("");
    } catch (NoSuchFileException | JacksonException e) {
      return "";
    }
  }

  /** Says what the bytes are; at once or not at all. */
  void describe(URI uri, Version version, String verified) throws IOException {
    Map<String, Object> facts =
        Map.of(
            "uri", Redaction.of(uri),
            "size", version.size(),
            "validator", version.validator(),
            "checksum", verified);
    Path fresh = about.resolveSibling(about.getFileName() + ".new");
    Files.write(fresh, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(facts));
    Files.move(fresh, about, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes all but the lock, which others may be waiting for. */
  void delete() throws IOException {
    Files.deleteIfExists(data);
    Files.deleteIfExists(part);
    Files.deleteIfExists(about);
  }
}
