package dev.sarscribe.imagery.simulate;

import java.util.Optional;

/** A levelled rectangle of ground, with a wall around it if {@code walled}. */
record Pad(OrientedBox box, Backscatter surface, boolean walled, LandCover cover)
    implements SceneObject {
  @Override
  public Optional<ObjectCategory> category() {
    return Optional.empty();
  }

  @Override
  public void paintGround(Brush brush) {
    brush.fill(box, surface, cover);
  }

  @Override
  public void paintBody(Brush brush) {
    if (!walled) {
      return;
    }
    Frame frame = new Frame(box.x(), box.y(), box.angle());
    double line = Math.max(1.2, brush.spacingM() * 0.7);
    double along = box.lengthM() / 2;
    double across = box.widthM() / 2;
    Backscatter wall = Backscatter.structure(-8);
    brush.add(frame.stroke(-along, -across, along, -across, line), wall);
    brush.add(frame.stroke(-along, across, along, across, line), wall);
    brush.add(frame.stroke(-along, -across, -along, across, line), wall);
    brush.add(frame.stroke(along, -across, along, across, line), wall);
  }
}
