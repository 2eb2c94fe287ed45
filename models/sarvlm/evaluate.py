"""Scores of an exported model on the held-out scenes, with one command.

    python -m sarvlm.evaluate --model default --work WORK

Writes MODEL/evaluation.json, the same as tables in MODEL/EVALUATION.md, and MODEL/reliability.svg; a report of another part, of
another precision or of some tiles goes into a folder below and never takes the place of that one. Answers are scored
strictly (`scores.py`), captions by the objects they name and by BLEU, ROUGE-L and CIDEr against five references each
(`metrics.py`). Real scenes, chips composed into clutter and simulated tiles are never mixed in one required row.
"""
import argparse
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import metrics, scores, tables
from .command import command, plainly, positive
from .data import SPLITS, Sample, examples_of, facts_of, own_draws, questions_of, read_cache
from .runtime import Runtime
from .scores import Row, is_real
from .spec import CLASSES, CONCISE_PROMPT, DETAILED_PROMPT
from .text import BOX, STANDARD, beyond, rewrite_boxes

BATCH = 8
REFERENCES = 5                     # wordings of each caption's truth
SPLIT_NAMES = {"train": "training", "validation": "validation", "heldout": "held-out"}
LOW_CONFIDENCE = 0.5               # answers below it are flagged by the pipeline unless told otherwise


@dataclass
class Described:
    """What the model wrote about one tile."""
    sample: Sample
    rows: list
    objects: np.ndarray
    concise: str
    detailed: str


def blind_answers(samples: list, rng: random.Random) -> dict:
    """(source, question without its box) -> the commonest answer in training: what can be said without looking."""
    answers = defaultdict(Counter)
    for sample in samples:
        for e in questions_of(sample, rng):
            answers[sample.source, BOX.sub("[]", e.prompt)][e.answer] += 1
    return {key: count.most_common(1)[0][0] for key, count in answers.items()}


def blind(tiles: list, answers: dict) -> list:
    """The tiles as someone would answer who knows the training answers and does not look."""
    return [replace(t, rows=[replace(r, answer=answers.get((t.sample.source, BOX.sub("[]", r.example.prompt)), "")) for r in t.rows])
            for t in tiles]


def describe(runtime: Runtime, samples: list, seed: int) -> list:
    """Both captions and the answers to all questions on every tile."""
    out, started, prompts = [], time.time(), runtime.manifest["prompts"]
    for first in range(0, len(samples), BATCH):
        part = samples[first:first + BATCH]
        asked = [questions_of(s, own_draws(s, seed)) for s in part]
        keys, values, objects = runtime.encode(np.stack([s.image for s in part]))
        width = max(1, *map(len, asked))
        texts = runtime.generate(keys, values, [[e.prompt for e in q] + [STANDARD["water"]] * (width - len(q)) for q in asked],
                                 runtime.manifest["maxAnswerTokens"])
        told = runtime.generate(keys, values, [[prompts["concise"], prompts["detailed"]]] * len(part), runtime.manifest["maxCaptionTokens"])
        for s, q, t, found, (concise, detailed) in zip(part, asked, texts, objects, told):
            rows = [Row(s, e, g.text, g.probability) for e, g in zip(q, t)]
            out.append(Described(s, rows, found, concise.text, detailed.text))
        if first // BATCH % 20 == 19:
            print(f"{first + len(part)} of {len(samples)} tiles, {(first + len(part)) / (time.time() - started):.1f} tiles/s", flush=True)
    return out


def required_rows(tiles: list) -> dict:
    """The figures that the model is judged by, on real held-out scenes alone."""
    real = [t for t in tiles if is_real(t.sample)]
    rows = [r for t in real for r in t.rows]
    return {"ship_scenes": scores.ship_scenes(rows), "aircraft_presence": scores.aircraft_presence(rows),
            "mstar_chips": scores.chips(rows, "mstar", "vehicle"), "sar_acd_chips": scores.chips(rows, "sar-acd", "aircraft"),
            "land": scores.land(rows),
            "captions": {"concise": scores.caption_objects((facts_of(t.sample), t.concise) for t in real),
                         "detailed": scores.caption_objects((facts_of(t.sample), t.detailed) for t in real)},
            "expected_calibration_error": calibration_error(rows),
            "expected_calibration_error_ship_scenes": calibration_error([r for r in rows if r.sample.source in scores.SHIP_SCENES]),
            "questions": len(rows), "tiles": len(real)}


def calibration_error(rows: list) -> float | None:
    return round(metrics.expected_calibration_error([r.confidence for r in rows], [r.right for r in rows]), 4) if rows else None


def reliability(rows: list) -> list:
    """The reliability table of the answers on real scenes."""
    real = [r for r in rows if is_real(r.sample)]
    return metrics.reliability([r.confidence for r in real], [r.right for r in real])


def agreement(tiles: list) -> dict:
    """Do the two captions and the standard counts of ships and aircraft say the same?"""
    ask = {name: STANDARD["counting-" + name] for name in ("ship", "aircraft")}

    def answers(tile: Described) -> dict:
        return {name: r.answer for name, prompt in ask.items() for r in tile.rows if r.example.prompt == prompt}
    return scores.agreement((t.concise, t.detailed, answers(t)) for t in tiles)


def bad_input(runtime: Runtime, tiles: list, rng: random.Random) -> dict:
    """Images that show nothing, and questions that no tile answers: are they flagged, and is nothing invented?"""
    blank = [t for t in tiles if t.sample.source == "nothing"]
    asked = []
    for tile in rng.sample(tiles, min(64, len(tiles))):
        keys, values, _ = runtime.encode(tile.sample.image[None])
        prompts = [beyond(facts_of(tile.sample), rng)[0].prompt for _ in range(8)]
        asked += runtime.generate(keys, values, [prompts], runtime.manifest["maxAnswerTokens"])[0]
    return {"blank_images": len(blank), "captions_naming_an_object": sum(bool(scores.named(t.concise)) for t in blank),
            "objects_found": sum(int((t.objects[:, 1] >= runtime.manifest["objectThreshold"]).sum()) for t in blank),
            "unanswerable_questions": len(asked), "flagged": round(float(np.mean([g.probability < LOW_CONFIDENCE for g in asked])), 4)}


def references(sample: Sample, rng: random.Random) -> dict:
    """Prompt -> what may be said to it: the published captions of a tile, or REFERENCES wordings of its truth."""
    drawn = [e for _ in range(REFERENCES) for e in examples_of(facts_of(sample), sample.texts, rng) if e.application == "description"]
    return {prompt: sorted({e.answer for e in drawn if e.prompt == prompt}) for prompt in (CONCISE_PROMPT, DETAILED_PROMPT)}


def caption_scores(tiles: list, rng: random.Random) -> dict:
    """BLEU, ROUGE-L and CIDEr of both captions against the references."""
    truth, out = [references(t.sample, rng) for t in tiles], {}
    for name, prompt in (("concise", CONCISE_PROMPT), ("detailed", DETAILED_PROMPT)):
        chosen = {str(i): (getattr(t, name), said[prompt]) for i, (t, said) in enumerate(zip(tiles, truth)) if said[prompt]}
        if chosen:
            out[name] = metrics.caption_scores({i: text for i, (text, _) in chosen.items()}, {i: said for i, (_, said) in chosen.items()})
    return out


def speed(runtime: Runtime, samples: list, batches: int = 12) -> dict:
    """Median milliseconds for each tile of the encoder, the standard answers and both captions, in batches of BATCH."""
    prompts, taken = list(runtime.manifest["prompts"].values()), []
    for first in range(0, min(len(samples), batches * BATCH) - BATCH + 1, BATCH):
        squares, marks = np.stack([s.image for s in samples[first:first + BATCH]]), [time.perf_counter()]
        keys, values, _ = runtime.encode(squares)
        marks.append(time.perf_counter())
        runtime.generate(keys, values, [[rewrite_boxes(q, 1.0) for q in STANDARD.values()]] * BATCH, runtime.manifest["maxAnswerTokens"])
        marks.append(time.perf_counter())
        runtime.generate(keys, values, [prompts] * BATCH, runtime.manifest["maxCaptionTokens"])
        taken.append(np.diff([*marks, time.perf_counter()]) * 1000 / BATCH)
    if not taken:
        return {}
    return dict(zip(("encoder_ms", "answers_ms", "captions_ms"), np.round(np.median(taken, 0), 2).tolist()))


def shown(tiles: list, rng: random.Random, count: int) -> list:
    """Some captions beside their references, to be read."""
    return [{"source": t.sample.source, "scene": t.sample.scene, "concise": t.concise, "detailed": t.detailed,
             "reference": [said[0] for said in references(t.sample, rng).values() if said]} for t in rng.sample(tiles, min(count, len(tiles)))]


def report(runtime: Runtime, tiles: list, training: list, seed: int, count: int) -> dict:
    rng, rows = random.Random(seed), [r for t in tiles for r in t.rows]
    real = [t for t in tiles if is_real(t.sample)]
    simulated = [t for t in tiles if t.sample.source == "simulator"]
    limit = [runtime.manifest["objectThreshold"]] * len(CLASSES)
    return {"model": runtime.manifest["name"] + " " + runtime.manifest["version"], "tiles": len(tiles), "questions": len(rows),
            "required": required_rows(tiles), "blind": required_rows(blind(tiles, blind_answers(training, rng))),
            "by_source_and_application": {source: scores.grouped([r for r in rows if r.sample.source == source], lambda r: r.example.application)
                                          for source in sorted({t.sample.source for t in tiles})},
            "by_source": scores.grouped(rows, lambda r: r.sample.source),
            "simulated": {"applications": scores.by_application([r for t in simulated for r in t.rows]),
                          "all": scores.grouped([r for t in simulated for r in t.rows], lambda r: r.example.application)},
            "same_numbers": agreement(real),
            "objects": {"overlap": 0.3, "real": scores.detection([t.objects for t in real], [t.sample for t in real], limit),
                        "simulated": scores.detection([t.objects for t in simulated], [t.sample for t in simulated], limit)},
            "caption_metrics": {"real": caption_scores(real, rng), "simulated": caption_scores(simulated, rng)},
            "bad_input": bad_input(runtime, tiles, rng),
            "speed": speed(runtime, [t.sample for t in rng.sample(tiles, len(tiles))]),
            "reliability": reliability(rows),
            "captions": shown(tiles, rng, count)}


def main() -> None:
    parser = command("evaluate", __doc__)
    parser.add_argument("--model", type=Path, default=Path("default"), help="the folder that sarvlm.export wrote (default: %(default)s)")
    parser.add_argument("--work", type=Path, required=True, help="the cache that sarvlm.data wrote")
    parser.add_argument("--precision", choices=("fp32", "int8"), default="fp32", help="of the encoder (default: %(default)s)")
    parser.add_argument("--split", choices=SPLITS, default="heldout", help="validation, while the recipe is still being changed (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="folder of the report (default: the model's, and one below it for other than all "
                        "held-out tiles in fp32)")
    parser.add_argument("--limit", type=positive, help="at most this many tiles, drawn at random")
    parser.add_argument("--shown", type=int, default=24, help="captions to print into the report")
    parser.add_argument("--threads", type=positive, default=1, help="of ONNX Runtime (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=11, help="of the wordings drawn (default: %(default)s)")
    arguments = parser.parse_args()
    with plainly(parser):
        evaluate(arguments)


def report_folder(arguments: argparse.Namespace) -> Path:
    """The model's folder for all held-out tiles in fp32, which is what its card speaks of; of others one below, such as int8."""
    parts = [arguments.split if arguments.split != "heldout" else "", arguments.precision if arguments.precision != "fp32" else "",
             f"{arguments.limit}-tiles" if arguments.limit else ""]
    return arguments.model / "-".join(filter(None, parts))


def evaluate(arguments: argparse.Namespace) -> None:
    cache = read_cache(arguments.work)
    samples = [s for s in cache if s.split == arguments.split]
    if not samples:
        raise SystemExit(f"{arguments.work}: the cache has no {arguments.split} tiles")
    if arguments.limit:
        samples = random.Random(arguments.seed).sample(samples, min(arguments.limit, len(samples)))
    runtime, output = Runtime(arguments.model, arguments.threads, arguments.precision), arguments.output or report_folder(arguments)
    output.mkdir(parents=True, exist_ok=True)
    tiles = describe(runtime, samples, arguments.seed)
    training = [s for s in cache if s.split == "train"]
    result = {"split": arguments.split, "precision": arguments.precision, **report(runtime, tiles, training, arguments.seed, arguments.shown)}
    (output / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    (output / "EVALUATION.md").write_text(tables.page(result))
    (output / "reliability.svg").write_text(metrics.reliability_svg(result["reliability"], f"Answers on real {SPLIT_NAMES[arguments.split]} scenes"))
    print(json.dumps({k: v for k, v in result.items() if k != "captions"}, indent=1))


if __name__ == "__main__":
    main()
