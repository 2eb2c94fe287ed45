"""A Python loop that does the caption stage's job: what a user would write instead.

    python tests/benchmarks/onnx_kafka_loop.py --bootstrap localhost:9092 --model models/default [--batch 8] [--prompts N] [--threads 1] [--tiles N]

Reads sar.tiles.v1 from its beginning to its present end with confluent-kafka, decodes with fastavro, captions and answers with the
recipe's own ONNX Runtime loop (`models/sarvlm/runtime.py`), encodes a PNG and writes a record to a topic of its own, with the
offsets in the same transaction. Needs confluent-kafka, fastavro, onnxruntime, tokenizers, numpy and pillow. Prints one line.
"""
import argparse
import io
import json
import sys
import time
import zlib
from pathlib import Path

import fastavro
import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models"))
from sarvlm.data import letterbox  # noqa: E402
from sarvlm.runtime import Runtime  # noqa: E402
from sarvlm.text import STANDARD, rewrite_boxes  # noqa: E402

TILES, SINK = "sar.tiles.v1", "benchmark.texts"
HEADER = 10     # bytes of Avro's single-object encoding: a marker and the schema's fingerprint


def tile_schema() -> dict:
    known: dict = {}
    for name in ("AcquisitionSource", "TileGeometry", "Tile"):
        schema = fastavro.parse_schema(json.loads((ROOT / f"schemas/src/main/avro/{name}.avsc").read_text()), known)
    return schema


def pixels(tile: dict) -> np.ndarray:
    geometry = tile["geometry"]
    return np.frombuffer(tile["pixels"], np.uint8).reshape(geometry["height"], geometry["width"])


def describe(runtime: Runtime, images: list, prompts_at_once: int) -> list:
    """-> the texts of each image: both captions, then the answers."""
    boxes = [letterbox(image) for image in images]
    keys, values, _ = runtime.encode(np.stack([square for square, *_ in boxes]))
    prompts = list(runtime.manifest["prompts"].values())
    asked = [[rewrite_boxes(q, scale) for q in STANDARD.values()] for *_, scale in boxes]
    texts = [[] for _ in images]
    for wanted, limit in (([prompts] * len(images), "maxCaptionTokens"), (asked, "maxAnswerTokens")):
        for first in range(0, len(wanted[0]), prompts_at_once):
            part = [p[first:first + prompts_at_once] for p in wanted]
            for text, generated in zip(texts, runtime.generate(keys, values, part, runtime.manifest[limit])):
                text += [g.text for g in generated]
    return texts


def record(tile: dict, image: np.ndarray, texts: list) -> bytes:
    png = io.BytesIO()
    Image.fromarray(image).save(png, "PNG")
    return json.dumps({"tileId": tile["tileId"], "texts": texts, "image": png.getvalue().hex()}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--model", type=Path, default=ROOT / "models/default")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--prompts", type=int, default=sys.maxsize, help="of a tile in one call of the decoder; all of a kind by default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tiles", type=int, default=sys.maxsize, help="end after so many")
    arguments = parser.parse_args()
    runtime, schema, group = Runtime(arguments.model, arguments.threads), tile_schema(), f"benchmark-{time.time_ns()}"
    admin = AdminClient({"bootstrap.servers": arguments.bootstrap})
    if SINK not in admin.list_topics(timeout=10).topics:
        admin.create_topics([NewTopic(SINK, 6, 1)])[SINK].result(10)
    consumer = Consumer({"bootstrap.servers": arguments.bootstrap, "group.id": group, "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "isolation.level": "read_committed"})
    producer = Producer({"bootstrap.servers": arguments.bootstrap, "transactional.id": group, "message.max.bytes": 4 << 20})
    producer.init_transactions()
    partitions = [TopicPartition(TILES, p) for p in consumer.list_topics(TILES, 10).topics[TILES].partitions]
    ends = {p.partition: consumer.get_watermark_offsets(p, 10) for p in partitions}
    consumer.assign([TopicPartition(TILES, p, low) for p, (low, _) in ends.items()])
    tiles, checksum, started, idle = 0, 0, None, 0
    while idle < 3 and tiles < arguments.tiles:
        messages = [m for m in consumer.consume(arguments.batch, 1.0) if not m.error()]
        idle = 0 if messages else idle + 1
        if not messages:
            continue
        started = started or time.perf_counter()
        batch = [fastavro.schemaless_reader(io.BytesIO(m.value()[HEADER:]), schema) for m in messages]
        images = [pixels(tile) for tile in batch]
        producer.begin_transaction()
        for tile, image, texts in zip(batch, images, describe(runtime, images, arguments.prompts)):
            producer.produce(SINK, record(tile, image, texts), tile["tileId"])
            checksum ^= zlib.crc32("\n".join([tile["tileId"], *texts]).encode())
        producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata())
        producer.commit_transaction()
        tiles, ended = tiles + len(batch), time.perf_counter()
    if not tiles:
        raise SystemExit(f"{TILES} holds no tile")
    prompts = "all prompts" if arguments.prompts == sys.maxsize else f"{arguments.prompts} prompts"
    print(f"python loop, {arguments.batch} tiles and {prompts} at once, {arguments.threads} threads: {tiles / (ended - started):.1f} tiles/s; "
          f"{tiles} tiles, checksum {checksum:x}")


if __name__ == "__main__":
    main()
