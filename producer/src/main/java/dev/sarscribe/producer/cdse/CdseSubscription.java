package dev.sarscribe.producer.cdse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A pull subscription: a queue of notifications at the service. Reading leaves them there; an
 * acknowledgement removes a notification and all older ones. Thread-safe.
 */
final class CdseSubscription {
  /** The service gives no more at a time. */
  static final int MAX_NOTIFICATIONS = 20;

  private static final int MAX_ACK_CHARS = 2000;

  private final CdseHttp http;
  private final String place;

  /**
   * @param root of the catalogue, without {@code /odata/v1}
   * @param id of the subscription
   */
  CdseSubscription(CdseHttp http, URI root, String id) {
    this.http = http;
    this.place = root + "/odata/v1/Subscriptions(" + id + ")";
  }

  /**
   * A notification.
   *
   * @param acknowledgement what acknowledges it and all older ones
   * @param event {@code created}, {@code modified} or {@code deleted}
   * @param product as the catalogue shows it
   */
  record Notification(Optional<String> acknowledgement, String event, JsonNode product) {
    boolean isDeletion() {
      return event.equalsIgnoreCase("deleted");
    }
  }

  /** The oldest notifications that are not acknowledged, oldest first. */
  List<Notification> read() throws FeedException {
    URI uri = URI.create(place + "/Read?$top=" + MAX_NOTIFICATIONS);
    JsonNode answer = http.get(uri);
    // The documentation shows a bare list; OData's usual frame is understood too.
    JsonNode list = answer.isArray() ? answer : answer.path("value");
    boolean single = answer.has("AckId");
    if (!list.isArray() && !single) {
      throw FeedException.passing(
          CdseHttp.place(uri) + ": the answer is no list of notifications", null);
    }
    List<Notification> notifications = new ArrayList<>();
    if (single) {
      notifications.add(notification(answer));
    } else {
      list.forEach(n -> notifications.add(notification(n)));
    }
    return notifications;
  }

  /** Removes a notification and all older ones. */
  void acknowledge(String acknowledgement) throws FeedException {
    http.post(URI.create(place + "/Ack?$ackid=" + CdseCatalogue.encoded(acknowledgement)));
  }

  private static Notification notification(JsonNode node) {
    return new Notification(
        Optional.of(node.path("AckId").asText(""))
            .filter(a -> !a.isBlank() && a.length() <= MAX_ACK_CHARS),
        node.path("SubscriptionEvent").asText("created"),
        node.path("value"));
  }
}
