"""Writes tiny image captioners with random weights, with the files, inputs and outputs that Hugging
Face Optimum gives a VisionEncoderDecoder model, and what PyTorch generates with them greedily.

    python export_tiny_captioners.py ../resources/dev/sarscribe/captioner/onnx

Needs torch, onnx, pillow and tokenizers. Writes two folders:

    captioner-merged    one decoder graph with `use_cache_branch`; keys and values of the image in the
                        cache (as of BART and TrOCR); bicubic
    captioner-pair      a decoder of the first step and one of the later; only the text in the cache
                        (as of GPT-2); bilinear

Each has an `expected.json` with tokens and probabilities of tiles whose pixels are given by `pixel`.
The reference runs the whole prefix at every step, without any cache.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, compose, helper
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import nn

WIDTH, HEADS, LAYERS, SIZE, PATCH = 24, 2, 2, 24, 8
START, END, MAX_LENGTH = 0, 1, 14
TILES = 4


def pixel(seed, x, y):
    return (x * (7 + seed) ^ y * 13) + seed * 29 & 255


def split(x):
    return x.view(x.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2)


def attend(q, k, v, causal=False):
    scores = q @ k.transpose(2, 3) / math.sqrt(WIDTH // HEADS)
    if causal:
        hidden = torch.ones(q.shape[2], k.shape[2]).triu(1 + k.shape[2] - q.shape[2]).bool()
        scores = scores.masked_fill(hidden, -1e4)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(q.shape[0], -1, WIDTH)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.places = nn.Parameter(torch.randn((SIZE // PATCH) ** 2, WIDTH))

    def forward(self, pixel_values):
        return torch.tanh(self.patches(pixel_values).flatten(2).transpose(1, 2) + self.places)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.cq, self.ck, self.cv = (
            nn.Linear(WIDTH, WIDTH) for _ in range(6)
        )

    def image(self, states):
        return split(self.ck(states)), split(self.cv(states))

    def forward(self, x, past, image, causal):
        k, v = split(self.k(x)), split(self.v(x))
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        x = x + attend(split(self.q(x)), k, v, causal)
        return torch.tanh(x + attend(split(self.cq(x)), *image)), (k, v)


class Decoder(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.places = nn.Embedding(64, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.out = nn.Linear(WIDTH, vocabulary)

    def run(self, ids, images, pasts=None):
        start = 0 if pasts is None else pasts[0][0].shape[2]
        x = self.words(ids) + self.places(torch.arange(ids.shape[1]) + start)
        presents = []
        for i, layer in enumerate(self.layers):
            x, present = layer(x, pasts and pasts[i], images[i], pasts is None)
            presents.append(present)
        return self.out(x), presents


class First(nn.Module):
    """The first step: no cache goes in."""

    def __init__(self, decoder, image_cached):
        super().__init__()
        self.decoder, self.image_cached = decoder, image_cached

    def forward(self, input_ids, encoder_hidden_states):
        images = [layer.image(encoder_hidden_states) for layer in self.decoder.layers]
        logits, presents = self.decoder.run(input_ids, images)
        if self.image_cached:
            presents = [(*p, *i) for p, i in zip(presents, images)]
        return logits, *(tensor for entry in presents for tensor in entry)


class Later(nn.Module):
    """A later step. With the image in the cache its states go in and are not used."""

    def __init__(self, decoder, image_cached):
        super().__init__()
        self.decoder, self.image_cached = decoder, image_cached

    def forward(self, input_ids, encoder_hidden_states, *past):
        each = 4 if self.image_cached else 2
        entries = [past[i : i + each] for i in range(0, len(past), each)]
        if self.image_cached:
            images = [entry[2:] for entry in entries]
        else:
            images = [layer.image(encoder_hidden_states) for layer in self.decoder.layers]
        logits, presents = self.decoder.run(input_ids, images, [e[:2] for e in entries])
        return logits, *(tensor for entry in presents for tensor in entry)


def cache_names(image_cached, with_image=True):
    kinds = ["decoder.key", "decoder.value"] if image_cached else ["key", "value"]
    kinds += ["encoder.key", "encoder.value"] if image_cached and with_image else []
    return [f"{i}.{kind}" for i in range(LAYERS) for kind in kinds]


def export(model, inputs, names, outputs, file):
    free = {0: "batch_size"}
    axes = {name: dict(free) for name in names + outputs}
    for name in names + outputs:
        if name in ("input_ids", "logits"):
            axes[name][1] = "decoder_sequence_length"
        elif "past" in name or "present" in name:
            axes[name][2] = "encoder_sequence_length" if ".encoder." in name else "sequence_length"
        elif name in ("encoder_hidden_states", "last_hidden_state"):
            axes[name][1] = "encoder_sequence_length"
    torch.onnx.export(
        model, inputs, file, input_names=names, output_names=outputs, dynamic_axes=axes,
        opset_version=17, dynamo=False,
    )
    return onnx.load(file)


def merge(first, later, past, file):
    """One graph that chooses between the two, as Optimum's `merge_decoders` makes it."""
    outputs = [output.name for output in first.graph.output]
    branches = {}
    for name, model in (("later", later), ("first", first)):
        graph = compose.add_prefix(model, name + "_", rename_inputs=False).graph
        known = {output.name for output in graph.output}
        for output in outputs:
            if f"{name}_{output}" not in known:
                # The image's keys and values: what the branch does not compute is empty.
                shape = [0, HEADS, 1, WIDTH // HEADS]
                empty = helper.make_tensor(f"{name}_{output}_value", TensorProto.FLOAT, shape, [])
                node = helper.make_node("Constant", [], [f"{name}_{output}"], value=empty)
                graph.node.append(node)
        branches[name] = helper.make_graph(
            graph.node,
            name,
            [],
            [helper.make_tensor_value_info(f"{name}_{o}", TensorProto.FLOAT, None) for o in outputs],
            graph.initializer,
        )
    node = helper.make_node(
        "If", ["use_cache_branch"], outputs,
        then_branch=branches["later"], else_branch=branches["first"],
    )
    switch = helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])
    taken = [i for i in later.graph.input if i.name in past]
    states = list(first.graph.input)
    graph = helper.make_graph([node], "merged", [*states, *taken, switch], first.graph.output)
    model = helper.make_model(graph, opset_imports=first.opset_import, ir_version=first.ir_version)
    onnx.checker.check_model(model)
    onnx.save(model, file)


def tokenizer(folder):
    words = ["<s>", "</s>"] + sorted(pre_tokenizers.ByteLevel.alphabet())
    text = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    text.add_special_tokens(["<s>", "</s>"])
    text.decoder = decoders.ByteLevel()
    text.save(str(folder / "tokenizer.json"))
    return text


def settings(folder, resample, mean, deviation, vocabulary):
    def write(name, value):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")

    write("config.json", {
        "model_type": "vision-encoder-decoder",
        "decoder_start_token_id": START, "eos_token_id": END, "pad_token_id": END,
        "decoder": {"vocab_size": vocabulary},
    })
    write("generation_config.json", {
        "decoder_start_token_id": START, "eos_token_id": [END], "max_length": MAX_LENGTH,
    })
    write("preprocessor_config.json", {
        "do_resize": True, "size": {"height": SIZE, "width": SIZE}, "resample": resample,
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": mean, "image_std": deviation,
    })


def reference(encoder, decoder, text, resample, mean, deviation):
    expected = []
    for seed in range(TILES):
        width, height = 40 + 9 * seed, 31 + 5 * seed
        rows = [[pixel(seed, x, y) for x in range(width)] for y in range(height)]
        tile = Image.fromarray(np.array(rows, np.uint8)).resize((SIZE, SIZE), resample)
        values = torch.tensor(np.array(tile)).double() / 255
        image = torch.stack([(values - m) / d for m, d in zip(mean, deviation)]).float()[None]
        states = encoder(image)
        images = [layer.image(states) for layer in decoder.layers]
        ids, logs = [START], []
        while len(ids) < MAX_LENGTH and (len(ids) == 1 or ids[-1] != END):
            row = decoder.run(torch.tensor([ids]), images)[0][0, -1].double().log_softmax(-1)
            ids.append(int(row.argmax()))
            logs.append(float(row.max()))
        words = [i for i in ids[1:] if i != END]
        expected.append({
            "seed": seed, "width": width, "height": height, "tokens": ids[1:],
            "text": text.decode(words).strip(), "confidence": math.exp(sum(logs) / len(logs)),
        })
    return expected


def write(folder, seed, image_cached, resample, mean, deviation):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    text = tokenizer(folder)
    vocabulary = text.get_vocab_size()
    encoder, decoder = Encoder().eval(), Decoder(vocabulary).eval()
    with torch.no_grad():
        # Wide weights: texts then differ from tile to tile, and some of them end.
        for parameter in [*encoder.parameters(), *decoder.parameters()]:
            parameter *= 2
        decoder.out.bias[END] += 1.5
        settings(folder, resample, mean, deviation, vocabulary)
        expected = reference(encoder, decoder, text, resample, mean, deviation)
        (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
        graphs(folder, encoder, decoder, image_cached)
    for entry in expected:
        print(folder.name, entry["tokens"], round(entry["confidence"], 4))


def graphs(folder, encoder, decoder, image_cached):
    states = torch.randn(2, (SIZE // PATCH) ** 2, WIDTH)
    export(encoder, (torch.randn(2, 3, SIZE, SIZE),), ["pixel_values"], ["last_hidden_state"],
           folder / "encoder_model.onnx")
    names = cache_names(image_cached)
    first = export(
        First(decoder, image_cached), (torch.zeros(2, 3).long(), states),
        ["input_ids", "encoder_hidden_states"], ["logits"] + [f"present.{n}" for n in names],
        folder / "decoder_model.onnx",
    )
    past = [f"past_key_values.{name}" for name in names]
    dims = [states.shape[1] if ".encoder." in name else 3 for name in names]
    cache = [torch.randn(2, HEADS, dim, WIDTH // HEADS) for dim in dims]
    later = export(
        Later(decoder, image_cached), (torch.zeros(2, 1).long(), states, *cache),
        ["input_ids", "encoder_hidden_states"] + past,
        ["logits"] + [f"present.{n}" for n in cache_names(image_cached, with_image=False)],
        folder / "decoder_with_past_model.onnx",
    )
    if image_cached:
        merge(first, later, past, folder / "decoder_model_merged.onnx")
        (folder / "decoder_model.onnx").unlink()
        (folder / "decoder_with_past_model.onnx").unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path)
    target = parser.parse_args().target
    write(target / "captioner-merged", 5, True, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
    write(target / "captioner-pair", 8, False, 2, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
