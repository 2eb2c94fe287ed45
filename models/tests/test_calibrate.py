"""The temperature undoes overconfidence of whole answers."""
import numpy as np
import torch

from sarvlm.calibrate import best_temperature, confidences, drawn
from sarvlm.data import make


def answers_with(scale: float) -> tuple[list, list]:
    """Two-token answers whose honest logits are known, enlarged by `scale`, and whether each came true."""
    generator = torch.Generator().manual_seed(0)
    honest = torch.randn(4000, 2, 5, generator=generator) * 2
    drawn = torch.distributions.Categorical(logits=honest)
    torch.manual_seed(1)
    right = (drawn.sample() == honest.argmax(-1)).all(-1).tolist()
    return list(honest * scale), right


def test_overconfident_answers_get_a_temperature_above_one():
    assert abs(best_temperature(*answers_with(2.0)) - 2.0) < 0.11


def test_honest_answers_keep_theirs():
    assert abs(best_temperature(*answers_with(1.0)) - 1.0) < 0.11


def test_the_confidence_of_an_answer_is_the_product_of_its_tokens():
    rows = torch.log(torch.tensor([[0.8, 0.2], [0.3, 0.7]]))
    np.testing.assert_allclose(confidences([rows], 1.0), [0.56], rtol=1e-5)


def test_a_tile_draws_its_questions_by_itself_and_none_where_it_answers_none():
    shown = {"source": "ssdd", "split": "validation", "known": ["ship"]}
    tiles = [make(np.full((60, 60), level, np.uint8), [("ship", 10, 10, 9, 9)], scene="s", **shown) for level in (5, 6)]
    asked = [[e.prompt for e in drawn(tile, 2, 10)] for tile in tiles]
    assert asked == [[e.prompt for e in drawn(tile, 2, 10)] for tile in tiles] and asked[0] != asked[1]
    assert len(asked[0]) == 10 and asked[0] != [e.prompt for e in drawn(tiles[0], 3, 10)]
    assert drawn(make(np.full((60, 60), 5, np.uint8), [], scene="s", source="mine", split="validation", known=[]), 2, 10) == []
