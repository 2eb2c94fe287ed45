package dev.sarscribe.app.config;

import dev.sarscribe.schemas.KafkaConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Reads a configuration file: a YAML mapping of settings, in which those of one verb may be under
 * its name. Only the syntax tree is made, never an object of what a tag names. Whatever is wrong is
 * a problem with its line, and reading goes on, so that all of it is told at once.
 */
final class SettingsFile {
  /** The properties of Kafka's clients, in place of the option's name. */
  static final String KAFKA = "kafka";

  static final String KAFKA_OPTION = "kafka-property";

  private static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_DEPTH = 8;
  private static final Set<Tag> PLAIN =
      Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.TIMESTAMP, Tag.NULL, Tag.MAP, Tag.SEQ);

  private final Path file;
  private final Options options;
  private final References references;
  private final Settings.Layers layers;
  private final List<String> problems;
  private final Map<Integer, List<String>> problemsByLine = new TreeMap<>();

  SettingsFile(
      Path file,
      Options options,
      References references,
      Settings.Layers layers,
      List<String> problems) {
    this.file = file;
    this.options = options;
    this.references = references;
    this.layers = layers;
    this.problems = problems;
  }

  /** Enters the file's settings into the layers. */
  void read() {
    Node root;
    try {
      LoaderOptions limits = new LoaderOptions();
      limits.setCodePointLimit(MAX_BYTES);
      limits.setNestingDepthLimit(MAX_DEPTH);
      limits.setMaxAliasesForCollections(0);
      // Nothing is made of a tag here: it is refused below, with whatever else is wrong.
      limits.setTagInspector(tag -> true);
      root = new Yaml(limits).compose(new StringReader(text()));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      problems.add("%s:%d: no YAML: %s".formatted(file, line, e.getProblem()));
      return;
    } catch (YAMLException e) {
      problems.add("%s: no YAML: %s".formatted(file, e.getMessage()));
      return;
    } catch (IOException e) {
      problems.add("%s %s".formatted(file, e.getMessage()));
      return;
    }
    if (root != null) {
      section(root, List.of());
    }
    problemsByLine.values().forEach(problems::addAll);
  }

  private String text() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("has more than %d bytes".formatted(MAX_BYTES));
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw new IOException("is not there", e);
    } catch (CharacterCodingException e) {
      throw new IOException("is not UTF-8 text", e);
    } catch (IOException e) {
      throw new IOException("cannot be read: " + e.getMessage(), e);
    }
  }

  private void section(Node node, List<String> path) {
    Optional<MappingNode> mapping = mapping(node, path.isEmpty() ? "the file" : last(path));
    for (Map.Entry<String, Node> entry : entries(mapping).entrySet()) {
      String name = entry.getKey();
      Node value = entry.getValue();
      List<String> inner = new ArrayList<>(path);
      inner.add(name);
      if (name.equals(KAFKA)) {
        properties(value, path, KAFKA_OPTION);
      } else if (value instanceof MappingNode && options.command(inner).isPresent()) {
        section(value, inner);
      } else {
        setting(name, value, path);
      }
    }
  }

  private void setting(String name, Node value, List<String> path) {
    List<OptionSpec> found = options.find(path, name);
    if (found.isEmpty()) {
      problem(value, unknown(name, path));
    } else if (!PLAIN.contains(value.getTag())) {
      problem(value, name + ": tags are not allowed");
    } else if (Options.isMap(found.get(0))) {
      properties(value, path, name);
    } else {
      List<Node> nodes =
          value instanceof SequenceNode sequence ? sequence.getValue() : List.of(value);
      enter(name, value, path, found, texts(name, nodes));
    }
  }

  private String unknown(String name, List<String> path) {
    if (name.equals("config")) {
      return "config names this file itself and cannot be in it";
    }
    return path.isEmpty()
        ? "there is no setting %s; `sarscribe config --reference` lists all".formatted(name)
        : "%s has no setting %s; it has %s"
            .formatted(String.join(" ", path), name, String.join(", ", options.names(path)));
  }

  /** Settings of an option that is a map. */
  private void properties(Node node, List<String> path, String option) {
    List<OptionSpec> found = options.find(path, option);
    if (found.isEmpty()) {
      problem(node, "%s has no settings of Kafka".formatted(last(path)));
      return;
    }
    for (Map.Entry<String, Node> entry : entries(mapping(node, option)).entrySet()) {
      String key = entry.getKey();
      Optional<String> refusal =
          option.equals(KAFKA_OPTION) ? KafkaConnection.refusal(key) : Optional.empty();
      if (refusal.isPresent()) {
        problem(entry.getValue(), refusal.orElseThrow());
        continue;
      }
      List<String> texts = texts(key, List.of(entry.getValue()));
      if (!texts.isEmpty()) {
        boolean secret = Secrets.isSecret(key) || refers(entry.getValue());
        layers.enter(
            path,
            found.get(0),
            new Setting(List.of(key + "=" + texts.get(0)), at(entry.getValue()), secret));
      }
    }
  }

  private void enter(
      String name, Node node, List<String> path, List<OptionSpec> found, List<String> values) {
    if (values.isEmpty()) {
      return;
    }
    for (OptionSpec option : found) {
      Optional<String> wrong = options.problem(option, values);
      if (wrong.isPresent()) {
        boolean secret = Secrets.isSecret(name) || refers(node);
        problem(node, name + ": " + (secret ? "its value is refused" : wrong.orElseThrow()));
        return;
      }
    }
    layers.enter(
        path, found.get(0), new Setting(values, at(node), Secrets.isSecret(name) || refers(node)));
  }

  /** The values of scalars with their references replaced; none if one of them is wrong. */
  private List<String> texts(String name, List<Node> nodes) {
    List<String> texts = new ArrayList<>();
    for (Node node : nodes) {
      if (!(node instanceof ScalarNode scalar) || !PLAIN.contains(node.getTag())) {
        problem(node, name + ": a plain value is expected here");
        return List.of();
      }
      if (node.getTag().equals(Tag.NULL)) {
        problem(node, name + " has no value");
        return List.of();
      }
      try {
        texts.add(references.resolve(scalar.getValue()));
      } catch (References.UnresolvedException e) {
        problem(node, name + ": " + e.getMessage());
        return List.of();
      }
    }
    return texts;
  }

  private static boolean refers(Node node) {
    return node instanceof ScalarNode scalar
        ? References.isIn(scalar.getValue())
        : node instanceof SequenceNode sequence
            && sequence.getValue().stream().anyMatch(SettingsFile::refers);
  }

  private Optional<MappingNode> mapping(Node node, String what) {
    if (node instanceof MappingNode mapping && PLAIN.contains(node.getTag())) {
      return Optional.of(mapping);
    }
    problem(node, what + " must be a mapping of names to values");
    return Optional.empty();
  }

  /** In the order of the file, each name once. */
  private Map<String, Node> entries(Optional<MappingNode> mapping) {
    Map<String, Node> entries = new LinkedHashMap<>();
    Map<String, Integer> lines = new HashMap<>();
    for (NodeTuple tuple : mapping.map(MappingNode::getValue).orElse(List.of())) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problem(tuple.getKeyNode(), "a name is expected here");
        continue;
      }
      Integer before = lines.putIfAbsent(key.getValue(), line(key));
      if (before != null) {
        problem(key, "%s is set twice, first on line %d".formatted(key.getValue(), before));
      } else {
        entries.put(key.getValue(), tuple.getValueNode());
      }
    }
    return entries;
  }

  private void problem(Node node, String text) {
    problemsByLine
        .computeIfAbsent(line(node), l -> new ArrayList<>())
        .add("%s: %s".formatted(at(node), text));
  }

  private String at(Node node) {
    return "%s:%d".formatted(file, line(node));
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private static String last(List<String> path) {
    return path.isEmpty() ? "the file" : path.get(path.size() - 1);
  }
}
