package dev.sarscribe.imagery.simulate;

import static dev.sarscribe.imagery.simulate.SafeXml.LIGHT_M_S;
import static dev.sarscribe.imagery.simulate.SafeXml.RADAR_HZ;
import static dev.sarscribe.imagery.simulate.SafeXml.number;

import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a simulated annotation that tell of the flight: orbit state vectors, Doppler and its
 * rate, and slant range against ground range. Elements and units are those of the Sentinel-1
 * Product Specification (S1-RS-MDA-52-7441, 6.3.1); the values follow from {@link IwGeometry}.
 */
final class OrbitXml {

  /** State vectors are 10 s apart, and some lie before and after the image, as in real products. */
  private static final double STATE_STEP_S = 10;

  private static final int STATES_AROUND = 3;

  /** Degree of the slant range polynomials. */
  private static final int DEGREE = 8;

  private final SceneSpec spec;
  private final IwProduct product;
  private final IwGeometry geometry;

  OrbitXml(SceneSpec spec, IwProduct product, IwGeometry geometry) {
    this.spec = spec;
    this.product = product;
    this.geometry = geometry;
  }

  /** State vectors, terrain heights and Doppler rates, for the general annotation. */
  String general() {
    double near = 2 * geometry.slantRangeM(0) / LIGHT_M_S;
    double[] velocity = geometry.satelliteVelocity(0);
    double speed = Math.sqrt(dot(velocity, velocity));
    // Rate of the Doppler frequency, -2 v² / (λ R), about the near range.
    double rate = -2 * speed * speed * RADAR_HZ / LIGHT_M_S / geometry.slantRangeM(0);
    String polynomial = numbers(rate, -rate / near, rate / near / near);
    StringBuilder heights = new StringBuilder();
    StringBuilder rates = new StringBuilder();
    for (int line : ends()) {
      heights.append(
          """
                <terrainHeight>
                  <azimuthTime>%s</azimuthTime>
                  <value>0.000000000000000e+00</value>
                </terrainHeight>
          """
              .formatted(product.time(line)));
      rates.append(
          """
                <azimuthFmRate>
                  <azimuthTime>%s</azimuthTime>
                  <t0>%s</t0>
                  <azimuthFmRatePolynomial count="3">%s</azimuthFmRatePolynomial>
                </azimuthFmRate>
          """
              .formatted(product.time(line), number(near), polynomial));
    }
    return list("orbitList", stateLines().size(), states())
        + list("terrainHeightList", 2, heights)
        + list("azimuthFmRateList", 2, rates);
  }

  /** The first and the last line: in between nothing changes but time. */
  private int[] ends() {
    return new int[] {0, spec.height() - 1};
  }

  private static String list(String name, int count, CharSequence items) {
    return "    <%s count=\"%d\">\n%s    </%s>\n".formatted(name, count, items, name);
  }

  private List<Double> stateLines() {
    double step = STATE_STEP_S / IwProduct.LINE_INTERVAL_S;
    List<Double> lines = new ArrayList<>();
    for (double y = -STATES_AROUND * step; y < spec.height() + STATES_AROUND * step; y += step) {
      lines.add(y);
    }
    return lines;
  }

  private String states() {
    StringBuilder xml = new StringBuilder();
    for (double line : stateLines()) {
      double[] p = geometry.satellite(line);
      double[] v = geometry.satelliteVelocity(line);
      xml.append(
          """
                <orbit>
                  <time>%s</time>
                  <frame>Earth Fixed</frame>
                  <position><x>%s</x><y>%s</y><z>%s</z></position>
                  <velocity><x>%s</x><y>%s</y><z>%s</z></velocity>
                </orbit>
          """
              .formatted(
                  product.time(line),
                  number(p[0]),
                  number(p[1]),
                  number(p[2]),
                  number(v[0]),
                  number(v[1]),
                  number(v[2])));
    }
    return xml.toString();
  }

  /** Doppler centroids and swath timing: this beam looks straight to the side, in one burst. */
  String doppler() {
    StringBuilder estimates = new StringBuilder();
    for (int line : ends()) {
      estimates.append(
          """
                <dcEstimate>
                  <azimuthTime>%s</azimuthTime>
                  <t0>%s</t0>
                  <geometryDcPolynomial count="3">%s</geometryDcPolynomial>
                  <dataDcPolynomial count="3">%s</dataDcPolynomial>
                </dcEstimate>
          """
              .formatted(
                  product.time(line),
                  number(2 * geometry.slantRangeM(0) / LIGHT_M_S),
                  numbers(0, 0, 0),
                  numbers(0, 0, 0)));
    }
    return """
          <dopplerCentroid>
        %s  </dopplerCentroid>
          <swathTiming>
            <linesPerBurst>0</linesPerBurst>
            <samplesPerBurst>0</samplesPerBurst>
            <burstList count="0"/>
          </swathTiming>
        """
        .formatted(list("dcEstimateList", 2, estimates));
  }

  /** Slant range to ground range and back, at the first and the last line. */
  String coordinateConversion() {
    StringBuilder conversions = new StringBuilder();
    for (int line : ends()) {
      conversions.append(conversion(line));
    }
    return "  <coordinateConversion>\n%s  </coordinateConversion>\n"
        .formatted(list("coordinateConversionList", 2, conversions));
  }

  private String conversion(int line) {
    double far = spec.width() * spec.pixelSpacingM();
    double near = geometry.slantRangeM(0);
    double[] ground = new double[DEGREE + 1];
    double[] beyondNear = new double[DEGREE + 1];
    for (int i = 0; i <= DEGREE; i++) { // Chebyshev nodes keep the error even
      ground[i] = far / 2 * (1 - Math.cos(Math.PI * (i + 0.5) / (DEGREE + 1)));
      beyondNear[i] = geometry.slantRangeM(ground[i] / spec.pixelSpacingM()) - near;
    }
    double[] toSlant = polynomial(ground, beyondNear);
    toSlant[0] += near;
    return """
              <coordinateConversion>
                <azimuthTime>%s</azimuthTime>
                <slantRangeTime>%s</slantRangeTime>
                <sr0>%s</sr0>
                <srgrCoefficients count="%d">%s</srgrCoefficients>
                <gr0>0.000000000000000e+00</gr0>
                <grsrCoefficients count="%d">%s</grsrCoefficients>
              </coordinateConversion>
        """
        .formatted(
            product.time(line),
            number(2 * near / LIGHT_M_S),
            number(near),
            DEGREE + 1,
            numbers(polynomial(beyondNear, ground)),
            DEGREE + 1,
            numbers(toSlant));
  }

  /**
   * Coefficients, constant first, of the polynomial through as many points as it has coefficients:
   * Newton's divided differences, multiplied out.
   */
  static double[] polynomial(double[] x, double[] y) {
    int n = x.length;
    double unit = x[n - 1]; // powers of metres would lose all digits
    double[] differences = y.clone();
    for (int order = 1; order < n; order++) {
      for (int i = n - 1; i >= order; i--) {
        differences[i] = (differences[i] - differences[i - 1]) / ((x[i] - x[i - order]) / unit);
      }
    }
    double[] out = new double[n];
    for (int i = n - 1; i >= 0; i--) { // Horner's scheme on whole polynomials
      for (int k = n - 1; k > 0; k--) {
        out[k] = out[k - 1] - out[k] * x[i] / unit;
      }
      out[0] = differences[i] - out[0] * x[i] / unit;
    }
    for (int k = 0; k < n; k++) {
      out[k] /= Math.pow(unit, k);
    }
    return out;
  }

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  }

  private static String numbers(double... values) {
    StringBuilder text = new StringBuilder();
    for (double value : values) {
      text.append(text.isEmpty() ? "" : " ").append(number(value));
    }
    return text.toString();
  }
}
