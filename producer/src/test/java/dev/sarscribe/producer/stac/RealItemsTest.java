package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.Asset;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Items as services publish them. */
class RealItemsTest {
  private static Acquisition read(Path file) throws ItemRefusedException {
    return StacItems.acquisition(
        RealItems.read(file), Optional.of(file.toUri()), "test", Reprocessed.NEWEST);
  }

  private static Path find(String folder, String name) throws Exception {
    return RealItems.items(folder).stream()
        .filter(f -> f.getFileName().toString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyRealItemIsAnAcquisitionOrRefusedForWhatItIs() throws Exception {
    Map<String, String> outcomes = new TreeMap<>();
    for (Path file : RealItems.items(".")) {
      String name = file.getFileName().toString();
      try {
        outcomes.put(name, read(file).getSource().getProductType());
      } catch (ItemRefusedException e) {
        outcomes.put(name, e.reason());
        assertThat(e).hasMessageStartingWith(RealItems.read(file).path("id").textValue());
      }
    }

    assertThat(outcomes)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                refused("CAPELLA_C02_SM_CPHD_HH_20201207083444_20201207083448"),
                Map.entry("CAPELLA_C02_SP_GEC_HH_20210122225354_20210122225418.json", "GEC"),
                refused("CAPELLA_C02_SP_SLC_HH_20210310215654_20210310215656"),
                refused("CAPELLA_C02_SS_SIDD_HH_20210315181050_20210315181105"),
                refused("CAPELLA_C03_SM_SIDD_HH_20211201150619_20211201150623"),
                Map.entry("CAPELLA_C03_SP_GEO_HH_20210402072528_20210402072550.json", "GEO"),
                refused("CAPELLA_C03_SP_SIDD_HH_20211008095741_20211008095744"),
                refused("CAPELLA_C05_SM_SLC_HH_20220319040305_20220319040309"),
                refused("CAPELLA_C05_SP_SLC_HH_20211227113645_20211227113647"),
                refused("CAPELLA_C06_SP_SICD_HH_20210921111218_20210921111221"),
                Map.entry("CAPELLA_C09_SP_GEC_HH_20230321101754_20230321101819.json", "GEC"),
                rtc("S1A_IW_GRDH_1SDH_20191215T034818_20191215T034847_030353_0378EA"),
                rtc("S1A_IW_GRDH_1SDH_20191215T105713_20191215T105738_030358_037912"),
                rtc("S1A_IW_GRDH_1SDH_20191215T105738_20191215T105803_030358_037912"),
                rtc("S1A_IW_GRDH_1SDH_20191215T105803_20191215T105828_030358_037912"),
                rtc("S1A_IW_GRDH_1SDV_20191215T003835_20191215T003904_030352_0378DC"),
                rtc("S1A_IW_GRDH_1SDV_20191215T004249_20191215T004314_030352_0378DC"),
                rtc("S1A_IW_GRDH_1SDV_20191215T004314_20191215T004339_030352_0378DC"),
                rtc("S1A_IW_GRDH_1SDV_20191215T004339_20191215T004404_030352_0378DC"),
                Map.entry("sentinel-1-grd-item-raw.json", "GRD"),
                refused("envisat"),
                Map.entry("sentinel-1-grd-ew.json", "GRD"),
                Map.entry("sentinel-1-grd-s4.json", "S4_GRDH_1S-COG"),
                refused("sentinel-1-slc-iw"),
                refused("example-landsat8"),
                refused("example-sentinel1"),
                grd("S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549"),
                grd("S1A_IW_GRDH_1SDV_20210809T173953_20210809T174018_039156_049F13"),
                Map.entry("S1B_20161121_12SYJ_ASC.json", "RTC"),
                Map.entry("S1A_20200103_17RMJ_ASC.json", "RTC"),
                refused("S1A_IW_SL1__1_SH_20141031T095929_20141031T100002_003072_003842")));
  }

  private static Map.Entry<String, String> refused(String id) {
    return Map.entry(id + ".json", "UNSUPPORTED_PRODUCT");
  }

  private static Map.Entry<String, String> rtc(String id) {
    return Map.entry(id + "_rtc.json", "GRD");
  }

  private static Map.Entry<String, String> grd(String id) {
    return Map.entry(id + ".json", "GRD");
  }

  @ParameterizedTest
  @CsvSource({
    "capella/CAPELLA_C02_SM_CPHD_HH_20201207083444_20201207083448.json, is a CPHD product",
    "capella/CAPELLA_C06_SP_SICD_HH_20210921111218_20210921111221.json, is a SICD product",
    "capella/CAPELLA_C02_SS_SIDD_HH_20210315181050_20210315181105.json, none of its assets is",
    "stac-ext-sar/examples/sentinel-1-slc-iw.json, is a IW_SLC__1S product",
    "stac-ext-sar/examples/envisat.json, none of its assets is",
    "stac-ext-sat/examples/example-landsat8.json, is no SAR product",
  })
  void theRefusalSaysWhatTheItemIs(String path, String cause) {
    Path file = RealItems.folder(path);

    assertThat(refusalOf(file)).hasMessageContaining(cause);
  }

  private static ItemRefusedException refusalOf(Path file) {
    try {
      read(file);
      throw new AssertionError(file + " was not refused");
    } catch (ItemRefusedException e) {
      return e;
    }
  }

  /** The fields whose value in the record is the item's own. */
  private static final Map<String, String> SAME =
      Map.ofEntries(
          Map.entry("sar:instrument_mode", "instrumentMode"),
          Map.entry("sar:product_type", "productType"),
          Map.entry("product:type", "productType"),
          Map.entry("sar:frequency_band", "frequencyBand"),
          Map.entry("sar:observation_direction", "observationDirection"),
          Map.entry("sat:orbit_state", "orbitState"),
          Map.entry("sat:relative_orbit", "relativeOrbit"),
          Map.entry("sat:absolute_orbit", "absoluteOrbit"),
          Map.entry("processing:level", "processingLevel"),
          Map.entry("processing:version", "processingVersion"),
          Map.entry("start_datetime", "startTime"),
          Map.entry("end_datetime", "endTime"),
          Map.entry("processing:datetime", "processedAt"),
          Map.entry("s1:processing_datetime", "processedAt"));

  @Test
  void everyFieldThatAnItemHasIsInTheRecord() throws Exception {
    int compared = 0;
    for (Path file : RealItems.items(".")) {
      Acquisition acquisition;
      try {
        acquisition = read(file);
      } catch (ItemRefusedException e) {
        continue;
      }
      compared += compare(file, RealItems.read(file), acquisition);
    }
    assertThat(compared).isGreaterThan(150);
  }

  private static int compare(Path file, JsonNode item, Acquisition acquisition) {
    JsonNode properties = item.path("properties");
    int[] compared = new int[1];
    assertSoftly(
        softly -> {
          SAME.forEach(
              (field, name) -> {
                if (properties.has(field)) {
                  compared[0]++;
                  softly
                      .assertThat(String.valueOf(acquisition.getSource().get(name)))
                      .as(file.getFileName() + " " + field)
                      .isEqualTo(asInRecord(field, properties.get(field).asText()));
                }
              });
          softly
              .assertThat(acquisition.getPolarizations())
              .as(file + " polarizations")
              .isEqualTo(
                  new ObjectMapper()
                      .convertValue(properties.path("sar:polarizations"), List.class));
          softly.assertThat(acquisition.getFootprint()).as(file + " footprint").isNotNull();
          softly.assertThat(acquisition.getSource().getPlatform()).as(file + "").isNotNull();
          softly.assertThat(acquisition.getSource().getStartTime()).as(file + "").isNotNull();
        });
    return compared[0];
  }

  private static String asInRecord(String field, String text) {
    boolean time = field.endsWith("datetime");
    return time ? Instant.parse(text.replace(' ', 'T').replace("+00:00", "Z")).toString() : text;
  }

  @Test
  void aSentinelItemOfAzureIsComplete() throws Exception {
    Path file = RealItems.folder("planetary-computer/sentinel-1-grd-item-raw.json");

    Acquisition acquisition = read(file);

    var source = acquisition.getSource();
    assertThat(source.getAcquisitionId())
        .isEqualTo("S1A_IW_GRDH_1SDV_20230628T210705_20230628T210730_049191_05EA4D");
    assertThat(source.getProductId())
        .isEqualTo("S1A_IW_GRDH_1SDV_20230628T210705_20230628T210730_049191_05EA4D_21D1");
    assertThat(source.getPlatform()).isEqualTo("sentinel-1a");
    assertThat(source.getStartTime()).isEqualTo("2023-06-28T21:07:05.989235Z");
    assertThat(source.getProcessingLevel()).isEqualTo("L1");
    assertThat(source.getAttribution())
        .isEqualTo("Contains modified Copernicus Sentinel data 2023");
    assertThat(source.getLicence())
        .isEqualTo("https://scihub.copernicus.eu/twiki/do/view/SciHubWebPortal/TermsConditions");
    assertThat(acquisition.getGsdM()).isEqualTo(10);
    assertThat(acquisition.getAssets().stream().limit(3).map(Asset::getName))
        .startsWith("vh", "vv");
    assertThat(acquisition.getAssets().stream().filter(a -> a.getRoles().contains("data")))
        .extracting(Asset::getPolarizations)
        .containsExactly(List.of("VH"), List.of("VV"));
    assertThat(acquisition.getItemUri()).isEqualTo(file.toUri().toString());
  }

  @Test
  void aFootprintInMetresIsTurnedIntoDegrees() throws Exception {
    Path file =
        find(
            "planetary-computer",
            "S1A_IW_GRDH_1SDV_20191215T004249_20191215T004314_030352_0378DC_rtc.json");

    JsonNode footprint = new ObjectMapper().readTree(read(file).getFootprint());

    // (418690, 3043960) of EPSG:32614 by PROJ's cs2cs.
    assertThat(footprint.path("type").asText()).isEqualTo("Polygon");
    assertThat(nearest(footprint.path("coordinates").path(0), -99.8233134, 27.5169118))
        .isCloseTo(0, within(1e-6));
  }

  private static double nearest(JsonNode ring, double lon, double lat) {
    double nearest = Double.MAX_VALUE;
    for (JsonNode p : ring) {
      double distance = Math.hypot(p.path(0).asDouble() - lon, p.path(1).asDouble() - lat);
      nearest = Math.min(nearest, distance);
    }
    return nearest;
  }

  @Test
  void aDerivedProductIsAnAcquisitionOfItsOwn() throws Exception {
    Path file =
        find(
            "planetary-computer",
            "S1A_IW_GRDH_1SDH_20191215T034818_20191215T034847_030353_0378EA_rtc.json");

    Acquisition acquisition = read(file);

    assertThat(acquisition.getSource().getAcquisitionId())
        .isEqualTo("S1A_IW_GRDH_1SDH_20191215T034818_20191215T034847_030353_0378EA_rtc");
    Asset hh = acquisition.getAssets().get(0);
    assertThat(hh.getSizeBytes()).isEqualTo(2063532979L);
    assertThat(hh.getChecksum()).isEqualTo("b970f4b7ea951e77019f2040b2b676f3");
    assertThat(hh.getPolarizations()).containsExactly("HH");
  }

  @Test
  void aProductsSuffixComesFromItsIdentifier() throws Exception {
    Path file =
        find(
            "stactools-sentinel1/grd",
            "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549.json");

    var source = read(file).getSource();

    assertThat(source.getAcquisitionId())
        .isEqualTo("S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549");
    assertThat(source.getProductId()).isEqualTo(source.getAcquisitionId() + "_BB15");
  }

  @Test
  void anglesBesideTheBackscatterAreNoPixels() throws Exception {
    Acquisition acquisition = read(find("stactools-sentinel1/rtc", "S1B_20161121_12SYJ_ASC.json"));

    assertThat(acquisition.getAssets())
        .filteredOn(a -> a.getRoles().contains("data"))
        .extracting(Asset::getName)
        .containsExactly("gamma0_vv", "gamma0_vh");
    assertThat(acquisition.getAssets()).extracting(Asset::getName).contains("incidence");
    assertThat(acquisition.getSource().getProcessingLevel()).isEqualTo("L3");
    assertThat(acquisition.getSource().getProcessingVersion()).isEqualTo("7.0.2");
    assertThat(acquisition.getGsdM()).isEqualTo(20);
    assertThat(acquisition.getCollection()).isEqualTo("sentinel1-rtc-aws");
  }

  @Test
  void aCapellaItemKeepsItsNameAndAngle() throws Exception {
    Acquisition acquisition =
        read(find("capella", "CAPELLA_C02_SP_GEC_HH_20210122225354_20210122225418.json"));

    assertThat(acquisition.getSource().getAcquisitionId())
        .isEqualTo("CAPELLA_C02_SP_GEC_HH_20210122225354_20210122225418");
    assertThat(acquisition.getIncidenceMinDeg()).isEqualTo(32.2);
    assertThat(acquisition.getIncidenceMaxDeg()).isEqualTo(32.2);
    assertThat(acquisition.getSource().getProcessingVersion()).isEqualTo("2.0.2");
    assertThat(acquisition.getSource().getObservationDirection()).isEqualTo("right");
    assertThat(acquisition.getGsdM()).isEqualTo(0.35);
    assertThat(acquisition.getAssets().get(0).getUri())
        .startsWith("https://capella-open-data.s3.amazonaws.com/data/2021/1/22/");
    assertThat(acquisition.getAssets()).filteredOn(a -> a.getRoles().contains("data")).hasSize(1);
  }
}
