package dev.sarscribe.app.local;

import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The scene of the demo: a small Sentinel-1 product with a bit of everything. */
final class DemoScene {
  /** 60 tiles of 512 pixels in two polarizations: a minute or two of captioning on two cores. */
  private static final SceneSpec SPEC = SceneSpec.sentinel1(3000, 2500, 7, SceneKind.MIXED);

  private DemoScene() {}

  /**
   * Makes the scene unless it is there; its truth goes beside the returned folder.
   *
   * @return the folder to watch
   */
  static Path ensure(Path demo, Consumer<String> say) throws IOException {
    Path scenes = demo.resolve("scenes");
    Files.createDirectories(scenes);
    if (!holdsProduct(scenes)) {
      say.accept("simulating a scene of %d x %d ...".formatted(SPEC.width(), SPEC.height()));
      SceneSimulator.writeSafe(SPEC, scenes, demo.resolve("truth"), ProgressListener.NONE);
    }
    return scenes;
  }

  private static boolean holdsProduct(Path scenes) throws IOException {
    try (Stream<Path> files = Files.list(scenes)) {
      return files.anyMatch(f -> f.getFileName().toString().endsWith(".SAFE"));
    }
  }
}
