"""Do PyTorch, the graphs of the CPU and the graphs of fixed shapes write the same tokens?

    python -m sarvlm.check --model default --checkpoint WORK/decoder.pt --work WORK
    python -m sarvlm.check --model default --tiles-from FOLDER

The graphs of the CPU are the reference. PyTorch is compared where a checkpoint is given, the graphs of fixed shapes where the
manifest names them (`sarvlm.fixed`). The tiles are held-out ones of the cache, the images of a folder, or drawn at random. All
standard questions and both captions are asked; every difference is printed, and the exit code is then 1.
"""
import argparse
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .command import Refusal, command, plainly, positive
from .data import letterbox, read_cache
from .export import DecoderGraph, EncoderGraph, load_checkpoint
from .fixed import FixedRuntime
from .labels import IMAGE_SUFFIXES, gray
from .model import SarVlm
from .runtime import Runtime
from .spec import INPUT_SIZE
from .text import STANDARD

# uint8 tiles [n,512,512], the prompts asked of each and the most new tokens -> for each tile and prompt its token ids and how
# many probabilities there are, which is one more than ids where the text ended by itself.
Writer = Callable[[np.ndarray, list, int], list]


def graph_writer(runtime: Runtime) -> Writer:
    """The graphs that the runtime loaded: batched, left-padded and cached."""
    def write(squares: np.ndarray, prompts: list, limit: int) -> list:
        keys, values, _ = runtime.encode(squares)
        return [[(ids, len(probabilities)) for ids, probabilities in tile]
                for tile in runtime.write(keys, values, [prompts] * len(squares), limit)]
    return write


def torch_writer(model: SarVlm, runtime: Runtime) -> Writer:
    """PyTorch, each prompt of each tile by itself, without padding or cache: the plainest reference."""
    def write(squares: np.ndarray, prompts: list, limit: int) -> list:
        with torch.inference_mode():
            return [[torch_greedy(model, runtime, memory, prompt, limit) for prompt in prompts]
                    for memory in (torch_encode(model, runtime, square) for square in squares)]
    return write


def torch_encode(model: SarVlm, runtime: Runtime, square: np.ndarray) -> tuple:
    """uint8 [512,512] -> cross keys and values of a batch of one."""
    scale = np.float32(runtime.manifest["input"]["scale"])
    return EncoderGraph(model)(torch.from_numpy(square[None, None].astype(np.float32) * scale))[:2]


def torch_greedy(model: SarVlm, runtime: Runtime, memory: tuple, prompt: str, limit: int) -> tuple[list, int]:
    """Greedy decoding of one prompt by reading the whole text again for every token."""
    ids, start = runtime.prompt(prompt), len(runtime.prompt(prompt))
    decoder, empty = DecoderGraph(model).eval(), model.decoder.empty_past(1)
    for _ in range(limit):
        tokens = torch.tensor([ids])
        token = int(decoder(tokens, torch.ones_like(tokens), *memory, empty, empty)[0])
        if token == runtime.special["eos"]:
            return ids[start:], len(ids) - start + 1
        ids.append(token)
    return ids[start:], limit


def compare(writers: dict, squares: np.ndarray, prompts: list, limit: int) -> list:
    """The (tile, prompt, {writer: (ids, count)}) on which the named writers do not all agree.

    No tolerance. Where PyTorch alone differs, look for equal scores in the heat maps first: on a flat padding `topk` takes the
    cells of a tie in an order of its own."""
    written = {name: write(squares, prompts, limit) for name, write in writers.items()}
    cells = [(t, p, {name: texts[t][i] for name, texts in written.items()})
             for t in range(len(squares)) for i, p in enumerate(prompts)]
    return [cell for cell in cells if len({(*ids, count) for ids, count in cell[2].values()}) > 1]


def differences(model: SarVlm, runtime: Runtime, squares: list, prompts: list, limit: int) -> list:
    """`compare` for PyTorch and one runtime."""
    return compare({"graphs": graph_writer(runtime), "PyTorch": torch_writer(model, runtime)}, np.stack(squares), prompts, limit)


def everything(writers: dict, squares: np.ndarray, runtime: Runtime) -> list:
    """`compare` for all standard questions and both captions."""
    m = runtime.manifest
    return (compare(writers, squares, list(STANDARD.values()), m["maxAnswerTokens"])
            + compare(writers, squares, list(m["prompts"].values()), m["maxCaptionTokens"]))


def shown(difference: tuple, runtime: Runtime) -> str:
    """A difference as a paragraph: tile and prompt, then a line for each writer."""
    tile, prompt, texts = difference
    return "\n".join([f"tile {tile}: {prompt}", *[f"  {name}: {runtime.tokenizer.decode(ids)!r} {ids}, {count} steps"
                                                 for name, (ids, count) in texts.items()]])


# ---- tiles ---------------------------------------------------------------------------------------------------

def cached_tiles(work: Path, count: int) -> np.ndarray:
    """Held-out tiles of the cache, the same ones every time."""
    held = [s for s in read_cache(work) if s.split == "heldout"]
    if not held:
        raise Refusal(f"{work}: the cache has no heldout tiles")
    return np.stack([s.image for s in random.Random(3).sample(held, min(count, len(held)))])


def image_tiles(folder: Path, count: int) -> np.ndarray:
    """The first images of a folder by name, letterboxed."""
    paths = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in IMAGE_SUFFIXES][:count]
    if not paths:
        raise Refusal(f"{folder} holds no images")
    return np.stack([letterbox(gray(p))[0] for p in paths])


def random_tiles(count: int, seed: int = 3) -> np.ndarray:
    """Speckle of two levels with bright rectangles in it, of several sizes, padded as a letterboxed image is."""
    rng, tiles = np.random.default_rng(seed), np.zeros((count, INPUT_SIZE, INPUT_SIZE), np.uint8)
    for tile in tiles:
        height, width = rng.integers(INPUT_SIZE // 2, INPUT_SIZE + 1, 2)
        mean = np.where(np.arange(width) < rng.integers(width), rng.uniform(10, 40), rng.uniform(40, 110))
        amplitude = mean * np.sqrt(rng.gamma(4, 0.25, (height, width)))
        for _ in range(rng.integers(0, 12)):
            y, x, h, w = rng.integers(0, [height - 4, width - 4, 30, 30])
            amplitude[y:y + h + 2, x:x + w + 2] += 150
        tile[:height, :width] = amplitude.clip(0, 255)
    return tiles


def main() -> None:
    parser = command("check", __doc__)
    parser.add_argument("--model", type=Path, default=Path("default"), help="the folder that sarvlm.export wrote (default: %(default)s)")
    parser.add_argument("--checkpoint", type=Path, help="compare PyTorch too")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--work", type=Path, help="tiles of this cache")
    source.add_argument("--tiles-from", type=Path, help="images of this folder")
    parser.add_argument("--tiles", type=positive, default=12, help="how many (default: %(default)s)")
    arguments = parser.parse_args()
    with plainly(parser):
        raise SystemExit(check(parser, arguments))


def check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> bool:
    """Print the differences -> whether there are any."""
    runtime = Runtime(arguments.model)
    writers = {"CPU graphs": graph_writer(runtime)}
    if "fixed" in runtime.manifest:
        writers["fixed graphs"] = graph_writer(FixedRuntime(arguments.model))
    if arguments.checkpoint:
        writers["PyTorch"] = torch_writer(load_checkpoint(arguments.checkpoint)[0], runtime)
    if len(writers) == 1:
        parser.error(f"nothing to compare: {arguments.model} names no graphs of fixed shapes and there is no --checkpoint")
    squares = (cached_tiles(arguments.work, arguments.tiles) if arguments.work
               else image_tiles(arguments.tiles_from, arguments.tiles) if arguments.tiles_from else random_tiles(arguments.tiles))
    different = everything(writers, squares, runtime)
    for difference in different:
        print(shown(difference, runtime))
    texts = len(squares) * (len(STANDARD) + len(runtime.manifest["prompts"]))
    print(f"{', '.join(writers)}: {len(different)} of {texts} texts differ")
    if "int8" in runtime.manifest:
        rounded = graph_writer(Runtime(arguments.model, precision="int8"))
        print(f"int8: {len(everything({'fp32': writers['CPU graphs'], 'int8': rounded}, squares, runtime))} of {texts} texts differ from fp32, "
              "which is no error")
    return bool(different)


if __name__ == "__main__":
    main()
