"""What counts as right, as named, as invented and as found."""
import numpy as np

from sarvlm.data import Sample
from sarvlm.scores import (Row, agreement, aircraft_presence, balanced, best_threshold, by_application, caption_objects, detection,
                           is_real, matches, named, ship_scenes, within_one)
from sarvlm.text import STANDARD, Example, Facts

SHIP = ("ship", 0.1, 0.1, 0.1, 0.1)


def row(application, truth, answer, source="ssdd", prompt="?", scene="a"):
    return Row(Sample(source, scene, "heldout", [], []), Example(application, prompt, truth), answer, 0.5)


def test_only_the_same_number_and_the_same_list_match():
    assert matches("7", "07") and matches("bridge, ship", "ship, bridge.") and matches("yes.", "Yes")
    assert not matches("²", "2") and not matches("11", "1") and not matches("unknown", "no") and not matches("ship", "ship, bridge")


def test_balanced_accuracy_does_not_reward_saying_no():
    rows = [row("identification", "No", "No")] * 9 + [row("identification", "Yes", "No")]
    assert balanced(rows) == 0.5


def test_counts_of_absent_classes_do_not_lift_the_counting_row():
    rows = [row("counting", "0", "0")] * 8 + [row("counting", "3", "4"), row("counting", "2", "2")]
    assert by_application(rows)["counting"] == 0.5
    assert within_one([row("counting", "3", "4"), row("counting", "3", "many")]) == 0.5


def test_the_macro_of_ship_scenes_leaves_other_sources_out():
    rows = [row("counting", "1", "1"), row("referring", "ship", "ship"), row("counting", "1", "2", source="simulator")]
    assert ship_scenes(rows)["macro"] == 1.0
    assert not is_real(row("counting", "1", "1", source="mstar", scene="composed").sample)


def test_a_crop_that_was_drawn_again_is_told_and_counted_once_beside():
    def crop(level: int, scene: str, truth: str, answer: str) -> Row:
        asked = row("identification", truth, answer, "sar-aircraft", STANDARD["identification-aircraft"], scene)
        asked.sample.image = np.full((4, 4), level, np.uint8)
        return asked
    rows = [crop(1, "a", "Yes", "No")] * 3 + [crop(2, "a", "Yes", "Yes"), crop(3, "b", "No", "No")]
    assert aircraft_presence(rows) == {"balanced": 0.625, "crops": 5, "scenes": 2, "balanced_different": 0.75, "different": 3}


def test_a_caption_that_denies_a_class_does_not_name_it():
    assert named("Radar view of open water with no ships.") == {}
    assert named("Open sea without any ship.") == {}
    assert named("There are no ships or aircraft.") == {} and named("No large ships are visible.") == {}
    assert named("More than 30 ships at sea, 2 bridges.") == {"ship": "More than 30", "bridge": "2"}
    assert named("There are 12 ships and 1 small storage tank. No bridges are visible.") == {"ship": "12", "tank": "1"}


def test_recall_and_inventions_of_captions():
    facts = Facts([SHIP], known=frozenset({"ship", "aircraft"}))
    result = caption_objects([(facts, "1 ship and 2 aircraft beside a harbor."), (facts, "Open water.")])
    assert result["recall"] == 0.5
    assert result["invented"] == round(1 / 3, 4)                    # the harbor may be there: its absence is not known


def test_numbers_that_differ_are_seen():
    tiles = [("3 ships at sea.", "There are 3 ships.", {"ship": "3"}), ("3 ships at sea.", "There are 2 ships.", {"ship": "3"}),
             ("Open water.", "Open water.", {"ship": "0"})]
    assert agreement(tiles) == {"same_count": 0.5, "compared": 2}


def test_a_second_box_on_one_object_is_a_false_alarm():
    sample = Sample("ssdd", "a", "heldout", [("ship", 51.2, 51.2, 51.2, 51.2)], ["ship"])
    objects = np.array([[0, 0.9, 0.1, 0.1, 0.1, 0.1], [0, 0.8, 0.1, 0.1, 0.1, 0.1], [0, 0.1, 0.5, 0.5, 0.1, 0.1]])
    assert detection([objects], [sample], [0.5] * 6)["ship"] == {"precision": 0.5, "recall": 1.0, "objects": 1, "f1": 0.667}


def test_the_threshold_gives_the_right_numbers():
    with_ship = Sample("ssdd", "a", "validation", [("ship", 0, 0, 9, 9)], ["ship"])
    without = Sample("ssdd", "b", "validation", [], ["ship"])
    found = [np.array([[0, 0.45, 0, 0, 1, 1], [0, 0.2, 0, 0, 1, 1]]), np.array([[0, 0.3, 0, 0, 1, 1], [0, 0.0, 0, 0, 1, 1]])]
    assert 0.3 < best_threshold(found, [with_ship, without], 0, "ship") <= 0.45
