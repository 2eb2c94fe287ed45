"""Strict scores of answers and captions: pure functions on what was asked, what is true and what the model wrote.

An answer counts only when it equals the truth after normalisation (case, punctuation, spaces; numbers as numbers; lists of
categories as sets).
"""
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .data import Sample
from .spec import CLASSES, INPUT_SIZE
from .text import COVER_ANSWER, STANDARD, SYNONYMS, Example, Facts

TEMPLATED = ("identification", "classification", "referring", "counting", "positioning")
SHIP_SCENES = ("ssdd", "hrsid", "empty-sea")          # the last are ship-free windows of HRSID scenes
LAND_SCENES = ("los-angeles", "sen1floods11")
LAND_ANSWERS = tuple(COVER_ANSWER[name] for name in ("water", "urban", "forest"))
MENTION = {name: "|".join(sorted({word for pair in SYNONYMS.get(name, [(name, name + "s")]) for word in pair}, key=len, reverse=True))
           for name in CLASSES}
THRESHOLDS = [round(0.12 + 0.02 * i, 2) for i in range(30)]
NEGATED = re.compile(r"\b(?:no|without|neither|nor|not any)\b[^.,;]*", re.IGNORECASE)
NUMBER = r"(more than \d+|\d+)\s+(?:small\s+|large\s+)?"


@dataclass(frozen=True)
class Row:
    """One question on one tile, with the model's answer and its confidence (0..1)."""
    sample: Sample
    example: Example
    answer: str
    confidence: float

    @property
    def right(self) -> bool:
        return matches(self.answer, self.example.answer)


def is_real(sample: Sample) -> bool:
    """Pixels of a radar as they are: no simulated tile, no chip pasted into clutter, no blank image."""
    return sample.source not in ("simulator", "nothing") and sample.scene != "composed"


def normalise(text: str) -> str:
    """Lower case, without punctuation at the ends; numbers without leading zeros; lists in order."""
    parts = [re.sub(r"^[\s.,;:!?]+|[\s.,;:!?]+$", "", part.lower()) for part in text.split(",")]
    parts = [str(int(part)) if part.isdecimal() else re.sub(r"\s+", " ", part) for part in parts]
    return ", ".join(sorted(part for part in parts if part))


def matches(answer: str, truth: str) -> bool:
    return normalise(answer) == normalise(truth)


def accuracy(rows: list) -> float | None:
    """The share of right answers, or None of no rows."""
    return round(float(np.mean([row.right for row in rows])), 4) if rows else None


def balanced(rows: list) -> float | None:
    """The mean over the true answers (Yes and No) of the share that is right."""
    parts = [accuracy([r for r in rows if matches(r.example.answer, truth)]) for truth in ("Yes", "No")]
    parts = [p for p in parts if p is not None]
    return round(float(np.mean(parts)), 4) if parts else None


def within_one(rows: list) -> float | None:
    """The share of counts that are numbers and at most one off, of those whose truth is a number."""
    counts = [(normalise(row.answer), normalise(row.example.answer)) for row in rows]
    hits = [answer.isdecimal() and abs(int(answer) - int(truth)) <= 1 for answer, truth in counts if truth.isdecimal()]
    return round(float(np.mean(hits)), 4) if hits else None


def grouped(rows: list, key: Callable[[Row], str]) -> dict:
    """-> for each key the accuracy, the number of questions and what the commonest answer would score."""
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    out = {}
    for name, part in sorted(groups.items()):
        truth = Counter(normalise(r.example.answer) for r in part)
        out[name] = {"accuracy": accuracy(part), "questions": len(part),
                     "constant_guess": round(truth.most_common(1)[0][1] / len(part), 4)}
    return out


def by_application(rows: list) -> dict:
    """Accuracy of the templated applications; identification is balanced; counts, areas and places are of objects that are there."""
    parts = {name: [r for r in rows if r.example.application == name] for name in TEMPLATED}
    for name, nothing in (("counting", "0"), ("referring", "none"), ("positioning", "none")):
        parts[name] = [r for r in parts[name] if r.example.answer != nothing]
    return {name: balanced(part) if name == "identification" else accuracy(part) for name, part in parts.items()}


def ship_scenes(rows: list) -> dict:
    """The rows of the real ship scenes: each application, their mean, and counts within one."""
    part = [r for r in rows if r.sample.source in SHIP_SCENES]
    scores = by_application(part)
    counts = [r for r in part if r.example.application == "counting" and r.example.answer != "0"]
    known = [v for v in scores.values() if v is not None]
    return {**scores, "macro": round(float(np.mean(known)), 4) if known else None, "counting_within_one": within_one(counts),
            "questions": len([r for r in part if r.example.application in TEMPLATED])}


def chips(rows: list, source: str, truth: str) -> dict:
    """How often the main object of a single chip is said."""
    part = [r for r in rows if r.sample.source == source and r.sample.chip and r.example.prompt == STANDARD["classification-main"]]
    return {"accuracy": accuracy(part), "chips": len(part), "truth": truth}


def aircraft_presence(rows: list) -> dict:
    """Are there aircraft on the crops of airports? A crop whose side was drawn larger than its scene is the whole scene, so some are
    the same: `balanced_different` counts each once."""
    part = [r for r in rows if r.sample.source == "sar-aircraft" and r.example.prompt == STANDARD["identification-aircraft"]]
    different = list({r.sample.image.tobytes(): r for r in part}.values())
    return {"balanced": balanced(part), "crops": len(part), "scenes": len({r.sample.scene for r in part}),
            "balanced_different": balanced(different), "different": len(different)}


def land(rows: list) -> dict:
    """Water, urban and vegetation on Sentinel-1 pieces: as the predominant cover, and whether there is water and are buildings.

    `mean` is that over the three covers and the two questions, each balanced by itself."""
    part = [r for r in rows if r.sample.source in LAND_SCENES]
    cover = [r for r in part if r.example.answer in LAND_ANSWERS]
    of = {answer: accuracy([r for r in cover if r.example.answer == answer]) for answer in LAND_ANSWERS}
    asked = {name: [r for r in part if r.example.prompt == STANDARD[name]] for name in ("water", "urban")}
    presence = {name: balanced(rows) for name, rows in asked.items()}
    known = [v for v in [*of.values(), *presence.values()] if v is not None]
    return {"predominant": of, "presence_balanced": presence, "mean": round(float(np.mean(known)), 4) if known else None,
            "questions": len(cover) + sum(map(len, asked.values())), "scenes": len({r.sample.scene for r in part})}


def named(text: str) -> dict:
    """A caption -> the classes it says are there, with the number where it gives one ("3", "more than 30")."""
    positive, found = NEGATED.sub(" ", text), {}
    for name, words in MENTION.items():
        match = re.search(rf"(?:\b{NUMBER})?\b(?:{words})\b", positive, re.IGNORECASE)
        if match:
            found[name] = match.group(1)
    return found


def caption_objects(captions: Iterable[tuple[Facts, str]]) -> dict:
    """Of the classes that are there, which share is named; of those named, which share is certainly not there."""
    there = said = invented = total = 0
    for facts, text in captions:
        names, visible = set(named(text)), set(facts.visible())
        there += len(visible)
        said += len(visible & names)
        total += len(names)
        invented += len((names - visible) & facts.known)
    return {"recall": round(said / there, 4) if there else None, "invented": round(invented / max(1, total), 4),
            "objects_there": there, "objects_named": total}


def agreement(tiles: Iterable[tuple[str, str, dict]]) -> dict:
    """tiles: (concise, detailed, class -> answer to "How many") -> how often all numbers said of a class are the same."""
    same = total = 0
    for concise, detailed, answers in tiles:
        first, second = named(concise), named(detailed)
        for name, answer in answers.items():
            numbers = {n for n in (first.get(name), second.get(name)) if n is not None}
            if not numbers:
                continue
            total += 1
            same += numbers == {answer}
    return {"same_count": round(same / total, 4) if total else None, "compared": total}


# ---- objects -----------------------------------------------------------------------------------------------

def overlap(a: tuple, b: tuple) -> float:
    """Intersection over union of two boxes (x, y, w, h)."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def match_objects(objects: np.ndarray, sample: Sample, thresholds: list) -> dict:
    """Counts of hits, false alarms and misses by class at an overlap of 0.3, only for classes whose truth is complete."""
    counts = defaultdict(Counter)
    for number, name in enumerate(CLASSES):
        truth = [tuple(v / INPUT_SIZE for v in b[1:]) for b in sample.boxes if b[0] == name]
        if name not in sample.known:
            continue
        for row in objects[(objects[:, 0] == number) & (objects[:, 1] >= thresholds[number])]:
            best = max(truth, key=lambda t: overlap(t, row[2:]), default=None)
            if best is not None and overlap(best, row[2:]) >= 0.3:
                truth.remove(best)
                counts[name]["hit"] += 1
            else:
                counts[name]["false"] += 1
        counts[name]["missed"] += len(truth)
    return counts


def detection(objects: list, samples: list, thresholds: list) -> dict:
    """Precision, recall and F1 by class."""
    total = defaultdict(Counter)
    for found, sample in zip(objects, samples):
        for name, counts in match_objects(found, sample, thresholds).items():
            total[name].update(counts)
    out = {}
    for name, c in total.items():
        if c["hit"] + c["missed"]:
            precision = c["hit"] / max(1, c["hit"] + c["false"])
            recall = c["hit"] / (c["hit"] + c["missed"])
            out[name] = {"precision": round(precision, 3), "recall": round(recall, 3), "objects": c["hit"] + c["missed"],
                         "f1": round(2 * precision * recall / max(1e-9, precision + recall), 3)}
    return out


def best_thresholds(objects: list, samples: list) -> list:
    """For each class the score from which objects count, so that the most tiles get their number exactly right.

    Tiles with objects of the class and tiles surely without weigh the same. Tiles of a radar, chips composed into clutter among
    them, decide where at least 20 have the class, since simulated ones are easier."""
    return [best_threshold(objects, samples, number, name) for number, name in enumerate(CLASSES)]


def best_threshold(objects: list, samples: list, number: int, name: str) -> float:
    known = [(found[found[:, 0] == number, 1], sum(b[0] == name for b in s.boxes), s.source != "simulator")
             for found, s in zip(objects, samples) if name in s.known]
    real = [k for k in known if k[2]]
    known = real if sum(count > 0 for _, count, _ in real) >= 20 else known

    def exact(threshold: float) -> float:
        hits = [(count > 0, (score >= threshold).sum() == count) for score, count, _ in known]
        return float(np.mean([np.mean([hit for there, hit in hits if there == flag] or [0]) for flag in (True, False)]))
    return max(THRESHOLDS, key=exact)
