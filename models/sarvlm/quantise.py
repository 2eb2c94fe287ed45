"""Write encoder_int8.onnx: the encoder with its convolutions in integers of eight bits, about twice as fast on a CPU.

    python -m sarvlm.quantise --model default --work WORK
    python -m sarvlm.quantise --model default --tiles-from FOLDER

The ranges of the values between the layers are measured on tiles of the training part, or on a folder of images. Weights are
rounded for each output channel, to seven bits: sums of such products never overflow the sixteen bits in which older CPUs add
pairs of them, so that every CPU computes the same. What decides where objects are (the heads) and the attention stays fp32.
The texts differ a little from those of fp32: `python -m sarvlm.evaluate --precision int8` says how much.
"""
import json
import random
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from .check import image_tiles
from .command import Refusal, command, plainly, positive
from .data import read_cache
from .export import digest
from .runtime import Runtime, read_manifest
from .train import draw

FILE = "encoder_int8.onnx"
QUANTISED = ("Conv", "Add", "Relu")
KEPT = ("/dense/", "/cover/")                   # the heads: heat maps, boxes and land cover
TRUNK = "/perception/"


class Calibration(CalibrationDataReader):
    """Tiles as the encoder takes them, one by one."""

    def __init__(self, squares: np.ndarray, scale: float):
        self.images = iter([{"image": square[None, None].astype(np.float32) * np.float32(scale)} for square in squares])

    def get_next(self) -> dict | None:
        return next(self.images, None)


def write_int8(folder: Path, squares: np.ndarray) -> None:
    """Write the encoder of an exported model once more, with integer convolutions, and name it in the manifest.

    squares: uint8 [n,512,512], tiles like those that will be seen."""
    path = folder / "manifest.json"
    manifest = read_manifest(folder)
    Runtime(folder)                                             # refuses a folder whose graphs cannot be read
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "encoder.onnx"
        quant_pre_process(str(folder / manifest["encoder"]), str(prepared), skip_symbolic_shape=True)
        nodes = onnx.load(prepared).graph.node
        outside = [n.name for n in nodes if not n.name.startswith(TRUNK) or any(part in n.name for part in KEPT)]
        quantize_static(str(prepared), str(folder / FILE), Calibration(squares, manifest["input"]["scale"]),
                        quant_format=QuantFormat.QDQ, op_types_to_quantize=list(QUANTISED), nodes_to_exclude=outside,
                        per_channel=True, reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                        calibrate_method=CalibrationMethod.MinMax)
    manifest["int8"] = {"encoder": FILE}
    manifest["sha256"][FILE] = digest(folder / FILE)
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def training_tiles(work: Path, count: int, seed: int) -> np.ndarray:
    """Tiles of the cache's training part, each source with its share; no other part is looked at."""
    training = [s for s in read_cache(work) if s.split == "train"]
    if not training:
        raise Refusal(f"{work}: the cache has no training tiles")
    return np.stack([s.image for s in draw(training, count, random.Random(seed))])


def main() -> None:
    parser = command("quantise", __doc__)
    parser.add_argument("--model", type=Path, default=Path("default"), help="the folder that sarvlm.export wrote")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--work", type=Path, help="tiles of this cache's training part")
    source.add_argument("--tiles-from", type=Path, help="images of this folder")
    parser.add_argument("--tiles", type=positive, default=128, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=5, help="of the tiles drawn (default: %(default)s)")
    arguments = parser.parse_args()
    with plainly(parser):
        squares = (training_tiles(arguments.work, arguments.tiles, arguments.seed) if arguments.work
                   else image_tiles(arguments.tiles_from, arguments.tiles))
        write_int8(arguments.model, squares)
    before, after = ((arguments.model / name).stat().st_size for name in ("encoder.onnx", FILE))
    print(f"{arguments.model / FILE}: {after:,} bytes beside {before:,}, from {len(squares)} tiles")


if __name__ == "__main__":
    main()
