"""Caption and calibration measures, in pure Python.

    python -m sarvlm.metrics --candidates CANDIDATES.jsonl --references REFERENCES.jsonl

Captions: corpus BLEU-1..4, ROUGE-L and CIDEr as the COCO caption evaluation computes them (`pycocoevalcap`), printed as JSON
in percent, as papers do. One line of a file is one JSON object:

    candidates   {"image": "0001.png", "caption": "3 ships at sea."}                  exactly one line for an image
    references   {"image": "0001.png", "captions": ["Three ships.", "Ships at sea."]}
                 {"image": "0001.png", "caption": "Three ships."}                     or several lines for an image

Both files must name the same images. `--tokens words` (the default) splits like the Penn Treebank tokenizer of the COCO
evaluation, in lower case without punctuation. `--tokens blanks` splits the untouched text at blanks, as the scorer of
SARLANG-1M does: its published numbers compare with that one.

Calibration: `expected_calibration_error`, `reliability` and its picture `reliability_svg`.
"""
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from .command import command

ORDERS = 4                  # n-grams of 1..4 words
ROUGE_BETA = 1.2            # recall weighs more than precision; the value of the COCO evaluation
CIDER_SIGMA = 6.0           # words, width of the length penalty
SMALL, TINY = 1e-9, 1e-15   # keep fractions of nothing defined, as pycocoevalcap does
WORD = re.compile(r"n't\b|'(?:s|m|d|ll|re|ve)\b|\d+(?:[.,:]\d+)+|[^\W_]+(?:-[^\W_]+)*|[%$&#]")

Tokens = list[str]


def words(text: str) -> Tokens:
    """Lower-case words without punctuation, close to the Penn Treebank tokenizer with COCO's list of punctuation removed:
    contractions are split (do n't, it 's), hyphenated words and numbers such as 0.5 stay whole."""
    text = text.lower().replace("\u2019", "'")
    return WORD.findall(re.sub(r"(\w)n't\b", r"\1 n't", text))


def blanks(text: str) -> Tokens:
    """The text as it is, split at blanks."""
    return text.split()


TOKENIZERS: dict[str, Callable[[str], Tokens]] = {"words": words, "blanks": blanks}


def ngrams(tokens: Tokens) -> Counter:
    """How often each n-gram (a tuple of 1..4 words) occurs."""
    return Counter(tuple(tokens[i:i + n]) for n in range(1, ORDERS + 1) for i in range(len(tokens) - n + 1))


# ---- captions ----------------------------------------------------------------------------------------------

def bleu(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[float]:
    """BLEU-1..4 of a corpus, 0..1 (Papineni et al. 2002).

    Counts of all images are added up before the division. An n-gram counts at most as often as in the reference that has it
    most often. The brevity penalty exp(1 - r/c) takes for r the sum of the reference lengths closest to each candidate's,
    of two equally close ones the shorter."""
    right, total, length, reference_length = [0] * ORDERS, [0] * ORDERS, 0, 0
    for candidate, group in zip(candidates, references, strict=True):
        most: Counter = Counter()
        for reference in group:
            most |= ngrams(reference)
        for gram, count in ngrams(candidate).items():
            right[len(gram) - 1] += min(count, most[gram])
        for n in range(ORDERS):
            total[n] += max(0, len(candidate) - n)
        length += len(candidate)
        reference_length += min((abs(len(r) - len(candidate)), len(r)) for r in group)[1]
    ratio = (length + TINY) / (reference_length + SMALL)
    penalty = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
    precision = [(r + TINY) / (t + SMALL) for r, t in zip(right, total)]
    return [penalty * math.prod(precision[:n]) ** (1 / n) for n in range(1, ORDERS + 1)]


def common_subsequence(a: Tokens, b: Tokens) -> int:
    """The length of the longest common subsequence of two texts."""
    row = [0] * (len(b) + 1)
    for word in a:
        previous = row
        row = [0]
        for j, other in enumerate(b):
            row.append(previous[j] + 1 if word == other else max(row[j], previous[j + 1]))
    return row[-1]


def rouge_l(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> float:
    """ROUGE-L, 0..1 (Lin 2004): the mean over images of (1 + b^2) P R / (R + b^2 P) with b = 1.2.

    P and R are the longest common subsequence over the candidate's and the reference's length; of several references each
    of the two is the best, not necessarily from the same one, as in the COCO evaluation."""
    scores = []
    for candidate, group in zip(candidates, references, strict=True):
        common = [common_subsequence(candidate, reference) for reference in group]
        precision = max(common) / max(1, len(candidate))
        recall = max(c / max(1, len(r)) for c, r in zip(common, group))
        weight = ROUGE_BETA ** 2
        scores.append((1 + weight) * precision * recall / (recall + weight * precision) if common and precision and recall else 0.0)
    return float(np.mean(scores))


def cider(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> float:
    """What `pycocoevalcap.cider.cider.Cider` returns, 0..10 (Vedantam et al. 2015).

    For each n = 1..4 the similarity of TF-IDF vectors; the mean over n and over an image's references, times 10; then the mean
    over images. Details that differ from the paper's plain CIDEr, and that published "CIDEr" numbers include:
    the term frequency is a plain count, not a share; IDF = ln(images) - ln(max(1, images whose references have the n-gram));
    a candidate's weight is clipped to the reference's (min) before the product, while the norms are unclipped; each
    similarity is multiplied with exp(-d^2 / (2 * 6^2)), where d is the difference of the numbers of BIGRAMS.
    Clipping and the Gaussian come from CIDEr-D; no words are stemmed. With a single image every IDF is 0, and so is the score."""
    grouped = [[ngrams(reference) for reference in group] for group in references]
    frequency = Counter(gram for group in grouped for gram in set().union(*group))
    images = math.log(len(grouped)) if grouped else 0.0
    weight = {gram: images - math.log(count) for gram, count in frequency.items()}

    def weighted(counts: Counter) -> tuple[dict, list[float], int]:
        """-> TF-IDF by n-gram, the norm of each order, the number of bigrams."""
        vector = {gram: count * weight.get(gram, images) for gram, count in counts.items()}
        norms = [0.0] * ORDERS
        for gram, value in vector.items():
            norms[len(gram) - 1] += value * value
        return vector, [math.sqrt(n) for n in norms], sum(c for gram, c in counts.items() if len(gram) == 2)

    scores = []
    for candidate, group in zip(candidates, grouped, strict=True):
        own = weighted(ngrams(candidate))
        scores.append(10 * float(np.mean([similarity(own, weighted(reference)) for reference in group])))
    return float(np.mean(scores))


def similarity(candidate: tuple, reference: tuple) -> float:
    """The mean over n of the clipped cosine of two (TF-IDF, norms, bigrams), with the length penalty."""
    (vector, norms, length), (other, other_norms, other_length) = candidate, reference
    product = [0.0] * ORDERS
    for gram, value in vector.items():
        if gram in other:
            product[len(gram) - 1] += min(value, other[gram]) * other[gram]
    cosine = [p / (a * b) if a and b else 0.0 for p, a, b in zip(product, norms, other_norms)]
    return math.exp(-(length - other_length) ** 2 / (2 * CIDER_SIGMA ** 2)) * sum(cosine) / ORDERS


def caption_scores(candidates: dict[str, str], references: dict[str, list[str]], tokens: str = "words") -> dict[str, float]:
    """Image -> caption, and image -> its reference captions -> all measures in percent (CIDEr times 100), to two places."""
    if not candidates:
        raise ValueError("there is no caption to score")
    lacking, extra = sorted(references.keys() - candidates.keys()), sorted(candidates.keys() - references.keys())
    if lacking or extra:
        raise ValueError(f"{len(lacking)} images without a candidate {lacking[:3]}, {len(extra)} without a reference {extra[:3]}")
    split, order = TOKENIZERS[tokens], sorted(candidates)
    given, wanted = [split(candidates[i]) for i in order], [[split(r) for r in references[i]] for i in order]
    if not all(wanted):
        raise ValueError(f"no reference caption for {next(i for i, w in zip(order, wanted) if not w)}")
    scores = {f"BLEU-{n}": value for n, value in enumerate(bleu(given, wanted), 1)}
    scores |= {"ROUGE-L": rouge_l(given, wanted), "CIDEr": cider(given, wanted)}
    return {"images": len(order), **{name: round(100 * value, 2) for name, value in scores.items()}}


# ---- calibration -------------------------------------------------------------------------------------------

def reliability(confidences: Sequence[float], correct: Sequence[bool], bins: int = 15) -> list[dict]:
    """One row per bin of equal width (low, high], 0 belonging to the first: low, high, count, and the mean confidence and the
    share of correct answers in it (None in an empty bin)."""
    sure, right = np.asarray(confidences, float), np.asarray(correct, float)
    if bins < 1 or sure.shape != right.shape or sure.ndim != 1:
        raise ValueError(f"{sure.shape} confidences and {right.shape} answers in {bins} bins")
    if not np.all((sure >= 0) & (sure <= 1)):
        raise ValueError("a confidence is not within 0..1")
    edges = np.arange(bins + 1) / bins
    number = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    rows = []
    for k in range(bins):
        part = number == k
        count = int(part.sum())
        rows.append({"low": float(edges[k]), "high": float(edges[k + 1]), "count": count,
                     "confidence": float(sure[part].mean()) if count else None,
                     "accuracy": float(right[part].mean()) if count else None})
    return rows


def expected_calibration_error(confidences: Sequence[float], correct: Sequence[bool], bins: int = 15) -> float:
    """Sum over bins of equal width of (share of answers in it) * |accuracy - mean confidence|, 0..1 (Guo et al. 2017, eq. 3)."""
    rows = reliability(confidences, correct, bins)
    total = sum(row["count"] for row in rows)
    if not total:
        raise ValueError("there is no answer to judge")
    return sum(row["count"] / total * abs(row["accuracy"] - row["confidence"]) for row in rows if row["count"])


PLOT = 300                  # side of the diagram's square, in SVG units
LEFT, TOP, STRIP = 56, 44, 56       # margins, and the height of the strip of counts below


def reliability_svg(rows: Sequence[dict], title: str = "Reliability") -> str:
    """A diagram of `reliability`'s rows: accuracy by confidence beside the diagonal of perfect calibration, and below it how
    many answers each bin has."""
    total, most = sum(r["count"] for r in rows), max((r["count"] for r in rows), default=0) or 1
    error = sum(r["count"] * abs(r["accuracy"] - r["confidence"]) for r in rows if r["count"]) / max(1, total)
    width, height, base = LEFT + PLOT + 24, TOP + PLOT + 34 + STRIP + 44, TOP + PLOT
    floor = base + 34 + STRIP
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="12" fill="#222">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>',
           f'<text x="{LEFT}" y="26" font-size="15">{escape(title)}</text>', *axes(base)]
    for row in rows:
        if row["count"]:
            out += bars(row, base, floor, most)
    out += [f'<line x1="{LEFT}" y1="{base}" x2="{LEFT + PLOT}" y2="{TOP}" stroke="#222" stroke-dasharray="5 4"/>',
            f'<text x="{LEFT + 10}" y="{TOP + 20}">ECE {error:.3f}</text>',
            f'<text x="{LEFT + 10}" y="{TOP + 37}">{total} answers</text>',
            f'<line x1="{LEFT}" y1="{floor}" x2="{LEFT + PLOT}" y2="{floor}" stroke="#888"/>',
            f'<text x="{LEFT - 8}" y="{floor - STRIP + 10}" text-anchor="end">{most}</text>',
            f'<text x="{LEFT - 8}" y="{floor}" text-anchor="end">0</text>',
            f'<text x="{LEFT + PLOT / 2}" y="{floor + 28}" text-anchor="middle">confidence (grey: answers in each bin)</text>',
            f'<text transform="translate(16 {TOP + PLOT / 2}) rotate(-90)" text-anchor="middle">share correct</text>', "</svg>"]
    return "\n".join(out) + "\n"


def axes(base: float) -> list[str]:
    """The frame with a grid line and a number at each fifth."""
    out = [f'<rect x="{LEFT}" y="{TOP}" width="{PLOT}" height="{PLOT}" fill="#f7f7f7" stroke="#888"/>']
    for fifth in range(6):
        at = PLOT * fifth / 5
        out += [f'<line x1="{LEFT}" y1="{base - at:g}" x2="{LEFT + PLOT}" y2="{base - at:g}" stroke="#ddd"/>',
                f'<text x="{LEFT - 8}" y="{base - at + 4:g}" text-anchor="end">{fifth / 5:.1f}</text>',
                f'<text x="{LEFT + at:g}" y="{base + 17}" text-anchor="middle">{fifth / 5:.1f}</text>']
    return out


def bars(row: dict, base: float, floor: float, most: int) -> list[str]:
    """One bin: the bar of its accuracy, a dot at its mean confidence, and its count."""
    x, wide = LEFT + PLOT * row["low"], max(0.5, PLOT * (row["high"] - row["low"]) - 2)
    tall, count = PLOT * row["accuracy"], max(1.0, STRIP * row["count"] / most)
    return [f'<rect x="{x + 1:.2f}" y="{base - tall:.2f}" width="{wide:.2f}" height="{tall:.2f}" fill="#4a7fb5" fill-opacity="0.75"/>',
            f'<circle cx="{LEFT + PLOT * row["confidence"]:.2f}" cy="{base - tall:.2f}" r="3" fill="#b5482f"/>',
            f'<rect x="{x + 1:.2f}" y="{floor - count:.2f}" width="{wide:.2f}" height="{count:.2f}" fill="#999"/>']


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---- the scorer --------------------------------------------------------------------------------------------

def read_lines(path: Path) -> dict[str, list[str]]:
    """Image -> its captions. Errors name the file and the line."""
    out: dict[str, list[str]] = defaultdict(list)
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)                       # bytes: what is not UTF-8 is an error of this line
                captions = record["captions"] if "captions" in record else [record["caption"]]
                if not isinstance(captions, list) or not all(isinstance(c, str) for c in captions):
                    raise TypeError("captions are not texts")
                out[str(record["image"])] += captions
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}: line {number}: {type(error).__name__} {error}; wanted is "
                                 '{"image": ..., "caption": ...}') from error
    return dict(out)


def read_candidates(path: Path) -> dict[str, str]:
    lines = read_lines(path)
    several = [image for image, captions in lines.items() if len(captions) != 1]
    if several:
        raise ValueError(f"{path}: {several[0]} has {len(lines[several[0]])} captions instead of one")
    return {image: captions[0] for image, captions in lines.items()}


def main() -> None:
    parser = command("metrics", __doc__)
    parser.add_argument("--candidates", type=Path, required=True, help="JSON lines: one caption for each image")
    parser.add_argument("--references", type=Path, required=True, help="JSON lines: one or more captions for each image")
    parser.add_argument("--tokens", choices=sorted(TOKENIZERS), default="words", help="how texts are split (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        scores = caption_scores(read_candidates(arguments.candidates), read_lines(arguments.references), arguments.tokens)
    except (OSError, ValueError) as error:
        parser.exit(1, f"sarvlm.metrics: {error}\n")
    print(json.dumps({"tokens": arguments.tokens, **scores}, indent=1))


if __name__ == "__main__":
    main()
