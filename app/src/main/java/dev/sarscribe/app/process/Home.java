package dev.sarscribe.app.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What came with the program: the folder that the launcher names, and the model in it. */
public final class Home {
  /** Set by the launcher to the distribution or the checkout. */
  private static final String PROPERTY = "sarscribe.home";

  private Home() {}

  /**
   * The model that is used unless another is named.
   *
   * @throws CommandFailedException if there is none, with the places that were looked at
   */
  public static Path defaultModel() throws CommandFailedException {
    List<Path> places = modelPlaces();
    for (Path place : places) {
      if (Files.isRegularFile(place.resolve("manifest.json"))) {
        return place;
      }
    }
    throw new CommandFailedException(
        "no model: looked at %s; name one with --model"
            .formatted(String.join(", ", places.stream().map(Path::toString).toList())));
  }

  private static List<Path> modelPlaces() {
    String home = System.getProperty(PROPERTY);
    Path here = Path.of("").toAbsolutePath();
    Stream<Path> roots = home == null ? Stream.of(here) : Stream.of(Path.of(home));
    return roots.flatMap(r -> Stream.of(r.resolve("model"), r.resolve("models/default"))).toList();
  }
}
