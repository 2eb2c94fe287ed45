package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.List;
import java.util.OptionalLong;

/**
 * A page of a search.
 *
 * @param uri where it came from, to which links of its items are relative
 * @param items as the API gives them, not yet looked at; maybe none although more pages follow
 * @param matched items of the whole search, if the API says
 * @param last whether no page follows
 */
public record StacPage(URI uri, List<JsonNode> items, OptionalLong matched, boolean last) {
  public StacPage {
    items = List.copyOf(items);
  }
}
