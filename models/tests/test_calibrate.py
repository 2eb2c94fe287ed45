"""The temperature undoes overconfidence of whole answers."""
import numpy as np
import torch

from sarvlm.calibrate import best_temperature, confidences


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
