"""Set what an invented object costs, and fit the one temperature that makes an answer's confidence the chance that it is right.

    python -m sarvlm.calibrate --work WORK

Both are written into WORK/decoder.pt. Before the likeliest number of objects of a class is taken, the logarithm of the cost of an
invented object, where a missed one costs 1, is added for none of them, the same for every class (Elkan, The Foundations of
Cost-Sensitive Learning, IJCAI 2001). In training both cost the same. A higher cost invents less and misses more.

The temperature is fitted on real tiles of the validation part and changes confidences, never an answer. The confidence of an answer
is the product of its tokens' probabilities, and a right answer is one that counts in `scores.py`. Temperature scaling after Guo et
al., On Calibration of Modern Neural Networks, ICML 2017, but fitted on whole answers instead of single tokens.
"""
import argparse
import math
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .checkpoint import write_checkpoint
from .command import command, plainly, positive
from .data import Sample, own_draws, questions_of, read_cache
from .export import load_checkpoint
from .model import SarVlm
from .runtime import left_padded
from .scores import is_real, matches
from .spec import EOS, MAX_ANSWER_TOKENS, PAD
from .tokenizer import load_tokenizer, prompt_ids
from .train import perceive_fast

GRID = [0.5 + 0.05 * i for i in range(71)]
BATCH = 8
COST = 3.0                          # chosen on the validation part, see the model card


@torch.inference_mode()
def greedy(model: SarVlm, keys: Tensor, values: Tensor, prompts: list) -> tuple[Tensor, Tensor]:
    """The most likely answers to equally many prompts of each tile -> tokens [S,T] and their logits [S,T,vocabulary]."""
    tokens, mask = map(torch.from_numpy, left_padded(prompts, max(map(len, prompts)), PAD, np.int64))
    past, steps = [model.decoder.empty_past(len(prompts))] * 2, []
    for _ in range(MAX_ANSWER_TOKENS):
        states, *past = model.decoder.states(tokens, mask, keys, values, *past)
        steps.append(model.decoder.logits(states[:, -1]))
        tokens = steps[-1].argmax(-1, keepdim=True)
        mask = torch.cat([mask, torch.ones_like(tokens)], 1)
    logits = torch.stack(steps, 1)
    return logits.argmax(-1), logits


@torch.inference_mode()
def answers(model: SarVlm, samples: list, tokenizer, seed: int, count: int) -> tuple[list, list]:
    """`count` questions on every tile -> the logits [t,vocabulary] of each answer's tokens, and whether the answer is right."""
    look, logits, right = perceive_fast(model), [], []
    questions = [(s, asked) for s in samples if (asked := drawn(s, seed, count))]
    for first in range(0, len(questions), BATCH):
        tiles, asked = zip(*questions[first:first + BATCH])
        keys, values = model.memory(*look(np.stack([s.image for s in tiles])[:, None].astype(np.float32) / 255))
        flat = [e for part in asked for e in part]
        tokens, steps = greedy(model, keys, values, [prompt_ids(tokenizer, e.prompt) for e in flat])
        for example, ids, rows in zip(flat, tokens.tolist(), steps):
            length = ids.index(EOS) if EOS in ids else len(ids)
            logits.append(rows[:length + 1])
            right.append(matches(tokenizer.decode(ids[:length]), example.answer))
    return logits, right


def drawn(sample: Sample, seed: int, count: int) -> list:
    """`count` of the questions that a tile answers, drawn by itself; none where it answers none."""
    rng = own_draws(sample, seed)
    there = questions_of(sample, rng)
    return rng.choices(there, k=count) if there else []


def confidences(logits: list, temperature: float) -> np.ndarray:
    """The product of the tokens' probabilities of each answer."""
    return np.array([torch.softmax(rows / temperature, -1).amax(-1).prod().item() for rows in logits])


def best_temperature(logits: list, right: list) -> float:
    """The temperature of the grid under which "right or not" is least surprising (log loss)."""
    truth = np.array(right, bool)

    def loss(temperature: float) -> float:
        chance = confidences(logits, temperature).clip(1e-6, 1 - 1e-6)
        return -np.log(np.where(truth, chance, 1 - chance)).mean()
    return min(GRID, key=loss)


def at_most(samples: list, rng: random.Random, each: int = 60) -> list:
    """No more than `each` tiles of a source, so that many easy chips do not hide the scenes."""
    by_source = defaultdict(list)
    for sample in samples:
        by_source[sample.source].append(sample)
    return [s for part in by_source.values() for s in rng.sample(part, min(each, len(part)))]


def main() -> None:
    parser = command("calibrate", __doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of decoder.pt and tokenizer.json")
    parser.add_argument("--cache", type=Path, help="where the tiles are, if not in WORK")
    parser.add_argument("--questions", type=positive, default=10, help="asked of each validation tile (default: %(default)s)")
    parser.add_argument("--cost", type=float, default=COST,
                        help="of an invented object, where a missed one costs 1 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=2, help="of the tiles and questions drawn (default: %(default)s)")
    arguments = parser.parse_args()
    if not 0 < arguments.cost < math.inf:
        parser.error(f"--cost {arguments.cost} is not a positive number")
    with plainly(parser):
        calibrate(parser, arguments)


def calibrate(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    path = arguments.work / "decoder.pt"
    if not path.exists():
        parser.exit(1, f"sarvlm.calibrate: {path} is absent; train the decoder first\n")
    real = [s for s in read_cache(arguments.cache or arguments.work) if s.split == "validation" and is_real(s)]
    chosen = at_most(real, random.Random(arguments.seed))
    model, state = load_checkpoint(path)
    model.memory.absence.fill_(math.log(arguments.cost))
    logits, right = answers(model, chosen, load_tokenizer(arguments.work / "tokenizer.json"), arguments.seed, arguments.questions)
    if not right:
        parser.exit(1, "sarvlm.calibrate: the cache has no question on a real validation tile\n")
    temperature = best_temperature(logits, right)
    state["model"] |= {"memory.absence": model.memory.absence, "temperature": torch.tensor(temperature)}
    write_checkpoint(state, path)
    print(f"an invented object costs {arguments.cost:g} missed ones; temperature {temperature:.2f} on {len(right)} answers, "
          f"{sum(right) / len(right):.1%} of them right")


if __name__ == "__main__":
    main()
