package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.ReprocessedPolicy;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Items by the book, and items made to do harm. */
class StacItemsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TAKE =
      "S1A_IW_GRDH_1SDV_20260101T000000_20260101T000025_062000_07C000";
  private static final URI SELF = URI.create("https://stac.example/items/one.json");

  /** An item that is in order. */
  private static ObjectNode item(String id) throws Exception {
    return (ObjectNode)
        JSON.readTree(
            """
            {"type": "Feature", "stac_version": "1.1.0", "id": "%s", "links": [],
             "geometry": {"type": "Polygon",
               "coordinates": [[[1, 44], [3, 44], [3, 46], [1, 46], [1, 44]]]},
             "bbox": [1, 44, 3, 46],
             "properties": {"datetime": "2026-01-01T00:00:12Z", "platform": "sentinel-1a",
               "sar:polarizations": ["VV", "VH"]},
             "assets": {
               "vv": {"href": "vv.tif", "type": "image/tiff; application=geotiff",
                 "roles": ["data"]},
               "vh": {"href": "vh.tif", "type": "image/tiff; application=geotiff",
                 "roles": ["data"]}}}
            """
                .formatted(id));
  }

  private static Acquisition read(JsonNode item) throws ItemRefusedException {
    return StacItems.acquisition(item, Optional.of(SELF), "test", Reprocessed.NEWEST);
  }

  private static ItemRefusedException refusal(JsonNode item) {
    return catchThrowableOfType(ItemRefusedException.class, () -> read(item));
  }

  private static ObjectNode properties(ObjectNode item) {
    return (ObjectNode) item.get("properties");
  }

  private static ObjectNode asset(ObjectNode item, String name) {
    return (ObjectNode) item.get("assets").get(name);
  }

  @ParameterizedTest
  @CsvSource({
    TAKE + "_1A2B," + TAKE + "," + TAKE + "_1A2B",
    TAKE + "_1A2B.SAFE," + TAKE + "," + TAKE + "_1A2B",
    TAKE + "_1A2B_COG," + TAKE + "," + TAKE + "_1A2B",
    TAKE + "_1A2B_COG.SAFE," + TAKE + "," + TAKE + "_1A2B",
    TAKE + "," + TAKE + "," + TAKE,
    TAKE + "_rtc," + TAKE + "_rtc," + TAKE + "_rtc",
    "CAPELLA_C03_SP_GEO_HH_20210402072528_20210402072550,"
        + "CAPELLA_C03_SP_GEO_HH_20210402072528_20210402072550,"
        + "CAPELLA_C03_SP_GEO_HH_20210402072528_20210402072550",
    "2026-01-01_UMBRA-05_BEEF,2026-01-01_UMBRA-05_BEEF,2026-01-01_UMBRA-05_BEEF",
  })
  void anAcquisitionIsNamedWithoutTheProcessingSuffix(String id, String take, String product)
      throws Exception {
    var source = read(item(id)).getSource();

    assertThat(source.getAcquisitionId()).isEqualTo(take);
    assertThat(source.getProductId()).isEqualTo(product);
  }

  @Test
  void thePolicyAllNamesEachProduct() throws Exception {
    Acquisition acquisition =
        StacItems.acquisition(item(TAKE + "_1A2B"), Optional.of(SELF), "test", Reprocessed.ALL);

    assertThat(acquisition.getSource().getAcquisitionId()).isEqualTo(TAKE + "_1A2B");
  }

  @Test
  void thePolicySkipIsToldToThePlanner() throws Exception {
    Acquisition acquisition =
        StacItems.acquisition(item(TAKE + "_1A2B"), Optional.of(SELF), "test", Reprocessed.SKIP);

    assertThat(acquisition.getReprocessed()).isEqualTo(ReprocessedPolicy.SKIP);
  }

  @Test
  void theSuffixIsFoundInTheAddressesWhereTheIdLacksIt() throws Exception {
    ObjectNode item = item(TAKE);
    asset(item, "vv").put("href", "https://blobs.example/GRD/" + TAKE + "_7E80/iw-vv.tiff");

    assertThat(read(item).getSource().getProductId()).isEqualTo(TAKE + "_7E80");
  }

  @Test
  void anIdThatIsNotFitForKeysGetsADigest() throws Exception {
    String one = read(item("a/b c")).getSource().getAcquisitionId();
    String other = read(item("a_b/c")).getSource().getAcquisitionId();

    assertThat(one).matches("a_b_c-[0-9a-f]{16}").isNotEqualTo(other);
    assertThat(read(item("a/b c")).getSource().getProductId()).isEqualTo("a/b c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-01T00:00:12.5Z",
        "2026-01-01 00:00:12.500000+00:00",
        "2026-01-01t02:00:12.5+02:00"
      })
  void timesAreReadAsServicesWriteThem(String text) throws Exception {
    ObjectNode item = item(TAKE);
    properties(item).put("start_datetime", text).put("end_datetime", text);

    assertThat(read(item).getSource().getStartTime()).isEqualTo("2026-01-01T00:00:12.500Z");
  }

  @Test
  void anOutlineAcrossTheAntimeridianIsCutThere() throws Exception {
    ObjectNode item = item(TAKE);
    item.set(
        "geometry",
        JSON.readTree(
            """
            {"type": "Polygon",
             "coordinates": [[[178, 0], [-178, 0], [-178, 2], [178, 2], [178, 0]]]}
            """));

    JsonNode footprint = JSON.readTree(read(item).getFootprint());

    assertThat(footprint.path("type").asText()).isEqualTo("MultiPolygon");
    assertThat(footprint.path("coordinates")).hasSize(2);
  }

  @Test
  void aBoxAcrossTheAntimeridianServesWhereTheGeometryIsNone() throws Exception {
    ObjectNode item = item(TAKE);
    item.set("bbox", JSON.readTree("[178, 0, -178, 2]"));
    item.set("geometry", JSON.readTree("{\"type\": \"Point\", \"coordinates\": [0, 0]}"));

    JsonNode footprint = JSON.readTree(read(item).getFootprint());

    assertThat(footprint.path("type").asText()).isEqualTo("MultiPolygon");
  }

  @Test
  void anItemWithoutGeometryHasNoFootprint() throws Exception {
    ObjectNode item = item(TAKE);
    item.putNull("geometry");
    item.remove("bbox");

    assertThat(read(item).getFootprint()).isNull();
  }

  @Test
  void metresWithoutAProjectionAreRefused() throws Exception {
    ObjectNode item = item(TAKE);
    item.set("bbox", JSON.readTree("[400000, 3000000, 600000, 3200000]"));
    item.set(
        "geometry",
        JSON.readTree(
            """
            {"type": "Polygon", "coordinates":
              [[[400000, 3000000], [600000, 3000000], [600000, 3200000], [400000, 3000000]]]}
            """));

    assertThat(refusal(item)).hasMessageContaining("proj:epsg");
    properties(item).put("proj:code", "EPSG:32631");
    assertThat(read(item).getFootprint()).contains("Polygon");
  }

  @Test
  void aWholeProductIsPreferredToItsParts() throws Exception {
    ObjectNode item = item(TAKE + "_1A2B.SAFE");
    ((ObjectNode) item.get("assets"))
        .putObject("Product")
        .put("href", "https://download.example/odata/v1/Products(1)/$value")
        .put("type", "application/zip")
        .put("file:size", 5_000_000_000L)
        .put("file:checksum", "d50110" + "00".repeat(16))
        .putArray("roles")
        .add("data")
        .add("archive");

    List<Asset> assets = read(item).getAssets();

    assertThat(assets.get(0).getName()).isEqualTo("Product");
    assertThat(assets.get(0).getSizeBytes()).isEqualTo(5_000_000_000L);
    assertThat(assets.get(0).getPolarizations()).containsExactly("VV", "VH");
    assertThat(assets.get(0).getDigest()).startsWith("d50110");
    assertThat(assets).filteredOn(a -> a.getRoles().contains("data")).hasSize(1);
    assertThat(assets).extracting(Asset::getName).contains("vv", "vh");
  }

  @Test
  void anAlternateAddressServesWhereTheMainOneCannotBeFetched() throws Exception {
    ObjectNode item = item(TAKE);
    asset(item, "vv").put("href", "abfs://container/vv.tif");
    asset(item, "vv").putObject("alternate").putObject("s3").put("href", "s3://eo_data/vv.tif");

    assertThat(read(item).getAssets().get(0).getUri()).isEqualTo("s3://eo_data/vv.tif");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd.tif",
        "FILE:/etc/passwd.tif",
        "ftp://host/vv.tif",
        "https://user:secret@host/vv.tif",
        "jar:file:/x.zip!/vv.tif",
        "javascript:alert(1)",
        "https://host/ vv.tif",
        "http:vv.tif"
      })
  void anAddressThatMustNotBeFetchedIsRefusedWithoutItsSecret(String href) throws Exception {
    ObjectNode item = item(TAKE);
    asset(item, "vv").put("href", href);

    assertThat(refusal(item).reason()).isEqualTo("UNSUPPORTED_URI");
    assertThat(refusal(item)).hasMessageContaining("vv").hasMessageNotContaining("secret");
  }

  @Test
  void aRelativeAddressNeedsAnItemWithAPlace() throws Exception {
    ObjectNode item = item(TAKE);

    var refused =
        catchThrowableOfType(
            ItemRefusedException.class,
            () -> StacItems.acquisition(item, Optional.empty(), "test", Reprocessed.NEWEST));
    assertThat(refused).hasMessageContaining("relative");

    ((ArrayNode) item.get("links")).addObject().put("rel", "self").put("href", SELF.toString());
    Acquisition acquisition =
        StacItems.acquisition(item, Optional.empty(), "test", Reprocessed.NEWEST);
    assertThat(acquisition.getAssets().get(0).getUri())
        .isEqualTo("https://stac.example/items/vv.tif");
  }

  @Test
  void anItemCannotClaimToBeAFile() throws Exception {
    ObjectNode item = item(TAKE);
    ((ArrayNode) item.get("links")).addObject().put("rel", "self").put("href", "file:///tmp/x");

    var refused =
        catchThrowableOfType(
            ItemRefusedException.class,
            () -> StacItems.acquisition(item, Optional.empty(), "test", Reprocessed.NEWEST));

    assertThat(refused.reason()).isEqualTo("UNSUPPORTED_URI");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "42",
        "{}",
        "{\"type\": \"FeatureCollection\", \"id\": \"a\"}",
        "{\"type\": \"Feature\"}",
        "{\"type\": \"Feature\", \"id\": \"\", \"properties\": {}, \"assets\": {}}",
        "{\"type\": \"Feature\", \"id\": {\"a\": 1}, \"properties\": {}, \"assets\": {}}",
        "{\"type\": \"Feature\", \"id\": \"a\", \"properties\": [], \"assets\": {}}",
        "{\"type\": \"Feature\", \"id\": \"a\", \"properties\": {\"sar:polarizations\": 1}}",
      })
  void whatIsNoItemIsMalformed(String json) throws Exception {
    assertThat(refusal(JSON.readTree(json)).reason()).isEqualTo("MALFORMED_ITEM");
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "", "2026-13-01T00:00:00Z", "+99999-01-01T00:00:00Z"})
  void aTimeThatIsNoneIsMalformed(String text) throws Exception {
    ObjectNode item = item(TAKE);
    properties(item).put("datetime", text);

    assertThat(refusal(item).reason()).isEqualTo("MALFORMED_ITEM");
  }

  @Test
  void anEndBeforeItsStartIsMalformed() throws Exception {
    ObjectNode item = item(TAKE);
    properties(item)
        .put("start_datetime", "2026-01-01T00:00:10Z")
        .put("end_datetime", "2026-01-01T00:00:00Z");

    assertThat(refusal(item)).hasMessageContaining("before its start_datetime");
  }

  @Test
  void valuesOfOtherTypesAndBeyondTheirRangeCountAsNotSaid() throws Exception {
    ObjectNode item = item("odd");
    properties(item)
        .put("sat:relative_orbit", -3)
        .put("sat:absolute_orbit", 1e300)
        .put("view:incidence_angle", 200)
        .put("gsd", 0)
        .put("sat:orbit_state", "sideways")
        .put("sar:frequency_band", "x".repeat(100_000))
        .putObject("sar:instrument_mode");

    Acquisition acquisition = read(item);

    assertThat(acquisition.getSource().getRelativeOrbit()).isNull();
    assertThat(acquisition.getSource().getAbsoluteOrbit()).isNull();
    assertThat(acquisition.getSource().getOrbitState()).isNull();
    assertThat(acquisition.getSource().getFrequencyBand()).isNull();
    assertThat(acquisition.getSource().getInstrumentMode()).isNull();
    assertThat(acquisition.getIncidenceMinDeg()).isNull();
    assertThat(acquisition.getGsdM()).isNull();
  }

  @Test
  void anItemThatIsTooLargeIsRefused() throws Exception {
    ObjectNode assets = item(TAKE);
    for (int i = 0; i < 300; i++) {
      ((ObjectNode) assets.get("assets")).putObject("a" + i).put("href", "a.xml");
    }
    ObjectNode text = item(TAKE);
    for (int i = 0; i < 100; i++) {
      ((ObjectNode) text.get("assets"))
          .putObject("a" + i)
          .put("href", "https://host/" + "a".repeat(1900));
    }
    ObjectNode vertices = item(TAKE);
    ArrayNode ring = JSON.createArrayNode();
    for (int i = 0; i < 100_000; i++) {
      ring.addArray().add(i * 1e-5).add(45);
    }
    ((ArrayNode) vertices.get("geometry").get("coordinates")).set(0, ring);

    assertThat(List.of(refusal(assets), refusal(text), refusal(vertices)))
        .extracting(ItemRefusedException::reason)
        .containsOnly("TOO_LARGE");
  }

  @Test
  void aHugeIdIsShortenedInTheMessage() throws Exception {
    ItemRefusedException refused = refusal(item("x".repeat(1_000_000)));

    assertThat(refused.reason()).isEqualTo("MALFORMED_ITEM");
    assertThat(refused.getMessage()).hasSizeLessThan(500);
  }

  @Test
  void manyEmptyRingsAreTooLargeToo() throws Exception {
    ObjectNode item = item(TAKE);
    ObjectNode geometry = JSON.createObjectNode().put("type", "MultiPolygon");
    ArrayNode polygons = geometry.putArray("coordinates");
    for (int i = 0; i < 200_000; i++) {
      polygons.addArray();
    }
    item.set("geometry", geometry);

    assertThat(refusal(item).reason()).isEqualTo("TOO_LARGE");
  }

  @Test
  void aProviderIsNamedWhereNoNoticeIsPrescribed() throws Exception {
    ObjectNode item = item("ICEYE_X7");
    properties(item).put("platform", "ICEYE X7");
    properties(item)
        .putArray("providers")
        .addObject()
        .put("name", "ICEYE")
        .putArray("roles")
        .add("producer")
        .add("licensor");
    properties(item).put("license", "CC-BY-4.0");

    var source = read(item).getSource();

    assertThat(source.getAttribution()).isEqualTo("ICEYE");
    assertThat(source.getLicence()).isEqualTo("CC-BY-4.0");
    assertThat(source.getPlatform()).isEqualTo("iceye-x7");
  }
}
