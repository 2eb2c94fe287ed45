"""One decision says how many objects there are; tallies, tokens and reported objects follow it."""
import math
import random

import pytest
import torch

from sarvlm.export import rescaled
from sarvlm.model import FAINT
from sarvlm.spec import CLASSES
from sarvlm.text import Facts, boxed
from sarvlm.tiny import tiny_model
from sarvlm.train import as_counted, carried, count_loss, fade, known_counts, with_phantoms


def objects_of(*rows: tuple) -> torch.Tensor:
    """(class, score) of each object, the rest of the 48 empty -> [1,48,6]."""
    out = torch.zeros(1, 48, 6)
    for k, (name, score) in enumerate(rows):
        out[0, k] = torch.tensor([CLASSES.index(name), score, 0.1 * k, 0.1, 0.05, 0.05])
    return out


def anywhere(memory) -> torch.Tensor:
    """The summary of a tile of which nothing else is known."""
    return torch.zeros(1, memory.scene.in_features)


@pytest.fixture
def memory():
    """The memory of a model whose count head adds nothing to the number above the threshold."""
    memory = tiny_model().memory
    torch.nn.init.zeros_(memory.number[2].weight)
    torch.nn.init.zeros_(memory.number[2].bias)
    memory.threshold.fill_(0.5)
    return memory


def test_an_untrained_head_counts_the_objects_above_the_threshold(memory):
    logits = memory.count_logits(objects_of(("ship", 0.9), ("ship", 0.5), ("aircraft", 0.6), ("ship", 0.49)),
                                 anywhere(memory))
    assert logits.argmax(-1)[0].tolist() == [2, 1, 0, 0, 0, 0]


def test_the_place_decides_with_the_scores_how_many_there_are(memory):
    objects, airfield = objects_of(("ship", 0.9)), anywhere(memory)
    airfield[0, 0] = 1.0
    with torch.no_grad():
        memory.scene.weight.zero_()
        memory.scene.bias.zero_()
        memory.scene.weight[0, 0] = 10.0                              # one unit sees the airfield
        memory.number[0].weight.zero_()
        memory.number[0].weight[0, -len(memory.scene.bias)] = 1.0
        memory.number[2].weight[0, 0] = 100.0                         # and then there is nothing
    assert memory.counted(objects, airfield)[0].sum() == 0
    assert memory.counted(objects, anywhere(memory))[0].sum() == 1


def test_as_many_of_a_class_are_counted_as_the_head_says_the_best_first(memory):
    objects = objects_of(("ship", 0.9), ("aircraft", 0.8), ("ship", 0.7), ("ship", 0.4))
    with torch.no_grad():
        memory.number[2].bias[3] = 100.0                          # three of everything
    counted, sure = memory.counted(objects, anywhere(memory))
    assert counted[0, :5, 0].tolist() == [1, 1, 1, 1, 0]          # of the aircraft there is only one
    assert sure.shape == (1, len(CLASSES), 1)


def test_a_suppressed_box_is_never_counted(memory):
    with torch.no_grad():
        memory.number[2].bias[3] = 100.0
    objects = objects_of(("ship", 0.9), ("ship", 0.0), ("ship", 0.3))
    assert memory.counted(objects, anywhere(memory))[0][0, :3, 0].tolist() == [1, 0, 1]


def test_the_objects_reported_are_those_counted(memory):
    objects = objects_of(("ship", 0.9), ("aircraft", 0.51), ("ship", 0.5), ("ship", 0.45))
    scores = rescaled(objects, memory.counted(objects, anywhere(memory))[0])[0, :, 1]
    assert (scores >= 0.5).tolist()[:5] == [True, True, True, False, False]
    assert scores.max() <= 1


def test_tallies_hold_the_number_of_each_class_and_of_all(memory):
    objects = objects_of(("ship", 0.9), ("ship", 0.8), ("bridge", 0.7))
    counted, sure = memory.counted(objects, anywhere(memory))
    tallies = memory.tallies(objects, counted, sure, torch.ones(1, 2))
    assert tallies[0, :, :memory.counts].argmax(-1).tolist() == [2, 0, 0, 0, 1, 0, 3]


def test_where_an_invented_object_costs_more_it_must_be_surer(memory):
    objects, bias = objects_of(("ship", 0.9), ("ship", 0.8), ("aircraft", 0.7)), memory.number[2].bias
    memory.absence.fill_(math.log(3.0))
    assert memory.counted(objects, anywhere(memory))[0].sum() == 3
    with torch.no_grad():
        bias[0] = 3.5                                               # e**0.5 times likelier than none: less than three times
    assert memory.counted(objects, anywhere(memory))[0].sum() == 0
    memory.absence.zero_()
    assert memory.counted(objects, anywhere(memory))[0].sum() == 3


def test_unknown_numbers_teach_nothing():
    logits = torch.zeros(1, 2, 5, requires_grad=True)
    assert count_loss(logits, torch.tensor([[-1, -1]])).item() == 0
    known = count_loss(logits, torch.tensor([[-1, 3]]))
    known.backward()
    assert logits.grad[0, 0].abs().sum() == 0 and logits.grad[0, 1, 3] < 0


def test_numbers_are_known_where_absence_is_and_few_enough():
    boxes = [("ship", 0.1, 0.1, 0.1, 0.1)] * 3
    assert known_counts(Facts(boxes, known=frozenset(("ship", "bridge"))), 48) == [3, -1, -1, -1, 0, -1]
    assert known_counts(Facts(boxes), 2)[0] == -1


def test_faded_objects_keep_their_places_and_lose_their_scores():
    objects = objects_of(*[("ship", 0.9)] * 20)[0]
    faded = fade(objects, random.Random(1))
    assert torch.equal(faded[:, [0, 2, 3, 4, 5]], objects[:, [0, 2, 3, 4, 5]])
    assert (faded[:20, 1] <= objects[:20, 1]).all() and faded[:20, 1].min() > FAINT / 2 and faded[:20, 1].std() > 0.05


def test_the_box_of_an_object_is_answered_by_its_class():
    facts = Facts([("bridge", 0.1, 0.2, 0.3, 0.1)])
    assert [e.answer for e in boxed(facts, facts.boxes, random.Random(2))] == ["bridge"]


def test_texts_about_what_is_counted_hold_just_those_objects(memory):
    objects = objects_of(("ship", 0.9), ("ship", 0.8), ("bridge", 0.7), ("ship", 0.3))[0]
    for seed in range(20):
        kept, facts = as_counted(memory, objects, anywhere(memory)[0], Facts([], setting="sea"), random.Random(seed))
        there = [CLASSES[int(row[0])] for row in kept if row[1] >= 0.5]
        assert sorted(name for name, *_ in facts.boxes) == sorted(there) and facts.setting == "sea"
    assert facts.boxes[0][1:] == pytest.approx(tuple(kept[kept[:, 1] >= 0.5][0, 2:].tolist()))


def test_where_a_counted_class_may_be_incomplete_the_truth_stays(memory):
    objects = objects_of(("ship", 0.9), ("tank", 0.8))[0]
    truth = Facts([("ship", 0.0, 0.1, 0.05, 0.05)], known=frozenset(("ship",)))
    told = [as_counted(memory, objects, anywhere(memory)[0], truth, random.Random(seed))[1] for seed in range(30)]
    assert truth in told and all(facts.known.issuperset(name for name, *_ in facts.boxes) for facts in told)


def test_phantoms_are_of_classes_that_neither_the_tile_nor_its_kind_of_place_has():
    objects, facts = objects_of(("aircraft", 0.9), *[("aircraft", 0.1)] * 9)[0], Facts([("aircraft", 0, 0.1, 0.05, 0.05)], setting="apron")
    details, classes = torch.arange(48.0).unsqueeze(1), set()
    for seed in range(40):
        seen, rows = with_phantoms(objects, details, facts, random.Random(seed))
        good = [CLASSES[int(row[0])] for row in seen if row[1] >= 0.25]
        assert good.count("aircraft") == 1 and len(good) >= 2
        assert (seen[:-1, 1] >= seen[1:, 1]).all()                                          # still the best first
        assert torch.equal(seen[:, 2], objects[rows[:, 0].long(), 2])                       # and each with its own details
        classes.update(good)
    assert classes == {"aircraft", "ship", "tank", "bridge", "harbor"}
    assert objects[1:10, 1].max() < 0.2


def test_where_any_class_could_be_nothing_is_a_phantom():
    objects = objects_of(("ship", 0.9), ("ship", 0.1))[0]
    for facts in (Facts([]), Facts([], known=frozenset({"ship"}), setting="sea")):
        assert torch.equal(with_phantoms(objects, objects, facts, random.Random(1))[0], objects)


def test_weights_of_fewer_inputs_go_on_as_they_were():
    old, x = torch.randn(3, 4), torch.randn(2, 6)
    new = carried(torch.randn(3, 6), old)
    assert torch.allclose(x @ new.T, x[:, :4] @ old.T)
    own = torch.randn(5, 6)
    assert carried(own, old) is own and carried(torch.randn(3, 4), old) is old
