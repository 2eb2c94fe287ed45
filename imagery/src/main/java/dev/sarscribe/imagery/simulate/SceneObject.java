package dev.sarscribe.imagery.simulate;

import java.util.Optional;

/**
 * Something that is drawn over the ground. Its strokes depend on its own fields alone, so it looks
 * the same in every row band that it crosses.
 */
interface SceneObject {
  /** The label, unless it is mere surroundings. */
  Optional<ObjectCategory> category();

  /** Draws what does not belong to the labelled body: its ground, wake or shadow. */
  void paintGround(Brush brush);

  /** Draws the body, whose bounds are the truth box. */
  void paintBody(Brush brush);
}
