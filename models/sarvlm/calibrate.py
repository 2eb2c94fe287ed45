"""Fit the one temperature that makes token probabilities honest, on a part of the held-out tiles.

    python -m sarvlm.calibrate --work WORK

The temperature is written into WORK/decoder.pt; it changes confidences, never an answer.
"""
import argparse
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from .data import read_cache
from .export import load_checkpoint
from .model import SarVlm
from .spec import PAD
from .tokenizer import load_tokenizer
from .train import Features, encode, pad_texts, pick

GRID = [0.6 + 0.05 * i for i in range(41)]


@torch.inference_mode()
def answer_logits(model: SarVlm, features: Features, tokenizer, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Logits [n,vocabulary] and targets [n] of the answer tokens to one draw of questions on every tile."""
    logits, targets = [], []
    for first in range(0, len(features.facts), 16):
        index = list(range(first, min(first + 16, len(features.facts))))
        tokens, answer = pad_texts([encode(tokenizer, e) for i in index for e in pick(features.facts[i], rng)[0]])
        keys, values = model.memory(*features.take(index))
        inputs, empty = tokens[:, :-1], model.decoder.empty_past(tokens.shape[0])
        states, _, _ = model.decoder.states(inputs, (inputs != PAD).long(), keys, values, empty, empty)
        logits.append(model.decoder.logits(states[answer[:, 1:]]))
        targets.append(tokens[:, 1:][answer[:, 1:]])
    return torch.cat(logits), torch.cat(targets)


def best_temperature(logits: Tensor, targets: Tensor) -> float:
    """The temperature of the grid with the smallest cross-entropy."""
    return min(GRID, key=lambda t: F.cross_entropy(logits / t, targets).item())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tiles", type=int, default=256)
    parser.add_argument("--seed", type=int, default=2)
    arguments = parser.parse_args()
    path, rng = arguments.work / "decoder.pt", random.Random(arguments.seed)
    held = [s for s in read_cache(arguments.work) if s.split == "heldout"]
    model, state = load_checkpoint(path)
    features = Features(model, rng.sample(held, min(arguments.tiles, len(held))), 1, arguments.seed, torch.device("cpu"))
    logits, targets = answer_logits(model, features, load_tokenizer(arguments.work / "tokenizer.json"), rng)
    temperature = best_temperature(logits, targets)
    state["model"]["temperature"] = torch.tensor(temperature)
    torch.save(state, path)
    print(f"temperature {temperature:.2f}")


if __name__ == "__main__":
    main()
