"""Real and simulated sources -> one cache of letterboxed 512 x 512 tiles with boxes and land-cover masks.

    python -m sarvlm.data --data DATA --simulated SCENES --work WORK
    python -m sarvlm.data --labelled harbours=coco:MY/coco.json --labelled planes=voc:MY/voc --work WORK
    python -m sarvlm.data --sarlang SARLANG_1M --work WORK

Sources add up: any of `--data`, `--simulated`, `--labelled` (COCO JSON, VOC XML or class folders, see `sarvlm.labels`) and
`--sarlang` (the published SARLANG-1M folder, see `sarvlm.sarlang`) may be given together.

The cache holds `images.npy` (uint8 [n,512,512]), `masks.npy` (uint8 [n,128,128]: land cover at stride 4, 255 where
unknown, 0 on padding) and `samples.jsonl`; it is written image by image, so its size is bounded by the disk only.
Sources that are absent are skipped with a line that says so.
"""
import argparse
import functools
import json
import math
import random
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from .command import Refusal, command, plainly
from .labels import READERS, LabelError, Report, class_folders, coco, gray, parse_labelled, scenes, voc
from .spec import CLASSES, INPUT_SIZE, LAND_COVER, MAX_ENLARGEMENT
from .text import Example, Facts, examples, position
from .twins import with_twin

UNKNOWN = 255
MASK_STRIDE = 4
MASK_SIDE = INPUT_SIZE // MASK_STRIDE
WATER, URBAN, FIELD, FOREST, BARE = 1, 2, 3, 4, 5
MARINE = ("ship", "aircraft", "vehicle")            # classes whose absence is known in the ship sets
ALL = tuple(CLASSES)
AIRPORT_SPLITS = {"0004360": "heldout", "0004363": "heldout"}
OPENSARSHIP_SPLITS = {"2D00": "heldout", "3FF3": "heldout", "84AB": "validation"}
FLOOD_SPLITS = {"Mekong": "heldout", "Nigeria": "validation"}
SPLITS = ("train", "validation", "heldout")
DRAWN, RARE = 20, 20                                # further windows of a Los Angeles piece: any, and such as are not mostly built up
AIRFIELDS = 4000                                    # composed windows of airports
FAINTEST = 20                                       # grey levels by which the highlights of a parked chip exceed the level of its place
SCENE_TWIN, CHIP_TWIN = 0.6, 0.85                   # correlations from which two scenes, two chips show the same pixels


@dataclass
class Sample:
    """One tile. Boxes are (class, x, y, w, h) and sizes are in pixels of the letterboxed square."""
    source: str
    scene: str
    split: str
    boxes: list
    known: list
    width: int = INPUT_SIZE
    height: int = INPUT_SIZE
    setting: str = ""
    chip: bool = False
    water: bool | None = None
    texts: list = field(default_factory=list)       # published (application, prompt, answer); boxes in prompts are bins
    image: np.ndarray | None = field(default=None, repr=False)
    mask: np.ndarray | None = field(default=None, repr=False)


def ring(number: int) -> str:
    """The split of the `number`-th scene, group of scenes or column: of twelve two are held out and one is for validation.

    Validation sets thresholds, the cost and the temperature; the held-out part is only ever scored."""
    return "heldout" if number % 6 == 2 else "validation" if number % 12 == 7 else "train"


def letterbox_scale(width: int, height: int) -> float:
    """Original pixels -> pixels of the square."""
    return min(INPUT_SIZE / max(width, height), MAX_ENLARGEMENT)


def letterbox(image: np.ndarray) -> tuple[np.ndarray, int, int, float]:
    """uint8 [h,w] -> uint8 [512,512], the content's width and height, and the scale; the runtime does the same."""
    height, width = image.shape
    scale = letterbox_scale(width, height)
    new = max(1, math.floor(width * scale + 0.5)), max(1, math.floor(height * scale + 0.5))
    if scale != 1:
        image = np.asarray(Image.fromarray(image).resize(new, Image.BILINEAR))
    out = np.zeros((INPUT_SIZE, INPUT_SIZE), np.uint8)
    out[:new[1], :new[0]] = image
    return out, new[0], new[1], scale


def make(image: np.ndarray, boxes: list, mask: np.ndarray | None = None, **rest) -> Sample:
    """Letterbox an original image with its boxes and, if known, its land-cover mask of the same size.

    The content is trimmed to multiples of the mask stride, so that flips keep image and mask aligned."""
    square, width, height, scale = letterbox(np.ascontiguousarray(image, dtype=np.uint8))
    width, height = width // MASK_STRIDE * MASK_STRIDE, height // MASK_STRIDE * MASK_STRIDE
    square[height:], square[:, width:] = 0, 0
    small = np.zeros((MASK_SIDE, MASK_SIDE), np.uint8)
    rows, columns = height // MASK_STRIDE, width // MASK_STRIDE
    if mask is None:
        small[:rows, :columns] = UNKNOWN
    else:
        small[:rows, :columns] = np.asarray(Image.fromarray(mask.astype(np.uint8)).resize((columns, rows), Image.NEAREST))
    scaled = [(name, *(float(v) * scale for v in box)) for name, *box in boxes]
    clipped = [clip(box, width, height) for box in scaled]
    return Sample(boxes=[b for b in clipped if b[3] > 1 and b[4] > 1], width=width, height=height, image=square, mask=small, **rest)


def clip(box: tuple, width: float, height: float) -> tuple:
    name, x, y, w, h = box
    left, top, right, bottom = max(0.0, x), max(0.0, y), min(width, x + w), min(height, y + h)
    return name, left, top, right - left, bottom - top


def crop_boxes(boxes: list, x: int, y: int, width: int, height: int, keep: float = 0.45) -> list | None:
    """Boxes inside a crop; None when an object is cut so that it is neither in nor out."""
    out = []
    for name, bx, by, bw, bh in boxes:
        inside = clip((name, bx - x, by - y, bw, bh), width, height)
        share = max(0.0, inside[3]) * max(0.0, inside[4]) / max(bw * bh, 1e-6) if inside[3] > 0 and inside[4] > 0 else 0.0
        if share >= keep:
            out.append(inside)
        elif share > 0.1:
            return None
    return out


def is_free(place: tuple, taken: list) -> bool:
    """Does a place (x, y, w, h) neither overlap nor touch any of those taken?"""
    x, y, width, height = place
    return all(x + width < a or a + c < x or y + height < b or b + d < y for a, b, c, d in taken)


def random_crop(rng: random.Random, image: np.ndarray, boxes: list, side: int) -> tuple[np.ndarray, list, int, int] | None:
    """A square crop that cuts no object in two, or None after some tries."""
    height, width = image.shape
    side = min(side, height, width)
    for _ in range(12):
        x, y = rng.randint(0, width - side), rng.randint(0, height - side)
        inside = crop_boxes(boxes, x, y, side, side)
        if inside is not None:
            return image[y:y + side, x:x + side], inside, x, y
    return None


# ---- ships -------------------------------------------------------------------------------------------------

def read_coco(path: Path, images: Path | None = None) -> list:
    """-> (image path, boxes) for each image of one of the built-in sets."""
    return list(coco(path, Report(), images))


def sea_mask(image: np.ndarray, boxes: list) -> tuple[np.ndarray, str]:
    """A weak water mask of a ship scene, and its setting.

    Blocks of 16 pixels are compared with the darkest fifth: far brighter ones outside ship boxes are land."""
    height, width = image.shape
    clean = image.astype(np.float32).copy()
    for _, x, y, w, h in boxes:
        pad = 6 + 0.3 * max(w, h)
        clean[max(0, int(y - pad)):int(y + h + pad), max(0, int(x - pad)):int(x + w + pad)] = np.nan
    rows, columns = height // 16, width // 16
    blocks = clean[:rows * 16, :columns * 16].reshape(rows, 16, columns, 16)
    with np.errstate(invalid="ignore"):                             # a block within ship boxes has no mean
        mean = np.nansum(blocks, axis=(1, 3)) / np.isfinite(blocks).sum(axis=(1, 3))
    valid = np.isfinite(mean)
    reference = np.nanpercentile(mean[valid], 20) if valid.any() else 0.0
    land, water = mean > 2.2 * reference + 14, mean < 1.5 * reference + 5
    share = land[valid].mean() if valid.any() else 0.0
    if share < 0.015:
        return np.full((height, width), WATER, np.uint8), "sea"
    small = np.full((rows, columns), UNKNOWN, np.uint8)
    small[water & valid] = WATER
    return np.asarray(Image.fromarray(small).resize((width, height), Image.NEAREST)), "shore" if share > 0.05 else ""


def ship_sample(source: str, scene: str, split: str, image: np.ndarray, boxes: list) -> Sample:
    mask, setting = sea_mask(image, boxes)
    known = ALL if setting == "sea" else MARINE
    return make(image, boxes, mask, source=source, scene=scene, split=split, known=list(known), setting=setting,
                water=True if setting else None)


def ssdd_split(number: int) -> str | None:
    """By blocks of 40 numbers, since neighbours are often crops of one scene; None for training images beside another split."""
    split = ring(number // 40)
    beside = {ring((number + step) // 40) for step in (-4, 4)}
    return None if split == "train" and beside != {"train"} else split


def hrsid_split(name: str) -> str:
    return ring(int(name[1:5]))


def without_twins(parts: dict, limit: float) -> dict:
    """Split -> files, without the validation and held-out files of which a training file shows the same pixels, and without
    the validation files that show pixels of a held-out one: thresholds, the cost and the temperature must not see those either."""
    seen = with_twin(parts["heldout"], parts["train"], limit)
    held = [f for f in parts["heldout"] if f not in seen]
    shown = with_twin(parts["validation"], parts["train"], limit) | with_twin(parts["validation"], held, limit)
    return {"train": parts["train"], "validation": [f for f in parts["validation"] if f not in shown], "heldout": held}


def ssdd(root: Path, rng: random.Random) -> Iterator[Sample]:
    scenes = {path: boxes for path, boxes in read_coco(root / "training/ssdd/coco.json")}
    parts = {split: [path for path in scenes if ssdd_split(int(path.stem)) == split] for split in SPLITS}
    split_of = {path: split for split, files in without_twins(parts, SCENE_TWIN).items() for path in files}
    for path, boxes in scenes.items():
        split, name = split_of.get(path), path.name
        if not split:
            continue
        image = gray(path)
        yield ship_sample("ssdd", name, split, image, boxes)
        if split == "train" and rng.random() < 0.4:
            crop = random_crop(rng, image, boxes, rng.randint(150, 320))
            if crop:
                yield ship_sample("ssdd", name, split, crop[0], crop[1])


def hrsid(root: Path, rng: random.Random) -> Iterator[Sample]:
    for path, boxes in read_coco(root / "training/hrsid/coco.json"):
        split, name = hrsid_split(path.name), path.name
        image = gray(path)
        yield ship_sample("hrsid", name, split, image, boxes)
        for side in ((rng.randint(300, 520), rng.randint(400, 700)) if split == "train" else ()):
            crop = random_crop(rng, image, boxes, side)
            if crop:
                yield ship_sample("hrsid", name, split, crop[0], crop[1])


# ---- aircraft ----------------------------------------------------------------------------------------------

def read_airports(root: Path) -> list:
    """-> (image path, boxes) of the airport scenes; its categories are types of aircraft."""
    return list(voc(root / "training/sar-aircraft/annotations.xml", Report(), "aircraft"))


def airports(root: Path, rng: random.Random, splits: dict = AIRPORT_SPLITS) -> Iterator[Sample]:
    """Crops of the airport scenes. `splits`, as for the other sources that show airports: those not for training."""
    for path, boxes in read_airports(root):
        split, name = splits.get(path.stem, "train"), path.name
        image = gray(path)
        for _ in range(100 if split == "train" else 30):
            crop = random_crop(rng, image, boxes, int(math.exp(rng.uniform(math.log(260), math.log(1000)))))
            if crop:
                yield make(crop[0], crop[1], source="sar-aircraft", scene=name, split=split,
                           known=["ship", "aircraft", "bridge", "harbor"], setting="apron", water=False)


def require_training_airports(root: Path, names: list) -> None:
    """Refuse names that are not those of training airports: a misspelt one would be trained on and then called unseen."""
    there = {path.stem for path, _ in read_airports(root) if path.stem not in AIRPORT_SPLITS} if names else set()
    for name in names:
        if name not in there:
            raise Refusal(f"{name}: no training airport of {root}; these are: {', '.join(sorted(there))}")
    if names and not there - set(names):
        raise Refusal(f"{', '.join(names)}: all training airports of {root}; at least one must remain to train on")


def without_aircraft(rng: random.Random, scenes: list, side: int) -> np.ndarray | None:
    """A window of one of the scenes with no aircraft in it, or None after a try."""
    crop = random_crop(rng, *rng.choice(scenes), side)
    return crop[0] if crop and not crop[1] else None


def overlaid(rng: random.Random, image: np.ndarray, boxes: list, other: np.ndarray) -> np.ndarray:
    """The brighter of two airport windows at every pixel, the second one turned by any angle and never over an aircraft.

    There are few airports to learn from: laid over one another they show arrangements of buildings, taxiways and side lobes
    that none of them has, and still no ship."""
    turned = Image.fromarray(other).rotate(rng.uniform(0, 360), Image.BILINEAR, expand=False)
    layer = np.asarray(turned.resize(image.shape[::-1], Image.BILINEAR), np.float32) * math.exp(rng.gauss(-0.1, 0.3))
    for _, x, y, w, h in boxes:
        layer[max(0, int(y) - 6):int(y + h) + 6, max(0, int(x) - 6):int(x + w) + 6] = 0
    return np.maximum(image, layer)


def structure(rng: random.Random, grounds: list) -> np.ndarray | None:
    """A piece as large as an aircraft of a ground, without a marked one, if something bright is in it: buildings, fences, edges.

    Nothing is marked in the pieces of Los Angeles, whose aircraft have few pixels. Pasted as the chips are, it teaches that
    neither a pasted edge nor brightness makes an aircraft, nor a ship."""
    image, boxes = rng.choice(grounds)
    side = min(*image.shape, int(math.exp(rng.uniform(math.log(28), math.log(130)))))
    x, y = rng.randint(0, image.shape[1] - side), rng.randint(0, image.shape[0] - side)
    piece = image[y:y + side, x:x + side]
    clear = is_free((x, y, side, side), [box[1:] for box in boxes])
    return piece if clear and np.percentile(piece, 97) >= 2 * max(1.0, float(np.median(piece))) else None


def park(rng: random.Random, canvas: np.ndarray, boxes: list, chip: np.ndarray) -> tuple | None:
    """Put a chip on a place of the canvas that is free and whose highlights it outshines -> its box as an aircraft, or None.

    The chip shines through where it is brighter, dimmed so that its own ground does not: what is left is neither a frame nor
    another texture that would tell of every pasted one."""
    height, width = chip.shape
    if height + 8 >= canvas.shape[0] or width + 8 >= canvas.shape[1]:
        return None
    own = max(1.0, float(np.median(chip)))
    for _ in range(30):
        x, y = rng.randint(0, canvas.shape[1] - width), rng.randint(0, canvas.shape[0] - height)
        part = canvas[y:y + height, x:x + width]
        dimmer = chip * min(1.0, rng.uniform(0.3, 1) * max(1.0, float(np.median(part))) / own)
        highlights, limit = np.percentile(dimmer, 97), max(np.percentile(part, 97) / 0.7, np.median(part) + FAINTEST)
        if highlights > limit and is_free((x, y, width, height), [box[1:] for box in boxes]):
            part[:] = np.maximum(part, dimmer * feather(height, width, rng.randint(2, max(2, min(height, width) // 5))))
            return "aircraft", x, y, width, height
    return None


def airfields(root: Path, rng: random.Random, splits: dict = AIRPORT_SPLITS) -> Iterator[Sample]:
    """Windows of the training airports laid over one another, many of them with parked aircraft chips or bright pieces of ground.

    Those for validation have other chips but show the same airports, so they say nothing about new ones."""
    scenes = [(gray(path), boxes) for path, boxes in read_airports(root) if path.stem not in splits]
    grounds = scenes + [(sar, []) for split, sar, _ in dry_pieces(root) if split == "train"]
    for split, count in (("train", AIRFIELDS), ("validation", AIRFIELDS // 25)):
        chips = chip_files(root, "sar-acd")[split]
        for _ in range(count if chips else 0):
            field = airfield(rng, scenes, grounds, chips)
            if field:
                yield make(*field, source="airfields", scene="composed", split=split,
                           known=["ship", "aircraft", "bridge", "harbor"], setting="apron", water=False)


def airfield(rng: random.Random, scenes: list, grounds: list, chips: list) -> tuple[np.ndarray, list] | None:
    """One window with its boxes, or None where an aircraft would be cut."""
    side = int(math.exp(rng.uniform(math.log(260), math.log(1000))))
    crop, other = random_crop(rng, *rng.choice(scenes), side), without_aircraft(rng, scenes, side)
    if crop is None:
        return None
    canvas, boxes = crop[0].astype(np.float32), list(crop[1])
    if other is not None and rng.random() < 0.6:
        canvas = overlaid(rng, canvas, boxes, other)
    for piece in [structure(rng, grounds) for _ in range(few(rng, 7) if rng.random() < 0.65 else 0)]:
        if piece is not None:
            park(rng, canvas, boxes, repainted(rng, piece))
    for _ in range(few(rng, 7) if rng.random() < 0.65 else 0):
        box = park(rng, canvas, boxes, repainted(rng, resized(gray(rng.choice(chips)), math.exp(rng.uniform(-0.4, 0.4)))))
        boxes += [box] if box else []
    return np.clip(canvas, 0, 255).astype(np.uint8), boxes


def repainted(rng: random.Random, chip: np.ndarray) -> np.ndarray:
    """A chip turned and flipped, at another brightness. float32."""
    return np.rot90(chip, rng.randrange(4))[:, ::rng.choice((1, -1))].astype(np.float32) * math.exp(rng.gauss(0, 0.25))


@functools.cache
def chip_files(root: Path, name: str) -> dict:
    """Split -> files; each class folder is cut into twenty runs of neighbouring numbers. Most SAR-ACD chips occur twice, far
    apart; of those no held-out one is kept."""
    parts: dict = {split: [] for split in SPLITS}
    for _, files in class_folders(root / "training" / name):
        of_class: dict = {split: [] for split in SPLITS}
        for number, file in enumerate(files):
            of_class[ring(number * 20 // len(files))].append(file)
        for split, kept in (without_twins(of_class, CHIP_TWIN) if name == "sar-acd" else of_class).items():
            parts[split] += kept
    return parts


# ---- chips composed into clutter ---------------------------------------------------------------------------

def clutter(rng: np.random.Generator, height: int, width: int, mean: float, looks: float, correlation: float) -> np.ndarray:
    """Speckle with a slow brightness change, float32 [h,w]; `correlation` is in pixels."""
    speckle = rng.gamma(looks, 1 / looks, (height, width)).astype(np.float32)
    if correlation > 0:
        size = max(8, int(height / (1 + correlation))), max(8, int(width / (1 + correlation)))
        coarse = Image.fromarray(rng.gamma(looks, 1 / looks, size).astype(np.float32))
        speckle = np.asarray(coarse.resize((width, height), Image.BICUBIC))
    slow = Image.fromarray(rng.uniform(0.7, 1.3, (4, 4)).astype(np.float32)).resize((width, height), Image.BICUBIC)
    return mean * np.clip(speckle, 0, None) * np.asarray(slow)


def feather(height: int, width: int, edge: int) -> np.ndarray:
    """1 inside, falling to 0 at the border over `edge` pixels."""
    def ramp(n: int) -> np.ndarray:
        return np.clip((np.minimum(np.arange(n), np.arange(n)[::-1]) + 1) / (edge + 1), 0, 1)
    return np.outer(ramp(height), ramp(width)).astype(np.float32)


def target_box(chip: np.ndarray) -> tuple[int, int, int, int]:
    """The bright target near the middle of a chip -> x, y, w, h in pixels."""
    height, width = chip.shape
    smooth = np.asarray(Image.fromarray(chip).resize((width // 2, height // 2), Image.BOX), np.float32)
    rows, columns = smooth.shape
    y0, x0 = rows // 5, columns // 5
    middle = smooth[y0:rows - y0, x0:columns - x0]
    bright = middle > max(smooth.mean() + 2.2 * smooth.std(), 0.35 * middle.max())
    ys, xs = np.nonzero(bright)
    if len(ys) < 4:
        return width // 4, height // 4, width // 2, height // 2
    (top, bottom), (left, right) = np.percentile(ys, [2, 98]), np.percentile(xs, [2, 98])
    return (int(2 * (x0 + left)) - 1, int(2 * (y0 + top)) - 1, int(2 * (right - left)) + 4, int(2 * (bottom - top)) + 4)


def resized(chip: np.ndarray, factor: float) -> np.ndarray:
    size = max(6, round(chip.shape[1] * factor)), max(6, round(chip.shape[0] * factor))
    return np.asarray(Image.fromarray(chip).resize(size, Image.BILINEAR))


def paste(canvas: np.ndarray, chip: np.ndarray, taken: list, rng: random.Random, edge: int) -> tuple[int, int] | None:
    """Blend a chip into a free place of the canvas -> its corner, or None where there is no room."""
    height, width = chip.shape
    if height >= canvas.shape[0] or width >= canvas.shape[1]:
        return None
    for _ in range(20):
        x, y = rng.randint(0, canvas.shape[1] - width), rng.randint(0, canvas.shape[0] - height)
        if is_free((x, y, width, height), taken):
            taken.append((x, y, width, height))
            part, weight = canvas[y:y + height, x:x + width], feather(height, width, edge)
            part += (chip - part) * weight
            return x, y
    return None


def compose(rng: random.Random, noise: np.random.Generator, chips: list, name: str, tight: bool, background: np.ndarray | None,
            factors: tuple) -> tuple[np.ndarray, list]:
    """Chips of one class pasted at one common scale into clutter like their own borders.

    `tight`: the chip is its own box; otherwise the target is found inside it."""
    factor = math.exp(rng.uniform(math.log(factors[0]), math.log(factors[1])))
    side = rng.choice((256, 320, 384, 448, 512))
    chips = [resized(rng.choice((chip, chip[:, ::-1], chip[::-1])), factor) for chip in chips]
    border = np.concatenate([np.concatenate([c[0], c[-1], c[:, 0], c[:, -1]]) for c in chips]).astype(np.float32)
    mean = max(2.0, float(np.median(border)))
    looks = min(12.0, max(1.0, (border.mean() / (border.std() + 1e-3)) ** 2))
    if background is None:
        canvas = clutter(noise, side, side, mean, looks, factor * 1.2)
    else:
        canvas = matched(background[:side, :side], mean) if rng.random() < 0.5 else background[:side, :side].astype(np.float32)
    boxes, taken = [], []
    for chip in chips:
        box = (0, 0, chip.shape[1], chip.shape[0]) if tight else target_box(chip)
        corner = paste(canvas, chip.astype(np.float32), taken, rng, 2 if tight else max(2, min(box[0], box[1]) // 2))
        if corner:
            boxes.append((name, corner[0] + box[0], corner[1] + box[1], box[2], box[3]))
    return np.clip(canvas, 0, 255).astype(np.uint8), boxes


def matched(background: np.ndarray, level: float) -> np.ndarray:
    """A real background whose median is the chips' own background level."""
    return np.minimum(background.astype(np.float32) * (level / max(1.0, float(np.median(background)))), 255)


def few(rng: random.Random, most: int) -> int:
    """Small numbers are commoner than large ones."""
    return min(most, 1 + int(rng.expovariate(0.45)))


def chip_samples(rng: random.Random, files: dict, source: str, name: str, amounts: tuple, most: int, tight: bool,
                 factors: tuple, rest: dict, cover: int = UNKNOWN, background: Callable | None = None) -> Iterator[Sample]:
    """Compositions and single chips of one class; `amounts` = training compositions, training singles. Of the other splits
    every chip comes once by itself, as it is.

    `background` gives, for a split, a real piece without objects of that class to paste into, or None."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    for split, part, scale in zip(SPLITS, (files[s] for s in SPLITS), (1.0, 0.08, 0.16)):
        for _ in range(int(amounts[0] * scale) if part else 0):
            chips = [gray(rng.choice(part)) for _ in range(few(rng, most))]
            behind = background(split) if background and rng.random() < 0.5 else None
            image, boxes = compose(rng, noise, chips, name, tight, behind, factors)
            yield make(image, boxes, np.full(image.shape, cover, np.uint8), source=source, scene="composed", split=split, **rest)
        singles = [rng.choice(part) for _ in range(amounts[1])] if split == "train" else part
        for file in singles:
            chip = gray(file)
            chip = chip if tight else random_window(rng, chip)
            chip = resized(chip, rng.uniform(0.6, 2.0)) if split == "train" else chip
            box = (0, 0, chip.shape[1], chip.shape[0]) if tight else target_box(chip)
            yield make(chip, [(name, *box)], np.full(chip.shape, cover, np.uint8), source=source, scene="chip", split=split,
                       chip=True, **rest)


def random_window(rng: random.Random, chip: np.ndarray) -> np.ndarray:
    """A window of random size about the middle of a chip, so that its size tells nothing."""
    height, width = chip.shape
    side = min(height, width, rng.randint(72, 128)) if min(height, width) > 72 else min(height, width)
    x, y = (width - side) // 2, (height - side) // 2
    return chip[y:y + side, x:x + side]


def backgrounds(rng: random.Random, scenes: list) -> Callable[[str], np.ndarray | None]:
    """scenes: (split, image, boxes) -> a source of 512-pixel windows of a split in which no object lies."""
    def draw(split: str) -> np.ndarray | None:
        there = [(image, boxes) for s, image, boxes in scenes if s == split]
        crop = random_crop(rng, *rng.choice(there), 512) if there else None
        return crop[0] if crop and not crop[1] else None
    return draw


def aircraft_chips(root: Path, rng: random.Random, splits: dict = AIRPORT_SPLITS) -> Iterator[Sample]:
    behind = [(splits.get(path.stem, "train"), gray(path), boxes) for path, boxes in read_airports(root)]
    yield from chip_samples(rng, chip_files(root, "sar-acd"), "sar-acd", "aircraft", (620, 200), 9, True, (0.35, 1.3),
                            dict(known=list(ALL), setting="apron", water=False), background=backgrounds(rng, behind))


def vehicle_chips(root: Path, rng: random.Random) -> Iterator[Sample]:
    """Among the backgrounds are pieces of Los Angeles without water, as far as they are there."""
    behind = [(split, sar, []) for split, sar, mask in dry_pieces(root) if (mask == URBAN).mean() < 0.3]
    yield from chip_samples(rng, chip_files(root, "mstar"), "mstar", "vehicle", (580, 200), 9, False, (0.3, 1.6),
                            dict(known=list(ALL), setting="ground", water=False), background=backgrounds(rng, behind))


def ship_chips(root: Path, rng: random.Random) -> Iterator[Sample]:
    parts: dict = {split: [] for split in SPLITS}
    for product, files in class_folders(root / "training/opensarship"):
        parts[OPENSARSHIP_SPLITS.get(product[-4:], "train")] += files
    behind = [(hrsid_split(path.name), gray(path), boxes) for path, boxes in read_coco(root / "training/hrsid/coco.json")]
    behind = [scene for scene in behind if sea_mask(scene[1], scene[2])[1] == "sea"]
    yield from chip_samples(rng, parts, "opensarship", "ship", (340, 100), 12, False, (0.6, 2.0),
                            dict(known=list(ALL), setting="sea", water=True), cover=WATER, background=backgrounds(rng, behind))


def empty_sea(root: Path, rng: random.Random) -> Iterator[Sample]:
    """Ship-free windows of the HRSID sea scenes."""
    for path, boxes in read_coco(root / "training/hrsid/coco.json"):
        image = gray(path)
        if sea_mask(image, boxes)[1] != "sea":
            continue
        crop = random_crop(rng, image, boxes, rng.randint(200, 512))
        if crop and not crop[1]:
            yield ship_sample("empty-sea", path.name, hrsid_split(path.name), crop[0], [])


# ---- land cover --------------------------------------------------------------------------------------------

def block_values(image: np.ndarray, side: int) -> np.ndarray:
    """[h,w(,c)] -> [h/side,w/side,side*side(,c)]."""
    rows, columns = image.shape[0] // side, image.shape[1] // side
    blocks = image.reshape(rows, side, columns, side, *image.shape[2:]).swapaxes(1, 2)
    return blocks.reshape(rows, columns, side * side, *image.shape[2:]).astype(np.float32)


def weak_cover(sar: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Land cover of 32 x 32 blocks of an aligned piece (SAR 1024, colour 512) by colour and texture rules, uint8 [32,32].

    Rules in the order in which later ones win; then a 3 x 3 majority; blocks without one stay unknown."""
    s, c = block_values(sar, 32), block_values(rgb, 16)
    mean, variation = s.mean(-1), s.std(-1) / (s.mean(-1) + 1)
    red_blue, light, texture = (c[..., 0] - c[..., 2]).mean(-1), c.mean((-1, -2)), c.mean(-1).std(-1)
    out = np.zeros(mean.shape, int)
    out[(red_blue < -28) & (texture > 14) & (light >= 110) & (mean > 85)] = URBAN
    out[(light < 108) & (mean > 85) & (red_blue < -25)] = FOREST
    out[(red_blue > -22) & (mean < 130)] = BARE
    out[(mean < 95) & (variation < 0.31) & (light > 105) & (red_blue < -15) & (texture < 24)] = FIELD
    out[(red_blue < -58) & (mean < 70)] = WATER
    padded = np.pad(out, 1, mode="edge")
    votes = np.stack([sum((padded[i:i + 32, j:j + 32] == k).astype(int) for i in range(3) for j in range(3))
                      for k in range(len(LAND_COVER))])
    votes[0] = 0
    winner = votes.argmax(0).astype(np.uint8)
    winner[votes.max(0) < 4] = UNKNOWN
    return winner


def los_angeles_pieces(root: Path) -> Iterator[tuple]:
    """-> split by column, name, SAR piece [1024,1024] and its weak land cover of the same size."""
    folder = root / "scenes/s1-los-angeles"
    files = sorted((folder / "sar").glob("*.tif"))
    west = {f: Image.open(f).tag_v2[33922][3] for f in files}
    for path in files:
        column = round((west[path] - min(west.values())) / 10240)
        sar, rgb = gray(path), np.asarray(Image.open(colour_of(path)).convert("RGB"))
        yield ring(column + 4), path.stem, sar, np.repeat(np.repeat(weak_cover(sar, rgb), 32, 0), 32, 1)


def dry_pieces(root: Path) -> Iterator[tuple]:
    """-> split, SAR piece and its weak land cover, of the Los Angeles pieces in which the rule finds no water."""
    return ((split, sar, mask) for split, _, sar, mask in los_angeles_pieces(root) if not (mask == WATER).any())


def colour_of(path: Path) -> Path:
    """The aligned colour piece of a Los Angeles piece."""
    return path.parent.parent / "rgb" / (path.stem + ".jpg")


def random_square(rng: random.Random) -> tuple[int, int, int]:
    """Corner and side of a window of a Los Angeles piece."""
    side = rng.randint(384, 900)
    return rng.randint(0, 1024 - side), rng.randint(0, 1024 - side), side


def is_rare(mask: np.ndarray) -> bool:
    """Most windows of Los Angeles are mostly built up: is this, with its cover known, one of the others?"""
    labelled = (mask != UNKNOWN).mean()
    return labelled >= 0.85 and (mask == URBAN).mean() < 0.3 * labelled


def los_angeles(root: Path, rng: random.Random) -> Iterator[Sample]:
    """Weak land cover only: there are ships, aircraft and tanks in these pieces that nobody marked, and water that the rule
    does not see, so no absence is known."""
    if not (root / "scenes/s1-los-angeles/sar").is_dir():
        raise FileNotFoundError(2, "no such set", str(root / "scenes/s1-los-angeles/sar"))
    for split, name, sar, mask in los_angeles_pieces(root):
        windows = [(0, 0, 1024)] + [(x, y, 512) for x in (0, 512) for y in (0, 512)]
        if split == "train":
            windows += [random_square(rng) for _ in range(DRAWN)]
            drawn = [random_square(rng) for _ in range(5 * RARE)]
            windows += [w for w in drawn if is_rare(mask[w[1]:w[1] + w[2], w[0]:w[0] + w[2]])][:RARE]
        for x, y, side in windows:
            part = mask[y:y + side, x:x + side]
            water = float((part == WATER).mean())
            yield make(sar[y:y + side, x:x + side], [], part, source="los-angeles", scene=name, split=split,
                       known=[], water=True if water > 0.03 else None)


def floods(root: Path, rng: random.Random) -> Iterator[Sample]:
    """Sen1Floods11, VV, -25..0 dB stretched to 8 bits; only water is labelled."""
    folder = root / "scenes/sen1floods11"
    if not (folder / "S1").is_dir():
        raise FileNotFoundError(2, "no such set", str(folder / "S1"))
    for path in sorted((folder / "S1").glob("*.tif")):
        db = read_float_band(path)
        if not np.isfinite(db).any():
            continue
        image = np.nan_to_num(np.clip((db + 25) / 25, 0, 1) * 255).astype(np.uint8)
        label = np.asarray(Image.open(folder / "Labels" / path.name.replace("S1Hand", "LabelHand")), np.int32)
        mask = np.where(label == 1, WATER, UNKNOWN).astype(np.uint8)
        split = FLOOD_SPLITS.get(path.name.split("_")[0], "train")
        windows = [(0, 0, 512)] + [(rng.randint(0, 512 - s), rng.randint(0, 512 - s), s) for s in (384, 320, 384, 320, 256, 256)]
        for x, y, side in windows:
            part = mask[y:y + side, x:x + side]
            share = float((part == WATER).mean())
            yield make(image[y:y + side, x:x + side], [], part, source="sen1floods11", scene=path.stem,
                       split=split, known=["aircraft", "vehicle", "tank", "harbor"],
                       water=True if share > 0.03 else False if share == 0 else None)


def read_float_band(path: Path) -> np.ndarray:
    """The first band of a float GeoTIFF as PIL gives it."""
    return np.asarray(Image.open(path), np.float32)


# ---- images that show nothing ------------------------------------------------------------------------------

BLANK_SIDES = ((64, 64), (200, 200), (256, 256), (512, 512), (512, 300), (160, 512), (512, 24), (8, 512))     # height, width


def blank(rng: random.Random, noise: np.random.Generator, height: int, width: int) -> np.ndarray:
    """One value, a ramp, or noise of some distribution: nothing that a radar would see."""
    kind, shape = rng.randrange(5), (height, width)
    if kind == 0:
        return np.full(shape, rng.randrange(256), np.uint8)
    if kind == 1:
        return np.tile(np.linspace(rng.randrange(256), rng.randrange(256), width), (height, 1)).astype(np.uint8)
    if kind == 2:
        return noise.integers(0, rng.randint(2, 256), shape).astype(np.uint8)
    if kind == 3:
        return np.clip(noise.normal(rng.uniform(0, 255), rng.uniform(5, 90), shape), 0, 255).astype(np.uint8)
    return ((noise.random(shape) < rng.uniform(0.002, 0.5)) * rng.randint(60, 255)).astype(np.uint8)


def nothing(root: Path, rng: random.Random) -> Iterator[Sample]:
    """Blank images, pure noise, and optical pictures in grey: no radar scene can be read from them."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    rest = dict(source="nothing", known=list(ALL), setting="unclear")
    for number in range(240):
        yield make(blank(rng, noise, *rng.choice(BLANK_SIDES)), [], scene=f"blank-{number}", split=ring(number), **rest)
    for split, name, _, _ in los_angeles_pieces(root):
        image = gray(root / "scenes/s1-los-angeles/rgb" / (name + ".jpg"))
        for side in (512, rng.randint(200, 500), rng.randint(200, 500)):
            x, y = rng.randint(0, 512 - side), rng.randint(0, 512 - side)
            yield make(image[y:y + side, x:x + side], [], scene="optical-" + name, split=split, **rest)


# ---- simulator ---------------------------------------------------------------------------------------------

def simulated(folder: Path) -> Iterator[Sample]:
    """Scenes of the project's simulator: <name>/tiles/*.png, <name>/coco.json, <name>/landcover/*.png.

    Every tile is a scene of its own. The kinds of scene come in turn, so runs of tiles are split, not single ones."""
    found = sorted(p for p in folder.iterdir() if (p / "coco.json").is_file())
    if not found:
        hint = "; give the folder above it" if (folder / "coco.json").is_file() else ""
        raise LabelError(f"{folder}: no scene here, that is no folder <name>/ with a coco.json{hint}")
    for scene in found:
        for index, (path, boxes) in enumerate(read_coco(scene / "coco.json", scene / "tiles")):
            file = path.name
            image = gray(scene / "tiles" / file)
            mask = np.asarray(Image.open(scene / "landcover" / file))
            water = float((mask == WATER).mean())
            yield make(image, [b for b in boxes if b[3] * b[4] >= 9], mask, source="simulator", scene=scene.name + "/" + file,
                       split=ring(index // 12), known=list(ALL),
                       water=True if water > 0.02 else False if water < 0.002 else None)


# ---- labelled sets of a user -------------------------------------------------------------------------------

def labelled_argument(text: str) -> tuple[str, str, Path]:
    """argparse shows only this kind of error as it is. Names of the built-in sets are refused: they decide what is scored as
    a real scene, a chip or a simulated tile."""
    try:
        name, kind, path = parse_labelled(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if name in BUILT_IN:
        raise argparse.ArgumentTypeError(f"{name} is the name of a built-in set; choose another")
    return name, kind, path


def labelled(name: str, kind: str, path: Path) -> Iterator[Sample]:
    """A set in one of the formats of `sarvlm.labels`. Its classes count as complete: one without a box is absent.

    Images that are missing or cannot be read are counted and left out; a set without any usable image is an error."""
    found = Report()
    items = put_together(READERS[kind](path, found), found)
    if not found.classes:
        raise LabelError(f"{path}: none of its categories is one of {', '.join(CLASSES)}; {'; '.join(found.lines()) or 'no labels'}")
    numbers, used = scenes([file for file, _ in items]), 0
    for file, boxes in items:
        try:
            image = gray(file)
        except FileNotFoundError:
            found.problems["missing image"] += 1
        except LabelError as error:
            found.problems["refused image: " + str(error).removeprefix(f"{file}: ")] += 1
        except (OSError, ValueError, SyntaxError):          # Pillow raises any of them on a broken file
            found.problems["undecodable image"] += 1
        else:
            used += 1
            sample = make(image, boxes, source=name, scene=f"{numbers[file]}-{file.name}", split=ring(numbers[file]),
                          known=sorted(found.classes), chip=kind == "folders")
            if len(sample.boxes) < len(boxes):
                found.problems["box outside its image, or thinner than a pixel of the tile"] += len(boxes) - len(sample.boxes)
            yield sample
    for line in found.lines():
        print(f"{name}: {line}", flush=True)
    if not used:
        raise LabelError(f"{path}: not one of its {len(items)} images can be read")


def put_together(items: Iterable, found: Report) -> list:
    """-> (file, boxes), each file and each of its boxes once: an image that is listed again would be a tile that says something
    else of the same pixels."""
    by_file: dict = {}
    for file, boxes in items:
        if file in by_file:
            found.problems["image listed again; its boxes are put together"] += 1
        by_file.setdefault(file, {}).update(dict.fromkeys(boxes))
    return [(file, list(boxes)) for file, boxes in by_file.items()]


# ---- cache -------------------------------------------------------------------------------------------------

SOURCES = {"ssdd": ssdd, "hrsid": hrsid, "sar-aircraft": airports, "sar-acd": aircraft_chips, "mstar": vehicle_chips,
           "opensarship": ship_chips, "empty-sea": empty_sea, "los-angeles": los_angeles, "sen1floods11": floods, "nothing": nothing,
           "airfields": airfields}
SHOW_AIRPORTS = (airports, airfields, aircraft_chips)
BUILT_IN = {*SOURCES, "simulator", "sarlang-boxes", "sarlang-scenes"}


def gather(root: Path, seed: int, unseen: tuple = ()) -> Iterator[Sample]:
    """The samples of the real sources that are there. A source that breaks off half way is an error, not half a source.

    `unseen` are training airports that become validation ones here, so that nothing trained on the samples has seen them."""
    if not any((root / part).is_dir() for part in ("training", "scenes")):
        raise LabelError(f"{root}: neither training/ nor scenes/ is here")
    splits = AIRPORT_SPLITS | dict.fromkeys(unseen, "validation")
    for name, read in SOURCES.items():
        started = False
        try:
            for sample in read(root, random.Random(f"{seed}-{name}"), *([splits] if read in SHOW_AIRPORTS else [])):
                started = True
                yield sample
        except FileNotFoundError as missing:
            if started:
                raise
            print(f"{name}: skipped, {missing.filename} is absent", flush=True)


def report(name: str, part: list) -> None:
    count = Counter(s.split for s in part)
    texts = sum(len(s.texts) for s in part)
    print(f"{name}: {count['train']} training, {count['validation']} validation, {count['heldout']} held out, "
          f"{sum(len(s.boxes) for s in part)} boxes" + (f", {texts} texts" if texts else ""), flush=True)


class GrowingArray:
    """A .npy file of uint8 [n,side,side] whose n is known only at the end; numpy reserves room in the header for it."""

    def __init__(self, path: Path, side: int):
        self.path, self.side, self.count = path, side, 0
        self.part = path.with_suffix(".part")
        self.file = open(self.part, "wb")
        self.start = self.header()

    def header(self) -> int:
        """Write the header for the present count -> its length in bytes, which is always the same."""
        self.file.seek(0)
        np.lib.format.write_array_header_1_0(self.file, {"descr": "|u1", "fortran_order": False,
                                                         "shape": (self.count, self.side, self.side)})
        return self.file.tell()

    def append(self, array: np.ndarray) -> None:
        if array.shape != (self.side, self.side) or array.dtype != np.uint8:
            raise ValueError(f"{self.path}: {array.dtype} {array.shape} instead of uint8 {(self.side, self.side)}")
        self.file.write(np.ascontiguousarray(array).data)
        self.count += 1

    def close(self) -> None:
        """Only a complete file gets the final name."""
        if self.header() != self.start:
            raise AssertionError(f"{self.path}: the header has grown")
        self.file.close()
        self.part.replace(self.path)


def write_cache(samples: Iterable[Sample], work: Path) -> list:
    """Write samples one by one as they come -> the same samples without image and mask.

    No more than one image is held in memory. The number of samples is not known beforehand (crops are drawn, files are
    missing), so the arrays grow; a run that is cut off leaves an older cache untouched."""
    work.mkdir(parents=True, exist_ok=True)
    images, masks = GrowingArray(work / "images.npy", INPUT_SIZE), GrowingArray(work / "masks.npy", MASK_SIDE)
    listing, light, told = work / "samples.part", [], time.time()
    with open(listing, "w", encoding="utf-8") as out:
        for s in samples:
            images.append(s.image)
            masks.append(s.mask)
            fields = {k: v for k, v in vars(s).items() if k not in ("image", "mask")}
            out.write(json.dumps(fields) + "\n")
            light.append(Sample(**fields))
            if time.time() - told > 20:
                told = time.time()
                print(f"{len(light)} samples written, now {s.source}", flush=True)
    if not light:
        raise SystemExit("no sample was found in any source")
    (work / "samples.jsonl").unlink(missing_ok=True)        # a run that is cut off here leaves no cache instead of a mixed one
    images.close()
    masks.close()
    listing.replace(work / "samples.jsonl")
    return light


def read_cache(work: Path) -> list:
    """Samples whose images and masks are views of the memory-mapped arrays."""
    if not (work / "samples.jsonl").is_file():
        raise SystemExit(f"{work} holds no cache of tiles; write one with python -m sarvlm.data")
    try:
        images, masks = np.load(work / "images.npy", mmap_mode="r"), np.load(work / "masks.npy", mmap_mode="r")
        samples = [Sample(**json.loads(line)) for line in open(work / "samples.jsonl", encoding="utf-8")]
    except (OSError, ValueError, TypeError) as error:
        raise SystemExit(f"{work}: the cache of tiles cannot be read, write it anew with python -m sarvlm.data: {error}") from error
    if not len(samples) == len(images) == len(masks):
        raise SystemExit(f"{work}: the cache has {len(samples)} samples, {len(images)} images and {len(masks)} masks; "
                         "write it anew with python -m sarvlm.data")
    for s, image, mask in zip(samples, images, masks):
        s.image, s.mask, s.boxes = image, mask, [tuple(b) for b in s.boxes]
        s.texts = [tuple(map(sys.intern, t)) for t in s.texts]      # a million texts, most of them from a few templates
    return samples


# ---- turning, and facts ------------------------------------------------------------------------------------

def turn(sample: Sample, way: int) -> Sample:
    """One of the eight flips and quarter turns (bit 0: left-right, 1: top-bottom, 2: transpose) of the content only.

    Published texts speak of places in words, so a turned sample has none."""
    if not way:
        return sample
    w, h = sample.width, sample.height
    image, mask = np.zeros_like(sample.image), np.zeros_like(sample.mask)
    content, cover = sample.image[:h, :w], sample.mask[:h // MASK_STRIDE, :w // MASK_STRIDE]
    boxes = [turn_box(b, way, w, h) for b in sample.boxes]
    if way & 1:
        content, cover = content[:, ::-1], cover[:, ::-1]
    if way & 2:
        content, cover = content[::-1], cover[::-1]
    if way & 4:
        content, cover, w, h = content.T, cover.T, h, w
    image[:h, :w], mask[:h // MASK_STRIDE, :w // MASK_STRIDE] = content, cover
    rest = {k: v for k, v in vars(sample).items() if k not in ("image", "mask", "boxes", "width", "height", "texts")}
    return Sample(**rest, boxes=boxes, width=w, height=h, image=image, mask=mask)


def turn_box(box: tuple, way: int, width: int, height: int) -> tuple:
    name, x, y, w, h = box
    x = width - x - w if way & 1 else x
    y = height - y - h if way & 2 else y
    return (name, y, x, h, w) if way & 4 else (name, x, y, w, h)


def facts_of(sample: Sample) -> Facts:
    """What may be said of a sample. Land cover counts as known when at least 85 % of the tile is labelled."""
    cover, places = None, {}
    content = sample.mask[:sample.height // MASK_STRIDE, :sample.width // MASK_STRIDE]
    labelled = (content != UNKNOWN) & (content != 0)
    width, height = sample.width / INPUT_SIZE, sample.height / INPUT_SIZE
    facts = Facts([(b[0], *(v / INPUT_SIZE for v in b[1:])) for b in sample.boxes], width, height,
                  frozenset(sample.known), water=sample.water, setting=sample.setting, chip=sample.chip)
    if content.size and labelled.mean() >= 0.85:
        total = labelled.sum()
        cover = {LAND_COVER[k]: float((content == k).sum() / total) for k in range(1, len(LAND_COVER)) if (content == k).any()}
        for name, share in cover.items():
            if 0.04 < share < 0.6:
                ys, xs = np.nonzero(content == LAND_COVER.index(name))
                x, y = (xs.mean() + 0.5) / content.shape[1], (ys.mean() + 0.5) / content.shape[0]
                if max(abs(x - 0.5), abs(y - 0.5)) > 0.17:
                    places[name] = position(("", x * width, y * height, 0, 0), facts)
    facts.cover, facts.cover_place = cover, places
    return facts


def examples_of(facts: Facts, texts: list, rng: random.Random) -> list[Example]:
    """Everything that can be asked of a tile: its published texts, and what follows from its facts.

    Where published boxes may be incomplete nothing is generated, for every count and place would be a guess. Generated
    captions are left out beside published ones, which answer the same prompts in another style."""
    given = [Example(*text) for text in texts]
    if not given:
        return examples(facts, rng)
    if not facts.known.issuperset(facts.visible()):
        return given
    described = any(e.application == "description" for e in given)
    return given + [e for e in examples(facts, rng) if not (described and e.application == "description")]


def questions_of(sample: Sample, rng: random.Random) -> list[Example]:
    """Every question whose answer is known, with a wording drawn at random; the same words are asked once."""
    drawn = [e for e in examples_of(facts_of(sample), sample.texts, rng) if e.application != "description"]
    return list({e.prompt: e for e in drawn}.values())


def own_draws(sample: Sample, seed: int) -> random.Random:
    """Each tile draws its wordings by itself, so that what is asked of one does not depend on which others there are."""
    return random.Random(f"{seed}-{sample.source}-{sample.scene}-{zlib.crc32(np.ascontiguousarray(sample.image))}")


def write_splits(samples: list, root: Path, folder: Path) -> None:
    """One file per source: the held-out scenes, or the held-out chip files of the composed sources."""
    folder.mkdir(parents=True, exist_ok=True)
    held = defaultdict(set)
    for s in samples:
        if s.split == "heldout" and s.source not in ("sar-acd", "mstar", "opensarship", "nothing", "airfields"):
            held[s.source].add(s.scene)
    there = {s.source for s in samples}
    for source in {"sar-acd", "mstar"} & there:
        held[source] = {str(p.relative_to(root)) for p in chip_files(root, source)["heldout"]}
    if "opensarship" in there:
        held["opensarship"] = {p.name for p in (root / "training/opensarship").iterdir()
                               if OPENSARSHIP_SPLITS.get(p.name[-4:]) == "heldout"}
    for source, scenes in sorted(held.items()):
        (folder / f"{source}.txt").write_text("".join(f"{s}\n" for s in sorted(scenes)))


def sources(arguments: argparse.Namespace) -> Iterator[Sample]:
    """Everything that the command line asks for, one sample after the other."""
    if arguments.keep:
        anew = {"simulator", *(name for name, *_ in arguments.labelled), *(("sarlang-boxes", "sarlang-scenes") if arguments.sarlang else ())}
        yield from (s for s in read_cache(arguments.keep) if s.source not in anew)
    elif arguments.data:
        yield from gather(arguments.data, arguments.seed, tuple(arguments.unseen))
    if arguments.simulated:
        yield from simulated(arguments.simulated)
    for name, kind, path in arguments.labelled:
        yield from labelled(name, kind, path)
    if arguments.sarlang:
        from .sarlang import sarlang        # it builds on this module
        yield from sarlang(arguments.sarlang)


def main() -> None:
    parser = command("data", __doc__)
    parser.add_argument("--data", type=Path, help="folder with training/ and scenes/")
    parser.add_argument("--simulated", type=Path, help="folder of simulator scenes")
    parser.add_argument("--labelled", type=labelled_argument, action="append", default=[], metavar="NAME=FORMAT:PATH",
                        help="a labelled set of your own; FORMAT is coco (JSON), voc (XML) or folders (one per class); repeatable")
    parser.add_argument("--sarlang", type=Path, help="the SARLANG-1M folder with SARimages/ and Text/")
    parser.add_argument("--work", type=Path, required=True, help="the folder to write the cache into")
    parser.add_argument("--splits", type=Path, help="write the lists of held-out scenes here (needs --data)")
    parser.add_argument("--unseen", action="append", default=[], metavar="AIRPORT", help="the name, without its suffix, of a training "
                        "airport that is for validation in this cache (sarvlm.presence); repeatable")
    parser.add_argument("--seed", type=int, default=1, help="of crops and compositions (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="take the real part from this other cache; only the other parts are read anew")
    arguments = parser.parse_args()
    if not (arguments.data or arguments.simulated or arguments.labelled or arguments.sarlang or arguments.keep):
        parser.error("give at least one source: --data, --simulated, --labelled, --sarlang or --keep")
    if arguments.splits and not arguments.data:
        parser.error("--splits needs --data")
    if arguments.sarlang and (arguments.data or arguments.keep):
        print("SARLANG-1M has images of SSDD, HRSID and SAR-AIRcraft among its own, also held-out ones: a model that is trained on "
              "both must not be judged by these sets", flush=True)
    if arguments.unseen and (not arguments.data or arguments.keep or arguments.sarlang):
        parser.error("--unseen needs --data, and neither --keep nor --sarlang, whose tiles may show the same airports")
    with plainly(parser):
        require_training_airports(arguments.data, arguments.unseen)
        samples = write_cache(sources(arguments), arguments.work)
    by_source = defaultdict(list)
    for s in samples:
        by_source[s.source].append(s)
    for name, part in by_source.items():
        report(name, part)
    if arguments.splits:
        write_splits(samples, arguments.data, arguments.splits)


if __name__ == "__main__":
    main()
