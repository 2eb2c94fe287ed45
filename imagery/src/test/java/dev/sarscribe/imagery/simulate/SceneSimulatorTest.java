package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.product.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SceneSimulatorTest {
  private static final SceneSpec COAST = SceneSpec.sentinel1(500, 300, 4, SceneKind.COAST);

  @TempDir Path dir;

  @Test
  void aSafeOpensWithTheProjectsReader() throws Exception {
    Path safe =
        SceneSimulator.writeSafe(
            COAST, dir.resolve("in"), dir.resolve("truth"), ProgressListener.NONE);

    assertThat(safe.getFileName().toString())
        .matches(
            "S1A_IW_GRDH_1SDV_\\d{8}T\\d{6}_\\d{8}T\\d{6}_\\d{6}_[0-9A-F]{6}_[0-9A-F]{4}\\.SAFE");
    try (Product product = Products.open(safe)) {
      assertThat(product.info().polarizations()).containsExactlyInAnyOrder("VV", "VH");
      assertThat(product.info().orbitState()).contains("descending");
      Scene vv = product.scene("VV");
      assertThat(vv.width()).isEqualTo(500);
      assertThat(vv.height()).isEqualTo(300);
      assertThat(vv.incidenceAngleDeg(0.5, 0.5).orElseThrow()).isCloseTo(30.87, within(0.01));
      assertThat(vv.pixelSpacingM().orElseThrow()[0]).isCloseTo(10, within(0.1));
      LonLat corner = vv.geolocation().orElseThrow().locate(500, 300);
      LonLat expected = new IwGeometry(COAST).locate(500, 300);
      assertThat(corner.lon()).isCloseTo(expected.lon(), within(1e-5));
      assertThat(corner.lat()).isCloseTo(expected.lat(), within(1e-5));
    }
  }

  @Test
  void calibratedValuesOfASafeAreTheSimulatedSigmaNoughtWithoutNoise() throws Exception {
    Path safe =
        SceneSimulator.writeSafe(
            COAST, dir.resolve("in"), dir.resolve("truth"), ProgressListener.NONE);
    SceneRenderer renderer = new SceneRenderer(COAST);
    Band simulated = renderer.render(0, 300);

    try (Product product = Products.open(safe)) {
      float[] read = product.scene("VV").read(new Window(0, 0, 500, 300));
      double meanRead = 0;
      double meanSimulated = 0;
      for (int i = 0; i < read.length; i++) {
        meanRead += read[i] / read.length;
        meanSimulated += (simulated.vv()[i] - renderer.noise(i % 500)) / read.length;
      }
      assertThat(meanRead).isCloseTo(meanSimulated, within(0.01 * meanSimulated));
    }
  }

  @Test
  void twoRunsWriteTheSameBytes() throws Exception {
    SceneSimulator.writeSafe(COAST, dir.resolve("a"), dir.resolve("at"), ProgressListener.NONE);
    SceneSimulator.writeSafe(COAST, dir.resolve("b"), dir.resolve("bt"), ProgressListener.NONE);

    Map<String, Path> first = files(dir.resolve("a"));
    Map<String, Path> second = files(dir.resolve("b"));
    assertThat(first.keySet()).isEqualTo(second.keySet()).hasSize(9);
    for (String name : first.keySet()) {
      assertThat(Files.mismatch(first.get(name), second.get(name))).as(name).isEqualTo(-1);
    }
  }

  @Test
  void truthCountsTheObjectsAndMeasuresTheLandCover() throws Exception {
    Path safe =
        SceneSimulator.writeSafe(
            COAST, dir.resolve("in"), dir.resolve("truth"), ProgressListener.NONE);

    Path truth = dir.resolve("truth").resolve(safe.getFileName().toString().replace(".SAFE", ""));
    ObjectMapper json = new ObjectMapper();
    JsonNode coco = json.readTree(truth.resolve("coco.json").toFile());
    JsonNode scene = json.readTree(truth.resolve("scene.json").toFile());
    List<TruthObject> objects = SceneSimulator.truth(COAST);
    assertThat(coco.get("annotations")).hasSize(objects.size());
    int counted = 0;
    for (JsonNode n : scene.get("objects")) {
      counted += n.asInt();
    }
    assertThat(counted).isEqualTo(objects.size()).isPositive();
    double share = 0;
    for (JsonNode n : scene.get("land_cover_share")) {
      share += n.asDouble();
    }
    assertThat(share).isCloseTo(1, within(1e-9));
    LonLat corner = new IwGeometry(COAST).locate(500, 300);
    try (Product mask = Products.open(truth.resolve("landcover.tif"))) {
      Scene classes = mask.scenes().get(0);
      assertThat(classes.width()).isEqualTo(500);
      LonLat at = classes.geolocation().orElseThrow().locate(500, 300);
      assertThat(at.lon()).isCloseTo(corner.lon(), within(1e-5));
      assertThat(at.lat()).isCloseTo(corner.lat(), within(1e-5));
    }
  }

  @Test
  void aGeoTiffHasTwoNamedBandsOnAUtmGrid() throws Exception {
    SceneSpec spec = new SceneSpec(300, 200, 8, 1.5, SceneKind.AIRPORT, 3);
    Path file = dir.resolve("airport.tif");

    List<Integer> heard = new ArrayList<>();
    SceneSimulator.writeGeoTiff(spec, file, dir.resolve("truth"), (done, total) -> heard.add(done));

    assertThat(heard).last().isEqualTo(200);
    assertThat(dir.resolve("truth/airport/coco.json")).exists();
    try (Product product = Products.open(file)) {
      assertThat(product.scenes()).hasSize(2);
      assertThat(product.scene("VH").geolocation()).isPresent();
      assertThat(product.info().gsdM().orElseThrow()).isCloseTo(1.5, within(1e-3));
    }
  }

  @Test
  void nothingIsLeftBesideAFinishedProduct() throws Exception {
    SceneSimulator.writeSafe(COAST, dir.resolve("in"), dir.resolve("truth"), ProgressListener.NONE);

    try (Stream<Path> children = Files.list(dir.resolve("in"))) {
      assertThat(children).hasSize(1);
    }
  }

  @Test
  void aFailingListenerLeavesNoProduct() throws Exception {
    ProgressListener failing =
        (done, total) -> {
          throw new IllegalStateException("stopped");
        };

    assertThatThrownBy(
            () -> SceneSimulator.writeSafe(COAST, dir.resolve("in"), dir.resolve("truth"), failing))
        .hasMessage("stopped");

    try (Stream<Path> children = Files.list(dir.resolve("in"))) {
      assertThat(children).isEmpty();
    }
  }

  @Test
  void aSafeOfOtherThanTenMetresIsRefused() {
    SceneSpec spec = new SceneSpec(100, 100, 1, 3, SceneKind.CITY, 4.4);

    assertThatThrownBy(() -> SceneSimulator.writeSafe(spec, dir, dir, ProgressListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10 m");
  }

  @Test
  void trainingTilesComeWithBoxesAndMasks() throws Exception {
    TrainingTiles.write(6, 128, 3, dir, ProgressListener.NONE);

    JsonNode coco = new ObjectMapper().readTree(dir.resolve("coco.json").toFile());
    assertThat(coco.get("images")).hasSize(6);
    assertThat(coco.get("categories")).hasSize(6);
    for (JsonNode image : coco.get("images")) {
      String name = image.get("file_name").asText();
      var tile = ImageIO.read(dir.resolve("tiles").resolve(name).toFile());
      var mask = ImageIO.read(dir.resolve("landcover").resolve(name).toFile());
      assertThat(tile.getWidth()).isEqualTo(128);
      assertThat(tile.getRaster().getNumBands()).isEqualTo(1);
      int[] classes = mask.getRaster().getSamples(0, 0, 128, 128, 0, (int[]) null);
      assertThat(Arrays.stream(classes)).allMatch(c -> c >= 1 && c <= 5);
    }
  }

  @Test
  void trainingTilesAreTheSameOnEveryRun() throws Exception {
    TrainingTiles.write(3, 128, 3, dir.resolve("a"), ProgressListener.NONE);
    TrainingTiles.write(3, 128, 3, dir.resolve("b"), ProgressListener.NONE);

    Map<String, Path> first = files(dir.resolve("a"));
    Map<String, Path> second = files(dir.resolve("b"));
    assertThat(first).hasSize(7);
    for (String name : first.keySet()) {
      assertThat(Files.mismatch(first.get(name), second.get(name))).as(name).isEqualTo(-1);
    }
  }

  private static Map<String, Path> files(Path root) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      paths.filter(Files::isRegularFile).forEach(p -> files.put(root.relativize(p).toString(), p));
    }
    return files;
  }
}
