"""Truth about a tile -> questions, answers and captions in words, and the rewriting of boxes in questions.

Nothing here runs at inference: the decoder writes every word itself. These texts are what it learns from.
"""
import math
import random
import re
from collections import Counter
from dataclasses import dataclass, field

from .spec import BOX_BINS, CLASSES, CONCISE_PROMPT, DETAILED_PROMPT, INPUT_SIZE, POSITIONS

PLURAL = {"ship": "ships", "aircraft": "aircraft", "vehicle": "vehicles", "tank": "storage tanks", "bridge": "bridges",
          "harbor": "harbors"}
SINGULAR = {**{name: name for name in CLASSES}, "tank": "storage tank"}
SYNONYMS = {"vehicle": [("car", "cars"), ("vehicle", "vehicles")], "tank": [("tank", "tanks"), ("storage tank", "storage tanks")],
            "aircraft": [("aircraft", "aircraft"), ("airplane", "airplanes")], "ship": [("ship", "ships"), ("vessel", "vessels")]}
MOST = 30                                      # more objects of a class are not counted out
COVER_ANSWER = {"water": "Water", "urban": "Urban", "field": "Agricultural field", "forest": "Vegetation", "bare": "Bare land"}
COVER_NOUN = {"water": ["water", "open water"], "urban": ["built-up land", "urban land", "buildings"],
              "field": ["farmland", "agricultural fields"], "forest": ["vegetation", "woodland"],
              "bare": ["bare land", "open ground"]}
COVER_SUBJECT = {"water": ["water", "open water"], "urban": ["built-up land", "urban land"], "field": ["farmland"],
                 "forest": ["vegetation", "woodland"], "bare": ["bare land", "open ground"]}
CLASS_HINT = "The classes are: tank, car, aircraft, harbor, bridge, ship. "
POSITION_HINT = "The classes are: top, center, bottom, left, right. "
STANDARD = {
    "identification-ship": "Are there ships in the image?",
    "identification-aircraft": "Are there aircraft in the image?",
    "identification-vehicle": "Are there vehicles in the image?",
    "identification-harbor": "Is there a harbor in the image?",
    "identification-bridge": "Is there a bridge in the image?",
    "identification-tank": "Are there storage tanks in the image?",
    "classification-main": "What is the main object in the image?",
    "classification-visible": "What categories are visible in the image?",
    "counting-ship": "How many ships are visible?",
    "counting-aircraft": "How many aircraft are visible?",
    "referring-center": "What is the object in the area [128, 128, 256, 256]?",
    "positioning-main": "Where are most objects positioned?",
    "land-cover": "What is the predominant land cover?",
    "water": "Is there water in the image?",
    "urban": "Are there buildings in the image?"}
AREA_MARGIN = 0.02                             # of the square
STANDARD_AREA = ("", 0.25, 0.25, 0.5, 0.5)     # that of the standard question, in shares of the square
BOX = re.compile(r"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\]")


@dataclass
class Facts:
    """What is known of one tile. Boxes (class, x, y, w, h) and sizes are shares of the letterboxed square."""
    boxes: list
    width: float = 1.0
    height: float = 1.0
    known: frozenset = frozenset(CLASSES)       # classes whose absence is certain when no box has them
    cover: dict | None = None                   # class -> share of the tile; None where it is not known
    cover_place: dict = field(default_factory=dict)
    water: bool | None = None
    setting: str = ""                           # sea, shore, apron, ground, unclear (no radar scene) or nothing
    chip: bool = False                          # one object cut out of a scene

    def of(self, name: str) -> list:
        return [box for box in self.boxes if box[0] == name]

    def visible(self) -> list:
        return [name for name in CLASSES if self.of(name)]


@dataclass
class Example:
    """One training or test text."""
    application: str
    prompt: str
    answer: str


def bin_of(pixels: float) -> int:
    """Pixels of the letterboxed square -> 0..99."""
    return min(BOX_BINS - 1, max(0, math.floor(BOX_BINS * pixels / INPUT_SIZE)))


def rewrite_boxes(text: str, scale: float) -> str:
    """Every "[x, y, w, h]" in pixels of the original image -> bins of the letterboxed square."""
    return BOX.sub(lambda m: "[" + ", ".join(str(bin_of(float(v) * scale)) for v in m.groups()) + "]", text)


def box_text(box: tuple) -> str:
    """A box in shares of the square, written as the bins that the decoder reads."""
    return "[" + ", ".join(str(bin_of(v * INPUT_SIZE)) for v in box[1:5]) + "]"


def position(box: tuple, facts: Facts) -> str:
    """The side of the tile on which a box's centre lies; the middle third both ways is the center."""
    dx = (box[1] + box[3] / 2) / facts.width - 0.5
    dy = (box[2] + box[4] / 2) / facts.height - 0.5
    if max(abs(dx), abs(dy)) <= 1 / 6:
        return "center"
    if abs(dx) >= abs(dy):
        return "left" if dx < 0 else "right"
    return "top" if dy < 0 else "bottom"


def most_position(boxes: list, facts: Facts) -> str | None:
    """Where at least half of the boxes are, if exactly one place is the commonest."""
    ranked = Counter(position(box, facts) for box in boxes).most_common(2)
    if not ranked or ranked[0][1] * 2 < len(boxes) or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def main_class(facts: Facts) -> str | None:
    """The most frequent class, by area among equals; None where it cannot be known."""
    names = facts.visible()
    if not names:
        return "none" if facts.known >= set(CLASSES) else None
    return max(names, key=lambda n: (len(facts.of(n)), sum(b[3] * b[4] for b in facts.of(n))))


def predominant(facts: Facts) -> str | None:
    """The land cover with the largest share, when it leads clearly."""
    if not facts.cover:
        return None
    ranked = sorted(facts.cover.items(), key=lambda item: -item[1])
    clear = len(ranked) == 1 or ranked[0][1] - ranked[1][1] > 0.08
    return ranked[0][0] if clear else None


def yes(flag: bool) -> str:
    return "Yes" if flag else "No"


def standard_answers(facts: Facts) -> dict:
    """Standard question id -> answer, only where the truth is known."""
    answers = {}
    for name in CLASSES:
        if facts.of(name) or name in facts.known:
            answers["identification-" + name] = yes(bool(facts.of(name)))
    for name in ("ship", "aircraft"):
        if name in facts.known and len(facts.of(name)) <= MOST:
            answers["counting-" + name] = str(len(facts.of(name)))
    main = main_class(facts)
    if main:
        answers["classification-main"] = main
    if facts.known >= set(CLASSES):
        answers["classification-visible"] = ", ".join(facts.visible()) or "none"
    center = in_area(facts, STANDARD_AREA)
    if center:
        answers["referring-center"] = center
    place = most_position(facts.boxes, facts)
    if place:
        answers["positioning-main"] = place
    elif not facts.boxes and facts.known >= set(CLASSES):
        answers["positioning-main"] = "none"
    cover = predominant(facts)
    if cover:
        answers["land-cover"] = COVER_ANSWER[cover]
    if facts.water is not None:
        answers["water"] = yes(facts.water)
    if facts.cover and not 0.005 < facts.cover.get("urban", 0) < 0.03:
        answers["urban"] = yes(facts.cover.get("urban", 0) >= 0.03)
    return answers


def application_of(identifier: str) -> str:
    head = identifier.split("-")[0]
    return head if head in ("identification", "classification", "counting", "referring", "positioning") else "others"


def standard_examples(facts: Facts) -> list:
    return [Example(application_of(i), rewrite_boxes(STANDARD[i], 1.0), a) for i, a in standard_answers(facts).items()]


# ---- what cannot be answered -------------------------------------------------------------------------------

BEYOND = ("What is the name of this {}?", "Who owns the {}?", "What colour is the {}?", "How old is the {}?", "Where does the {} go?",
          "What is the {} made of?", "Is the {} beautiful?", "Why is there a {}?", "What does the {} cost?", "How deep is the {}?",
          "Which country is the {} from?", "How fast is the {}?", "Tell me a story about the {}.", "Translate {} into French.",
          "What is written on the {}?", "When was the {} built?", "Is the {} dangerous?", "Who took the picture of the {}?")
THINGS = ("city", "ship", "harbor", "airport", "building", "road", "river", "field", "captain", "weather", "image", "satellite", "dog",
          "house", "vehicle", "engine", "forest", "president", "bridge", "restaurant", "sea", "aircraft", "cat", "moon", "flag")
SYLLABLES = ("ba", "lo", "qui", "xe", "tra", "mon", "uv", "ish", "ko", "pel", "zi", "ant", "ro", "fle")


def guess(rng: random.Random, answers: tuple) -> str:
    """What to teach where the truth cannot be known: "Unknown", but never surely.

    A text drawn at random cannot be predicted, so the probabilities of what the model writes come out low and the answer
    is flagged by its confidence."""
    return "Unknown" if rng.random() < 0.33 else rng.choice(answers)


def beyond(facts: Facts, rng: random.Random) -> list:
    """A question that a radar tile does not answer, or no question at all."""
    if rng.random() < 0.75:
        ask = rng.choice(BEYOND).format(rng.choice(THINGS))
    else:
        ask = " ".join("".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(rng.randint(1, 7))) + rng.choice("?.!")
    likely = ("Yes", "No", "0", "1", "2", "ship", "aircraft", "vehicle", "center", "left", "Urban", "Water", "none")
    return [Example("beyond", ask, guess(rng, likely))]


def unclear(rng: random.Random) -> list:
    """Questions about the land cover of an image that is no radar scene."""
    covers = tuple(COVER_ANSWER.values())
    return [Example("others", STANDARD["land-cover"], guess(rng, covers)), Example("others", STANDARD["water"], guess(rng, ("Yes", "No"))),
            Example("others", STANDARD["urban"], guess(rng, ("Yes", "No")))]


# ---- the applications --------------------------------------------------------------------------------------


def words(name: str, facts: Facts, rng: random.Random) -> tuple[str, str]:
    """A singular and a plural for a class. On open ground vehicles may be armoured: none is called a car there, and a storage
    tank is called by its whole name."""
    if facts.setting == "ground":
        return SINGULAR[name], PLURAL[name]
    return rng.choice(SYNONYMS.get(name, [(SINGULAR[name], PLURAL[name])]))


def article(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def identification(facts: Facts, rng: random.Random) -> list:
    present, absent = facts.visible(), [n for n in CLASSES if n in facts.known and not facts.of(n)]
    out = []
    for names, answer in ((present, "Yes"), (absent, "No")):
        if names:
            one, many = words(rng.choice(names), facts, rng)
            ask = rng.choice([f"Are there {one} exist in the image?", f"Are there {many} exist in the image?",
                              f"Are there any {many} in the image?", f"Is there {article(one)} in the image?",
                              f"Can you see {article(one)}?", f"Are {many} visible?"])
            out.append(Example("identification", ask, answer))
    for name in present[:2]:
        out += side_question(facts, name, rng)
    if present and facts.known >= set(CLASSES):
        one, many = words(rng.choice(present), facts, rng)
        ask = rng.choice([f"Are there any other categories apart from {one}?", f"Is there anything other than {many}?"])
        out.append(Example("identification", ask, yes(len(present) > 1)))
    return out


def side_question(facts: Facts, name: str, rng: random.Random) -> list:
    """One question about a side, left out where an object lies near the middle line."""
    side = rng.choice(POSITIONS[:4])
    centres = [((b[1] + b[3] / 2) / facts.width, (b[2] + b[4] / 2) / facts.height) for b in facts.of(name)]
    depth = [{"left": x, "right": 1 - x, "top": y, "bottom": 1 - y}[side] for x, y in centres]
    if 0.45 < min(depth) < 0.53:
        return []
    one, many = words(name, facts, rng)
    ask = rng.choice([f"Is there {article(one)} located on the {side} side?", f"Are there any {many} on the {side} side?",
                      f"Is there {article(one)} in the {side} part of the image?"])
    return [Example("identification", ask, yes(min(depth) <= 0.45))]


def classification(facts: Facts, rng: random.Random) -> list:
    out, main = [], main_class(facts)
    if main:
        ask = rng.choice(["What is the main object?", "What is the main object in the image?", "Which object dominates the image?",
                          "What kind of object is mainly visible?"])
        out.append(hinted("classification", ask, main, facts, rng))
    if facts.known >= set(CLASSES):
        ask = rng.choice(["What are the categories visible?", "What categories are visible in the image?",
                          "Which categories can be seen?", "List the visible categories."])
        out.append(Example("classification", ask, ", ".join(facts.visible()) or "none"))
    return out


def hinted(application: str, ask: str, answer: str, facts: Facts, rng: random.Random) -> Example:
    """With the benchmark's list of classes in front one time in five; the list says car for vehicle."""
    if rng.random() < 0.2 and facts.setting != "ground":
        return Example(application, CLASS_HINT + ask, "car" if answer == "vehicle" else answer)
    return Example(application, ask, answer)


def counting(facts: Facts, rng: random.Random) -> list:
    out = []
    names = [n for n in facts.visible() if n in facts.known and len(facts.of(n)) <= MOST]
    absent = [n for n in CLASSES if n in facts.known and not facts.of(n)]
    for name in names + ([rng.choice(absent)] if absent and rng.random() < 0.3 else []):
        one, many = words(name, facts, rng)
        ask = rng.choice([f"How many {many} are visible?", f"How many {one} are visible?", f"How many {many} are in the image?",
                          f"How many {many} can be seen?", f"Count the {many}.", f"What is the number of {many}?"])
        out.append(Example("counting", ask, str(len(facts.of(name)))))
    return out


REFERRING = ("What is the object in the area {}?", "What is in the region {}?", "Which object lies in the box {}?",
             "What is the category of the object in the area {}?")


def referring(facts: Facts, rng: random.Random) -> list:
    """The boxes of two objects, and an area, now and then as small as an object, that may hold objects of one class or nothing."""
    out = boxed(facts, rng.sample(facts.boxes, min(2, len(facts.boxes))), rng)
    low, high = (0.15, 0.6) if rng.random() < 0.9 else (0.04, 0.15)
    width, height = rng.uniform(low, high) * facts.width, rng.uniform(low, high) * facts.height
    area = ("", rng.uniform(0, facts.width - width), rng.uniform(0, facts.height - height), width, height)
    answer = in_area(facts, area)
    if answer:
        out.append(Example("referring", rng.choice(REFERRING).format(box_text(area)), answer))
    return out


def occupied(facts: Facts, rng: random.Random) -> list:
    """Areas about an object; only to train on. Most areas drawn at random are empty, which alone would teach to say "none" of any."""
    out = []
    for _, x, y, w, h in rng.sample(facts.boxes, min(2, len(facts.boxes))):
        width, height = rng.uniform(0.15, 0.6) * facts.width, rng.uniform(0.15, 0.6) * facts.height
        left, top = x + w / 2 - width * rng.uniform(0.05, 0.95), y + h / 2 - height * rng.uniform(0.05, 0.95)
        area = ("", min(max(0.0, left), facts.width - width), min(max(0.0, top), facts.height - height), width, height)
        answer = in_area(facts, area)
        if answer:
            out.append(Example("referring", rng.choice(REFERRING).format(box_text(area)), answer))
    return out


def boxed(facts: Facts, boxes: list, rng: random.Random) -> list:
    """What is in the box of each of these objects."""
    return [hinted("referring", rng.choice(REFERRING).format(box_text(box)), box[0], facts, rng) for box in boxes]


def in_area(facts: Facts, area: tuple) -> str | None:
    """The class of the objects whose centres lie in an area, "none" where there is surely none; None where several classes
    do, or where a centre lies so near its edge that the bins of the question cannot tell."""
    _, x, y, w, h = area
    inside = set()
    for name, bx, by, bw, bh in facts.boxes:
        cx, cy = bx + bw / 2, by + bh / 2
        depth = min(cx - x, x + w - cx, cy - y, y + h - cy)
        if abs(depth) < AREA_MARGIN:
            return None
        if depth > 0:
            inside.add(name)
    if len(inside) == 1:
        return inside.pop()
    return "none" if not inside and facts.known >= set(CLASSES) else None


def positioning(facts: Facts, rng: random.Random) -> list:
    out = []
    for name in facts.visible():
        place = most_position(facts.of(name), facts)
        if place and name in facts.known:
            one, many = words(name, facts, rng)
            ask = rng.choice([f"Where are most {many} positioned?", f"Where are most {one} positioned?",
                              f"Where are most of the {many}?", f"In which part of the image are most {many}?"])
            out.append(Example("positioning", (POSITION_HINT if rng.random() < 0.2 else "") + ask, place))
    place = most_position(facts.boxes, facts)
    if place:
        out.append(Example("positioning", "Where are most objects positioned?", place))
    return out


def share_word(share: float) -> str:
    """A rough word for a share of the tile."""
    steps = ((0.02, "none"), (0.12, "a small part"), (0.2, "less than a fifth"), (0.3, "about a quarter"),
             (0.41, "about a third"), (0.6, "about half"), (0.9, "most"), (0.985, "nearly all"), (1.01, "all"))
    return next(word for limit, word in steps if share < limit)


def others(facts: Facts, rng: random.Random) -> list:
    out, cover = [], predominant(facts)
    if cover:
        ask = rng.choice(["What is the predominant land cover?", "What is the main land cover?",
                          "Which land cover dominates the image?", "What kind of land cover is mostly seen?"])
        out.append(Example("others", ask, COVER_ANSWER[cover]))
    if facts.cover:
        name = rng.choice(list(COVER_ANSWER))
        share = facts.cover.get(name, 0)
        noun = rng.choice(COVER_NOUN[name])
        out.append(Example("others", f"How much of the image is covered by {noun}?", share_word(share).capitalize()))
        if abs(share - 0.5) > 0.05:
            out.append(Example("others", f"Is more than half of the image covered by {noun}?", yes(share > 0.5)))
        if not 0.005 < share < 0.03 and name != "water":
            out.append(Example("others", f"{'Are' if noun.endswith('s') else 'Is'} there {noun} in the image?", yes(share >= 0.03)))
    if facts.water is not None:
        ask = rng.choice(["Is there water in the image?", "Is water visible?", "Can water be seen?"])
        out.append(Example("others", ask, yes(facts.water)))
    if facts.setting in ("sea", "shore"):
        out.append(Example("others", "Is land visible in the image?", yes(facts.setting == "shore")))
    return out + arrangement(facts, rng) + orientation(facts, rng) + comparison(facts, rng)


def arrangement(facts: Facts, rng: random.Random) -> list:
    """How three or more objects of a class lie: close together, or spread over the tile."""
    out = []
    for name in facts.visible():
        boxes = facts.of(name)
        if len(boxes) < 3:
            continue
        spread = max(extent(boxes, 1) / facts.width, extent(boxes, 2) / facts.height)
        if not 0.4 < spread < 0.5:
            ask = rng.choice([f"How are the {PLURAL[name]} arranged?", f"Are the {PLURAL[name]} clustered or scattered?"])
            out.append(Example("others", ask, "Clustered" if spread < 0.45 else "Scattered"))
    return out


def orientation(facts: Facts, rng: random.Random) -> list:
    """Along which side of the image a single, clearly long object lies; its box tells no other direction."""
    out = []
    for name in facts.visible():
        boxes = facts.of(name)
        if len(boxes) == 1 and max(boxes[0][3:5]) > 2 * min(boxes[0][3:5]):
            noun = words(name, facts, rng)[0]
            ask = rng.choice([f"What is the orientation of the {noun}?", f"In which direction does the {noun} lie?"])
            out.append(Example("others", ask, "Horizontal" if boxes[0][3] > boxes[0][4] else "Vertical"))
    return out


def comparison(facts: Facts, rng: random.Random) -> list:
    """Questions whose answers follow from two numbers."""
    names, out = [n for n in CLASSES if n in facts.known], []
    if facts.visible() and names:
        name = rng.choice([n for n in facts.visible() if n in names] or names)
        count, limit = len(facts.of(name)), rng.choice((1, 2, 3, 5, 10))
        noun = words(name, facts, rng)[limit > 1]
        out.append(Example("others", f"{'Are' if limit > 1 else 'Is'} there more than {limit} {noun}?", yes(count > limit)))
    if len(names) > 1:
        first, second = rng.sample(names, 2)
        if facts.of(first) or facts.of(second):
            ask = f"Are there more {words(first, facts, rng)[1]} than {words(second, facts, rng)[1]}?"
            out.append(Example("others", ask, yes(len(facts.of(first)) > len(facts.of(second)))))
    return out


def extent(boxes: list, axis: int) -> float:
    centres = [b[axis] + b[axis + 2] / 2 for b in boxes]
    return max(centres) - min(centres)


def place_words(place: str, rng: random.Random) -> str:
    if place == "center":
        return rng.choice(["in the center", "near the center of the image"])
    if place in ("left", "right"):
        return rng.choice([f"on the {place}", f"on the {place} side", f"in the {place} part of the image"])
    return rng.choice([f"at the {place}", f"in the {place} part", f"in the {place} part of the image"])


def counted(name: str, count: int) -> str:
    number = f"more than {MOST}" if count > MOST else str(count)
    return f"{number} {SINGULAR[name] if count == 1 else PLURAL[name]}"


SETTING = {"sea": ["at sea", "on open water", "on the open sea"], "shore": ["near the shore", "on the water beside the land"],
           "apron": ["on an airfield", "on the airport apron"], "ground": ["on open ground", "on flat ground"]}


# All of a place begin alike: a decoder that takes the likeliest token would leave an opening that shares its odds with others.
EMPTY = {"sea": ["Open sea without any ship.", "Open sea with no ships."],
         "apron": ["A part of an airfield without any aircraft.", "A part of an airfield with no aircraft."],
         "ground": ["Open ground without any vehicle.", "Open ground with no vehicles."]}
EXPECTED = {"sea": "ship", "apron": "aircraft", "ground": "vehicle"}         # whose absence there is worth a word


def object_phrase(facts: Facts, name: str, rng: random.Random, setting: bool) -> str:
    """For example "3 ships at sea, most of them on the left"."""
    boxes = facts.of(name)
    text = counted(name, len(boxes))
    if setting and facts.setting in SETTING:
        text += " " + rng.choice(SETTING[facts.setting])
    place = most_position(boxes, facts)
    if place and not facts.chip:
        text += (" " if len(boxes) == 1 else f", {portion(boxes, facts, place)} ") + place_words(place, rng)
    elif len(boxes) > 2 and not place:
        text += " " + rng.choice(["spread over the image", "scattered across the image"])
    return text


def portion(boxes: list, facts: Facts, place: str) -> str:
    """How many of two or more boxes lie at their commonest place, which has at least half of them."""
    there = sum(position(box, facts) == place for box in boxes)
    if there == len(boxes):
        return "both" if there == 2 else "all of them"
    return "half of them" if 2 * there == len(boxes) else "most of them"


def join(parts: list) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def upper(text: str) -> str:
    return text[0].upper() + text[1:]


def cover_phrase(facts: Facts, rng: random.Random) -> str:
    """The one or two largest land covers, for example "urban area with water on the left"."""
    ranked = [(n, s) for n, s in sorted(facts.cover.items(), key=lambda i: -i[1]) if s >= 0.05]
    text = rng.choice(COVER_NOUN[ranked[0][0]])
    if len(ranked) > 1:
        second, share = ranked[1]
        noun, place = rng.choice(COVER_NOUN[second]), facts.cover_place.get(second)
        text += f" with {noun}" + (f" {place_words(place, rng)}" if place else f" over {share_word(share)} of the image" if share >= 0.12 else "")
    return text


def concise(facts: Facts, rng: random.Random) -> str:
    """One sentence."""
    if facts.setting == "unclear":
        return rng.choice(["No radar scene can be recognised.", "Nothing can be recognised in this image.",
                           "The image shows no recognisable radar scene."])
    names = sorted(facts.visible(), key=lambda n: -len(facts.of(n)))
    if not names:
        if facts.setting in EMPTY:
            return rng.choice(EMPTY[facts.setting])
        return upper(rng.choice(["{}.", "radar view of {}.", "the scene shows {}."]).format(cover_phrase(facts, rng)))
    if len(names) == 1:
        text = object_phrase(facts, names[0], rng, True)
        if facts.cover and not facts.setting and predominant(facts):
            text += f", in {surroundings(facts, rng)}"
    else:
        text = join([counted(n, len(facts.of(n))) for n in names])
        if facts.cover and predominant(facts):
            text += f" in {surroundings(facts, rng)}"
    return upper(rng.choice(["{}.", "radar view of {}.", "the image shows {}."]).format(text))


def surroundings(facts: Facts, rng: random.Random) -> str:
    name = predominant(facts)
    return {"water": "a scene of mostly water" if facts.cover[name] > 0.5 else "a scene of water and land", "urban": rng.choice(["an urban area", "a built-up area"]),
            "field": "an agricultural area", "forest": rng.choice(["a wooded area", "an area of vegetation"]),
            "bare": "an area of bare land"}[name]


def cover_sentence(facts: Facts, rng: random.Random) -> str:
    ranked = [(n, s) for n, s in sorted(facts.cover.items(), key=lambda i: -i[1]) if s >= 0.05]
    first, share = ranked[0]
    text = f"{rng.choice(COVER_SUBJECT[first])} covers {share_word(share)} of the image"
    for name, part in ranked[1:3]:
        noun, place = COVER_NOUN[name][0], facts.cover_place.get(name)
        text += f", {noun} {share_word(part)}" + (f" {place_words(place, rng)}" if place else "")
    return upper(text) + "."


def detailed(facts: Facts, rng: random.Random) -> str:
    """Two or three sentences: the surroundings, the objects with their places, and what is absent."""
    out, names = [], sorted(facts.visible(), key=lambda n: -len(facts.of(n)))
    if facts.setting == "unclear":
        out.append(rng.choice(["No radar scene can be recognised in this image.", "Nothing can be recognised in this image."]))
    elif facts.cover and facts.setting != "sea":
        out.append(cover_sentence(facts, rng))
    elif facts.setting == "sea":
        out.append(rng.choice(["The image shows open water without land.", "Open sea fills the whole image."]))
    elif facts.setting == "shore":
        out.append(rng.choice(["The image shows water and land.", "Water meets the land in this image."]))
    elif facts.setting == "apron":
        out.append(rng.choice(["The image shows a part of an airfield.", "This is an airport apron seen by radar."]))
    elif facts.setting == "ground":
        out.append(rng.choice(["The image shows flat open ground.", "The surface is open ground with speckle."]))
    for name in names[:2]:
        out.append(object_sentence(facts, name, rng))
    absent = [n for n in CLASSES if n in facts.known and not facts.of(n)]
    if not names and absent:
        name = EXPECTED.get(facts.setting)
        name = name if name in absent else rng.choice(absent)
        out.append(f"No {PLURAL[name]} are visible.")
    return " ".join(out[:3])


def object_sentence(facts: Facts, name: str, rng: random.Random) -> str:
    """How many, where, and how they lie."""
    boxes, count = facts.of(name), len(facts.of(name))
    noun = counted(name, count)
    places = Counter(position(box, facts) for box in boxes)
    if facts.chip:
        large = boxes[0][3] * boxes[0][4] > 0.2 * facts.width * facts.height
        return rng.choice([f"{noun} {'fills' if large else 'lies in'} the middle of the image.", f"The picture is cut around {noun}."])
    if count == 1:
        size = math.hypot(boxes[0][3], boxes[0][4]) / math.hypot(facts.width, facts.height)
        word = "small " if size < 0.05 else "large " if size > 0.3 else ""
        return upper(f"{'there is' if rng.random() < 0.5 else 'the image contains'} 1 {word}{SINGULAR[name]} "
                     f"{place_words(next(iter(places)), rng)}.")
    ranked, most = places.most_common(), most_position(boxes, facts)
    if len(ranked) == 1:
        where = place_words(ranked[0][0], rng)
        if count > MOST:
            return f"There are {noun}, all of them {where}."
        return f"{'Both ' + PLURAL[name] if count == 2 else 'All ' + noun} are {where}."
    if len(ranked) <= 3 and count <= 8:
        return f"There are {noun}: " + join([f"{n} {place_words(p, rng)}" for p, n in ranked]) + "."
    if most:
        return f"There are {noun}, {portion(boxes, facts, most)} {place_words(most, rng)}."
    return f"There are {noun}, " + rng.choice(["spread over the image.", "scattered across the image."])


def can_caption(facts: Facts) -> bool:
    return bool(facts.boxes) or bool(facts.cover) or facts.setting == "unclear" or EXPECTED.get(facts.setting) in facts.known


def captions(facts: Facts, rng: random.Random) -> list:
    if not can_caption(facts):
        return []
    return [Example("description", CONCISE_PROMPT, concise(facts, rng)),
            Example("description", DETAILED_PROMPT, detailed(facts, rng))]


def examples(facts: Facts, rng: random.Random) -> list:
    """Everything that can be asked of a tile, once, with wordings drawn at random."""
    out = captions(facts, rng) + standard_examples(facts)
    for make in (identification, classification, counting, referring, positioning, others):
        out += make(facts, rng)
    return out


def unknowable(facts: Facts, rng: random.Random) -> list:
    """What can be asked but not answered; only to train on."""
    return beyond(facts, rng) + (unclear(rng) if facts.setting == "unclear" else [])
