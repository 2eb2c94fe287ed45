package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.producer.Offer.Content;
import dev.sarscribe.producer.Reprocessed;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ItemOffersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final URI PAGE = URI.create("https://stac.example/search");

  @ParameterizedTest
  @CsvSource({
    "file:///srv/private/item.json, secret.tif",
    "file:///srv/private/item.json, file:///srv/private/secret.tif",
    "FILE:/srv/private/item.json, secret.tif",
    "https://stac.example/items/one, file:///srv/private/secret.tif"
  })
  void anItemOfAnApiNamesNoFileOfThisMachineWhateverItSaysOfItself(String self, String href)
      throws Exception {
    Content content = content(self, href);

    assertThat(content).isInstanceOf(Content.Unusable.class);
    assertThat(((Content.Unusable) content).reason()).isEqualTo("UNSUPPORTED_URI");
  }

  @Test
  void assetsAreRelativeToTheLinkOfTheItemToItself() throws Exception {
    Content content = content("/items/one", "vv.tif");

    assertThat(((Content.Usable) content).acquisition().getAssets().get(0).getUri())
        .isEqualTo("https://stac.example/items/vv.tif");
  }

  @Test
  void aTimeThatNoRecordCanTellIsNone() throws Exception {
    JsonNode item =
        JSON.readTree(
            """
            {"id": "one", "properties": {"datetime": "2026-01-01T00:00:00Z",
              "updated": "+999999999-01-01T00:00:00Z"}}
            """);
    var offers = new ItemOffers("test", Reprocessed.NEWEST);

    assertThat(offers.ofApi(item, PAGE, "updated").time()).isEmpty();
    assertThat(offers.ofApi(item, PAGE, TimeWindow.DATETIME).time()).isPresent();
  }

  private static Content content(String self, String href) throws Exception {
    JsonNode item =
        JSON.readTree(
            """
            {"type": "Feature", "stac_version": "1.1.0", "id": "one",
             "links": [{"rel": "self", "href": "%s"}],
             "geometry": {"type": "Polygon",
               "coordinates": [[[1, 44], [3, 44], [3, 46], [1, 46], [1, 44]]]},
             "properties": {"datetime": "2026-01-01T00:00:12Z", "sar:polarizations": ["VV"]},
             "assets": {"vv": {"href": "%s", "type": "image/tiff", "roles": ["data"]}}}
            """
                .formatted(self, href));
    return new ItemOffers("test", Reprocessed.NEWEST)
        .ofApi(item, PAGE, TimeWindow.DATETIME)
        .content()
        .get();
  }
}
