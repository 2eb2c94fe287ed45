"""Training in two stages, each resumable, seeded and logged.

    python -m sarvlm.train dense   --work WORK --steps 2400     # encoder, object head, land-cover head
    python -m sarvlm.train decoder --work WORK --steps 1600     # visual memory and text decoder on frozen features

WORK holds the cache written by `sarvlm.data`; the checkpoints `dense.pt` and `decoder.pt`, `tokenizer.json` and
`training.log` are written there. A stage that was interrupted goes on from its last checkpoint; give it the same options, as
the rate follows from the number of all steps. `--initial FILE` starts a stage from the weights of another checkpoint, for
example after data was added.
"""
import argparse
import contextlib
import math
import os
import queue
import random
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor, nn

from .checkpoint import load_weights, read_checkpoint, write_checkpoint
from .command import Refusal, command, plainly, positive
from .data import MASK_STRIDE, URBAN, Sample, examples_of, facts_of, read_cache, turn
from .export import write_graph
from .model import HEAT_STRIDE, SIZE_UNIT, Config, Memory, SarVlm
from .scores import best_thresholds
from .spec import CLASSES, EOS, INPUT_SIZE, LAND_COVER, PAD
from .text import Example, Facts, boxed, captions, examples, occupied, unknowable
from .tokenizer import load_tokenizer, prompt_ids, train_tokenizer, word_by_word

SHARES = {"ssdd": 0.24, "hrsid": 0.20, "sar-aircraft": 0.08, "airfields": 0.24, "sar-acd": 0.11, "mstar": 0.09,
          "opensarship": 0.06, "empty-sea": 0.03, "los-angeles": 0.20, "sen1floods11": 0.02, "nothing": 0.04, "simulator": 0.32,
          "sarlang-boxes": 0.8, "sarlang-scenes": 0.8}
DIMMED = 0.3                                # share of the images some of whose objects are made fainter
TILTED = 0.5                                # share of the windows of tiles without objects that are not COMPACT, see `tilted`
LEAST_TILTED = 96                           # pixels of the shorter side of a tile whose windows are turned
COMPACT = ("aircraft", "vehicle", "tank")   # classes about as wide as long, whose boxes can be turned by any angle
RESTRETCHED, SMOOTHED = 0.4, 0.2            # shares of the images with another stretch to eight bits, and with less resolution
WEAK_COVER = {"los-angeles": 0.4}           # strength of other radiometry where labels follow from brightness and texture
OTHER_SHARE = 0.15                          # of a source that is not listed, such as a labelled set of a user
QUESTIONS = 7                               # questions on one image in a decoder step, beside its two captions
WEIGHTS = {"counting": 1.5, "positioning": 1.3, "referring": 1.3, "beyond": 0.25}       # of the applications; 1 where not named
LONGEST_TEXT = 150                          # tokens, prompt and answer
AS_COUNTED = 0.5                            # share of tiles whose texts are about the objects that the model counts, see `as_counted`
FADED = 0.12                                # share of tiles in a decoder step whose objects are hardly seen, see `fade`
PHANTOMS = 0.15                             # share of tiles in a decoder step with objects that cannot be there, see `with_phantoms`
AT_HOME = {"sea": ("ship",), "shore": ("ship", "harbor", "bridge"), "apron": ("aircraft", "vehicle"), "ground": ("vehicle",),
           "unclear": ()}                   # by setting, the classes that a tile of it could show; elsewhere any
WORD_BY_WORD = 0.4                          # share of the prompts whose words are tokens of their own, as in wordings never seen


# ---- batches -----------------------------------------------------------------------------------------------

def balanced(samples: list, rng: random.Random) -> Iterator[int]:
    """Endless indices, each source with its share, and within it each ground with the root of its size; of these every sample
    comes once a round."""
    groups = defaultdict(lambda: defaultdict(list))
    for i, s in enumerate(samples):
        groups[s.source][ground(s)].append(i)
    names, rounds = sorted(groups), defaultdict(list)
    while True:
        name = rng.choices(names, [SHARES.get(n, OTHER_SHARE) for n in names])[0]
        parts = groups[name]
        part = rng.choices(list(parts), [len(indices) ** 0.5 for indices in parts.values()])[0]
        if not rounds[name, part]:
            rounds[name, part] = rng.sample(parts[part], len(parts[part]))
        yield rounds[name, part].pop()


def ground(sample: Sample) -> tuple:
    """The commonest land cover of a tile of which nothing but land cover is known, and whether at least half a percent of what is
    labelled is built up; () of others. Most of those tiles are built up, and the others would hardly be seen."""
    if sample.known or sample.texts:
        return ()
    counts = np.bincount(sample.mask.ravel(), minlength=len(LAND_COVER))[:len(LAND_COVER)]
    counts[0] = 0                                                   # padding
    return (LAND_COVER[counts.argmax()], bool(counts[URBAN] >= 0.005 * counts.sum())) if counts.any() else ()


def draw(samples: list, most: int, rng: random.Random) -> list:
    """At most `most` samples, each source with its share as far as it goes; the original order is kept."""
    if most >= len(samples):
        return samples
    wanted: dict = {}
    for index in balanced(samples, rng):
        wanted[index] = None
        if len(wanted) == most:
            return [samples[i] for i in sorted(wanted)]
    raise AssertionError("an endless generator ended")


def vary(image: np.ndarray, rng: random.Random, noise: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Other radiometry: gain, gamma, a little multiplicative noise, now and then another stretch. uint8 -> float32 0..1."""
    x = image.astype(np.float32) / 255
    x = np.power(x, math.exp(rng.gauss(0, 0.15 * strength))) * math.exp(rng.gauss(0, 0.22 * strength))
    if rng.random() < 0.3:
        x *= noise.normal(1, 0.1, image.shape).astype(np.float32)
    if rng.random() < RESTRETCHED:
        x = restretched(x, rng, strength)
    return np.clip(x, 0, 1)


def restretched(x: np.ndarray, rng: random.Random, strength: float) -> np.ndarray:
    """Other ends of the stretch to eight bits: a floor that is lifted or cut off, highlights that saturate below white.

    Publishers of chips and scenes chose them differently, also for images of one radar."""
    floor, top = rng.uniform(-0.05, 0.1) * strength, 1 - rng.uniform(0, 0.5) * strength
    return np.clip(floor + (1 - floor) * x, 0, top)


def smoothed(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """As if the image had been resampled from a coarser grid. uint8."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.1))))


def varied(sample: Sample, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """A sample's image with other radiometry, now and then smoother or with fainter objects; padding stays black. float32 0..1."""
    image = dimmed(sample.image, sample.boxes, rng) if rng.random() < DIMMED else sample.image
    weak = WEAK_COVER.get(sample.source)
    if not weak and rng.random() < SMOOTHED:
        image = smoothed(image, rng)
    content = (sample.mask != 0).repeat(MASK_STRIDE, 0).repeat(MASK_STRIDE, 1)
    return vary(image, rng, noise, weak or 1.0) * content


def dimmed(image: np.ndarray, boxes: list, rng: random.Random) -> np.ndarray:
    """uint8 [h,w] with about half of the objects fainter, but none so faint that the clutter around it hides it."""
    out = image.astype(np.float32)
    for _, x, y, w, h in boxes:
        left, top, right, bottom = max(0, int(x) - 2), max(0, int(y) - 2), int(x + w) + 3, int(y + h) + 3
        around = image[max(0, top - 8):bottom + 8, max(0, left - 8):right + 8]
        inside = out[top:bottom, left:right]
        if rng.random() < 0.5 or inside.size == 0:
            continue
        level = np.median(around)
        clutter = around[around <= 2 * level]
        least = 4 * clutter.std() / max(1.0, np.percentile(inside, 95) - level)
        if least < 1:
            inside[:] = np.where(inside > level, level + (inside - level) * rng.uniform(max(0.3, least), 1), inside)
    return out.astype(np.uint8)


def heat_target(boxes: list, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> Gaussian heat [classes,side,side], regression targets [4,side,side] and where they hold [side,side]."""
    heat = np.zeros((len(CLASSES), side, side), np.float32)
    sizes, valid = np.zeros((4, side, side), np.float32), np.zeros((side, side), np.float32)
    for name, x, y, w, h in sorted(boxes, key=lambda b: -b[3] * b[4]):
        cx, cy = (x + w / 2) / HEAT_STRIDE, (y + h / 2) / HEAT_STRIDE
        column, row = min(side - 1, int(cx)), min(side - 1, int(cy))
        sx, sy = (min(7.0, max(0.8, v / HEAT_STRIDE / 7)) for v in (w, h))
        reach = int(3 * max(sx, sy)) + 1
        ys, xs = np.ogrid[max(0, row - reach):min(side, row + reach + 1), max(0, column - reach):min(side, column + reach + 1)]
        bump = np.exp(-((xs - column) ** 2) / (2 * sx * sx) - ((ys - row) ** 2) / (2 * sy * sy))
        window = heat[CLASSES.index(name), ys[0, 0]:ys[-1, 0] + 1, xs[0, 0]:xs[0, -1] + 1]
        np.maximum(window, bump, out=window)
        sizes[:, row, column] = math.log(max(w, 2) / SIZE_UNIT), math.log(max(h, 2) / SIZE_UNIT), cx - column, cy - row
        valid[row, column] = 1
    return heat, sizes, valid


def cover_target(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mask at stride 4 -> class shares [6,rows,columns] among the labelled pixels of each 32-pixel cell, labelled share."""
    cell = 32 // MASK_STRIDE
    blocks = mask.reshape(mask.shape[0] // cell, cell, mask.shape[1] // cell, cell)
    counts = np.stack([(blocks == k).sum((1, 3)) for k in range(len(LAND_COVER))]).astype(np.float32)
    total = counts.sum(0)
    return counts / np.maximum(total, 1), total / cell ** 2


def window(sample: Sample, side: int, rng: random.Random) -> tuple[int, int]:
    """The corner of a square window on the 32-pixel lattice: mostly around an object, else anywhere in the content."""
    if sample.boxes and rng.random() < 0.7:
        _, x, y, w, h = rng.choice(sample.boxes)
        x, y = x + w / 2 - side * rng.uniform(0.1, 0.9), y + h / 2 - side * rng.uniform(0.1, 0.9)
    else:
        x, y = rng.uniform(-32, sample.width - side + 32), rng.uniform(-32, sample.height - side + 32)
    return tuple(int(min(max(round(v / 32) * 32, 0), INPUT_SIZE - side)) for v in (x, y))


def zoomed(sample: Sample, side: int, rng: random.Random) -> Sample:
    """A window of the tile, now and then of another size, resized to `side` pixels, or turned as well."""
    source = side
    if rng.random() < 0.5:
        source = min(INPUT_SIZE, max(64, round(side * math.exp(rng.uniform(-0.5, 0.45)) / 32) * 32))
    x, y = window(sample, source, rng)
    if rng.random() < TILTED and min(sample.width, sample.height) >= LEAST_TILTED and all(box[0] in COMPACT for box in sample.boxes):
        return tilted(sample, x, y, source, side, rng.uniform(-math.pi / 4, math.pi / 4))
    cells = slice(y // MASK_STRIDE, (y + source) // MASK_STRIDE), slice(x // MASK_STRIDE, (x + source) // MASK_STRIDE)
    image, mask, factor = sample.image[y:y + source, x:x + source], sample.mask[cells], side / source
    if factor != 1:
        image = np.asarray(Image.fromarray(image).resize((side, side), Image.BILINEAR))
        mask = np.asarray(Image.fromarray(mask).resize((side // MASK_STRIDE, side // MASK_STRIDE), Image.NEAREST))
    inside = [b for b in sample.boxes if 0 <= b[1] + b[3] / 2 - x < source and 0 <= b[2] + b[4] / 2 - y < source]
    boxes = [(n, (bx - x) * factor, (by - y) * factor, w * factor, h * factor) for n, bx, by, w, h in inside]
    return Sample(sample.source, "", "", boxes, [], side, side, image=image, mask=mask)


def tilted(sample: Sample, x: int, y: int, source: int, side: int, angle: float) -> Sample:
    """The window of `source` pixels whose upper left corner is (x, y), turned about its middle and resized to `side` pixels. It is
    moved, and made smaller where it must be, so that its corners stay within the content: oblique black edges would tell which
    windows were turned.

    A box becomes that of the ellipse inscribed in it, turned: that of its corners would be too large for anything compact
    (Kalra et al., Towards Rotation Invariance in Object Detection, ICCV 2021)."""
    cos, sin = math.cos(angle), math.sin(angle)
    spread, least = abs(cos) + abs(sin), min(sample.width, sample.height)
    whole = min(least, math.ceil(source * spread)) // MASK_STRIDE * MASK_STRIDE          # of the upright square around it
    left, top = (min(max(0, round((v - (whole - source) / 2) / MASK_STRIDE) * MASK_STRIDE), most - whole)
                 for v, most in ((x, sample.width), (y, sample.height)))
    factor = min(source, whole / spread) / side

    def cut(image: np.ndarray, stride: int, how: int) -> np.ndarray:
        around = Image.fromarray(image[top // stride:(top + whole) // stride, left // stride:(left + whole) // stride])
        reduced = round(around.width / max(1, factor))                                   # resizing looks at every pixel, turning does not
        around = around.resize((reduced, reduced), how) if reduced < around.width else around
        new, scale = side // stride, factor * reduced / (whole / stride)
        a, b = scale * cos, scale * sin
        matrix = a, b, (reduced - (a + b) * new) / 2, -b, a, (reduced - (a - b) * new) / 2
        return np.asarray(around.transform((new, new), Image.AFFINE, matrix, how))
    boxes = []
    for name, bx, by, w, h in sample.boxes:
        dx, dy = bx + w / 2 - left - whole / 2, by + h / 2 - top - whole / 2
        cx, cy = (cos * dx - sin * dy) / factor + side / 2, (sin * dx + cos * dy) / factor + side / 2
        w, h = math.hypot(w * cos, h * sin) / factor, math.hypot(w * sin, h * cos) / factor
        if 0 <= cx < side and 0 <= cy < side:
            boxes.append((name, cx - w / 2, cy - h / 2, w, h))
    return Sample(sample.source, "", "", boxes, [], side, side,
                  image=cut(sample.image, 1, Image.BILINEAR), mask=cut(sample.mask, MASK_STRIDE, Image.NEAREST))


def dense_item(sample: Sample, side: int, rng: random.Random, noise: np.random.Generator) -> tuple:
    """A turned and varied window of `side` pixels with its targets; the network is convolutional, so any side does."""
    turned = turn(zoomed(sample, side, rng), rng.randrange(8))
    known = np.array([name in sample.known for name in CLASSES], np.float32)
    return (varied(turned, rng, noise)[None], *heat_target(turned.boxes, side // HEAT_STRIDE), known, *cover_target(turned.mask))


def prefetch(make: Callable[[], tuple], depth: int = 4) -> Iterator[tuple]:
    """Batches made by a thread ahead of their use; its error is raised here, as a training that waits for ever tells nothing."""
    ready: queue.Queue = queue.Queue(depth)
    ended = threading.Event()

    def work() -> None:
        try:
            while not ended.is_set():
                ready.put(make())
        except Exception as error:
            ready.put(error)
    maker = threading.Thread(target=work, daemon=True)
    maker.start()
    try:
        while True:
            batch = ready.get()
            if isinstance(batch, Exception):
                raise batch
            yield batch
    finally:                    # a thread that still computes when the interpreter ends takes the process down with it
        ended.set()
        while maker.is_alive():
            with contextlib.suppress(queue.Empty):
                ready.get(timeout=0.05)


# ---- losses ------------------------------------------------------------------------------------------------

def dense_loss(cover: Tensor, dense: Tensor, batch: tuple) -> tuple[Tensor, dict]:
    """Penalty-reduced focal loss of the heat maps, L1 of sizes and offsets, soft cross-entropy of the land cover."""
    heat, side, valid, known, shares, labelled = batch
    logits = dense[:, :len(CLASSES)].float()
    mask = known[:, :, None, None]
    positive = (heat > 0.999).float()
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    gain = positive * (1 - p) ** 2 * torch.log(p) + (1 - positive) * (1 - heat) ** 4 * p ** 2 * torch.log(1 - p) * mask
    objects = positive.sum().clamp(min=1)
    focal = -gain.sum() / objects
    error = (dense[:, len(CLASSES):].float() - side).abs() * valid.unsqueeze(1)
    box = error.sum() / objects
    entropy = -(shares * F.log_softmax(cover.float(), 1)).sum(1)
    land = (entropy * labelled).sum() / labelled.sum().clamp(min=1)
    return focal + 0.5 * box + land, {"heat": focal.item(), "box": box.item(), "cover": land.item()}


def text_loss(model: SarVlm, keys: Tensor, values: Tensor, tokens: Tensor, answer: Tensor) -> tuple[Tensor, float]:
    """Cross-entropy of the answer tokens. tokens [S,T]; answer [S,T] marks the tokens to be predicted."""
    inputs, wanted = tokens[:, :-1], answer[:, 1:]
    empty = model.decoder.empty_past(tokens.shape[0])
    states, _, _ = model.decoder.states(inputs, (inputs != PAD).long(), keys, values, empty, empty)
    logits = model.decoder.logits(states[wanted]).float()
    target = tokens[:, 1:][wanted]
    return F.cross_entropy(logits, target), (logits.argmax(-1) == target).float().mean().item()


def count_loss(logits: Tensor, counts: Tensor) -> Tensor:
    """Cross-entropy of the numbers of objects. logits [B,C,counts]; counts [B,C], -1 where it is not known.

    Objects that are there weigh as much as all that are not, which is most."""
    losses = F.cross_entropy(logits.flatten(0, 1), counts.flatten().clamp(min=0), reduction="none")
    parts = [losses[where] for where in (counts.flatten() == 0, counts.flatten() > 0)]
    return torch.stack([part.mean() for part in parts if len(part)]).sum() if (counts >= 0).any() else logits.sum() * 0


# ---- the training loop -------------------------------------------------------------------------------------

WORLD, RANK = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))      # set by torchrun


def average_gradients(parameters: list) -> None:
    """The mean over the processes of `torchrun`, each of which has its share of the batch."""
    with_gradient = [p for p in parameters if p.grad is not None]
    flat = torch.cat([p.grad.flatten() for p in with_gradient])
    torch.distributed.all_reduce(flat)
    for p, part in zip(with_gradient, (flat / WORLD).split([p.numel() for p in with_gradient])):
        p.grad.copy_(part.view_as(p))


def average_statistics(model: nn.Module) -> None:
    """The mean over the processes of what batch normalisation has seen, which each of them gathers from its own share."""
    for name, value in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            torch.distributed.all_reduce(value)
            value /= WORLD


class Run:
    """Optimiser, schedule, checkpoints and log of one stage."""

    def __init__(self, name: str, model: SarVlm, parameters: list, arguments: argparse.Namespace):
        self.name, self.model, self.arguments = name, model, arguments
        decay, plain = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0.0}],
                                           lr=arguments.rate, betas=(0.9, 0.98))
        self.path, self.step = arguments.work / f"{name}.pt", 0
        self.log = open(arguments.work / "training.log", "a")
        self.sums, self.summed, self.started = defaultdict(float), 0, time.time()
        if self.path.exists() and not arguments.restart:
            self.resume()
        self.first = self.step

    def resume(self) -> None:
        state = read_checkpoint(self.path)
        if not state.keys() >= {"optimiser", "step"}:
            raise Refusal(f"{self.path}: weights without the state of the training; begin with them by --restart --initial")
        load_weights(self.model, state, self.path)
        try:
            self.optimiser.load_state_dict(state["optimiser"])
        except ValueError as error:
            raise Refusal(f"{self.path}: the training of another network: {error}") from error
        self.step = state["step"]
        if RANK == 0:
            print(f"{self.name}: going on after step {self.step} of {self.path}"
                  + ("; --initial counts only with --restart" if self.arguments.initial else ""), flush=True)

    def save(self, **more) -> None:
        state = {"model": self.model.state_dict(), "config": self.model.config.to_dict(), "step": self.step,
                 "optimiser": self.optimiser.state_dict(), **more}
        write_checkpoint(state, self.path)

    def rate(self) -> float:
        """Linear warm-up over 4 % of the steps, then a cosine to a fiftieth."""
        done = self.step / self.arguments.steps
        warm = min(1.0, (done + 1 / self.arguments.steps) / 0.04)
        return self.arguments.rate * warm * (0.51 + 0.49 * math.cos(math.pi * min(1.0, done)))

    def update(self, loss: Tensor, figures: dict) -> None:
        rate = self.rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        parameters = [p for g in self.optimiser.param_groups for p in g["params"]]
        if WORLD > 1:
            average_gradients(parameters)
        nn.utils.clip_grad_norm_(parameters, 2.0)
        self.optimiser.step()
        self.step += 1
        self.summed += 1
        for name, value in {"loss": loss.item(), **figures}.items():
            self.sums[name] += value
        last = self.step == self.arguments.steps
        due = last or self.step % 100 == 0
        if due and WORLD > 1:
            average_statistics(self.model)
        if RANK:
            return
        if last or self.step % self.arguments.every == 0:
            self.report(rate)
        if due:
            self.save()

    def report(self, rate: float) -> None:
        taken = (time.time() - self.started) / (self.step - self.first)
        shown = " ".join(f"{k} {v / self.summed:.3f}" for k, v in self.sums.items())
        line = (f"{self.name} step {self.step}/{self.arguments.steps} {shown} rate {rate:.5f} "
                f"{taken:.2f} s/step, {taken * (self.arguments.steps - self.step) / 60:.1f} min left")
        print(line, flush=True)
        print(line, file=self.log, flush=True)
        self.sums.clear()
        self.summed = 0


def device_of(arguments: argparse.Namespace) -> torch.device:
    name = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name, int(os.environ.get("LOCAL_RANK", 0))) if name == "cuda" else torch.device(name)


def carried(own: Tensor, other: Tensor) -> Tensor:
    """The weights to begin with: those of another model where they fit, or fit but for further inputs, which count nothing at first."""
    if own.ndim == 2 == other.ndim and own.shape[0] == other.shape[0] and own.shape[1] > other.shape[1]:
        return F.pad(other.to(own.dtype), (0, own.shape[1] - other.shape[1]))
    return other if own.shape == other.shape else own


def start_model(arguments: argparse.Namespace, initial: Path | None) -> SarVlm:
    """A new model, or one whose fitting weights come from a checkpoint."""
    torch.manual_seed(arguments.seed)
    model = SarVlm(Config())
    if initial:
        own, other = model.state_dict(), read_checkpoint(initial)["model"]
        model.load_state_dict({k: carried(v, other[k]) if k in other else v for k, v in own.items()})
    torch.manual_seed(arguments.seed + RANK)                     # the same weights, but not the same dropout in every process
    return model.to(device_of(arguments))


def training_part(work: Path) -> list:
    """The tiles of the cache that may be trained on."""
    samples = [s for s in read_cache(work) if s.split == "train"]
    if not samples:
        raise Refusal(f"{work}: the cache has no training tiles")
    return samples


# ---- stage 1: dense ----------------------------------------------------------------------------------------

def train_dense(arguments: argparse.Namespace) -> None:
    """The convolutional part on boxes and land-cover masks."""
    device = device_of(arguments)
    samples = training_part(arguments.work)
    model = start_model(arguments, arguments.initial)
    model.perception.to(memory_format=torch.channels_last)
    perception = torch.compile(model.perception) if arguments.compile else model.perception
    run = Run("dense", model, list(model.perception.parameters()), arguments)
    rng = random.Random(f"{arguments.seed}-{run.step}-{RANK}")
    noise, order = np.random.default_rng([arguments.seed, run.step, RANK]), balanced(samples, rng)

    def batch() -> tuple:
        items = [dense_item(samples[next(order)], arguments.window, rng, noise) for _ in range(arguments.batch // WORLD)]
        return tuple(torch.from_numpy(np.stack(part)) for part in zip(*items))
    model.train()
    batches = prefetch(batch)
    while run.step < arguments.steps:
        image, *targets = next(batches)
        image = image.to(device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=arguments.bfloat16 or device.type == "cuda"):
            _, cover, dense, _ = perception(image)
        loss, figures = dense_loss(cover, dense, [t.to(device) for t in targets])
        run.update(loss, figures)
    batches.close()


# ---- stage 2: decoder --------------------------------------------------------------------------------------

class Features:
    """Perception's outputs for several turned and varied copies of every training sample, in half precision."""

    def __init__(self, model: SarVlm, samples: list, copies: int, seed: int, device: torch.device):
        rng, noise = random.Random(seed), np.random.default_rng(seed)
        look = perceiver(model, device)
        self.facts: list[Facts] = []
        self.texts: list[list] = []
        self.sources = []
        parts, started, total = [], time.time(), len(samples) * copies
        order = [s for s in samples for _ in range(copies)]
        for first in range(0, total, 8):
            images = []
            for number, sample in enumerate(order[first:first + 8], first):
                way = (number % copies) * (8 // copies) + rng.randrange(8 // copies)
                turned = turn(sample, 0 if sample.texts else way)       # published texts name sides
                images.append(varied(turned, rng, noise)[None])
                self.facts.append(facts_of(turned))
                self.texts.append(turned.texts)
                self.sources.append(sample)
            parts.append([t.half() for t in look(np.stack(images))])
            if first // 8 % 80 == 79:
                rate = (first + 8) / (time.time() - started)
                print(f"features {first + 8}/{total} {rate:.0f} images/s, {(total - first) / rate / 60:.1f} min left", flush=True)
        self.parts = [torch.cat(part) for part in zip(*parts)]
        self.counts = torch.tensor([known_counts(facts, model.config.objects) for facts in self.facts])

    def take(self, index: list) -> list:
        """-> grid, cover, objects, details and extent of these copies."""
        return [part[index].float() for part in self.parts]


def known_counts(facts: Facts, most: int) -> list:
    """The number of objects of each class, -1 where it is not known or too large."""
    counts = [len(facts.of(name)) if name in facts.known else -1 for name in CLASSES]
    return [count if count <= most else -1 for count in counts]


def fade(objects: Tensor, rng: random.Random) -> Tensor:
    """Objects [K,6] of one tile with lower scores, as those of a scene that the perception knows less well.

    What lies in the box of an object is asked of such tiles: it has a name even where the perception is hardly sure of it."""
    factor = torch.tensor([math.exp(-rng.uniform(0, 4)) for _ in objects])
    return torch.cat([objects[:, :1], objects[:, 1:2] * factor.unsqueeze(1), objects[:, 2:]], 1)


def with_phantoms(objects: Tensor, details: Tensor, facts: Facts, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Objects [K,6] and details [K,*] of one tile with a few objects that cannot be there: doubtful peaks get a good score and
    a class that the tile surely lacks and that its kind of place does not have, such as a ship on an airfield.

    The truth stays, so the count head and the decoder learn to look at the place before they believe a single score."""
    foreign = [c for c, name in enumerate(CLASSES) if name in facts.known and name not in AT_HOME.get(facts.setting, CLASSES)
               and not facts.of(name)]
    doubtful = [k for k, score in enumerate(objects[:, 1].tolist()) if 0 < score < 0.25]
    if not foreign or not doubtful:
        return objects, details
    objects = objects.clone()
    for k in rng.sample(doubtful, min(len(doubtful), rng.choice((1, 1, 1, 2, 4)))):
        objects[k, 0], objects[k, 1] = rng.choice(foreign), rng.uniform(0.25, 0.95)
    order = objects[:, 1].argsort(descending=True, stable=True)
    return objects[order], details[order]


def as_counted(memory: Memory, objects: Tensor, summary: Tensor, facts: Facts, rng: random.Random) -> tuple[Tensor, Facts]:
    """Objects [K,6] of one tile without some of them, and facts in which just those are there that the model then counts.

    Texts about them teach the decoder to say what was counted, whatever else it sees; so all texts about a tile agree."""
    share = rng.choice((0.0, 0.0, 0.2, 0.5))
    gone = torch.tensor([rng.random() < share for _ in objects])
    kept = torch.cat([objects[:, :1], objects[:, 1:2] * (~gone).unsqueeze(1), objects[:, 2:]], 1)
    with torch.no_grad():
        there = memory.threshold.device
        counted = memory.counted(kept[None].to(there), summary[None].to(there))[0][0, :, 0].cpu() > 0
    boxes = [(CLASSES[int(row[0])], *row[2:].tolist()) for row in kept[counted]]
    if not facts.known.issuperset(name for name, *_ in boxes):
        return objects, facts                                       # nobody knows what else of these classes there is
    return kept, replace(facts, boxes=boxes)


def fit_thresholds(model: SarVlm, samples: list, device: torch.device) -> None:
    """Set the scores from which the tallies count an object, by the validation part."""
    if not samples:
        return
    look = perceiver(model, device)
    objects = [o for first in range(0, len(samples), 8)
               for o in look(np.stack([s.image for s in samples[first:first + 8]])[:, None].astype(np.float32) / 255)[2].numpy()]
    limits = best_thresholds(objects, samples)
    model.memory.threshold.copy_(torch.tensor(limits))
    print("thresholds " + ", ".join(f"{name} {limit:.2f}" for name, limit in zip(CLASSES, limits)), flush=True)


def perceiver(model: SarVlm, device: torch.device) -> Callable[[np.ndarray], list]:
    """The faster way to perceive images on a device."""
    return perceive_fast(model) if device.type == "cpu" else perceive_on(model, device)


def perceive_on(model: SarVlm, device: torch.device) -> Callable[[np.ndarray], list]:
    """images float32 [B,1,512,512] -> grid, cover, objects, details and extent, by PyTorch on a device."""
    @torch.inference_mode()
    def look(images: np.ndarray) -> list:
        return [t.cpu() for t in model.eval().perceive(torch.from_numpy(images).to(device))]
    return look


def perceive_fast(model: SarVlm) -> Callable[[np.ndarray], list]:
    """The same by ONNX Runtime, which is several times faster than PyTorch on one CPU core."""
    graph = PerceptionGraph(model).eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "perception.onnx"
        names = ["grid", "cover", "objects", "details", "extent"]
        write_graph(graph, (torch.rand(2, 1, INPUT_SIZE, INPUT_SIZE),), path, ["image"], names, {n: {0: "B"} for n in ["image", *names]})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path.read_bytes(), options)
    return lambda images: [torch.from_numpy(part) for part in session.run(None, {"image": images})]


class PerceptionGraph(nn.Module):
    """The frozen part of the decoder stage."""

    def __init__(self, model: SarVlm):
        super().__init__()
        self.model = model

    def forward(self, image: Tensor):
        return self.model.perceive(image)


def pick(facts: Facts, texts: list, rng: random.Random) -> tuple[list, list]:
    """QUESTIONS questions and two captions (none where none can be true); where a tile has captions only, they are asked.

    Applications come by WEIGHTS, and the different answers within one equally often: else nearly all would be No and 0. The
    other questions are of many kinds, which come equally often by their first words. So do objects' own boxes and areas."""
    groups = defaultdict(lambda: defaultdict(list))
    for example in examples_of(facts, texts, rng) + unknowable(facts, rng):
        kind = example.prompt.split()[:3] if example.application == "others" else [example.answer]
        groups[example.application][tuple(kind)].append(example)
    for example in [] if texts else occupied(facts, rng):
        groups["referring"]["occupied", example.answer].append(example)
    described = two_captions([e for part in groups["description"].values() for e in part], rng)
    names = [name for name in groups if name != "description"] or ["description"]
    questions = []
    for name in rng.choices(names, [WEIGHTS.get(n, 1.0) for n in names], k=QUESTIONS):
        kinds = groups[name]
        questions.append(rng.choice(kinds[rng.choice(list(kinds))]))
    return questions, described


def two_captions(described: list, rng: random.Random) -> list:
    """One caption of each prompt where there are both, else two of the one; a published tile may have several or one."""
    by_prompt = defaultdict(list)
    for example in described:
        by_prompt[example.prompt].append(example)
    if len(by_prompt) == 2:
        return [rng.choice(part) if len(part) > 1 else part[0] for part in by_prompt.values()]
    return rng.choices(described, k=2) if described else []


def encode(tokenizer, words, example: Example, rng: random.Random) -> tuple[list, int]:
    """-> ids of <bos> prompt <sep> answer <eos>, and where the answer starts; `words` is the tokenizer without phrases."""
    prompt = prompt_ids(words if rng.random() < WORD_BY_WORD else tokenizer, example.prompt, LONGEST_TEXT // 2)   # leaves room
    return (prompt + tokenizer.encode(example.answer).ids + [EOS])[:LONGEST_TEXT], len(prompt)


def pad_texts(encoded: list) -> tuple[Tensor, Tensor]:
    """-> tokens [S,T] padded on the right, and which of them are answer tokens."""
    longest = max(len(ids) for ids, _ in encoded)
    tokens, answer = torch.full((len(encoded), longest), PAD), torch.zeros(len(encoded), longest, dtype=torch.bool)
    for row, (ids, start) in enumerate(encoded):
        tokens[row, :len(ids)] = torch.tensor(ids)
        answer[row, start:len(ids)] = True
    return tokens, answer


def make_tokenizer(samples: list, arguments: argparse.Namespace):
    """The stored tokenizer; where there is none the first process writes it and the others wait.

    Embeddings belong to one vocabulary, so it is kept when data is added later, and is not made anew beside a checkpoint."""
    path, checkpoint = arguments.work / "tokenizer.json", arguments.work / "decoder.pt"
    if RANK == 0 and not path.exists():
        if checkpoint.exists() and not arguments.restart:
            raise Refusal(f"{path} is absent, to which {checkpoint} belongs; bring it back, or begin anew with --restart")
        part = path.with_suffix(".part")
        part.write_text(first_tokenizer(samples, arguments), encoding="utf-8")
        part.replace(path)
    elif RANK == 0 and arguments.initial and (arguments.restart or not checkpoint.exists()):
        given = read_checkpoint(arguments.initial).get("tokenizer")
        if given and given != path.read_text(encoding="utf-8"):
            raise Refusal(f"{path} is not the vocabulary of {arguments.initial}; remove it, and that of the weights is taken")
    if WORLD > 1:
        torch.distributed.barrier()
    return load_tokenizer(path)


def first_tokenizer(samples: list, arguments: argparse.Namespace) -> str:
    """That of the weights to begin with, or one trained on generated text."""
    if arguments.initial:
        given = read_checkpoint(arguments.initial).get("tokenizer")
        if given:
            return given
    rng, texts = random.Random(arguments.seed), []
    for sample in rng.choices(samples, k=6000):
        for example in examples_of(facts_of(sample), sample.texts, rng):
            texts += [example.prompt, example.answer]
    return train_tokenizer(texts + wordlist(), Config().vocabulary).to_str()


def wordlist() -> list:
    """Sentences with every class and land cover, so that the tokenizer knows them whatever data there is."""
    rng, out = random.Random(5), []
    for name in CLASSES:
        for cover in LAND_COVER[1:]:
            boxes = [(name, rng.random() * 0.9, rng.random() * 0.9, 0.05, 0.05) for _ in range(rng.randint(1, 6))]
            facts = Facts(boxes, cover={cover: 0.7, "water": 0.3}, cover_place={"water": "left"}, water=True)
            out += [text for _ in range(15) for e in examples(facts, rng) + captions(facts, rng) for text in (e.prompt, e.answer)]
    return out


def dense_perception(model: SarVlm, arguments: argparse.Namespace) -> dict:
    """The perception of WORK/dense.pt, or that of the weights begun with where there is none."""
    path = arguments.work / "dense.pt"
    if path.exists():
        dense = read_checkpoint(path)["model"]
        return {k.removeprefix("perception."): v for k, v in dense.items() if k.startswith("perception.")}
    if not arguments.initial:
        raise SystemExit(f"{path} is absent; train the dense stage first, or give weights with --initial")
    return {k: v.clone() for k, v in model.perception.state_dict().items()}


def train_decoder(arguments: argparse.Namespace) -> None:
    """Visual memory and decoder on the frozen features of the dense stage."""
    device = device_of(arguments)
    samples = training_part(arguments.work)
    tokenizer = make_tokenizer(samples, arguments)
    words = word_by_word(tokenizer)
    model = start_model(arguments, arguments.initial)
    perception = dense_perception(model, arguments)
    load_weights(model.perception, {"model": perception}, arguments.work / "dense.pt")
    if arguments.restart or not (arguments.work / "decoder.pt").exists():
        fit_thresholds(model, [s for s in read_cache(arguments.work) if s.split == "validation"], device)
    trained = list(model.memory.parameters()) + list(model.decoder.parameters())
    run = Run("decoder", model, trained, arguments)
    model.memory.absence.zero_()                                    # a calibration is of the weights that it was made for
    model.temperature.fill_(1.0)
    if any(not torch.equal(value.cpu(), perception[name].cpu()) for name, value in model.perception.state_dict().items()):
        raise SystemExit(f"{run.path} was trained on another dense stage; begin anew with --restart, or from it with --restart --initial")
    chosen = draw(samples, arguments.most, random.Random(arguments.seed))[RANK::WORLD]      # each process has tiles of its own
    features = Features(model, chosen, arguments.copies, arguments.seed, device)
    rng = random.Random(f"{arguments.seed}-{run.step}-{RANK}")
    order = balanced(features.sources, rng)

    def batch() -> tuple:
        index = [next(order) for _ in range(arguments.batch // WORLD)]
        inputs, counts = features.take(index), features.counts[index]
        summaries = model.memory.summary(*inputs[:2])
        questions, described, with_caption = [], [], []
        for row, i in enumerate(index):
            facts = features.facts[i]
            if rng.random() < PHANTOMS:
                inputs[2][row], inputs[3][row] = with_phantoms(inputs[2][row], inputs[3][row], facts, rng)
                asked, told = pick(facts, features.texts[i], rng)
            elif facts.boxes and rng.random() < FADED:
                inputs[2][row], counts[row] = fade(inputs[2][row], rng), -1
                asked, told = boxed(facts, rng.choices(facts.boxes, k=QUESTIONS), rng), []
            else:
                if not facts.chip and not features.texts[i] and rng.random() < AS_COUNTED:
                    inputs[2][row], facts = as_counted(model.memory, inputs[2][row], summaries[row], facts, rng)
                    counts[row] = -1
                asked, told = pick(facts, features.texts[i], rng)
            questions += [encode(tokenizer, words, e, rng) for e in asked]
            if told:
                described += [encode(tokenizer, words, e, rng) for e in told]
                with_caption.append(row)
        return inputs, counts, pad_texts(questions), pad_texts(described) if described else None, with_caption
    model.train()
    model.perception.eval()
    batches = prefetch(batch)
    while run.step < arguments.steps:
        inputs, counts, questions, described, with_caption = next(batches)
        with torch.autocast(device.type, torch.bfloat16, enabled=arguments.bfloat16):
            inputs = [t.to(device) for t in inputs]
            numbers = count_loss(model.memory.count_logits(inputs[2], model.memory.summary(*inputs[:2])), counts.to(device))
            keys, values = model.memory(*inputs)
            asked, right = text_loss(model, keys, values, *(t.to(device) for t in questions))
            told, fluent = (text_loss(model, keys[with_caption], values[with_caption], *(t.to(device) for t in described))
                            if described else (asked.new_zeros(()), 0.0))
        run.update(asked + 0.7 * told + 0.3 * numbers, {"answer": asked.item(), "right": right, "caption": told.item(),
                                                        "fluent": fluent, "number": numbers.item()})
    batches.close()


def main() -> None:
    parser = command("train", __doc__)
    parser.add_argument("stage", choices=("dense", "decoder"), help="first dense, then decoder")
    parser.add_argument("--work", type=Path, required=True, help="the cache that sarvlm.data wrote; checkpoints are put beside it")
    parser.add_argument("--steps", type=positive, required=True, help="of the whole stage, those before an interruption included")
    parser.add_argument("--batch", type=positive, help="images a step (32 dense, 16 decoder), shared out among the processes")
    parser.add_argument("--window", type=int, default=256, choices=range(64, 513, 32), metavar="PIXELS",
                        help="side of the training windows of the dense stage, a multiple of 32 from 64 to 512 (256)")
    parser.add_argument("--rate", type=float, help="peak learning rate (2e-3 dense, 1.2e-3 decoder)")
    parser.add_argument("--copies", type=int, default=1, choices=(1, 2, 4, 8), help="turned copies of a sample in the decoder stage (1)")
    parser.add_argument("--most", type=positive, default=1 << 30, help="use at most this many tiles in the decoder stage")
    parser.add_argument("--initial", type=Path, help="start from the weights of this checkpoint")
    parser.add_argument("--restart", action="store_true", help="do not go on from this stage's own checkpoint")
    parser.add_argument("--bfloat16", action="store_true", help="compute in bfloat16 (the dense stage does on a GPU anyway); "
                        "it pays on CPUs that have it, such as Zen 4")
    parser.add_argument("--compile", action="store_true", help="compile the dense stage: three times faster on a CPU; needs a C++ compiler")
    parser.add_argument("--threads", type=positive, default=2, help="of each process (2)")
    parser.add_argument("--every", type=positive, default=50, help="steps between lines of the log (50)")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cpu or cuda; by default cuda where there is one")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn at random (1)")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda, but PyTorch finds no GPU here")
    arguments.batch = arguments.batch or {"dense": 32, "decoder": 16}[arguments.stage]
    arguments.rate = arguments.rate or {"dense": 2e-3, "decoder": 1.2e-3}[arguments.stage]
    if not 0 < arguments.rate < math.inf:
        parser.error(f"--rate {arguments.rate} is not a positive number")
    if arguments.batch < WORLD:
        parser.error(f"--batch {arguments.batch} for {WORLD} processes; each needs at least one image")
    torch.set_num_threads(arguments.threads)
    if WORLD > 1:
        torch.distributed.init_process_group("nccl" if device_of(arguments).type == "cuda" else "gloo")
    torch.backends.nnpack.set_flags(False)
    with plainly(parser):
        {"dense": train_dense, "decoder": train_decoder}[arguments.stage](arguments)


if __name__ == "__main__":
    main()
