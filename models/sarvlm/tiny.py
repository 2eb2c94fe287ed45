"""Write tiny/: a model with random weights and the real interface, for the Java tests.

    python -m sarvlm.tiny --output tiny
"""
import argparse
from pathlib import Path

import torch

from .check import random_tiles
from .command import command, plainly
from .export import export_model
from .fixed import write_fixed
from .model import Config, SarVlm
from .quantise import write_int8
from .spec import CONCISE_PROMPT, DETAILED_PROMPT
from .tokenizer import load_tokenizer, train_tokenizer

TINY = Config(vocabulary=1024, channels=(4, 4, 8, 8), blocks=(0, 0, 1, 1), head_channels=4, width=16, heads=2, layers=1)
FIXED_BATCH = 4       # fewer than the five tiles of a contract test, so that a batch is split and another padded


def tiny_model() -> SarVlm:
    """The same random weights every time."""
    torch.manual_seed(7)
    model = SarVlm(TINY).eval()
    with torch.no_grad():
        model.decoder.embedding.weight.mul_(10)
        model.memory.threshold.fill_(0.001)                         # random heat maps are faint; the tests want objects
    return model


def main() -> None:
    parser = command("tiny", __doc__)
    parser.add_argument("--output", type=Path, default=Path("tiny"), help="the folder to write (default: %(default)s)")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json; without it a small one is trained")
    arguments = parser.parse_args()
    with plainly(parser):
        write_tiny(arguments)


def write_tiny(arguments: argparse.Namespace) -> None:
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / "tokenizer.json"
    tokenizer = load_tokenizer(arguments.tokenizer) if arguments.tokenizer else train_tokenizer(
        [CONCISE_PROMPT, DETAILED_PROMPT], TINY.vocabulary)
    tokenizer.save(str(path))
    model = tiny_model()
    export_model(model, path, arguments.output, "sarvlm-tiny-random", "1", "Apache-2.0")
    write_fixed(model, arguments.output, FIXED_BATCH)
    write_int8(arguments.output, random_tiles(4))


if __name__ == "__main__":
    main()
