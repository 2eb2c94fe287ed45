"""SARLANG-1M as it is published -> samples with its own texts.

    python -m sarvlm.data --sarlang SARLANG_1M --work WORK

The folder (https://github.com/Jimmyxichen/SARLANG-1M, its README) holds `SARimages/` with every image and `Text/` with the
captions (`Caption-training`, mixed; `Caption_test`, complex; `Caption_test1`, concise) and the questions (`SARVQA1_train`,
`SARVQA1_test`: from the boxes of SARDet-100K; `SARVQA2_*`: on the other images), as JSON or CSV, in any sub-folder of `Text`.
Use the preprocessed PNG images: pixels of more than 8 bits are counted and left out. SARDet images are used as they are.

Nobody published a schema, so a record may be (names in any case, without regard to blanks, dashes and underscores)
  - a row with an image, a question and an answer column, or an image and a caption column (see COLUMNS);
  - a row of 2 or 3 fields without a header, if the first is a file name: image[, question], answer;
  - a conversation: {"images": [...], "messages": [{"role", "content"}, ...]} or
    {"image": ..., "conversations": [{"from", "value"}, ...]}, which is how others feed these files to their trainers.
A file that fits none of them is an error that lists the columns it has.

The published test files become the split "heldout"; one in fifty of the other images, chosen by its name, "validation".
An image that also stands in a test file loses its training texts. Names are compared without folder, suffix and case, as nobody
knows which of them the text files give; where two different images have the same such name both are left out and counted.
"""
import csv
import filecmp
import json
import math
import os
import re
import sys
import time
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .data import Sample, letterbox_scale, make
from .labels import IMAGE_SUFFIXES, MOST_BYTES, LabelError, class_of, finite_box, gray
from .spec import CLASSES, CONCISE_PROMPT, DETAILED_PROMPT
from .text import BOX, rewrite_boxes

COLUMNS = {
    "image": ("image", "images", "imagename", "imageid", "imagepath", "imagefile", "img", "imgname", "imgid", "imgpath", "filename",
              "file", "path", "name"),
    "question": ("question", "questions", "query", "prompt", "instruction", "input", "user", "human"),
    "answer": ("answer", "answers", "groundtruth", "gt", "groundtruthanswer", "label", "response", "output", "assistant", "gpt"),
    "caption": ("caption", "captions", "text", "description", "sentence", "label", "groundtruth", "gt", "answer", "response",
                "output")}
LONGEST_FIELD = 4000            # characters; the longest published captions have some hundreds
NUMBERS = {word: number for number, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve".split())} | {"no": 0, "none": 0}
HINT = re.compile(r"^the classes are:[^.]*\.\s*", re.I)
WRAPPED = re.compile(r"^question:\s*(.*?)\s*answer the question concisely\.?$", re.I | re.S)
COUNTED = re.compile(r"how many\s+(.+?)\s+(?:are|is|can|exist|in|on|appear|do|visible)\b", re.I)


@dataclass
class Texts:
    """All texts of one image. A row is (question, answer); a caption has one of the two caption prompts as its question."""
    heldout: bool = False
    boxes: bool = False                                 # its questions come from boxes (SARVQA1)
    rows: dict = field(default_factory=dict)            # a dict keeps the order and drops repeats


# ---- records -----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class TextFile:
    """What the name of a text file says: captions or questions, tested or trained on, of which style."""
    path: Path
    captions: bool
    heldout: bool
    boxes: bool
    prompt: str | None          # the style of all its captions, None where it is mixed


def text_files(root: Path) -> list[TextFile]:
    """The text files of the benchmark. Where JSON and CSV have the same name, the JSON is read."""
    folder = next((p for p in sorted(root.iterdir()) if p.is_dir() and p.name.lower() == "text"), None) if root.is_dir() else None
    if folder is None:
        raise LabelError(f"{root}: no folder Text/ here; give the folder that holds SARimages/ and Text/")
    found = sorted((p for p in folder.rglob("*") if p.suffix.lower() in (".json", ".jsonl", ".csv") and p.is_file()),
                   key=lambda p: (p.suffix.lower() == ".csv", str(p)))
    out, seen = [], set()
    for path in found:
        relative = path.relative_to(folder).with_suffix("").as_posix().lower()
        kind = text_file(path, relative)
        if kind is not None and relative not in seen:
            out.append(kind)
        elif kind is None:
            print(f"sarlang: {path.name} is not one of the benchmark's files, skipped", flush=True)
        seen.add(relative)
    if not out:
        raise LabelError(f"{folder}: no file Caption*.csv|json or SARVQA*.csv|json in it")
    return out


def text_file(path: Path, relative: str) -> TextFile | None:
    """The kind of a file by its path below Text/, in lower case and without its suffix; None for others."""
    questions, heldout = re.search(r"sarvqa([12]?)", relative), "test" in relative
    if not (heldout or "train" in relative) or not (questions or "caption" in relative):
        return None
    if questions:
        return TextFile(path, False, heldout, questions[1] == "1", None)
    prompt = {"caption_test": DETAILED_PROMPT, "caption_test1": CONCISE_PROMPT}.get(relative.rsplit("/", 1)[-1])
    return TextFile(path, True, heldout, False, prompt)


def records(path: Path) -> Iterator[dict]:
    """The records of a file, one by one."""
    if path.stat().st_size > MOST_BYTES:
        raise LabelError(f"{path}: more than {MOST_BYTES} bytes")
    try:
        yield from csv_records(path) if path.suffix.lower() == ".csv" else json_records(path)
    except LabelError:
        raise
    except (ValueError, csv.Error, RecursionError) as error:    # malformed, not UTF-8, or a number of thousands of digits
        raise LabelError(f"{path}: {error}") from error


def csv_records(path: Path) -> Iterator[dict]:
    """Rows by column name. A first row that begins with an image's name is data, not a header."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        rows = csv.reader(file, delimiter=max(",\t;", key=first.count), strict=True)      # a stray quote is an error, not a long text
        header = next(rows, [])
        if header and header[0].strip().lower().endswith(IMAGE_SUFFIXES):
            yield headerless(path, header)
            for row in rows:
                yield headerless(path, row)
            return
        names = [plain(name) for name in header]
        for row in rows:
            while len(row) > len(names) and not row[-1]:
                row.pop()
            yield dict(zip(names, row)) if len(row) <= len(names) else {"more fields than columns": row}


def headerless(path: Path, row: list[str]) -> dict:
    if len(row) not in (0, 2, 3):
        raise LabelError(f"{path}: no header, and a row of {len(row)} fields {row[:6]}; expected image, question, answer "
                         "or image, caption")
    return dict(zip(("image", "caption") if len(row) == 2 else ("image", "question", "answer"), row))


def json_records(path: Path) -> Iterator[dict]:
    """Elements of a JSON list, also below one key of an object, or lines of JSON; parsed one by one, as a list of a million
    parsed records takes gigabytes."""
    text = path.read_text(encoding="utf-8-sig")
    decoder, blank = json.JSONDecoder(), re.compile(r"[\s,]*")
    at, closing = first_record(text)
    while (at := blank.match(text, at).end()) < len(text) and text[at] != "]":
        record, at = decoder.raw_decode(text, at)
        yield {plain(k): v for k, v in record.items()} if isinstance(record, dict) else {"": record}
    rest = re.sub(r"\s", "", text[at:at + 100_000])
    if rest != closing and not (closing == "]}" and re.match(r"\],[^\[{]*\}$", rest)):
        raise LabelError(f"{path}: the list of records is cut off" if at >= len(text)
                         else f"{path}: more after the list of records, which nothing would read: {rest[:40]}")


def first_record(text: str) -> tuple[int, str]:
    """Where the first record begins, and what must come after the last one: "" of lines, "]" or "]}" of a list."""
    if text.lstrip()[:1] == "[":
        return text.index("[") + 1, "]"
    whole = re.match(r'\s*\{\s*"[^"]{1,40}"\s*:\s*\[\s*\{', text)
    if whole and not re.match(r'\s*\{\s*"(messages|conversations)"', text):
        return whole.end() - 1, "]}"
    return 0, ""


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def column(record: dict, kind: str) -> object | None:
    return next((record[name] for name in COLUMNS[kind] if name in record), None)


def pairs(record: dict, file: TextFile) -> tuple[str, list[tuple[str, str]]] | None:
    """-> the image's file name and its (question, answer) pairs, the question empty for a plain caption; None if it does not fit."""
    image = column(record, "image")
    image = image[0] if isinstance(image, list) and image else image
    image = str(image) if type(image) is int else image
    turns = record.get("messages", record.get("conversations"))
    if isinstance(turns, list):
        spoken = [(t.get("role", t.get("from")), t.get("content", t.get("value"))) for t in turns if isinstance(t, dict)]
        texts = [(q, a) for (who, q), (other, a) in zip(spoken, spoken[1:])
                 if who in ("user", "human") and other in ("assistant", "gpt")]
    else:
        answer = column(record, "caption" if file.captions else "answer")
        question = column(record, "question") if not file.captions else ""
        if answer is None or question is None:
            return None
        texts = [(question, a) for a in (answer if isinstance(answer, list) else [answer])]
    return None if not isinstance(image, str) else (image, [(text_of(q), text_of(a)) for q, a in texts])


def text_of(value: object) -> str:
    """A text or a number as a text; empty of anything else, such as an object or the NaN of an empty cell."""
    return str(value) if isinstance(value, str) or isinstance(value, (int, float)) and math.isfinite(value) else ""


def key_of(name: str) -> str:
    """An image's name without folder, image suffix and case; letters with accents are written in two ways, here in one."""
    base = name.strip().replace("\\", "/").rsplit("/", 1)[-1]
    stem, suffix = os.path.splitext(base)
    return unicodedata.normalize("NFC", stem if suffix.lower() in IMAGE_SUFFIXES else base).lower()


# ---- texts by image ----------------------------------------------------------------------------------------

def gather_texts(root: Path, problems: Counter) -> dict[str, Texts]:
    """Image name without folder and suffix, in lower case -> its texts, in the order of the files."""
    out: dict[str, Texts] = defaultdict(Texts)
    files = text_files(root)
    for file in sorted(files, key=lambda f: not f.heldout):      # test files first: their images take no training text
        count, unfit = 0, None
        for record in records(file.path):
            found = pairs(record, file)
            if found is None:
                problems["row without image, question or answer"] += bool(record)
                unfit = unfit or record
                continue
            count += len(found[1])
            add(out, file, *found, problems)
        if not count:
            raise LabelError(f"{file.path}: no usable row; its columns are {', '.join(map(repr, list(unfit or {})[:20])) or 'none'}, wanted are "
                             "an image, a question and an answer column, or an image and a caption column")
        print(f"sarlang: {count} texts in {file.path.name}", flush=True)
    return out


def add(out: dict, file: TextFile, image: str, texts: list, problems: Counter) -> None:
    """The texts of one record to those of its image."""
    entry = out[key_of(image)]
    entry.boxes |= file.boxes
    if entry.heldout and not file.heldout:
        problems["training text of a test image"] += len(texts)
        return
    entry.heldout = file.heldout
    for question, answer in texts:
        question, answer = clean(question), clean(answer)
        if file.captions:
            question = file.prompt or caption_prompt(answer)
        if not answer or not question:
            problems["empty text"] += 1
        elif len(answer) > LONGEST_FIELD or len(question) > LONGEST_FIELD:
            problems["text too long"] += 1
        elif (question, answer) in entry.rows:
            problems["duplicate row"] += 1
        else:
            entry.rows[sys.intern(question), sys.intern(answer)] = None


def clean(text: str) -> str:
    """Without image tokens, the benchmark's wrapping of questions, and needless blanks."""
    text = re.sub(r"\s+", " ", text.replace("<image>", " ")).strip()
    wrapped = WRAPPED.match(text)
    return wrapped[1] if wrapped else text


def caption_prompt(caption: str) -> str:
    """The style of a caption in a mixed file. Complex ones (by GPT-4o) have several sentences, are long, or begin with a
    phrase about the image itself; concise ones (by BLIP and CLIP) are one short phrase such as "Aerial view of a marina."."""
    sentences = len(re.findall(r"[.!?](?:\s|$)", caption))
    opening = re.match(r"(the|this)( sar| radar)? image (shows|depicts|features|captures|contains|displays|appears)", caption, re.I)
    return DETAILED_PROMPT if sentences > 1 or opening or len(caption.split()) > 20 else CONCISE_PROMPT


def application_of(question: str) -> str:
    """The benchmark's application of a question, by its templates. Only whole templates count as identification: another
    yes-or-no question ("Are buildings under construction?") is one of the others."""
    if question in (CONCISE_PROMPT, DETAILED_PROMPT):
        return "description"
    ask = HINT.sub("", question).lower()
    if BOX.search(ask):
        return "referring"
    if re.match(r"how many|count |what is the (number|count) of", ask):
        return "counting"
    if re.match(r"(is|are) there\b", ask):
        return "identification"
    if re.match(r"where\b|(in|on|at) (which|what) (part|side|area|position)|what is the position", ask):
        return "positioning"
    if re.match(r"(what|which)\b.*\b(object|objects|category|categories|target|targets)\b", ask):
        return "classification"
    return "others"


# ---- boxes and what is known -------------------------------------------------------------------------------

def referred_boxes(rows: dict) -> list[tuple]:
    """The boxes of region questions that a class answers, each once: (class, x, y, w, h) in pixels of the original image."""
    out = {}
    for question, answer in rows:
        found, name = BOX.findall(question), class_of(answer.rstrip("."))
        if len(found) == 1 and name and (box := finite_box(found[0])):
            out[name, *box] = None
    return list(out)


def complete_classes(rows: dict, boxes: list) -> list[str]:
    """Classes of which all objects are in `boxes`: every count that is told of them equals the number of their boxes.

    Only these may teach absence; of the others some objects may have no question and so no box."""
    told: dict[str, set] = defaultdict(set)
    for question, answer in rows:
        counted = COUNTED.search(HINT.sub("", question))
        name = class_of(counted[1]) if counted else None
        if name:
            told[name].add(number_of(answer))
    have = Counter(box[0] for box in boxes)
    return [name for name in CLASSES if told.get(name) == {have[name]}]


def number_of(answer: str) -> int | None:
    word = answer.strip().rstrip(".").lower()
    return int(word) if re.fullmatch(r"\d{1,6}", word) else NUMBERS.get(word)


# ---- samples -----------------------------------------------------------------------------------------------

def image_index(root: Path, problems: Counter) -> dict[str, Path]:
    """`key_of` -> file. Names in text files are only looked up here, so none leads elsewhere."""
    folder = next((p for p in sorted(root.iterdir()) if p.is_dir() and p.name.lower() == "sarimages"), None)
    if folder is None:
        raise LabelError(f"{root}: no folder SARimages/ here")
    out: dict[str, Path] = {}
    unclear = set()
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names if Path(name).suffix.lower() in IMAGE_SUFFIXES):
            key, other = key_of(path.name), out.get(key_of(path.name))
            if other is not None and other.suffix.lower() == path.suffix.lower() and not filecmp.cmp(other, path, shallow=False):
                unclear.add(key)
            if other is None or rank(path) < rank(other):
                out[key] = path
    problems["name that several different images have"] += len(unclear)
    return {key: path for key, path in out.items() if key not in unclear}


def rank(path: Path) -> tuple[int, str]:
    """The preprocessed PNG is preferred to the original TIFF of the same name."""
    return IMAGE_SUFFIXES.index(path.suffix.lower()), str(path)


def split_of(name: str, texts: Texts) -> str:
    """One training image in fifty is for validation, whichever order or machine reads it."""
    return "heldout" if texts.heldout else "validation" if zlib.crc32(name.encode()) % 50 == 0 else "train"


def sample_of(name: str, path: Path, texts: Texts) -> Sample:
    """Read one image and put its texts into the words of the runtime: boxes in questions become bins of the square."""
    image = gray(path)
    scale = letterbox_scale(image.shape[1], image.shape[0])
    boxes = referred_boxes(texts.rows)
    told = [(application_of(q), rewrite_boxes(q, scale), a) for q, a in texts.rows]
    return make(image, boxes, source="sarlang-boxes" if texts.boxes else "sarlang-scenes", scene=path.name,
                split=split_of(name, texts), known=complete_classes(texts.rows, boxes), texts=told)


def sarlang(root: Path) -> Iterator[Sample]:
    """All images that have a text, one at a time, in the order of their names. What is missing is counted and told."""
    problems: Counter = Counter()
    texts, images = gather_texts(root, problems), image_index(root, problems)
    names, started, told, used = sorted(texts), time.time(), time.time(), 0
    for number, name in enumerate(names):
        if time.time() - told > 20:
            told = time.time()
            left = (told - started) * (len(names) - number) / max(1, number)
            print(f"sarlang: {number}/{len(names)} images, {left / 60:.1f} min left", flush=True)
        if not texts[name].rows:
            problems["image without a usable text"] += 1
        elif name not in images:
            problems["missing image"] += 1
        else:
            try:
                sample = sample_of(name, images[name], texts[name])
            except LabelError as error:
                problems["refused image: " + str(error).removeprefix(f"{images[name]}: ")] += 1
            except (OSError, ValueError, SyntaxError):          # Pillow raises any of them on a broken file
                problems["undecodable image"] += 1
            else:
                used += 1
                yield sample
    for problem, count in sorted((+problems).items()):
        print(f"sarlang: {count} x {problem}", flush=True)
    if not used:
        raise LabelError(f"{root}: none of the {len(names)} images with texts could be read from SARimages/")
