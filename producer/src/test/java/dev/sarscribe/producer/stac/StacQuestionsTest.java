package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is asked of an API: requests, windows, filters and links. */
class StacQuestionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final URI ROOT = URI.create("https://example.org/stac/v1");
  private static final Instant FROM = Instant.parse("2026-11-01T00:00:00Z");
  private static final TimeWindow UPDATED = new TimeWindow("updated", FROM, FROM.plusSeconds(60));

  @Test
  void aLandingPageSaysWhatItCanInAnyVersionOfItsClasses() throws Exception {
    StacApi api = api("item-search#filter", "/conf/cql2-json", "item-search#sort");
    assertThat(api.filterJson()).isTrue();
    assertThat(api.filterText()).isFalse();
    assertThat(api.sort()).isTrue();
    assertThat(api.post()).contains(URI.create("https://example.org/stac/v1/search"));
    assertThat(api.get()).isEqualTo(URI.create("https://example.org/stac/v1/search"));
  }

  @Test
  void anApiWithTheOlderQueryExtensionIsAskedForTimesThroughIt() throws Exception {
    ObjectNode mine = (ObjectNode) JSON.readTree("{\"platform\": {\"eq\": \"sentinel-1a\"}}");
    SearchRequest request =
        SearchRequest.first(
            api("item-search#query"), StacQuery.all().withQuery(mine), Optional.of(UPDATED));

    assertThat(request.body().orElseThrow().path("query").toString())
        .isEqualTo(
            "{\"platform\":{\"eq\":\"sentinel-1a\"},"
                + "\"updated\":{\"gte\":\"2026-11-01T00:00:00Z\",\"lte\":\"2026-11-01T00:01:00Z\"}}");
    assertThat(mine.has("updated")).as("the user's own object is not touched").isFalse();
  }

  @Test
  void aUsersJsonFilterAndTheTimesAreOneCondition() throws Exception {
    JsonNode mine = JSON.readTree("{\"op\": \"=\", \"args\": [{\"property\": \"a\"}, 1]}");
    StacQuery query =
        StacQuery.all()
            .withFilter(new StacQuery.Filter.Json(mine))
            .withCollections(List.of("s1"))
            .withArea(new StacQuery.Area.Box(List.of(170.0, -10.0, -170.0, 10.0)));
    ObjectNode body =
        SearchRequest.first(
                api("item-search#filter", "cql2-json", "cql2-text"), query, Optional.of(UPDATED))
            .body()
            .orElseThrow();

    assertThat(body.path("filter-lang").asText()).isEqualTo("cql2-json");
    assertThat(body.path("filter").path("op").asText()).isEqualTo("and");
    assertThat(body.path("filter").path("args").path(0)).isEqualTo(mine);
    assertThat(body.path("filter").path("args").path(1).toString())
        .isEqualTo(
            "{\"op\":\">=\",\"args\":[{\"property\":\"updated\"},"
                + "{\"timestamp\":\"2026-11-01T00:00:00Z\"}]}");
    assertThat(body.path("bbox").toString()).isEqualTo("[170.0,-10.0,-170.0,10.0]");
    assertThat(body.path("collections").toString()).isEqualTo("[\"s1\"]");
    assertThat(body.has("datetime")).isFalse();
  }

  @Test
  void anEncodingThatTheApiDoesNotTakeIsRefusedByName() {
    StacQuery query = StacQuery.all().withFilter(new StacQuery.Filter.Text("a = 1"));
    assertThatThrownBy(
            () ->
                SearchRequest.first(
                    api("item-search#filter", "cql2-json"), query, Optional.empty()))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("does not filter by CQL2 as text");
  }

  @Test
  void windowsGrowOverEmptyTimesAndShrinkOverFullOnes() {
    WindowSize day = WindowSize.first();
    assertThat(day.endOf(FROM, FROM.plus(Duration.ofDays(9))))
        .isEqualTo(FROM.plus(Duration.ofDays(1)));
    assertThat(day.endOf(FROM, FROM.plusSeconds(5))).isEqualTo(FROM.plusSeconds(5));
    assertThat(day.after(1).size()).isEqualTo(Duration.ofDays(2));
    assertThat(day.after(10).size()).isEqualTo(Duration.ofDays(1));
    assertThat(day.after(100).size()).isEqualTo(Duration.ofHours(12));
    WindowSize size = day;
    for (int i = 0; i < 100; i++) {
      size = size.after(100);
    }
    assertThat(size.size()).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void productTypesAreRecognisedInTheirOtherSpellings() throws Exception {
    var grd = new ItemFilter(Set.of("grd"), Set.of(), Set.of());
    for (String type : List.of("GRD", "GRDH", "IW_GRDH_1S", "EW_GRDM_1S")) {
      assertThat(grd.accepts(item("sar:product_type", type))).as(type).isTrue();
      assertThat(grd.accepts(item("product:type", type))).as(type).isTrue();
    }
    assertThat(grd.accepts(item("product:type", "IW_SLC__1S"))).isFalse();
    assertThat(grd.accepts(JSON.readTree("{}"))).isFalse();
  }

  @Test
  void linksAreResolvedAndParametersReplacedByName() {
    URI page = URI.create("https://example.org/stac/search?limit=10&token=a%3Db");
    assertThat(StacUris.withParameters(page, Map.of("limit", "20")).toString())
        .isEqualTo("https://example.org/stac/search?token=a%3Db&limit=20");
    assertThat(StacUris.resolve(page, "../a b/item.json"))
        .contains(URI.create("https://example.org/a%20b/item.json"));
    assertThat(StacUris.resolve(page, "http://[")).isEmpty();
    assertThat(StacUris.forPeople(URI.create("https://me:secret@example.org/a?sig=secret")))
        .isEqualTo("https://example.org/a");
  }

  private static StacApi api(String... classes) throws Exception {
    String names = String.join("\", \"https://api.stacspec.org/v1.0.0-rc.1/", classes);
    return StacApi.of(
        ROOT,
        JSON.readTree(
            ("{\"conformsTo\": [\"https://api.stacspec.org/v1.0.0-rc.1/%s\"], \"links\": ["
                    + "{\"rel\": \"search\", \"href\": \"/stac/v1/search\"},"
                    + "{\"rel\": \"search\", \"href\": \"/stac/v1/search\", \"method\": \"POST\"}]}")
                .formatted(names)));
  }

  private static JsonNode item(String property, String value) throws Exception {
    return JSON.readTree("{\"properties\": {\"%s\": \"%s\"}}".formatted(property, value));
  }
}
