"""Strict scores of an exported model on the held-out scenes.

    python -m sarvlm.evaluate --model default --work WORK

An answer counts only when it equals the truth after normalisation (case, punctuation, spaces; numbers as numbers; lists
of categories as sets). A constant guess is given beside each score: the commonest answer of that application.
"""
import argparse
import json
import random
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from .data import Sample, examples_of, facts_of, read_cache
from .runtime import Runtime
from .spec import CLASSES, INPUT_SIZE
from .text import Example

QUESTIONS = 10
BATCH = 8


def normalise(text: str) -> str:
    """Lower case, without punctuation at the ends; numbers without leading zeros; lists in order."""
    parts = [re.sub(r"^[\s.,;:!?]+|[\s.,;:!?]+$", "", part.lower()) for part in text.split(",")]
    parts = [str(int(part)) if part.isdigit() else re.sub(r"\s+", " ", part) for part in parts]
    return ", ".join(sorted(part for part in parts if part))


def matches(answer: str, truth: str) -> bool:
    return normalise(answer) == normalise(truth)


def choose(sample: Sample, rng: random.Random) -> list:
    """Questions on one tile, at most two of an application, padded to a fixed number with repeats (None)."""
    by_application = defaultdict(list)
    for example in examples_of(facts_of(sample), sample.texts, rng):
        if example.application != "description":
            by_application[example.application].append(example)
    chosen = [e for part in by_application.values() for e in rng.sample(part, min(2, len(part)))]
    return chosen[:QUESTIONS]


def overlap(a: tuple, b: tuple) -> float:
    """Intersection over union of two boxes (x, y, w, h)."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def match_objects(objects: np.ndarray, sample: Sample, threshold: float) -> dict:
    """Counts of hits, false alarms and misses by class at an overlap of 0.3, only for classes whose truth is complete."""
    counts = defaultdict(Counter)
    for number, name in enumerate(CLASSES):
        truth = [tuple(v / INPUT_SIZE for v in b[1:]) for b in sample.boxes if b[0] == name]
        if name not in sample.known:
            continue
        for row in objects[(objects[:, 0] == number) & (objects[:, 1] >= threshold)]:
            best = max(truth, key=lambda t: overlap(t, row[2:]), default=None)
            if best is not None and overlap(best, row[2:]) >= 0.3:
                truth.remove(best)
                counts[name]["hit"] += 1
            else:
                counts[name]["false"] += 1
        counts[name]["missed"] += len(truth)
    return counts


def detection_scores(objects: list, samples: list, threshold: float) -> dict:
    total = defaultdict(Counter)
    for found, sample in zip(objects, samples):
        for name, counts in match_objects(found, sample, threshold).items():
            total[name].update(counts)
    out = {}
    for name, c in total.items():
        if c["hit"] + c["missed"]:
            precision = c["hit"] / max(1, c["hit"] + c["false"])
            recall = c["hit"] / (c["hit"] + c["missed"])
            out[name] = {"precision": round(precision, 3), "recall": round(recall, 3), "objects": c["hit"] + c["missed"],
                         "f1": round(2 * precision * recall / max(1e-9, precision + recall), 3)}
    return out


def answer_all(runtime: Runtime, samples: list, asked: list) -> tuple[list, list]:
    """-> the answers (text, confidence) to the questions of every tile, and the objects of every tile."""
    answers, objects = [], []
    for first in range(0, len(samples), BATCH):
        part, questions = samples[first:first + BATCH], asked[first:first + BATCH]
        keys, values, found = runtime.encode(np.stack([s.image for s in part]))
        width = max(1, *map(len, questions))             # tiles with captions only are asked nothing
        prompts = [[e.prompt for e in q] + ["Are there ships in the image?"] * (width - len(q)) for q in questions]
        texts = runtime.generate(keys, values, prompts, runtime.manifest["maxAnswerTokens"])
        answers += [t[:len(q)] for t, q in zip(texts, questions)]
        objects += list(found)
    return answers, objects


def score(rows: list) -> dict:
    """rows of (key, example, answer) -> accuracy, number and constant guess by key."""
    groups = defaultdict(list)
    for key, example, answer in rows:
        groups[key].append((example, answer))
    out = {}
    for key, part in sorted(groups.items()):
        truth = Counter(normalise(e.answer) for e, _ in part)
        right = sum(matches(a, e.answer) for e, a in part)
        out[key] = {"accuracy": round(right / len(part), 4), "questions": len(part),
                    "constant_guess": round(truth.most_common(1)[0][1] / len(part), 4)}
    return out


def counting_errors(rows: list) -> dict:
    pairs = [(int(e.answer), int(a)) for k, e, a in rows if k == "counting" and a.strip().isdigit()]
    error = [abs(a - b) for a, b in pairs]
    return {"mean_absolute_error": round(float(np.mean(error)), 3), "within_one": round(float(np.mean(np.array(error) <= 1)), 4)} if error else {}


def describe(runtime: Runtime, samples: list, rng: random.Random, count: int) -> list:
    """Some captions beside their references, to be read."""
    out = []
    for sample in rng.sample(samples, min(count, len(samples))):
        references = [e for e in examples_of(facts_of(sample), sample.texts, rng) if e.application == "description"]
        keys, values, _ = runtime.encode(sample.image[None])
        prompts = runtime.manifest["prompts"]
        texts = runtime.generate(keys, values, [[prompts["concise"], prompts["detailed"]]], runtime.manifest["maxCaptionTokens"])[0]
        out.append({"source": sample.source, "scene": sample.scene, "concise": texts[0][0], "detailed": texts[1][0],
                    "reference": [e.answer for e in references]})
    return out


def evaluate(runtime: Runtime, samples: list, seed: int, shown: int) -> dict:
    rng = random.Random(seed)
    asked: list[list[Example]] = [choose(s, rng) for s in samples]
    answers, objects = answer_all(runtime, samples, asked)
    rows = [(e.application, e, a) for q, t in zip(asked, answers) for e, (a, _) in zip(q, t)]
    by_source = [(s.source, e, a) for s, q, t in zip(samples, asked, answers) for e, (a, _) in zip(q, t)]
    certain = [(c, matches(a, e.answer)) for q, t in zip(asked, answers) for e, (a, c) in zip(q, t)]
    grid = [round(x, 2) for x in np.arange(0.1, 0.61, 0.05)]
    micro = {t: float(np.mean([v["f1"] for v in detection_scores(objects, samples, t).values()])) for t in grid}
    best = max(micro, key=micro.get)
    return {"samples": len(samples), "applications": score(rows), "counting": counting_errors(rows), "by_source": score(by_source),
            "overall": score([("all", e, a) for _, e, a in rows])["all"],
            "confidence": {"mean": round(float(np.mean([c for c, _ in certain])), 4),
                           "accuracy_of_the_surer_half": round(float(np.mean([r for _, r in sorted(certain)[len(certain) // 2:]])), 4)},
            "objects": {"threshold": best, "overlap": 0.3, "classes": detection_scores(objects, samples, best)},
            "captions": describe(runtime, samples, rng, shown)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("default"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="at most this many tiles, drawn at random")
    parser.add_argument("--shown", type=int, default=24, help="captions to print into the report")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    samples = [s for s in read_cache(arguments.work) if s.split == "heldout"]
    if arguments.limit:
        samples = random.Random(arguments.seed).sample(samples, min(arguments.limit, len(samples)))
    result = evaluate(Runtime(arguments.model, arguments.threads), samples, arguments.seed, arguments.shown)
    (arguments.model / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if k != "captions"}, indent=1))


if __name__ == "__main__":
    main()
