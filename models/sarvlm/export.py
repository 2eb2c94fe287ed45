"""Write encoder.onnx, decoder.onnx, tokenizer.json and manifest.json for the Java runtime.

    python -m sarvlm.export --checkpoint WORK/decoder.pt --tokenizer WORK/tokenizer.json --output default
"""
import hashlib
import json
import shutil
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from . import spec
from .checkpoint import load_weights, read_checkpoint, write_checkpoint
from .command import Refusal, command, plainly, positive
from .model import Config, SarVlm
from .tokenizer import load_tokenizer

OPSET = 17
FORMAT = "sarscribe-vlm/1"
OBJECT_THRESHOLD = 0.5


class EncoderGraph(nn.Module):
    """image [B,1,512,512] -> cross_keys, cross_values [B,L,H,N,Dh], objects [B,K,6]."""

    def __init__(self, model: SarVlm):
        super().__init__()
        self.model = model

    def forward(self, image: Tensor):
        grid, cover, objects, details, extent = self.model.perceive(image)
        memory = self.model.memory
        keys, values = memory(grid, cover, objects, details, extent)
        return keys, values, rescaled(objects, memory.counted(objects, memory.summary(grid, cover))[0])


def rescaled(objects: Tensor, counted: Tensor) -> Tensor:
    """Objects [B,K,6] with scores bent so that those counted [B,K,1] have at least OBJECT_THRESHOLD, and only they.

    So the objects that the runtime reports are those that the texts count."""
    score = objects[..., 1:2]
    bent = OBJECT_THRESHOLD * counted + torch.where(counted > 0, 1 - OBJECT_THRESHOLD, 0.999 * OBJECT_THRESHOLD) * score
    return torch.cat([objects[..., :1], bent, objects[..., 2:]], -1)


class DecoderGraph(nn.Module):
    """One graph for the prompt (P = 0) and for every further token."""

    def __init__(self, model: SarVlm):
        super().__init__()
        self.decoder, self.temperature = model.decoder, model.temperature

    def forward(self, tokens, attention_mask, cross_keys, cross_values, past_keys, past_values):
        states, keys, values = self.decoder.states(tokens, attention_mask, cross_keys, cross_values, past_keys, past_values)
        probabilities = torch.softmax(self.decoder.logits(states[:, -1]) / self.temperature, -1)
        probability, token = probabilities.max(-1)
        return token, probability, keys, values


def export_encoder(model: SarVlm, path: Path) -> None:
    image = torch.rand(2, 1, spec.INPUT_SIZE, spec.INPUT_SIZE)
    names = ["cross_keys", "cross_values", "objects"]
    write_graph(EncoderGraph(model), (image,), path, ["image"], names,
                {name: {0: "B"} for name in ["image", *names]})


def export_decoder(model: SarVlm, path: Path) -> None:
    c = model.config
    images, sequences, text, past = 2, 6, 3, 2
    cross = torch.rand(images, c.layers, c.heads, 9, c.head_width)
    cache = torch.rand(c.layers, sequences, c.heads, past, c.head_width)
    arguments = (torch.ones(sequences, text, dtype=torch.long), torch.ones(sequences, past + text, dtype=torch.long),
                 cross, cross.clone(), cache, cache.clone())
    axes = {"tokens": {0: "S", 1: "T"}, "attention_mask": {0: "S", 1: "PT"},
            "cross_keys": {0: "B", 3: "N"}, "cross_values": {0: "B", 3: "N"},
            "past_keys": {1: "S", 3: "P"}, "past_values": {1: "S", 3: "P"},
            "next_token": {0: "S"}, "next_probability": {0: "S"},
            "present_keys": {1: "S", 3: "PT"}, "present_values": {1: "S", 3: "PT"}}
    write_graph(DecoderGraph(model), arguments, path,
                ["tokens", "attention_mask", "cross_keys", "cross_values", "past_keys", "past_values"],
                ["next_token", "next_probability", "present_keys", "present_values"], axes)


def write_graph(module: nn.Module, arguments: tuple, path: Path, inputs: list, outputs: list, axes: dict,
                opset: int = OPSET) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), arguments, str(path), input_names=inputs, output_names=outputs,
                          dynamic_axes=axes, opset_version=opset, dynamo=False)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest(config: Config, folder: Path, name: str, version: str, licence: str, caption_tokens: int) -> None:
    files = ["encoder.onnx", "decoder.onnx", "tokenizer.json"]
    manifest = {
        "format": FORMAT, "name": name, "version": version, "licence": licence,
        "input": {"size": spec.INPUT_SIZE, "channels": 1, "scale": 0.00392156862,
                  "maxEnlargement": spec.MAX_ENLARGEMENT, "resize": spec.RESIZE_RULE},
        "encoder": files[0], "decoder": files[1], "tokenizer": files[2],
        "layers": config.layers, "heads": config.heads, "headDim": config.head_width,
        "tokens": {"pad": spec.PAD, "bos": spec.BOS, "eos": spec.EOS, "sep": spec.SEP},
        "prompts": {"concise": spec.CONCISE_PROMPT, "detailed": spec.DETAILED_PROMPT},
        "maxPositions": config.max_positions, "maxAnswerTokens": spec.MAX_ANSWER_TOKENS, "maxCaptionTokens": caption_tokens,
        "boxBins": spec.BOX_BINS,
        "boxRule": "x and w are multiplied by scale and y and h too, then bin = clamp(floor(100 * value / 512), 0, 99)",
        "objectClasses": list(spec.CLASSES), "objectThreshold": OBJECT_THRESHOLD,
        "confidence": "answers: product of the token probabilities; captions: their geometric mean",
        "sha256": {file: digest(folder / file) for file in files}}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def export_model(model: SarVlm, tokenizer: Path, folder: Path, name: str, version: str, licence: str,
                 caption_tokens: int = spec.MAX_CAPTION_TOKENS) -> None:
    """Write the four files of one model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    export_encoder(model, folder / "encoder.onnx")
    export_decoder(model, folder / "decoder.onnx")
    if tokenizer.resolve() != (folder / "tokenizer.json").resolve():
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
    write_manifest(model.config, folder, name, version, licence, caption_tokens)


def load_checkpoint(path: Path) -> tuple[SarVlm, dict]:
    """-> the model in evaluation mode and what else the checkpoint holds."""
    state = read_checkpoint(path)
    try:
        model = SarVlm(Config(**{k: tuple(v) if isinstance(v, list) else v for k, v in state["config"].items()}))
    except (TypeError, AttributeError) as error:
        raise Refusal(f"{path}: a configuration of another network: {error}") from error
    load_weights(model, state, path)
    return model.eval(), state


def fitting(tokenizer, model: SarVlm, path: Path) -> None:
    """Refuse a vocabulary that the model has no embeddings for."""
    if tokenizer.get_vocab_size() > model.config.vocabulary:
        raise Refusal(f"{path}: {tokenizer.get_vocab_size()} tokens, the checkpoint has {model.config.vocabulary}; give the "
                      "tokenizer.json that it was trained with")


def save_weights(state: dict, tokenizer: Path, path: Path) -> None:
    """The weights in half precision and the vocabulary they belong to: what `sarvlm.train --initial` goes on from."""
    weights = {name: value.half() if value.is_floating_point() and value.ndim > 1 else value for name, value in state["model"].items()}
    write_checkpoint({"model": weights, "config": state["config"], "step": state["step"], "tokenizer": tokenizer.read_text()}, path)


def main() -> None:
    parser = command("export", __doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="WORK/decoder.pt, after sarvlm.calibrate")
    parser.add_argument("--tokenizer", type=Path, required=True, help="WORK/tokenizer.json, which belongs to the checkpoint")
    parser.add_argument("--output", type=Path, default=Path("default"), help="the model's folder (default: %(default)s)")
    parser.add_argument("--name", default="sarvlm-small", help="of the model, in its manifest (default: %(default)s)")
    parser.add_argument("--version", default="1", help="of the model, in its manifest (default: %(default)s)")
    parser.add_argument("--weights", type=Path, help="also write the weights in half precision here, to train on from")
    parser.add_argument("--licence", default="research use; see MODEL_CARD.md", help="in the manifest (default: %(default)s)")
    parser.add_argument("--caption-tokens", type=positive, default=spec.MAX_CAPTION_TOKENS,
                        help="longest caption (%(default)s); graphs of fixed shapes always run for so many steps")
    arguments = parser.parse_args()
    with plainly(parser):
        model, state = load_checkpoint(arguments.checkpoint)
        fitting(load_tokenizer(arguments.tokenizer), model, arguments.tokenizer)
        if arguments.weights:
            save_weights(state, arguments.tokenizer, arguments.weights)
        export_model(model, arguments.tokenizer, arguments.output, arguments.name, arguments.version, arguments.licence,
                     arguments.caption_tokens)
    print(f"{arguments.output}: {arguments.name} {arguments.version} for ONNX Runtime; sarvlm.fixed and sarvlm.quantise add their graphs")


if __name__ == "__main__":
    main()
