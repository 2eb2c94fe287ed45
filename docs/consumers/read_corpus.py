#!/usr/bin/env python3
"""Reads sar.corpus.v1 with nothing of sarscribe's but the published schema.

    ./sarscribe topics --schema sar.corpus.v1 > corpus.avsc
    python3 docs/consumers/read_corpus.py localhost:9092 corpus.avsc 5

Needs `apt install python3-confluent-kafka python3-avro`. Prints one JSON object per record, at most the given number."""
import io
import json
import sys

import avro.io
import avro.schema
from confluent_kafka import Consumer

servers, schema_file, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
reader = avro.io.DatumReader(avro.schema.parse(open(schema_file, encoding="utf-8").read()))
consumer = Consumer({"bootstrap.servers": servers, "group.id": "read-corpus", "enable.auto.commit": False,
                     "isolation.level": "read_committed", "auto.offset.reset": "earliest"})
consumer.subscribe(["sar.corpus.v1"])
seen = idle = 0
while seen < limit and idle < 30:
    message = consumer.poll(1.0)
    idle = idle + 1 if message is None else 0
    if message is None or message.error() or message.value()[:2] != b"\xc3\x01":
        continue
    body = message.value()[10:]  # Avro single-object encoding: C3 01 and the schema's 8-byte fingerprint
    record = reader.read(avro.io.BinaryDecoder(io.BytesIO(body)))
    assert record["image"].startswith(b"\x89PNG")
    print(json.dumps({"tile": record["tileId"], "caption": record["conciseCaption"]["text"], "imageBytes": len(record["image"]),
                      "answers": {a["questionId"]: a["answer"] for a in record["answers"]}}))
    seen += 1
consumer.close()
