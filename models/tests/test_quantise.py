"""The encoder in integers: the same model, nearly the same numbers."""
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from sarvlm.check import random_tiles
from sarvlm.data import make, write_cache
from sarvlm.export import digest
from sarvlm.model import GRID_SIDE
from sarvlm.quantise import FILE, training_tiles, write_int8
from sarvlm.runtime import Runtime

DEFAULT = Path(__file__).parents[1] / "default"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEFAULT, tmp_path / "model", ignore=shutil.ignore_patterns("*_fixed.onnx", FILE))
    return tmp_path / "model"


def test_the_manifest_names_the_encoder_with_its_digest(folder: Path):
    write_int8(folder, random_tiles(2))

    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["int8"] == {"encoder": FILE}
    assert manifest["sha256"][FILE] == digest(folder / FILE)


def test_every_convolution_but_those_of_the_heads_has_integer_weights(folder: Path):
    write_int8(folder, random_tiles(2))

    graph = onnx.load(folder / FILE).graph
    made_by = {output: node for node in graph.node for output in node.output}
    floats = [n.name for n in graph.node if n.op_type == "Conv" and made_by.get(n.input[1], n).op_type != "DequantizeLinear"]
    assert sorted(floats) == ["/perception/cover/Conv", "/perception/dense/Conv"]


def test_what_the_decoder_reads_of_the_grid_is_nearly_that_of_the_encoder_in_floats(folder: Path):
    tiles = random_tiles(3)
    write_int8(folder, tiles)

    exact, rounded = (Runtime(folder, precision=p).encode(tiles) for p in ("fp32", "int8"))
    grid = GRID_SIDE ** 2                                          # the objects come after it, faint ones in an order of chance
    for a, b in zip(exact[:2], rounded[:2]):
        assert a.shape == b.shape
        assert np.corrcoef(a[:, :, :, :grid].ravel(), b[:, :, :, :grid].ravel())[0, 1] > 0.98


def test_a_model_without_such_an_encoder_cannot_be_run_in_integers(folder: Path):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.pop("int8")
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(ValueError, match="sarvlm.quantise"):
        Runtime(folder, precision="int8")


def test_ranges_are_measured_on_training_tiles_alone(tmp_path: Path):
    values = {"train": 10, "validation": 100, "heldout": 200}
    write_cache((make(np.full((512, 512), value + i, np.uint8), [], source="ssdd", scene=f"{split}{i}", split=split, known=[])
                 for split, value in values.items() for i in range(4)), tmp_path)
    assert sorted(tile.max() for tile in training_tiles(tmp_path, 3, 1))[-1] < 14
    assert sorted(tile.max() for tile in training_tiles(tmp_path, 99, 1)) == [10, 11, 12, 13]
