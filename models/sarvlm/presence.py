"""How well the perception tells tiles that show a class from tiles that do not, on scenes that it has not seen.

    python -m sarvlm.data --data DATA --unseen 0004364 --unseen 0004366 --work UNSEEN
    python -m sarvlm.train dense --work UNSEEN --steps 2000
    python -m sarvlm.presence --work UNSEEN --source sar-aircraft --name aircraft

All airports are either trained on or held out, so the validation part says nothing about new ones. Two training airports that
another, shorter training has not seen do: a change of the recipe that is better there may be better on the held-out ones, which
are never tuned on. These are five aircraft in two scenes, so only large differences between two runs side by side mean anything,
and `best` is found on the tiles that it judges. UNSEEN must be a folder of its own: a checkpoint that is there has seen them.
"""
import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from .command import Refusal, command, plainly, positive
from .data import SPLITS, read_cache
from .export import load_checkpoint
from .model import SarVlm
from .spec import CLASSES
from .train import perceiver

LIMITS = np.arange(0.02, 1, 0.02)


def best_scores(model: SarVlm, samples: list, number: int) -> np.ndarray:
    """The highest score of the class `number` on each tile, 0 where it has no object."""
    look, out = perceiver(model, torch.device("cpu")), []
    for first in range(0, len(samples), 8):
        images = np.stack([s.image for s in samples[first:first + 8]])[:, None].astype(np.float32) / 255
        out += [max([0.0, *found[found[:, 0] == number, 1]]) for found in look(images)[2].numpy()]
    return np.array(out)


def separation(score: np.ndarray, there: np.ndarray) -> dict:
    """score [n], there [n] bool -> how well the score tells: `auc` is the chance that a tile with the class scores higher than one
    without (0.5 is guessing), `best` the highest mean of both shares that a limit gets right, `at` that limit.

    None where all tiles show it, or none does."""
    out = {"with": int(there.sum()), "without": int((~there).sum()), "auc": None, "best": None, "at": None}
    if not there.any() or there.all():
        return out
    higher = score[there][:, None] - score[~there][None]
    right = [((score[there] >= limit).mean() + (score[~there] < limit).mean()) / 2 for limit in LIMITS]
    return out | {"auc": round(float(((higher > 0) + 0.5 * (higher == 0)).mean()), 3), "best": round(float(max(right)), 3),
                  "at": round(float(LIMITS[int(np.argmax(right))]), 2)}


def presence(arguments: argparse.Namespace) -> dict:
    """The scene, or "all", -> `separation` of its tiles."""
    samples = [s for s in read_cache(arguments.work)
               if s.split == arguments.split and s.source == arguments.source and arguments.name in s.known]
    if not samples:
        raise Refusal(f"{arguments.work}: no {arguments.split} tile of {arguments.source} is known to show or not to show {arguments.name}")
    model, _ = load_checkpoint(arguments.checkpoint or arguments.work / "dense.pt")
    score = best_scores(model, samples, CLASSES.index(arguments.name))
    there, parts = np.array([any(b[0] == arguments.name for b in s.boxes) for s in samples]), defaultdict(list)
    for i, s in enumerate(samples):
        parts[s.scene].append(i)
    return {scene: separation(score[index], there[index]) for scene, index in [("all", list(range(len(samples)))), *sorted(parts.items())]}


def main() -> None:
    parser = command("presence", __doc__)
    parser.add_argument("--work", type=Path, required=True, help="the cache that sarvlm.data wrote")
    parser.add_argument("--checkpoint", type=Path, help="weights (default: WORK/dense.pt)")
    parser.add_argument("--source", required=True, help="the source of the tiles, such as sar-aircraft")
    parser.add_argument("--name", choices=CLASSES, required=True, help="the class to be told")
    parser.add_argument("--split", choices=SPLITS[:2], default="validation",
                        help="the held-out part is not for this (default: %(default)s)")
    parser.add_argument("--threads", type=positive, default=2, help="of ONNX Runtime and PyTorch (default: %(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with plainly(parser):
        print(json.dumps(presence(arguments), indent=1))


if __name__ == "__main__":
    main()
