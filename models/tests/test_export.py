"""The tiny model's graphs agree with PyTorch, with padding, cache and folded prompts."""
import json

import numpy as np
import pytest
import torch

from sarvlm.check import differences
from sarvlm.export import digest, export_model, load_checkpoint, save_weights
from sarvlm.model import Config, repeated
from sarvlm.runtime import Runtime
from sarvlm.tiny import tiny_model
from sarvlm.tokenizer import train_tokenizer

PROMPTS = ["Are there ships in the image?", "How many ships?", "What is the object in the area [1, 22, 3, 40]?"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    train_tokenizer(PROMPTS * 3, 1024).save(str(folder / "tokenizer.json"))
    export_model(tiny_model(), folder / "tokenizer.json", folder, "tiny", "1", "none")
    return folder


def test_manifest_names_and_digests(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == "sarscribe-vlm/1"
    assert all(digest(folder / name) == value for name, value in manifest["sha256"].items())
    assert len(manifest["sha256"]) == 3


def test_onnx_and_torch_write_the_same_text(folder):
    noise = np.random.default_rng(1)
    squares = [noise.integers(0, 255, (512, 512), np.uint8), np.zeros((512, 512), np.uint8)]
    assert differences(tiny_model(), Runtime(folder), squares, PROMPTS, 10) == []


def test_the_objects_of_a_class_come_best_first(folder):
    square = np.zeros((512, 512), np.uint8)
    square[100:110, 300:320] = 255
    objects = Runtime(folder).encode(square[None])[2][0]
    assert objects.shape == (Config().objects, 6)
    kept = objects[objects[:, 1] > 0]
    assert len(kept)
    for kind in np.unique(kept[:, 0]):
        assert np.all(np.diff(kept[kept[:, 0] == kind, 1]) <= 0)


def test_a_box_on_a_better_one_is_suppressed():
    centre = torch.tensor([[[0.5, 0.5], [0.52, 0.5], [0.8, 0.5]]])
    size = torch.full((1, 3, 2), 0.2)
    assert repeated(centre, size).flatten().tolist() == [0, 1, 0]


def test_a_batch_gives_each_tile_what_it_gets_alone(folder):
    runtime, noise = Runtime(folder), np.random.default_rng(2)
    squares = noise.integers(0, 255, (3, 512, 512), np.uint8)
    together = runtime.encode(squares)
    for row in range(3):
        for a, b in zip(runtime.encode(squares[row:row + 1]), together):
            np.testing.assert_allclose(a[0], b[row], atol=2e-3)


def test_tokenizer_splits_digits_and_round_trips(folder):
    tokenizer = Runtime(folder).tokenizer
    assert tokenizer.encode("1234").tokens == list("1234")
    assert tokenizer.decode(tokenizer.encode(PROMPTS[2]).ids) == PROMPTS[2]
    assert [tokenizer.token_to_id(t) for t in ("<pad>", "<bos>", "<eos>", "<sep>")] == [0, 1, 2, 3]


def test_the_encoder_sees_small_bright_points():
    model = tiny_model()
    dark, bright = torch.zeros(1, 1, 512, 512), torch.zeros(1, 1, 512, 512)
    bright[0, 0, 257, 131] = 1.0
    with torch.no_grad():
        assert (model.perception(dark)[2] - model.perception(bright)[2]).abs().max() > 0


def test_the_saved_weights_are_a_checkpoint_to_go_on_from(tmp_path):
    model = tiny_model()
    (tmp_path / "tokenizer.json").write_text("{}")
    save_weights({"model": model.state_dict(), "config": model.config.to_dict(), "step": 3}, tmp_path / "tokenizer.json",
                 tmp_path / "weights.pt")
    again, state = load_checkpoint(tmp_path / "weights.pt")
    assert (state["step"], state["tokenizer"]) == (3, "{}")
    for name, value in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=1e-3, atol=1e-4)
