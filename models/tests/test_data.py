"""Geometry of the cache: letterboxing, turning, cropping, targets."""
import random

import numpy as np

from sarvlm.data import BLANK_SIDES, UNKNOWN, blank, crop_boxes, letterbox, make, turn
from sarvlm.train import cover_target, heat_target


def sample_with_bright_box():
    image = np.zeros((300, 400), np.uint8)
    image[40:60, 100:160] = 255
    return make(image, [("ship", 100, 40, 60, 20)], None, source="s", scene="s", split="train", known=["ship"])


def test_letterbox_shrinks_enlarges_at_most_twice_and_pads():
    assert letterbox(np.ones((1024, 512), np.uint8))[1:] == (256, 512, 0.5)
    square, width, height, scale = letterbox(np.full((50, 100), 7, np.uint8))
    assert (width, height, scale) == (200, 100, 2.0)
    assert square[:100, :200].min() == 7 and square[100:].max() == 0 and square[:, 200:].max() == 0


def test_every_turn_moves_box_and_pixels_together():
    sample = sample_with_bright_box()
    for way in range(8):
        turned = turn(sample, way)
        _, x, y, w, h = (round(v) if isinstance(v, float) else v for v in turned.boxes[0])
        assert turned.image[y + 2:y + h - 2, x + 2:x + w - 2].min() > 200
        assert turned.image.astype(int).sum() == sample.image.astype(int).sum()
        assert (turned.mask == UNKNOWN).sum() == (sample.mask == UNKNOWN).sum()


def test_a_crop_that_cuts_an_object_is_refused():
    assert crop_boxes([("ship", 0, 0, 10, 10)], 8, 0, 50, 50) is None
    assert crop_boxes([("ship", 0, 0, 10, 10)], 20, 20, 50, 50) == []


def test_targets_peak_at_the_object():
    heat, sizes, valid = heat_target([("bridge", 100, 200, 40, 8)], 128)
    row, column = np.argwhere(valid)[0]
    assert (row, column) == (51, 30)
    assert heat[4, row, column] == 1 and heat[0].max() == 0
    assert abs(np.exp(sizes[0, row, column]) * 16 - 40) < 1e-3


def test_cover_target_leaves_unknown_out():
    mask = np.full((128, 128), UNKNOWN, np.uint8)
    mask[:8, :4] = 1
    shares, labelled = cover_target(mask)
    assert shares[1, 0, 0] == 1 and labelled[0, 0] == 0.5 and labelled[1, 1] == 0




def test_blank_images_have_the_shape_asked_for_whatever_their_kind():
    rng, noise = random.Random(3), np.random.default_rng(3)
    for height, width in BLANK_SIDES * 5:
        image = blank(rng, noise, height, width)
        assert image.shape == (height, width) and image.dtype == np.uint8
