"""Geometry of the cache: letterboxing, turning, cropping, targets."""
import random
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sarvlm import data, train
from sarvlm.data import (BLANK_SIDES, FOREST, UNKNOWN, URBAN, WATER, Sample, airfield, blank, crop_boxes, is_rare,
                         letterbox, make, overlaid, park, sea_mask, structure, turn)
from sarvlm.train import balanced, cover_target, dimmed, ground, heat_target, restretched, smoothed, tilted, varied, zoomed


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


def test_a_chip_is_parked_where_it_outshines_the_ground_and_never_on_another():
    rng, canvas = random.Random(1), np.full((200, 200), 10, np.float32)
    canvas[:, 100:] = 250
    chip, boxes = np.full((30, 40), 20, np.float32), []
    chip[10:20, 10:30] = 200
    while (box := park(rng, canvas, boxes, chip)) is not None:
        boxes.append(box)
        _, x, y, w, _ = box
        assert canvas[y + 5, x:x + w].max() <= 10                      # the chip's own ground was brighter, and left no frame
    assert boxes and all(x + w <= 100 and 30 <= canvas[y + 15, x + 20] <= 100 for _, x, y, w, h in boxes)
    assert park(rng, canvas[:20, :20], [], chip) is None


def test_the_border_of_a_parked_chip_fades_and_a_faint_one_is_not_parked():
    rng, canvas = random.Random(2), np.full((200, 200), 5, np.float32)
    assert park(rng, canvas, [], np.full((30, 40), 24, np.float32)) is None
    chip = np.full((30, 40), 5, np.float32)
    chip[:, ::4] = 120
    _, x, y, w, h = park(rng, canvas, [], chip)
    part = canvas[y:y + h, x:x + w]
    assert part[h // 2, w // 2] > 36 and max(part[0].max(), part[-1].max(), part[:, 0].max()) < 0.7 * part[h // 2, w // 2]


def test_a_parked_chip_darkens_nothing_and_what_it_would_not_outshine_after_dimming_is_not_parked():
    rng, noise = random.Random(3), np.random.default_rng(3)
    place, boxes = noise.gamma(4, 5, (300, 300)).astype(np.float32), []
    before = place.copy()
    dark = noise.gamma(1, 3, (40, 40)).astype(np.float32)
    dark[15:25, 5:35] = 180
    boxes.append(park(rng, place, boxes, dark))
    assert boxes[0] and (place >= before).all() and place.max() >= 100
    bright = noise.gamma(4, 40, (40, 40)).astype(np.float32)            # speckle of its own, without anything that stands out
    assert park(rng, place, boxes, bright) is None


def test_a_second_airport_is_laid_over_the_first_but_not_over_its_aircraft():
    first, second = np.full((120, 120), 10, np.float32), np.full((120, 120), 200, np.uint8)
    both = overlaid(random.Random(2), first, [("aircraft", 50, 50, 20, 20)], second)
    assert both[44:76, 44:76].max() == 10 and both.max() > 50 and both.min() >= 10


def test_an_airfield_keeps_the_aircraft_of_its_scene_and_gets_more(tmp_path):
    rng, ground = random.Random(5), np.random.default_rng(5).integers(5, 20, (600, 600)).astype(np.uint8)
    chip = np.zeros((40, 40), np.uint8)
    chip[15:25, 5:35] = 255
    Image.fromarray(chip).save(tmp_path / "chip.png")
    ground[:, ::40] = 150
    scenes = [(ground, [("aircraft", 100, 100, 50, 50)])]
    made = [airfield(rng, scenes, scenes, [tmp_path / "chip.png"]) for _ in range(40)]
    counts = [len(boxes) for image, boxes in filter(None, made)]
    assert 0 in counts and max(counts) >= 3
    assert all(image.dtype == np.uint8 and x >= 0 and x + w <= image.shape[1] for image, boxes in filter(None, made) for _, x, _, w, _ in boxes)


def test_a_structure_is_a_bright_piece_of_a_ground_and_never_an_aircraft():
    rng, fence = random.Random(6), np.full((300, 300), 10, np.uint8)
    assert structure(rng, [(fence, [])]) is None
    fence[::10] = 200
    pieces = [structure(rng, [(fence, [])]) for _ in range(20)]
    assert all(28 <= piece.shape[0] <= 131 and piece.max() == 200 for piece in pieces)
    assert all(structure(rng, [(fence, [("aircraft", 0, 0, 300, 300)])]) is None for _ in range(20))
    fence[:, :60] = 255
    beside = [piece for piece in (structure(rng, [(fence, [("aircraft", 0, 0, 60, 300)])]) for _ in range(40)) if piece is not None]
    assert beside and all(piece.max() == 200 for piece in beside)


def test_structures_are_laid_into_an_airfield_and_count_as_nothing(tmp_path):
    rng, plain, fence = random.Random(4), np.full((600, 600), 10, np.uint8), np.full((300, 300), 10, np.uint8)
    fence[::10] = 200
    Image.fromarray(np.full((1200, 1200), 255, np.uint8)).save(tmp_path / "chip.png")       # has room nowhere
    made = [airfield(rng, [(plain, [])], [(fence, [])], [tmp_path / "chip.png"]) for _ in range(20)]
    assert any((image > 50).any() for image, _ in made) and not any(boxes for _, boxes in made)
    marked = [airfield(rng, [(plain, [("aircraft", 250, 250, 100, 100)])], [(fence, [])], [tmp_path / "chip.png"]) for _ in range(30)]
    kept = [image[int(y):int(y + h), int(x):int(x + w)] for image, boxes in filter(None, marked) for _, x, y, w, h in boxes]
    assert kept and all((aircraft == 10).all() for aircraft in kept)


def test_windows_that_are_not_mostly_built_up_are_rare_where_their_cover_is_known():
    mask = np.full((64, 64), 4, np.uint8)
    assert is_rare(mask)
    mask[:32] = URBAN
    assert not is_rare(mask)
    assert not is_rare(np.full((64, 64), UNKNOWN, np.uint8))


def test_objects_are_dimmed_without_vanishing_and_nothing_else_changes():
    noise = np.random.default_rng(4)
    image = noise.integers(8, 13, (100, 100)).astype(np.uint8)
    image[40:50, 40:60] = 200
    kept = [dimmed(image, [("ship", 40, 40, 20, 10)], random.Random(seed)) for seed in range(20)]
    levels = [part[42:48, 42:58].mean() for part in kept]
    assert max(levels) == 200 and 60 < min(levels) < 190
    assert all((part[:30] == image[:30]).all() for part in kept)
    faint = image.copy()
    faint[40:50, 40:60] = 14                                           # hardly more than the clutter: left as it is
    assert all((dimmed(faint, [("ship", 40, 40, 20, 10)], random.Random(seed)) == faint).all() for seed in range(20))


def ellipse_sample(name: str) -> Sample:
    """A bright ellipse of 60 x 30 pixels, built up, in a dark forest."""
    ys, xs = np.ogrid[:512, :512]
    inside = ((xs - 300) / 30) ** 2 + ((ys - 220) / 15) ** 2 <= 1
    return make(np.where(inside, 200, 20).astype(np.uint8), [(name, 270, 205, 60, 30)], np.where(inside, URBAN, FOREST),
                source="s", scene="s", split="train", known=[name])


@pytest.mark.parametrize("angle", (-0.7, 0.3, 0.785))
@pytest.mark.parametrize("source", (192, 256, 416))
def test_a_tilted_window_keeps_every_box_around_its_object_and_the_mask_under_the_image(angle, source):
    turned = tilted(ellipse_sample("aircraft"), 300 - source // 2 - 20, 220 - source // 2 - 30, source, 256, angle)
    (_, x, y, w, h), = turned.boxes
    rows, columns = np.nonzero(turned.image > 110)
    assert abs(columns.min() - x) < 1.6 and abs(columns.max() + 1 - x - w) < 1.6
    assert abs(rows.min() - y) < 1.6 and abs(rows.max() + 1 - y - h) < 1.6
    assert turned.image.shape == (256, 256) and turned.mask.shape == (64, 64)
    covered, cells = np.argwhere(turned.mask == URBAN).mean(0) * 4 + 2, np.argwhere(turned.image > 110).mean(0) + 0.5
    assert np.abs(covered - cells).max() < 1.5 and (turned.mask == URBAN).sum() * 16 == pytest.approx(len(rows), rel=0.2)


@pytest.mark.parametrize("corner", ((0, 0), (400, 0), (300, 420)))
def test_a_tilted_window_has_no_padding_even_in_a_corner_of_a_small_tile(corner):
    tile = make(np.full((200, 150), 90, np.uint8), [], np.full((200, 150), FOREST), source="s", scene="s", split="train", known=[])
    turned = tilted(tile, *corner, 256, 256, 0.7)
    assert (tile.width, tile.height) == (300, 400) and turned.image.min() == 90 and (turned.mask == FOREST).all()


def test_a_tilted_window_stays_about_its_middle_and_drops_what_its_turned_corners_leave_out():
    sample = ellipse_sample("aircraft")
    sample.boxes.append(("aircraft", 174, 94, 20, 20))                  # in a corner of the upright window, not of the turned one
    (_, x, y, w, h), = tilted(sample, 300 - 128, 220 - 128, 256, 256, 0.7).boxes
    assert abs(x + w / 2 - 128) < 2 and abs(y + h / 2 - 128) < 2
    assert len(tilted(sample, 300 - 128, 220 - 128, 256, 256, 0.0).boxes) == 2


def test_windows_of_a_narrow_tile_are_not_tilted():
    narrow = make(np.full((40, 256), 90, np.uint8), [("aircraft", 100, 10, 40, 10)], source="s", scene="s", split="train", known=[])
    assert narrow.height < train.LEAST_TILTED
    assert {round(b[3] / b[4], 3) for seed in range(40) for b in zoomed(narrow, 256, random.Random(seed)).boxes} == {4.0}


def test_only_windows_of_compact_objects_are_tilted():
    def shapes(name: str) -> set:
        boxes = [b for seed in range(60) for b in zoomed(ellipse_sample(name), 256, random.Random(seed)).boxes]
        return {round(w / h, 3) for _, _, _, w, h in boxes}
    assert shapes("ship") == {2.0} and len(shapes("aircraft")) > 5


def test_another_stretch_keeps_the_order_of_levels_and_moves_both_ends():
    x = np.linspace(0, 1, 11, dtype=np.float32)
    drawn = [restretched(x, random.Random(seed), 1.0) for seed in range(50)]
    assert all((np.diff(y) >= 0).all() and 0 <= y.min() and 0.5 <= y.max() <= 1 for y in drawn)
    assert min(y[1] for y in drawn) < 0.07 and max(y[0] for y in drawn) > 0.08
    assert max(y.max() for y in drawn) > 0.95 and min(y.max() for y in drawn) < 0.55


def test_a_smoothed_image_has_less_speckle_and_the_same_mean():
    image = np.random.default_rng(1).integers(20, 120, (64, 64)).astype(np.uint8)
    drawn = [smoothed(image, random.Random(seed)) for seed in range(10)]
    assert all(0.2 < s.std() / image.std() < 0.9 and abs(s.mean() - image.mean()) < 1 for s in drawn)


def test_other_radiometry_leaves_padding_black_and_spares_weak_labels(monkeypatch):
    speckle = np.random.default_rng(1).integers(20, 120, (100, 120)).astype(np.uint8)
    tile = make(speckle, [], source="hrsid", scene="s", split="train", known=[])
    weak = make(speckle, [], source="los-angeles", scene="s", split="train", known=[])

    def draws(sample: Sample) -> list:
        return [varied(sample, random.Random(seed), np.random.default_rng(seed)) for seed in range(40)]

    def floors(sample: Sample) -> np.ndarray:
        return np.array([image[:200, :240].min() for image in draws(sample)])
    assert all(image[200:].max() == 0 == image[:, 240:].max() for image in draws(tile))
    with_all = draws(tile), draws(weak)
    monkeypatch.setattr(train, "SMOOTHED", 0)
    assert any((a != b).any() for a, b in zip(with_all[0], draws(tile))) and all((a == b).all() for a, b in zip(with_all[1], draws(weak)))
    monkeypatch.setattr(train, "RESTRETCHED", 1)
    lifted = floors(tile), floors(weak)
    monkeypatch.setattr(train, "RESTRETCHED", 0)
    assert 0.05 < (lifted[0] - floors(tile)).max() <= 0.1 and 0.02 < (lifted[1] - floors(weak)).max() <= 0.04


def test_airfields_are_composed_of_training_airports_and_training_ground_alone(monkeypatch):
    kinds = {name: np.full((300, 300), level, np.uint8) for level, name in enumerate(("airport", "dry", "other"))}
    taken = []
    monkeypatch.setattr(data, "AIRFIELDS", 25)
    monkeypatch.setattr(data, "read_airports", lambda root: [(Path("0000001.jpg"), []), (Path("0004360.jpg"), [])])
    monkeypatch.setattr(data, "gray", lambda path: kinds["airport"])
    monkeypatch.setattr(data, "dry_pieces", lambda root: [("train", kinds["dry"], None), ("heldout", kinds["other"], None)])
    monkeypatch.setattr(data, "chip_files", lambda root, name: dict.fromkeys(data.SPLITS, [Path("chip.png")]))
    monkeypatch.setattr(data, "airfield", lambda rng, scenes, grounds, chips: taken.append((len(scenes), [g[0].max() for g in grounds])))
    assert list(data.airfields(Path("."), random.Random(1))) == [] and taken == [(1, [0, 1])] * 26


def test_a_block_that_ships_fill_is_of_unknown_cover_and_warns_of_nothing():
    image = np.full((64, 64), 10, np.uint8)
    image[40:] = 150
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mask, setting = sea_mask(image, [("ship", 0, 0, 18, 18)])
    assert setting == "shore" and mask[8, 8] == UNKNOWN and mask[8, 40] == WATER and mask[60, 8] == UNKNOWN


def test_rare_grounds_are_drawn_more_often_than_they_come_and_every_tile_of_one_once_a_round():
    def land(cover: int, known: tuple = ()) -> Sample:
        return Sample("land", "", "train", [], list(known), mask=np.full((128, 128), cover, np.uint8))
    order = balanced([land(URBAN)] * 100 + [land(FOREST)] * 4, random.Random(7))
    drawn = [next(order) for _ in range(3000)]
    assert 0.12 < sum(i >= 100 for i in drawn) / 3000 < 0.22               # 2 of 12, not 4 of 104
    assert {drawn.count(i) for i in range(100, 104)} <= set(range(90, 180))
    known = balanced([land(URBAN, ("ship",))] * 100 + [land(FOREST, ("ship",))] * 4, random.Random(7))
    assert sorted(next(known) for _ in range(104)) == list(range(104))     # where objects are known the ground says nothing


def test_grounds_with_and_without_a_building_are_apart():
    def wood(buildings: int) -> Sample:
        mask = np.full((128, 128), FOREST, np.uint8)
        mask[:buildings] = URBAN
        return Sample("land", "", "train", [], [], mask=mask)
    assert ground(wood(0)) != ground(wood(20)) == ground(wood(40)) != ground(wood(100))
    lone = wood(0)
    lone.mask[0, :80] = URBAN                                              # under half a percent of 128 x 128
    assert ground(lone) == ground(wood(0)) != ground(wood(1))
