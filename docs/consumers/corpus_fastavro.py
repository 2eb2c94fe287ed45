#!/usr/bin/env python3
"""Reads the corpus with fastavro; the schema of each record comes from the registry by the id in it (pip install confluent-kafka fastavro).

    python3 docs/consumers/corpus_fastavro.py localhost:9092 http://localhost:8080/apis/ccompat/v7 [N]"""
import functools
import io
import json
import sys
import urllib.request

import fastavro
from confluent_kafka import Consumer

servers, registry, limit = sys.argv[1], sys.argv[2], int((sys.argv + [10])[3])

@functools.cache
def schema(schema_id: int):
    with urllib.request.urlopen(f"{registry}/schemas/ids/{schema_id}") as reply:
        return fastavro.parse_schema(json.loads(json.load(reply)["schema"]))


consumer = Consumer({"bootstrap.servers": servers, "group.id": "corpus-fastavro", "auto.offset.reset": "earliest", "isolation.level": "read_committed"})
consumer.subscribe(["sar.corpus.v1"])
for message in iter(lambda: consumer.poll(30), None):
    body = message.value()  # 0x00, the schema's id in 4 bytes, Avro
    record = fastavro.schemaless_reader(io.BytesIO(body[5:]), schema(int.from_bytes(body[1:5], "big")))
    print(record["tileId"], record["conciseCaption"]["text"], len(record["image"]), "bytes of PNG", sep="\t")
    limit -= 1
    if limit == 0:
        break
