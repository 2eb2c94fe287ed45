package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.LocalProducts;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.Projection;
import dev.sarscribe.schemas.avro.ReprocessedPolicy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StacItemWriterTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static Acquisition.Builder minimal() {
    return Acquisition.newBuilder()
        .setSource(
            AcquisitionSource.newBuilder()
                .setAcquisitionId("A")
                .setProductId("A_1")
                .setStartTime(Instant.parse("2026-01-01T00:00:00Z"))
                .build())
        .setPolarizations(List.of())
        .setAssets(List.of(Asset.newBuilder().setName("a").setUri("https://x/a.tif").build()))
        .setFeed("test")
        .setPublishedAt(Instant.EPOCH)
        .setReprocessed(ReprocessedPolicy.NEWEST);
  }

  @Test
  void itemsMadeFromRealItemsAreValidAndSayTheSame() throws Exception {
    StacSchemas schemas = new StacSchemas();
    int written = 0;
    int projected = 0;
    for (Path file : RealItems.items(".")) {
      Acquisition acquisition;
      try {
        acquisition =
            StacItems.acquisition(
                RealItems.read(file), Optional.of(file.toUri()), "test", Reprocessed.NEWEST);
      } catch (ItemRefusedException e) {
        continue;
      }
      ObjectNode item = StacItemWriter.item(acquisition).orElseThrow();

      schemas.validate(item);

      Acquisition again =
          StacItems.acquisition(item, Optional.of(file.toUri()), "test", Reprocessed.NEWEST);
      assertThat(again.getFootprint()).isEqualTo(acquisition.getFootprint());
      assertThat(again.getPolarizations()).isEqualTo(acquisition.getPolarizations());
      assertThat(again.getGsdM()).isEqualTo(acquisition.getGsdM());
      assertThat(again.getProjection()).isEqualTo(acquisition.getProjection());
      projected += acquisition.getProjection() == null ? 0 : 1;
      assertThat(again.getIncidenceMinDeg()).isEqualTo(acquisition.getIncidenceMinDeg());
      assertThat(again.getSource())
          .usingRecursiveComparison()
          .ignoringFields("productId", "licence", "attribution")
          .isEqualTo(acquisition.getSource());
      written++;
    }
    assertThat(written).isEqualTo(18);
    assertThat(projected).isGreaterThan(8);
  }

  @Test
  void aProductOfAFolderIsAValidItemWithAllThatItsFilesSay() throws Exception {
    StacSchemas schemas = new StacSchemas();
    Path safe = simulated();

    Acquisition acquisition = acquisition(safe);
    ObjectNode item = StacItemWriter.item(acquisition).orElseThrow();

    schemas.validate(item);
    JsonNode properties = item.path("properties");
    assertThat(properties.path("sat:absolute_orbit").isInt()).isTrue();
    assertThat(properties.path("proj:shape").toString()).isEqualTo("[200,300]");
    assertThat(properties.has("proj:code")).isFalse();
    assertThat(properties.path("sar:observation_direction").textValue()).isEqualTo("right");
    assertThat(properties.path("sar:frequency_band").textValue()).isEqualTo("C");
    assertThat(properties.path("processing:level").textValue()).isEqualTo("L1");
    assertThat(properties.has("processing:version")).isTrue();
    assertThat(properties.has("processing:datetime")).isTrue();
    assertThat(properties.path("view:incidence_angle").doubleValue()).isBetween(20.0, 50.0);
    assertThat(properties.path("attribution").textValue()).startsWith("Simulated");
    assertThat(properties.has("providers")).isFalse();
    assertThat(item.path("assets").path("product").path("file:size").longValue()).isPositive();
  }

  private Path simulated() throws Exception {
    SceneSpec spec = SceneSpec.sentinel1(300, 200, 4, SceneKind.COAST);
    return SceneSimulator.writeSafe(
        spec, folder.resolve("scenes"), folder.resolve("truth"), ProgressListener.NONE);
  }

  private static Acquisition acquisition(Path product) {
    Offer.Content content = LocalProducts.offer(product, "test").content().get();
    return ((Offer.Content.Usable) content).acquisition();
  }

  @Test
  void theSchemasDoRefuse() throws Exception {
    StacSchemas schemas = new StacSchemas();
    ObjectNode item = StacItemWriter.item(minimal().build()).orElseThrow();
    schemas.validate(item);

    ObjectNode band = item.deepCopy();
    band.withArray("stac_extensions")
        .add("https://stac-extensions.github.io/sar/v1.3.0/schema.json");
    ((ObjectNode) band.get("properties")).put("sar:frequency_band", "Z");
    ObjectNode collection = item.deepCopy().put("collection", "c");

    assertThatThrownBy(() -> schemas.validate(band)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> schemas.validate(collection)).isInstanceOf(AssertionError.class);
  }

  @Test
  void aGridIsWrittenAsTheProjectionExtensionHasIt() {
    Projection grid =
        Projection.newBuilder()
            .setCode("EPSG:32631")
            .setShape(List.of(200, 300))
            .setTransform(List.of(10.0, 0.0, 500000.0, 0.0, -10.0, 4649776.0))
            .build();

    ObjectNode item = StacItemWriter.item(minimal().setProjection(grid).build()).orElseThrow();

    JsonNode properties = item.path("properties");
    assertThat(item.path("stac_extensions").toString()).contains("projection/v2.0.0");
    assertThat(properties.path("proj:code").textValue()).isEqualTo("EPSG:32631");
    assertThat(properties.path("proj:shape").toString()).isEqualTo("[200,300]");
    assertThat(properties.path("proj:transform").toString())
        .isEqualTo("[10.0,0.0,500000.0,0.0,-10.0,4649776.0]");
  }

  @Test
  void anAcquisitionWithoutATimeIsNoItem() {
    Acquisition.Builder builder = minimal();
    builder.getSource().put("startTime", null);

    assertThat(StacItemWriter.item(builder.build())).isEmpty();
  }

  @Test
  void aBoxAcrossTheAntimeridianBeginsInTheEast() throws Exception {
    String footprint =
        """
        {"type":"MultiPolygon","coordinates":[
          [[[178,0],[180,0],[180,2],[178,2],[178,0]]],
          [[[-180,0],[-177,0],[-177,3],[-180,3],[-180,0]]]]}
        """;

    ObjectNode item = StacItemWriter.item(minimal().setFootprint(footprint).build()).orElseThrow();

    assertThat(item.get("bbox")).isEqualTo(JSON.readTree("[178.0, 0.0, -177.0, 3.0]"));
    new StacSchemas().validate(item);
  }

  @Test
  void aCollectionIsNamedWhereTheItemsPlaceShowsIts() throws Exception {
    Acquisition.Builder from =
        minimal()
            .setCollection("sentinel-1-grd")
            .setItemUri("https://api.example/v1/collections/sentinel-1-grd/items/A");

    ObjectNode item = StacItemWriter.item(from.build()).orElseThrow();
    ObjectNode without =
        StacItemWriter.item(from.setItemUri("https://api.example/A.json").build()).orElseThrow();

    assertThat(item.path("collection").textValue()).isEqualTo("sentinel-1-grd");
    assertThat(item.path("links").findValuesAsText("href"))
        .contains("https://api.example/v1/collections/sentinel-1-grd");
    assertThat(without.has("collection")).isFalse();
  }

  @Test
  void bareDigestsAndUnknownWordsAreLeftOut() throws Exception {
    Acquisition.Builder odd = minimal();
    odd.getSource().put("frequencyBand", "Q");
    odd.getSource().put("relativeOrbit", 0);
    odd.getSource().put("licence", "some words");
    odd.setAssets(
        List.of(
            asset("a", "b970f4b7ea951e77019f2040b2b676f3"),
            asset("a", "d50110b970f4b7ea951e77019f2040b2b676f3")));

    ObjectNode item = StacItemWriter.item(odd.build()).orElseThrow();

    assertThat(item.path("properties").has("sar:frequency_band")).isFalse();
    assertThat(item.path("properties").has("sat:relative_orbit")).isFalse();
    assertThat(item.path("properties").path("license").textValue()).isEqualTo("other");
    assertThat(item.path("assets").path("a").has("file:checksum")).isFalse();
    assertThat(item.path("assets").path("a-2").has("file:checksum")).isTrue();
  }

  private static Asset asset(String name, String checksum) {
    return Asset.newBuilder().setName(name).setUri("https://x/a.tif").setChecksum(checksum).build();
  }
}
