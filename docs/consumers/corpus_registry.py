#!/usr/bin/env python3
"""Reads the corpus through the schema registry with Confluent's own client (pip install "confluent-kafka[avro]").

    python3 docs/consumers/corpus_registry.py localhost:9092 http://localhost:8080/apis/ccompat/v7 [N]
"""
import sys

from confluent_kafka import DeserializingConsumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

servers, registry, limit = sys.argv[1], sys.argv[2], int((sys.argv + [10])[3])
consumer = DeserializingConsumer({
    "bootstrap.servers": servers, "group.id": "corpus-registry", "auto.offset.reset": "earliest", "isolation.level": "read_committed",
    "value.deserializer": AvroDeserializer(SchemaRegistryClient({"url": registry}))})
consumer.subscribe(["sar.corpus.v1"])
while limit > 0:
    message = consumer.poll(30)
    if message is None:
        sys.exit("nothing came for 30 seconds")
    record = message.value()
    print(record["tileId"], record["conciseCaption"]["text"], len(record["image"]), "bytes of PNG", sep="\t")
    limit -= 1
consumer.close()
