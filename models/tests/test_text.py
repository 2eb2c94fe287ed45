"""The grammar says only what is true, in the standard wordings."""
import random
import re
from collections import Counter
from pathlib import Path

import pytest
import torch

from sarvlm.model import content_extent, named_places
from sarvlm.scores import named
from sarvlm.spec import CLASSES, POSITIONS
from sarvlm.text import (EMPTY, STANDARD, Facts, box_text, captions, examples, in_area, most_position, occupied, portion, position, rewrite_boxes,
                         share_word, standard_answers, unknowable)

SEA = Facts([("ship", 0.1, 0.2, 0.05, 0.05), ("ship", 0.15, 0.5, 0.05, 0.05), ("ship", 0.8, 0.4, 0.05, 0.05)], 1.0, 0.75,
            cover={"water": 1.0}, water=True, setting="sea")
CITY = Facts([("tank", 0.1, 0.2, 0.05, 0.05), ("bridge", 0.15, 0.5, 0.1, 0.05)], cover={"urban": 0.6, "water": 0.3, "field": 0.1},
             cover_place={"water": "left"}, water=True)


def test_boxes_are_rewritten_into_bins_of_the_square():
    assert rewrite_boxes("What is in the area [56.0, 191.0, 112.0, 122.0]?", 1.0) == "What is in the area [10, 37, 21, 23]?"
    assert rewrite_boxes("[1024, 0, 5000, 2]", 0.5) == "[99, 0, 99, 0]"
    assert rewrite_boxes("[-4, 0, 10, 10]", 1.0) == "[0, 0, 1, 1]"


@pytest.mark.parametrize("text", ["[1, 2, 3]", "[1, 2, 3, 4, 5]", "no box", "[a, b, c, d]"])
def test_other_brackets_stay(text):
    assert rewrite_boxes(text, 0.5) == text


def test_training_boxes_read_as_the_runtime_writes_them():
    pixels = (56.0, 191.0, 112.0, 122.0)
    assert box_text(("ship", *(v / 512 for v in pixels))) == rewrite_boxes(str(list(pixels)), 1.0)


def test_position_is_relative_to_the_content_not_to_the_padding():
    assert position(("ship", 0.45, 0.6, 0.1, 0.1), Facts([], 1.0, 0.75)) == "bottom"
    assert position(("ship", 0.45, 0.3, 0.1, 0.1), Facts([], 1.0, 0.75)) == "center"


def test_most_position_needs_one_winner():
    assert most_position(SEA.boxes, SEA) == "left"
    assert most_position([("ship", 0, 0.4, 0.1, 0.1), ("ship", 0.9, 0.4, 0.1, 0.1)], SEA) is None


def test_standard_answers():
    answers = standard_answers(SEA)
    assert set(answers) <= set(STANDARD)
    assert answers["counting-ship"] == "3"
    assert answers["classification-visible"] == "ship"
    assert answers["identification-harbor"] == "No"
    assert answers["land-cover"] == "Water"
    assert standard_answers(CITY)["urban"] == "Yes"


def test_absence_is_never_claimed_of_classes_without_truth():
    facts = Facts(SEA.boxes, known=frozenset({"ship"}))
    answers = standard_answers(facts)
    assert "identification-harbor" not in answers and "classification-visible" not in answers
    for seed in range(40):
        for example in examples(facts, random.Random(seed)):
            assert not any(word in example.prompt for word in ("harbor", "bridge")) or "The classes are" in example.prompt


def test_captions_state_the_right_number():
    for seed in range(40):
        concise, detailed = captions(SEA, random.Random(seed))
        assert "3 ships" in concise.answer and "3 ships" in detailed.answer
        assert 2 <= detailed.answer.count(".") <= 3
        assert concise.answer.count(".") == 1


def test_words_are_ascii_and_colourless():
    for facts in (SEA, CITY):
        for seed in range(40):
            for example in examples(facts, random.Random(seed)):
                assert example.answer.isascii() and example.answer
                assert not any(c in example.answer.lower() for c in ("green", "blue", "white", "brown", "gray"))


def test_share_words_cover_the_range():
    assert [share_word(s) for s in (0.0, 0.25, 0.5, 1.0)] == ["none", "about a quarter", "about half", "all"]


def test_every_class_can_be_asked_for():
    text = " ".join(e.prompt for seed in range(60) for e in examples(CITY, random.Random(seed)))
    assert all(name in text for name in CLASSES if name != "vehicle") and "car" in text


def test_the_tallies_name_places_by_the_same_rule_as_the_texts():
    rng = random.Random(3)
    for _ in range(500):
        width, height = rng.uniform(0.3, 1), rng.uniform(0.3, 1)
        x, y = rng.uniform(0, 1), rng.uniform(0, 1)
        offset = torch.tensor([[[x - 0.5, y - 0.5]]])
        places = [name for name, here in zip(POSITIONS, named_places(offset)) if here.item()]
        assert places == [position(("ship", x * width, y * height, 0, 0), Facts([], width, height))]


def test_the_content_of_a_letterboxed_image_is_measured():
    image = torch.zeros(2, 1, 512, 512)
    image[0, :, :256, :384] = 0.5
    image[1, :, 127, 511] = 1
    assert content_extent(image).tolist() == [[0.75, 0.5], [1, 0.25]]


def test_the_standard_questions_are_those_that_the_pipeline_asks():
    path = Path(__file__).parents[2] / "captioner/src/main/resources/dev/sarscribe/captioner/sarlang-standard.yaml"
    asked = dict(re.findall(r'\{id: ([\w-]+), application: \w+, text: "([^"]*)"\}', path.read_text()))
    assert asked == STANDARD


def test_an_area_is_answered_by_the_class_inside_and_not_where_its_edge_decides():
    facts = Facts([("ship", 0.4, 0.4, 0.1, 0.1), ("tank", 0.7, 0.7, 0.1, 0.1)])
    assert in_area(facts, ("", 0.3, 0.3, 0.3, 0.3)) == "ship"
    assert in_area(facts, ("", 0.0, 0.0, 0.2, 0.2)) == "none"
    assert in_area(facts, ("", 0.3, 0.3, 0.7, 0.7)) is None
    assert in_area(facts, ("", 0.44, 0.3, 0.2, 0.3)) is None
    assert in_area(Facts([], known=frozenset({"ship"})), ("", 0.1, 0.1, 0.2, 0.2)) is None


def test_what_cannot_be_known_is_mostly_unknown_and_never_certain():
    rng = random.Random(3)
    answers = Counter(e.answer for _ in range(400) for e in unknowable(Facts([], setting="unclear"), rng))
    assert answers.most_common(1)[0][0] == "Unknown" and answers["Unknown"] < 0.7 * sum(answers.values())
    assert all(e.application == "beyond" for e in unknowable(Facts([("ship", 0.4, 0.4, 0.1, 0.1)]), rng))


def test_an_image_that_shows_nothing_is_captioned_without_objects():
    for example in captions(Facts([], setting="unclear"), random.Random(1)):
        assert named(example.answer) == {}


def beside(count: int, *others: tuple) -> Facts:
    """`count` ships on the left and others where they are told to be."""
    return Facts([("ship", 0.02, 0.4 + 0.01 * i, 0.02, 0.02) for i in range(count)] + [("ship", *o, 0.02, 0.02) for o in others])


@pytest.mark.parametrize(("facts", "word"), [(beside(2), "both"), (beside(3), "all of them"), (beside(2, (0.5, 0.9), (0.5, 0.02)), "half of them"),
                                             (beside(3, (0.5, 0.9)), "most of them")])
def test_most_is_more_than_half(facts, word):
    assert portion(facts.boxes, facts, "left") == word


def test_all_of_the_image_is_said_of_no_cover_beside_others():
    assert share_word(0.95) == "nearly all" and share_word(0.99) == "all"


def test_armoured_vehicles_are_called_neither_cars_nor_tanks():
    facts = Facts([("vehicle", 0.4, 0.4, 0.05, 0.05)], setting="ground", water=False)
    texts = [t for seed in range(80) for e in examples(facts, random.Random(seed)) for t in (e.prompt, e.answer)]
    assert not [t for t in texts if re.search(r"\bcars?\b|(?<!storage )\btanks?\b", t)]


def test_comparisons_and_orientations_follow_from_the_boxes():
    facts = Facts([("ship", 0.1, 0.1, 0.2, 0.05), ("bridge", 0.5, 0.5, 0.02, 0.1), ("bridge", 0.7, 0.5, 0.02, 0.1)])
    found = {e.prompt: e.answer for seed in range(200) for e in examples(facts, random.Random(seed))}
    assert found["What is the orientation of the ship?"] == "Horizontal"
    assert not [p for p in found if "orientation of the bridge" in p]
    assert found["Are there more bridges than ships?"] == "Yes" and found["Are there more ships than bridges?"] == "No"
    assert found["Is there more than 1 bridge?"] == "Yes" and found["Are there more than 2 bridges?"] == "No"


def test_a_chip_fills_the_middle_only_where_it_does():
    small = Facts([("vehicle", 0.45, 0.45, 0.1, 0.1)], setting="ground", chip=True)
    large = Facts([("vehicle", 0.2, 0.2, 0.6, 0.6)], setting="ground", chip=True)
    for facts, word, other in ((small, "lies in", "fills"), (large, "fills", "lies in")):
        told = " ".join(c.answer for seed in range(20) for c in captions(facts, random.Random(seed)))
        assert word in told and other not in told


@pytest.mark.parametrize(("setting", "expected"), [("sea", "ship"), ("apron", "aircraft"), ("ground", "vehicle")])
def test_a_place_without_its_usual_objects_is_captioned_so(setting, expected):
    for seed in range(10):
        told = [c.answer for c in captions(Facts([], setting=setting), random.Random(seed))]
        assert len(told) == 2 and not any(named(text) for text in told) and re.search(expected, told[1])
    assert not captions(Facts([], setting=setting, known=frozenset()), random.Random(1))


def test_areas_about_objects_hold_them():
    rng, facts, asked = random.Random(4), Facts([("ship", 0.4, 0.3, 0.05, 0.04), ("ship", 0.02, 0.5, 0.05, 0.05)], 1.0, 0.75), 0
    for _ in range(60):
        for example in occupied(facts, rng):
            x, y, w, h = (int(v) / 100 for v in re.search(r"\[(\d+), (\d+), (\d+), (\d+)\]", example.prompt).groups())
            inside = [n for n, bx, by, bw, bh in facts.boxes if x - 0.01 < bx + bw / 2 < x + w + 0.02 and y - 0.01 < by + bh / 2 < y + h + 0.02]
            assert example.answer == "ship" and inside and w > 0.13 and h > 0.1
            asked += 1
    assert asked > 50 and occupied(Facts([]), rng) == []


def test_concise_captions_of_an_empty_place_begin_alike_and_name_no_object():
    for texts in EMPTY.values():
        assert len(set(texts)) > 1 and len({tuple(text.split()[:2]) for text in texts}) == 1
        assert not any(named(text) for text in texts)
