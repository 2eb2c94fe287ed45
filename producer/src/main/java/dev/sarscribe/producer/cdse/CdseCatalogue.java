package dev.sarscribe.producer.cdse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The products of the OData catalogue by their time of publication, page by page along {@code
 * @odata.nextLink}. One object is one scan. Not thread-safe.
 */
final class CdseCatalogue {
  /** The catalogue gives at most 1000; a page is a transaction, which stays small. */
  private static final int PRODUCTS_PER_PAGE = 200;

  private static final int MAX_PAGES = 20_000;
  private static final int MAX_LINK_CHARS = 16 * 1024;

  private final CdseHttp http;
  private final URI root;
  private final Set<URI> asked = new HashSet<>();
  private Optional<URI> next;

  /**
   * A scan from one time of publication, included, to another, excluded.
   *
   * @param root of the catalogue, without {@code /odata/v1}
   * @param filter in OData's language, added to that by collection and time; may be empty
   * @param to empty for a scan to the end
   */
  CdseCatalogue(CdseHttp http, URI root, String filter, Instant from, Optional<Instant> to) {
    this.http = http;
    this.root = root;
    StringBuilder all = new StringBuilder("Collection/Name eq 'SENTINEL-1'");
    all.append(" and PublicationDate ge ").append(from);
    to.ifPresent(t -> all.append(" and PublicationDate lt ").append(t));
    if (!filter.isBlank()) {
      all.append(" and (").append(filter).append(')');
    }
    this.next =
        Optional.of(
            URI.create(
                root
                    + "/odata/v1/Products?$filter="
                    + encoded(all.toString())
                    + "&$orderby="
                    + encoded("PublicationDate asc")
                    + "&$top="
                    + PRODUCTS_PER_PAGE
                    + "&$expand=Attributes"));
  }

  /** Whether a page follows those that were read. */
  boolean hasNext() {
    return next.isPresent();
  }

  /** The products of the next page. */
  List<JsonNode> next() throws FeedException {
    URI uri = next.orElseThrow();
    next = Optional.empty();
    if (!asked.add(uri) || asked.size() > MAX_PAGES) {
      throw FeedException.passing(
          CdseHttp.place(uri) + ": the catalogue's pages go in a circle, or have no end", null);
    }
    JsonNode page = http.get(uri);
    if (!page.path("value").isArray()) {
      throw FeedException.passing(
          CdseHttp.place(uri) + ": the answer has no value: it is no page of products", null);
    }
    JsonNode link = page.path("@odata.nextLink");
    if (link.isTextual() && !link.textValue().isBlank()) {
      next = Optional.of(following(uri, link.textValue()));
    }
    List<JsonNode> products = new ArrayList<>();
    page.path("value").forEach(products::add);
    return products;
  }

  /** A link leads on within the catalogue, or nowhere. */
  private URI following(URI from, String link) throws FeedException {
    if (link.length() <= MAX_LINK_CHARS) {
      try {
        URI uri = from.resolve(new URI(link.strip().replace(" ", "%20").replace("'", "%27")));
        boolean within =
            root.getScheme().equalsIgnoreCase(uri.getScheme())
                && root.getRawAuthority().equalsIgnoreCase(uri.getRawAuthority());
        if (within) {
          return uri;
        }
      } catch (URISyntaxException e) {
        // said below, as for one that leads elsewhere
      }
    }
    throw FeedException.passing(
        CdseHttp.place(from) + ": the link to the next page does not lead on in the catalogue",
        null);
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
