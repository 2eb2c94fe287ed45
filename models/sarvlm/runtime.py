"""The exported model under ONNX Runtime: the reference for the Java runtime's decode loop."""
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

from .command import Refusal
from .data import letterbox
from .text import rewrite_boxes
from .tokenizer import load_tokenizer


def left_padded(rows: list, length: int, pad: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Token ids of each row -> tokens and mask [S,length], the text at the right end."""
    tokens = np.array([[pad] * (length - len(r)) + r for r in rows], dtype)
    return tokens, np.array([[0] * (length - len(r)) + [1] * len(r) for r in rows], dtype)


class Generated(NamedTuple):
    """A text with the probability of the whole of it (the confidence of an answer) and the geometric mean of its tokens'
    probabilities (the confidence of a caption, whose many wordings share the probability)."""
    text: str
    probability: float
    mean_probability: float


def read_manifest(folder: Path) -> dict:
    """What `sarvlm.export` wrote; a `Refusal` where it is broken."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise Refusal(f"{path}: not a JSON file: {error}") from error
    if not isinstance(manifest, dict) or not manifest.keys() >= {"input", "encoder", "decoder", "tokenizer", "tokens", "prompts", "sha256"}:
        raise Refusal(f"{path}: not the manifest of a model that sarvlm.export wrote")
    return manifest


class Runtime:
    """Encoder once per tile, then greedy decoding of all prompts of all tiles together.

    precision: fp32, or int8 where `sarvlm.quantise` has written an encoder for it."""

    def __init__(self, folder: Path, threads: int = 1, precision: str = "fp32"):
        self.folder, self.manifest, self.threads = folder, read_manifest(folder), threads
        if precision == "int8" and "int8" not in self.manifest:
            raise Refusal(f"{folder} has no encoder in int8; write it with python -m sarvlm.quantise")
        encoder = (self.manifest["int8"] if precision == "int8" else self.manifest)["encoder"]
        self.encoder, self.decoder = self.session(encoder), self.session(self.manifest["decoder"])
        self.tokenizer = load_tokenizer(folder / self.manifest["tokenizer"])
        self.special = self.manifest["tokens"]

    def session(self, file: str) -> onnxruntime.InferenceSession:
        """One graph of the model's folder."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        content = (self.folder / file).read_bytes()
        try:
            return onnxruntime.InferenceSession(content, options)
        except Exception as error:                              # the library's own errors have no common base
            raise Refusal(f"{self.folder / file}: no graph that ONNX Runtime reads: {error}") from error

    def encode(self, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """uint8 [B,512,512] -> cross keys, cross values, objects."""
        image = squares[:, None].astype(np.float32) * np.float32(self.manifest["input"]["scale"])
        return self.encoder.run(None, {"image": image})

    def prompt(self, text: str) -> list:
        return [self.special["bos"], *self.tokenizer.encode(text, add_special_tokens=False).ids, self.special["sep"]]

    def generate(self, keys: np.ndarray, values: np.ndarray, prompts: list, limit: int) -> list:
        """prompts: Q texts for each of the B tiles -> Q `Generated` for each tile."""
        return [[self.generated(*pair) for pair in tile] for tile in self.write(keys, values, prompts, limit)]

    def generated(self, ids: list, probabilities: list) -> Generated:
        log = sum(math.log(min(1.0, max(p, 1e-9))) for p in probabilities)
        return Generated(self.tokenizer.decode(ids), math.exp(log), math.exp(log / max(1, len(probabilities))))

    def write(self, keys: np.ndarray, values: np.ndarray, prompts: list, limit: int) -> list:
        """prompts: Q texts for each of the B tiles -> Q pairs (token ids without <eos>, probabilities with that of <eos>)."""
        rows = [self.prompt(text) for tile in prompts for text in tile]
        tokens, mask = left_padded(rows, max(map(len, rows)), self.special["pad"], np.int64)
        m, count = self.manifest, len(rows)
        past = [np.zeros((m["layers"], count, m["heads"], 0, m["headDim"]), np.float32)] * 2
        out, alive = [([], []) for _ in rows], np.ones(count, bool)
        for _ in range(limit):
            token, probability, *past = self.decoder.run(None, {
                "tokens": tokens, "attention_mask": mask, "cross_keys": keys, "cross_values": values,
                "past_keys": past[0], "past_values": past[1]})
            for row in np.flatnonzero(alive):
                out[row][1].append(float(probability[row]))
                if token[row] == self.special["eos"]:
                    alive[row] = False
                else:
                    out[row][0].append(int(token[row]))
            if not alive.any():
                break
            tokens = token[:, None]
            mask = np.concatenate([mask, np.ones((count, 1), np.int64)], 1)
        width = len(prompts[0])
        return [out[i:i + width] for i in range(0, count, width)]

    def ask(self, image: np.ndarray, questions: list) -> list:
        """One uint8 image of any size and questions with boxes in its pixels -> `Generated` for each."""
        square, _, _, scale = letterbox(image)
        keys, values, _ = self.encode(square[None])
        limit = self.manifest["maxCaptionTokens"]
        return self.generate(keys, values, [[rewrite_boxes(q, scale) for q in questions]], limit)[0]
