package dev.sarscribe.captioner.gpu;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.MessageDigestAlgorithms;

/**
 * The plans of a model: its graphs of fixed shapes, compiled by TensorRT, and beside them what they
 * were built from. Immutable.
 *
 * @param folder that holds the plans
 * @param key what they were built for
 * @param graphs by the file name of the ONNX graph
 */
public record Plans(Path folder, PlanKey key, Map<String, Plan> graphs) {
  private static final String RECORD = "plan.json";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public Plans {
    graphs = Map.copyOf(graphs);
  }

  /**
   * One plan.
   *
   * @param file name within the folder
   * @param sha256 of the plan, hex digits: a damaged one could end the process
   * @param inputs names of the bindings, in their order
   */
  public record Plan(String file, String sha256, List<String> inputs) {
    public Plan {
      inputs = List.copyOf(inputs);
    }
  }

  /** What is written beside the plans. */
  private record Content(PlanKey builtFor, Map<String, Plan> graphs) {}

  /**
   * Opens the plans of a model that were built before.
   *
   * @throws CaptionerException if there are none or if they are damaged, with the command that
   *     builds them
   */
  public static Plans open(GpuFolder gpu, PlanKey key, ModelFolder model)
      throws CaptionerException {
    Path folder = gpu.plans().resolve(key.folderName());
    String remedy =
        "`sarscribe gpu plan --model %s --precision %s` builds them"
            .formatted(model.path(), key.precision().label());
    if (!Files.exists(folder.resolve(RECORD))) {
      throw new CaptionerException(
          "no plans of %s for %s and TensorRT %s in %s: %s"
              .formatted(key.model(), key.gpu(), key.runtime(), gpu.plans(), remedy));
    }
    try {
      Content content = JSON.readValue(folder.resolve(RECORD).toFile(), Content.class);
      if (!key.equals(content.builtFor())) {
        throw new CaptionerException(
            "the plans in %s are for %s: %s".formatted(folder, content.builtFor(), remedy));
      }
      for (Plan plan : content.graphs().values()) {
        if (!sha256(folder.resolve(plan.file())).equals(plan.sha256())) {
          throw new CaptionerException(
              "plan %s in %s is damaged: %s".formatted(plan.file(), folder, remedy));
        }
      }
      return new Plans(folder, key, content.graphs());
    } catch (IOException e) {
      throw new CaptionerException(
          "the plans in %s cannot be read (%s): %s".formatted(folder, e.getMessage(), remedy), e);
    }
  }

  /** Whether plans for a key were built; {@link #open} says whether they are whole. */
  static boolean exist(GpuFolder gpu, PlanKey key) {
    return Files.exists(gpu.plans().resolve(key.folderName()).resolve(RECORD));
  }

  /** The folders of all plans that were built, sorted; none if there are none. */
  public static List<Path> list(GpuFolder gpu) throws IOException {
    if (!Files.isDirectory(gpu.plans())) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(gpu.plans())) {
      return folders.filter(folder -> Files.exists(folder.resolve(RECORD))).sorted().toList();
    }
  }

  /** Writes down what the plans in the folder were built from; they count from then on. */
  void write() throws IOException {
    Path temporary = folder.resolve(RECORD + ".part");
    JSON.writeValue(temporary.toFile(), new Content(key, graphs));
    Files.move(temporary, folder.resolve(RECORD), StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * The plan of a graph.
   *
   * @throws CaptionerException if there is none
   */
  public Plan of(Path graph) throws CaptionerException {
    Plan plan = graphs.get(graph.getFileName().toString());
    if (plan == null) {
      throw new CaptionerException("%s has no plan of %s".formatted(folder, graph.getFileName()));
    }
    return plan;
  }

  static String sha256(Path file) throws IOException {
    return new DigestUtils(MessageDigestAlgorithms.SHA_256).digestAsHex(file);
  }
}
