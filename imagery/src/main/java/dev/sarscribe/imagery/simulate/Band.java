package dev.sarscribe.imagery.simulate;

/**
 * Finished rows of a scene, row after row.
 *
 * @param vv σ⁰ as measured in VV, linear, with speckle and thermal noise
 * @param vh the same in VH
 * @param cover codes of {@link LandCover}
 */
record Band(int width, int firstRow, int rows, float[] vv, float[] vh, byte[] cover) {}
