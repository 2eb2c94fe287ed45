"""Labelled sets in common formats -> (image path, boxes), one image at a time.

Three formats, each a generator of `(path, [(class, x, y, w, h)])` with boxes in pixels of the original image:

    coco(file)      COCO JSON; images lie beside it in images/, in tiles/, or in its own folder
    voc(path)       Pascal VOC: a folder of one XML file per image, or one file with many <annotation>
    folders(path)   <path>/<class>/*.png: each image shows one object of that class and nothing else

Category names become the six classes by `class_of`. Whatever cannot be used is counted in a `Report`, never guessed.
File names inside label files are untrusted: one that leads out of the data folder is refused. Sizes are bounded.
"""
import json
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
from PIL import Image

from .command import Refusal
from .spec import CLASSES

MOST_BYTES = 1 << 30                # of one label file: a hundred times COCO's largest set of this field
MOST_PIXELS = 1 << 27               # of one image: a scene of 11585 x 11585
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")    # where two files differ only in it, the first is read
SYNONYMS = {
    "ship": "boat vessel warship cargo tanker ships", "aircraft": "airplane aeroplane plane aircrafts airplanes planes helicopter",
    "vehicle": "car truck van automobile vehicles cars large-vehicle small-vehicle", "bridge": "bridges overpass",
    "tank": "storage-tank oil-tank storagetank oiltank tanks storage-tanks oil-tanks fuel-tank",
    "harbor": "harbour port harbors harbours dock"}
CLASS_OF = {word: name for name, words in SYNONYMS.items() for word in (name, *words.split())}
EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}

Box = tuple[str, float, float, float, float]


class LabelError(Refusal):
    """A label file or image that cannot be used; the message names the file and the cause."""


@dataclass
class Report:
    """What a reader found: the classes that the set labels, and how often each problem came."""
    classes: set[str] = field(default_factory=set)
    problems: Counter = field(default_factory=Counter)

    def lines(self) -> list[str]:
        return [f"{count} x {problem}" for problem, count in sorted(self.problems.items())]


def class_of(name: str) -> str | None:
    """One of the six classes for a category name of another set, or None."""
    return CLASS_OF.get(re.sub(r"[\s_-]+", "-", name.strip().lower()))


def mapped(name: str, report: Report) -> str | None:
    """The same, with an unknown category counted."""
    found = class_of(name)
    if found is None:
        report.problems[f"unknown category {name.strip()[:40]!r}"] += 1
    return found


def inside(folder: Path, name: str) -> Path | None:
    """The file that a label file names, or None where the name leads out of the folder (also by a link) or round in a circle."""
    if not name or "\0" in name:
        return None
    path = folder / name.replace("\\", "/")
    try:
        return path if path.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError):                             # links that lead to themselves, by the version of Python
        return None


def bounded_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise LabelError(f"{path}: a folder, not a file")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise LabelError(f"{path}: {size} bytes, more than the {MOST_BYTES} that a label file may have")
    return path.read_bytes()


def gray(path: Path) -> np.ndarray:
    """uint8 [h,w]. An image of more than 8 bits is refused: a cut to its low range would look like a saturated scene."""
    try:
        with Image.open(path) as image:
            if image.mode not in EIGHT_BIT_MODES:
                raise LabelError(f"{path}: pixels of mode {image.mode} are not 8 bits; stretch them first")
            if image.width * image.height > MOST_PIXELS:
                raise LabelError(f"{path}: {image.width} x {image.height} pixels are too many")
            return np.asarray(image.convert("L"))
    except Image.DecompressionBombError as error:
        raise LabelError(f"{path}: {error}") from error


def finite_box(values: object) -> tuple[float, ...] | None:
    """x, y, w, h as finite numbers with a positive area, or None."""
    try:
        box = tuple(float(v) for v in values)
    except (TypeError, ValueError):
        return None
    return box if len(box) == 4 and all(map(math.isfinite, box)) and box[2] > 0 and box[3] > 0 else None


# ---- COCO --------------------------------------------------------------------------------------------------

def coco(path: Path, report: Report, images: Path | None = None) -> Iterator[tuple[Path, list[Box]]]:
    """The images of a COCO file in its order. Crowds and malformed annotations are counted and left out."""
    content = coco_content(path)
    folder = images or image_folder(path.parent)
    names = coco_categories(content, report)
    boxes = coco_boxes(content, names, report)
    for entry in content["images"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str) or "id" not in entry:
            report.problems["image without id or file_name"] += 1
            continue
        file = inside(folder, entry["file_name"])
        if file is None:
            report.problems["file name outside the data folder"] += 1
        else:
            yield file, boxes.get(str(entry["id"]), [])


def coco_content(path: Path) -> dict:
    text = bounded_bytes(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:               # malformed, not UTF-8, or a number of thousands of digits
        raise LabelError(f"{path}: not a JSON file: {error}") from error
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise LabelError(f"{path}: not a COCO file, it has no list \"{key}\"")
    return content


def coco_categories(content: dict, report: Report) -> dict[str, str | None]:
    """Category id (as text) -> one of the six classes or None. The classes of the set are those that it declares."""
    out = {}
    for category in content["categories"]:
        if isinstance(category, dict) and "id" in category and isinstance(category.get("name"), str):
            out[str(category["id"])] = class_of(category["name"])
            if class_of(category["name"]) is None:
                report.problems[f"unknown category {category['name'].strip()[:40]!r} declared"] += 1
    report.classes.update(name for name in out.values() if name)
    return out


def coco_boxes(content: dict, names: dict, report: Report) -> dict[str, list[Box]]:
    """Image id (as text) -> boxes in the file's order."""
    boxes = defaultdict(list)
    for annotation in content["annotations"]:
        if not isinstance(annotation, dict):
            report.problems["malformed annotation"] += 1
        elif annotation.get("iscrowd"):
            report.problems["crowd annotation"] += 1
        elif names.get(str(annotation.get("category_id"))) is None:
            report.problems["annotation of an unknown category"] += 1
        elif (box := finite_box(annotation.get("bbox"))) is None or "image_id" not in annotation:
            report.problems["malformed annotation"] += 1
        else:
            boxes[str(annotation["image_id"])].append((names[str(annotation["category_id"])], *box))
    return boxes


def image_folder(folder: Path) -> Path:
    """Where the images of a label file in `folder` lie."""
    return next((folder / name for name in ("images", "JPEGImages", "tiles") if (folder / name).is_dir()), folder)


# ---- Pascal VOC --------------------------------------------------------------------------------------------

def voc(path: Path, report: Report, always: str | None = None) -> Iterator[tuple[Path, list[Box]]]:
    """The images of a VOC set in the order of its file names, or of its one file. Of several files one that cannot be read is
    told, counted and left out; a single one is an error.

    `always` is the class of every object, for sets whose categories are kinds of one class (aircraft types)."""
    if not path.exists():
        raise FileNotFoundError(2, "no VOC labels", str(path))
    labels = path / "Annotations" if (path / "Annotations").is_dir() else path
    files = sorted(labels.glob("*.xml")) if labels.is_dir() else [labels]
    if not files:
        raise LabelError(f"{path}: no XML file in this folder")
    folder = image_folder(labels.parent if labels.name == "Annotations" or labels.is_file() else labels)
    for file in files:
        try:
            root = safe_xml(file)
        except (LabelError, OSError) as error:
            if len(files) == 1:
                raise
            print(f"left out: {error}", flush=True)
            report.problems["label file left out"] += 1
            continue
        for annotation in [root] if root.tag == "annotation" else root.iter("annotation"):
            image = voc_image(folder, file, annotation, report)
            if image is not None:
                yield image, voc_boxes(annotation, report, always)


def safe_xml(path: Path) -> ElementTree.Element:
    """The root of an XML file without a document type: entities, inner or outer, cannot be declared without one."""
    content = bounded_bytes(path)
    guard = expat.ParserCreate()

    def refuse(*_) -> None:
        raise LabelError(f"{path}: a document type is not allowed in label files")
    guard.StartDoctypeDeclHandler = refuse
    try:
        guard.Parse(content, True)
        return ElementTree.fromstring(content)
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:     # the last two: its encoding
        if isinstance(error, LabelError):
            raise
        raise LabelError(f"{path}: not well-formed XML: {error}") from error


def voc_image(folder: Path, file: Path, annotation: ElementTree.Element, report: Report) -> Path | None:
    """The image of an annotation: its <filename>, or the file beside it with the name of the XML file."""
    name = (annotation.findtext("filename") or "").strip()
    image = inside(folder, name) if name else None
    if name and image is None:
        report.problems["file name outside the data folder"] += 1
        return None
    if image is None or not os.path.exists(image):              # Path.exists raises on a name that is too long
        stem = Path(name).stem or file.stem
        image = next((p for s in IMAGE_SUFFIXES if os.path.exists(p := folder / (stem + s))), image)
    if image is None:
        report.problems["annotation without an image"] += 1
    return image


def voc_boxes(annotation: ElementTree.Element, report: Report, always: str | None) -> list[Box]:
    out = []
    for item in annotation.iter("object"):
        name = always or mapped(item.findtext("name") or "", report)
        corners = [item.findtext("bndbox/" + key) for key in ("xmin", "ymin", "xmax", "ymax")]
        try:
            x0, y0, x1, y1 = map(float, corners)
        except (TypeError, ValueError):
            x0 = y0 = x1 = y1 = math.nan
        box = finite_box((x0, y0, x1 - x0, y1 - y0))
        if box is None:
            report.problems["malformed object"] += 1
        elif name:
            report.classes.add(name)
            out.append((name, *box))
    return out


# ---- class folders -----------------------------------------------------------------------------------------

def class_folders(path: Path) -> list[tuple[str, list[Path]]]:
    """-> (folder name, its image files in order), for the folders that hold images."""
    if not path.is_dir():
        raise FileNotFoundError(2, "no folder of class folders", str(path))
    parts = [(f.name, sorted(p for p in f.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES))
             for f in sorted(path.iterdir()) if f.is_dir()]
    return [part for part in parts if part[1]]


def folders(path: Path, report: Report) -> Iterator[tuple[Path, list[Box]]]:
    """Every image of a class folder is one object that fills it."""
    for name, files in class_folders(path):
        found = mapped(name, report)
        if found is None:
            continue
        report.classes.add(found)
        for file in files:
            try:
                with Image.open(file) as image:
                    yield file, [(found, 0.0, 0.0, float(image.width), float(image.height))]
            except Image.DecompressionBombError:
                report.problems["refused image: too many pixels"] += 1
            except (OSError, ValueError, SyntaxError):          # Pillow raises any of them on a broken file
                report.problems["undecodable image"] += 1


READERS = {"coco": coco, "voc": voc, "folders": folders}


def parse_labelled(text: str) -> tuple[str, str, Path]:
    """"NAME=coco:PATH" -> name, format, path."""
    match = re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9._-]*)=([a-z]+):(.+)", text)
    if not match or match[2] not in READERS:
        raise LabelError(f"{text}: write NAME=FORMAT:PATH, where FORMAT is one of {', '.join(READERS)}")
    return match[1], match[2], Path(match[3])


def scenes(files: list[Path]) -> dict[Path, int]:
    """File -> number of its scene. Tiles of one scene share the folder and the name up to its last run of digits.

    A set of fewer than twelve scenes is cut further, into runs of neighbouring files, so that every split gets some."""
    groups = defaultdict(list)
    for file in sorted(files):
        groups[file.parent, re.sub(r"\d+\D*$", "", file.stem)].append(file)
    runs = 1 if len(groups) >= 12 else math.ceil(24 / len(groups))
    numbered: dict[tuple, int] = {}
    return {file: numbered.setdefault((key, index * runs // len(group)), len(numbered))
            for key, group in groups.items() for index, file in enumerate(group)}


assert set(SYNONYMS) == set(CLASSES)
