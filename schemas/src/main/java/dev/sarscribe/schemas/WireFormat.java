package dev.sarscribe.schemas;

import com.microsoft.kiota.ApiException;
import dev.sarscribe.schemas.avro.GeneratedRecord;
import io.apicurio.registry.serde.avro.AvroKafkaDeserializer;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * How records become bytes, decided once. With a registry: Confluent framing (0x00, 4-byte schema
 * id, Avro binary), which every Kafka client ecosystem reads. Without one: Avro single-object
 * encoding (0xC3 0x01, 8-byte schema fingerprint, Avro binary), read with nothing but the published
 * schema. Thread-safe. Close it to release the registry's connections.
 */
public final class WireFormat implements AutoCloseable {
  private static final int HTTP_NOT_FOUND = 404;

  static {
    GeneratedRecord.prepare();
  }

  private final Optional<String> registryUrl;
  private final Map<Topic<?>, Codec> codecs = new ConcurrentHashMap<>();

  private WireFormat(Optional<String> registryUrl) {
    this.registryUrl = registryUrl;
  }

  /**
   * @param registryUrl base URL of the registry's v3 API, for instance {@code
   *     http://registry:8080/apis/registry/v3}; empty for single-object encoding
   */
  public static WireFormat of(Optional<String> registryUrl) {
    return new WireFormat(registryUrl);
  }

  /**
   * Writes a record.
   *
   * @throws KafkaException if the registry cannot be reached or does not answer as it should
   */
  public <V extends SpecificRecord> byte[] encode(Topic<V> topic, V value) {
    try {
      return codec(topic).serializer().serialize(topic.name(), value);
    } catch (RuntimeException e) {
      throw isOfTheRegistry(e) ? registryFailure(e) : e;
    }
  }

  /**
   * Reads a record.
   *
   * @throws MalformedRecordException if the bytes are null or not a record of the topic's schema
   * @throws KafkaException if the registry cannot be reached or does not answer as it should: the
   *     record may be good, so the caller must stop or retry and not refuse it
   */
  public <V extends SpecificRecord> V decode(Topic<V> topic, byte[] bytes)
      throws MalformedRecordException {
    if (bytes == null) {
      throw new MalformedRecordException(topic.name(), new IOException("the value is null"));
    }
    try {
      return topic.type().cast(codec(topic).deserializer().deserialize(topic.name(), bytes));
    } catch (RuntimeException e) {
      if (isOfTheRegistry(e)) {
        throw registryFailure(e);
      }
      throw new MalformedRecordException(topic.name(), e);
    }
  }

  /**
   * The same as a Kafka serde. Its deserializer throws {@link SerializationException} on malformed
   * bytes and passes null (a tombstone) through.
   */
  public <V extends SpecificRecord> Serde<V> serde(Topic<V> topic) {
    Deserializer<V> deserializer =
        (name, bytes) -> {
          if (bytes == null) {
            return null;
          }
          try {
            return decode(topic, bytes);
          } catch (MalformedRecordException e) {
            throw new SerializationException(e.getMessage(), e);
          }
        };
    return Serdes.serdeFrom(
        (name, value) -> value == null ? null : encode(topic, value), deserializer);
  }

  @Override
  public void close() {
    codecs.values().forEach(Codec::close);
    codecs.clear();
  }

  private KafkaException registryFailure(RuntimeException e) {
    String url = SchemaRegistry.shown(registryUrl.orElseThrow());
    return new KafkaException("the schema registry %s fails".formatted(url), e);
  }

  /**
   * Whether the registry failed, and not the record: it cannot be reached, breaks off, or answers
   * anything but that it does not know the schema. A record is refused for that alone.
   */
  private boolean isOfTheRegistry(Throwable e) {
    if (registryUrl.isEmpty()) {
      return false;
    }
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof ApiException answer) {
        return answer.getResponseStatusCode() != HTTP_NOT_FOUND;
      }
      if (t instanceof SocketException
          || t instanceof SSLException
          || t instanceof UnknownHostException
          || t instanceof TimeoutException
          || t instanceof ClosedChannelException
          || t instanceof VertxException) {
        return true;
      }
    }
    return false;
  }

  private Codec codec(Topic<?> topic) {
    return codecs.computeIfAbsent(
        topic, t -> registryUrl.map(Codec::registry).orElseGet(() -> Codec.singleObject(t)));
  }

  private record Codec(
      Serializer<SpecificRecord> serializer, Deserializer<? extends SpecificRecord> deserializer) {

    static Codec singleObject(Topic<?> topic) {
      SpecificData data = SpecificData.getForClass(topic.type());
      var schema = data.getSchema(topic.type());
      var encoder = new BinaryMessageEncoder<SpecificRecord>(data, schema);
      var decoder = new BinaryMessageDecoder<SpecificRecord>(data, schema);
      EarlierSchemas.of(topic.type()).forEach(decoder::addSchema);
      return new Codec(
          (name, value) -> {
            try {
              var buffer = encoder.encode(value);
              byte[] bytes = new byte[buffer.remaining()];
              buffer.get(bytes);
              return bytes;
            } catch (IOException e) {
              throw new AvroRuntimeException(e);
            }
          },
          (name, bytes) -> {
            try {
              return decoder.decode(bytes);
            } catch (IOException e) {
              throw new AvroRuntimeException(e);
            }
          });
    }

    static Codec registry(String url) {
      Map<String, Object> settings = new HashMap<>();
      settings.put("apicurio.registry.url", url);
      settings.put("apicurio.registry.headers.enabled", false);
      // A stage registers nothing: a deployment does, where an incompatible schema is refused.
      settings.put("apicurio.registry.auto-register", false);
      settings.put(
          "apicurio.registry.artifact-resolver-strategy",
          "io.apicurio.registry.serde.strategy.TopicIdStrategy");
      // A consumer in another language gets the whole schema by one id, without references.
      settings.put("apicurio.registry.dereference-schema", true);
      settings.put("apicurio.registry.use-specific-avro-reader", true);
      var serializer = new AvroKafkaSerializer<SpecificRecord>();
      serializer.configure(settings, false);
      var deserializer = new AvroKafkaDeserializer<SpecificRecord>();
      deserializer.configure(settings, false);
      return new Codec(serializer, deserializer);
    }

    void close() {
      serializer.close();
      deserializer.close();
    }
  }
}
