package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PlainImages;
import dev.sarscribe.imagery.radiometry.Recipes;
import java.nio.file.Path;
import java.util.Optional;

/** Any bytes as a picture: JPEG if they begin as one, else PNG. */
public final class PictureFuzz {
  private static final Path FOLDER = Contract.folder();

  private PictureFuzz() {}

  /** Called by the fuzzer with every input. */
  public static void fuzzerTestOneInput(byte[] data) {
    outcome(data);
  }

  static Optional<Reason> outcome(byte[] data) {
    boolean jpeg = data.length > 0 && data[0] == (byte) 0xFF;
    Path file = Contract.write(FOLDER.resolve(jpeg ? "fuzz.jpg" : "fuzz.png"), data);
    try {
      TileImage tile = PlainImages.load(file, Recipes.standard());
      if (tile.pixels().length != tile.width() * tile.height()) {
        throw new AssertionError("pixels of another size");
      }
      return Optional.empty();
    } catch (SceneException e) {
      Contract.requireNamed(e, file);
      return Optional.of(e.reason());
    }
  }
}
