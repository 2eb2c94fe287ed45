package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.xml.XmlNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OrbitXmlTest {
  private static final SceneSpec SPEC = SceneSpec.sentinel1(25_000, 3_000, 4, SceneKind.OPEN_SEA);
  private static final IwGeometry GEOMETRY = new IwGeometry(SPEC);

  private static XmlNode annotation() throws Exception {
    String xml = new SafeXml(SPEC, IwProduct.of(SPEC), GEOMETRY).annotation("VV");
    return XmlNode.parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void theRangePolynomialsGiveTheGeometryAndEachOtherBackToAFewCentimetres() throws Exception {
    XmlNode conversion =
        annotation()
            .find("coordinateConversion/coordinateConversionList/coordinateConversion")
            .orElseThrow();
    double near = Double.parseDouble(conversion.find("sr0").orElseThrow().text());
    double[] toSlant = numbers(conversion, "grsrCoefficients");
    double[] toGround = numbers(conversion, "srgrCoefficients");

    for (double x = 0; x <= SPEC.width(); x += 125) {
      double slant = at(toSlant, 10 * x);
      assertThat(slant).isCloseTo(GEOMETRY.slantRangeM(x), within(0.001));
      assertThat(at(toGround, slant - near)).isCloseTo(10 * x, within(0.05));
    }
  }

  private static double[] numbers(XmlNode node, String name) {
    return Arrays.stream(node.find(name).orElseThrow().text().split(" "))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  private static double at(double[] coefficients, double x) {
    double sum = 0;
    for (int k = coefficients.length - 1; k >= 0; k--) {
      sum = sum * x + coefficients[k];
    }
    return sum;
  }

  @Test
  void theSatelliteIsAtItsSlantRangeFromEveryPixelAndFliesAcrossTheLineOfSight() {
    for (long seed = 0; seed < 40; seed++) {
      SceneSpec spec = SceneSpec.sentinel1(25_000, 16_700, seed, SceneKind.OPEN_SEA);
      IwGeometry geometry = new IwGeometry(spec);
      for (double x : new double[] {0, 12_500, 25_000}) {
        for (double y : new double[] {0, 1_500, 16_700}) {
          requireZeroDoppler(geometry, x, y);
        }
      }
    }
  }

  private static void requireZeroDoppler(IwGeometry geometry, double x, double y) {
    double[] ground = onSphere(geometry.locate(x, y));
    double[] satellite = geometry.satellite(y);
    double[] velocity = geometry.satelliteVelocity(y);
    double distance = 0;
    double along = 0;
    for (int i = 0; i < 3; i++) {
      distance += (satellite[i] - ground[i]) * (satellite[i] - ground[i]);
      along += (satellite[i] - ground[i]) * velocity[i];
    }
    assertThat(Math.sqrt(distance)).isCloseTo(geometry.slantRangeM(x), within(0.01));
    // metres per second, of some seven thousand
    assertThat(along / Math.sqrt(distance)).isCloseTo(0, within(0.01));
  }

  private static double[] onSphere(LonLat p) {
    double lon = Math.toRadians(p.lon());
    double lat = Math.toRadians(p.lat());
    return new double[] {
      6_371_000 * Math.cos(lat) * Math.cos(lon),
      6_371_000 * Math.cos(lat) * Math.sin(lon),
      6_371_000 * Math.sin(lat)
    };
  }
}
