package dev.sarscribe.imagery.simulate;

import java.util.Optional;

/** A stretch of motorway: dark pavement between guard rails that glint. */
record Road(OrientedBox box, long seed) implements SceneObject {
  @Override
  public Optional<ObjectCategory> category() {
    return Optional.empty();
  }

  @Override
  public void paintGround(Brush brush) {
    brush.fill(box, Backscatter.ofDb(-17.5, -26), LandCover.BARE);
  }

  @Override
  public void paintBody(Brush brush) {
    Frame frame = new Frame(box.x(), box.y(), box.angle());
    double rail = Math.max(1.5, brush.spacingM() * 0.6);
    double across = frame.sideTowardsRadar() * -box.widthM() / 2;
    double db = -11 + 6 * Math.abs(Math.sin(box.angle())) + 2 * Noise.normal(seed);
    brush.add(
        frame.stroke(-box.lengthM() / 2, across, box.lengthM() / 2, across, rail),
        Backscatter.structure(db));
  }
}
