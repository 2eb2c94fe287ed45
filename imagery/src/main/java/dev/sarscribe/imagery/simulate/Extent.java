package dev.sarscribe.imagery.simulate;

/** A brush that draws nothing and remembers the bounds, in metres, of what it was asked to draw. */
final class Extent implements Brush {
  private final double spacingM;
  double minX = Double.POSITIVE_INFINITY;
  double minY = Double.POSITIVE_INFINITY;
  double maxX = Double.NEGATIVE_INFINITY;
  double maxY = Double.NEGATIVE_INFINITY;

  Extent(double spacingM) {
    this.spacingM = spacingM;
  }

  @Override
  public double spacingM() {
    return spacingM;
  }

  @Override
  public void fill(OrientedBox box, Backscatter backscatter, LandCover cover) {
    include(box.x(), box.y(), box.halfX(), box.halfY());
  }

  @Override
  public void fillDisc(double x, double y, double radiusM, Backscatter backscatter) {
    include(x, y, radiusM, radiusM);
  }

  @Override
  public void add(OrientedBox box, Backscatter backscatter) {
    include(box.x(), box.y(), box.halfX(), box.halfY());
  }

  @Override
  public void scale(OrientedBox box, float factor) {
    include(box.x(), box.y(), box.halfX(), box.halfY());
  }

  @Override
  public void point(double x, double y, Backscatter peak) {
    include(x, y, spacingM / 2, spacingM / 2);
  }

  boolean isEmpty() {
    return minX > maxX;
  }

  private void include(double x, double y, double halfX, double halfY) {
    minX = Math.min(minX, x - halfX);
    maxX = Math.max(maxX, x + halfX);
    minY = Math.min(minY, y - halfY);
    maxY = Math.max(maxY, y + halfY);
  }
}
