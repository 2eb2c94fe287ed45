package dev.sarscribe.captioner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of an exported model, which lie in its folder or in {@code onnx/} in it, as on the Hub.
 * Whatever is used goes into the digest, whatever is wrong into the list of problems.
 */
final class ExportFiles {
  /** A page of text each. */
  private static final int MAX_SETTINGS_BYTES = 1 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final List<String> problems;
  private final FolderDigest digests = new FolderDigest();

  ExportFiles(Path folder, List<String> problems) {
    this.folder = folder;
    this.problems = problems;
  }

  boolean has(String name) {
    return find(name).isPresent();
  }

  private Optional<Path> find(String name) {
    return Stream.of(folder.resolve(name), folder.resolve("onnx").resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** A file that is handed to a library; of a graph also the weights that lie beside it. */
  Optional<Path> optional(String name) {
    Optional<Path> file = find(name);
    file.ifPresent(this::digest);
    return file;
  }

  /** The same for a file that must be there: the folder itself if it is not. */
  Path required(String name) {
    Optional<Path> file = optional(name);
    if (file.isEmpty()) {
      problems.add(name + " is missing");
    }
    return file.orElse(folder);
  }

  /** The content of a settings file that must be there. */
  JsonNode json(String name) {
    if (!has(name)) {
      problems.add(name + " is missing");
    }
    return optionalJson(name);
  }

  /** The content of a settings file: a missing node if there is none. */
  JsonNode optionalJson(String name) {
    String content = optionalText(name);
    try {
      return content.isEmpty() ? MissingNode.getInstance() : JSON.readTree(content);
    } catch (JsonProcessingException e) {
      problems.add("%s is not valid JSON: %s".formatted(name, e.getOriginalMessage()));
      return MissingNode.getInstance();
    }
  }

  /** The content of a text file: nothing if there is none. */
  String optionalText(String name) {
    Optional<Path> file = find(name);
    if (file.isEmpty()) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file.orElseThrow())) {
      byte[] bytes = in.readNBytes(MAX_SETTINGS_BYTES + 1);
      if (bytes.length <= MAX_SETTINGS_BYTES) {
        digest(file.orElseThrow());
        return new String(bytes, StandardCharsets.UTF_8);
      }
      problems.add("%s is larger than %d bytes".formatted(name, MAX_SETTINGS_BYTES));
    } catch (IOException e) {
      problems.add("%s cannot be read: %s".formatted(name, e));
    }
    return "";
  }

  private void digest(Path file) {
    String name = file.getFileName().toString();
    try {
      digests.add(name, file);
      for (String suffix : List.of("_data", ".data")) {
        Path weights = file.resolveSibling(name + suffix);
        if (Files.isRegularFile(weights)) {
          digests.add(name + suffix, weights);
        }
      }
    } catch (IOException e) {
      problems.add("%s cannot be read: %s".formatted(name, e));
    }
  }

  /** {@code sha256:} and hex digits over the files that were used. */
  String digest() {
    return digests.overall();
  }
}
