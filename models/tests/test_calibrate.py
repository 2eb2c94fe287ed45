"""The temperature fit."""
import torch

from sarvlm.calibrate import best_temperature


def test_overconfident_logits_get_a_temperature_above_one():
    torch.manual_seed(0)
    honest = torch.randn(4000, 5)
    targets = torch.distributions.Categorical(logits=honest).sample()
    assert abs(best_temperature(honest, targets) - 1) < 0.11
    assert best_temperature(honest * 1.8, targets) > 1.6
