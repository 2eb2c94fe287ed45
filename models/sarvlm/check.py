"""Do PyTorch and ONNX Runtime write the same tokens on real tiles?

    python -m sarvlm.check --checkpoint WORK/decoder.pt --model default --work WORK
"""
import argparse
import random
from pathlib import Path

import numpy as np
import torch

from .data import read_cache
from .export import DecoderGraph, EncoderGraph, load_checkpoint
from .model import SarVlm
from .runtime import Runtime
from .spec import CONCISE_PROMPT, DETAILED_PROMPT
from .text import STANDARD

PROMPTS = [CONCISE_PROMPT, DETAILED_PROMPT, *STANDARD.values()]


@torch.inference_mode()
def torch_greedy(model: SarVlm, runtime: Runtime, square: np.ndarray, prompt: str, limit: int) -> str:
    """Greedy decoding of one prompt on one tile without padding or cache: the plainest reference."""
    keys, values, _ = EncoderGraph(model)(torch.from_numpy(square[None, None].astype(np.float32) * np.float32(0.00392156862)))
    ids, start = runtime.prompt(prompt), len(runtime.prompt(prompt))
    decoder, empty = DecoderGraph(model).eval(), model.decoder.empty_past(1)
    for _ in range(limit):
        tokens = torch.tensor([ids])
        token = int(decoder(tokens, torch.ones_like(tokens), keys, values, empty, empty)[0])
        if token == runtime.special["eos"]:
            break
        ids.append(token)
    return runtime.tokenizer.decode(ids[start:])


def differences(model: SarVlm, runtime: Runtime, squares: list, prompts: list, limit: int) -> list:
    """The (prompt, ONNX text, PyTorch text) that differ; ONNX runs batched, left-padded and cached."""
    keys, values, _ = runtime.encode(np.stack(squares))
    texts = runtime.generate(keys, values, [prompts] * len(squares), limit)
    pairs = [(p, t, torch_greedy(model, runtime, s, p, limit)) for s, tile in zip(squares, texts) for p, (t, *_) in zip(prompts, tile)]
    return [pair for pair in pairs if pair[1] != pair[2]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("default"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tiles", type=int, default=12)
    arguments = parser.parse_args()
    held = [s for s in read_cache(arguments.work) if s.split == "heldout"]
    squares = [s.image for s in random.Random(3).sample(held, arguments.tiles)]
    model, _ = load_checkpoint(arguments.checkpoint)
    different = differences(model, Runtime(arguments.model), squares, PROMPTS, 96)
    for pair in different:
        print(*pair, sep="\n  ")
    print(f"{len(different)} of {len(squares) * len(PROMPTS)} texts differ")
    raise SystemExit(bool(different))


if __name__ == "__main__":
    main()
