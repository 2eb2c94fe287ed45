"""Crops of one scene are found, scenes that only look alike are not."""
import numpy as np
import pytest
from PIL import Image

from sarvlm.data import without_twins
from sarvlm.twins import likeness, with_twin


def speckle(seed: int, height: int, width: int) -> np.ndarray:
    """A bright object in four-look speckle."""
    rng = np.random.default_rng(seed)
    image = 40 * rng.gamma(4, 0.25, (height, width))
    image[height // 2:height // 2 + 12, width // 2:width // 2 + 40] += 150
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture
def files(tmp_path):
    scene = speckle(1, 300, 400)
    parts = {"left": scene[:220, :260], "right": scene[40:, 90:], "other": speckle(2, 220, 260)}
    for name, part in parts.items():
        Image.fromarray(part).save(tmp_path / f"{name}.png")
    return {name: tmp_path / f"{name}.png" for name in parts}


def test_two_crops_of_one_scene_are_alike_and_others_are_not():
    scene = speckle(1, 300, 400)
    assert likeness(scene[:220, :260], scene[40:, 90:]) > 0.99
    assert likeness(scene, speckle(2, 300, 400)) < 0.6
    assert likeness(np.zeros((30, 30), np.uint8), np.zeros((30, 30), np.uint8)) == 0


def test_a_held_out_crop_of_a_training_scene_is_found(files):
    assert with_twin([files["left"], files["other"]], [files["right"]], 0.6) == {files["left"]}
    assert with_twin([files["left"]], [], 0.6) == set()


def test_a_validation_crop_of_a_held_out_scene_is_left_out_and_the_held_out_one_is_kept(files):
    parts = {"train": [files["other"]], "validation": [files["left"]], "heldout": [files["right"]]}
    assert without_twins(parts, 0.6) == {**parts, "validation": []}
    parts = {"train": [files["left"]], "validation": [files["other"]], "heldout": [files["right"]]}
    assert without_twins(parts, 0.6) == {**parts, "heldout": []}
