"""The same model as graphs of fixed shapes for TensorRT, each with its whole greedy loop inside.

    python -m sarvlm.fixed --checkpoint WORK/decoder.pt --model default --batch 8

writes `encoder_fixed.onnx`, `answers_fixed.onnx` and `captions_fixed.onnx` beside the graphs of `sarvlm.export`, which must be
there, and names them in `manifest.json`. Run it again after every export: that writes a manifest without them.

Shapes: B images, Q prompts of each, S = B * Q rows (the prompts of one image adjacent), P prompt tokens, T new tokens,
C = P + T places of the key and value buffers, L layers, H heads, Dh head width, N memory tokens.
"""
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from . import spec
from .command import Refusal, command, plainly, positive
from .export import EncoderGraph, digest, load_checkpoint, write_graph
from .model import SarVlm
from .runtime import Runtime, left_padded, read_manifest
from .static import fold, problems
from .text import STANDARD
from .tokenizer import load_tokenizer

OPSET = 16
MASKED = 1e4            # the CPU graph takes 1e9 off a hidden score; that is -inf in half precision, and a padding row then NaN
MIN_PROMPT_TOKENS = 32  # room for free questions with a box


@dataclass(frozen=True)
class Size:
    """The fixed numbers of one decoder graph."""
    images: int
    memory: int
    prompts: int
    prompt_tokens: int
    new_tokens: int

    @property
    def rows(self) -> int:
        return self.images * self.prompts

    @property
    def places(self) -> int:
        return self.prompt_tokens + self.new_tokens


class Writer(nn.Module):
    """What the prompt and every further token share: the choice of the next token."""

    def __init__(self, model: SarVlm, size: Size):
        super().__init__()
        self.decoder, self.temperature, self.size = model.decoder, model.temperature, size

    def choose(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """state [S,width] -> the likeliest token int32 and its probability [S,1]."""
        probability, token = torch.softmax(self.decoder.logits(state) / self.temperature, -1).max(-1, keepdim=True)
        return token.to(torch.int32), probability


class PromptGraph(Writer):
    """Reads the left-padded prompts and writes the first token."""

    def forward(self, cross_keys: Tensor, cross_values: Tensor, tokens: Tensor, mask: Tensor) -> tuple:
        """cross [B,L,H,N,Dh], tokens and mask int32 [S,P] -> for the loop: the prompts' lengths [S,1], which buffer places may
        ever be read [S,C]; and its first state: token, alive (1 until <eos>) [S,1], tokens, probabilities [S,T] and for
        each layer the key buffer, then for each the value buffer [S,H,C,Dh]."""
        size, layers = self.size, self.decoder.config.layers
        there = mask.to(torch.float32)
        length = there.sum(1, keepdim=True)
        column = torch.arange(size.prompt_tokens)
        # A padded row's positions count from its first token; no running sum, which TensorRT makes a loop of.
        position = (column - (size.prompt_tokens - length)).clamp(min=0).to(torch.int32)
        earlier = (column.unsqueeze(0) <= column.unsqueeze(1)).to(torch.float32)                       # [P,P]
        bias = (earlier * there.unsqueeze(1) - 1).unsqueeze(1) * MASKED                                # [S,1,P,P]
        nothing = [None] * layers
        states, keys, values = self.decoder.read(tokens, position, bias, cross_keys, cross_values, nothing, nothing)
        token, probability = self.choose(states[:, size.prompt_tokens - 1])  # not -1: TensorRT's Gather counts from the start
        first = torch.arange(size.new_tokens) == 0
        buffers = [F.pad(t, (0, 0, 0, size.new_tokens)) for t in keys + values]
        return (length, F.pad(there, (0, size.new_tokens), value=1.0), token, alive_after(token),
                torch.where(first, token, spec.PAD), torch.where(first, probability, 0.0), *buffers)


class StepGraph(Writer):
    """Feeds the last token and writes the next: the body of the loop."""

    def forward(self, index: Tensor, cross_keys: Tensor, cross_values: Tensor, length: Tensor, seen: Tensor, token: Tensor,
                alive: Tensor, tokens: Tensor, probabilities: Tensor, *buffers: Tensor) -> tuple:
        """index int64 [] of the trip, then the outputs of `PromptGraph` -> the next state."""
        layers = self.decoder.config.layers
        trip = index.to(torch.int32)
        place, column = trip + self.size.prompt_tokens, torch.arange(self.size.places, dtype=torch.int32)
        visible = seen * (column <= place).to(torch.float32)
        bias = ((visible - 1) * MASKED).unsqueeze(1).unsqueeze(1)                                      # [S,1,1,C]
        position = length.to(torch.int32) + trip
        slot = (column == place).unsqueeze(1)                                                          # [C,1]
        states, keys, values = self.decoder.read(token, position, bias, cross_keys, cross_values,
                                                 buffers[:layers], buffers[layers:], slot)
        chosen, probability = self.choose(states[:, 0])
        chosen = torch.where(alive > 0, chosen, spec.PAD)
        here = torch.arange(self.size.new_tokens, dtype=torch.int32) == trip + 1
        return (chosen, alive * alive_after(chosen), torch.where(here, chosen, tokens),
                torch.where(here, probability * alive, probabilities), *keys, *values)


def alive_after(token: Tensor) -> Tensor:
    """token int32 [S,1] -> 1.0 unless it is <eos>."""
    return 1.0 - (token == spec.EOS).to(torch.float32)


# ---- ONNX ----------------------------------------------------------------------------------------------------

def traced(module: nn.Module, arguments: tuple, inputs: list, outputs: list) -> onnx.ModelProto:
    """The module as an ONNX graph for exactly the shapes of the arguments."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.onnx"
        write_graph(module, arguments, path, inputs, outputs, {}, OPSET)
        return fold(onnx.load(path))


class Weights:
    """Floating-point initialisers by content, so that the prompt and the loop's body share one copy.

    Shapes, axes and indices stay in the graph that uses them: shape inference does not look for them outside a body."""

    def __init__(self):
        self.shared: dict = {}

    def take(self, graph: onnx.GraphProto, prefix: str) -> tuple[dict, list]:
        """-> a new name for each of the graph's initialisers, and those that are not shared, renamed."""
        names, own = {}, []
        for tensor in graph.initializer:
            array = numpy_helper.to_array(tensor)
            if array.dtype == np.float32:
                key = (array.shape, array.tobytes())
                self.shared.setdefault(key, numpy_helper.from_array(array, f"weight_{len(self.shared)}"))
                names[tensor.name] = self.shared[key].name
            else:
                names[tensor.name] = prefix + tensor.name
                own.append(numpy_helper.from_array(array, names[tensor.name]))
        return names, own


def adopt(graph: onnx.GraphProto, weights: Weights, prefix: str, names: dict) -> tuple[list, list]:
    """The graph's nodes with every tensor renamed (by `names`, else with the prefix), and the initialisers of its own."""
    renamed, own = weights.take(graph, prefix)
    names = {"": "", **renamed, **names}
    nodes = []
    for node in graph.node:
        new = onnx.NodeProto()
        new.CopyFrom(node)
        new.name = prefix + node.name
        new.input[:] = [names.get(n, prefix + n) for n in node.input]
        new.output[:] = [names.get(n, prefix + n) for n in node.output]
        nodes.append(new)
    return nodes, own


def encoder_model(model: SarVlm, images: int) -> onnx.ModelProto:
    """image float32 [B,1,512,512] -> cross_keys, cross_values, objects."""
    image = torch.rand(images, 1, spec.INPUT_SIZE, spec.INPUT_SIZE)
    return traced(EncoderGraph(model), (image,), ["image"], ["cross_keys", "cross_values", "objects"])


@torch.no_grad()
def decoder_model(model: SarVlm, size: Size) -> onnx.ModelProto:
    """cross_keys, cross_values, prompt_tokens, prompt_mask int32 [S,P] -> tokens int32 and probabilities float32 [S,T].

    After <eos> a row holds <pad> with probability 0.

    The prompt and the step are traced as two plain graphs and the step is put into a `Loop` by hand. A scripted Python loop
    would be exported with a condition and If nodes, which TensorRT cannot fold, and with its own copy of the weights. The
    tokens are loop-carried buffers, not scan outputs, so that every shape is known without the trip count."""
    config, layers = model.config, range(model.config.layers)
    shared = ["cross_keys", "cross_values", "length", "seen"]
    state = ["token", "alive", "tokens", "probabilities", *[f"keys_{i}" for i in layers], *[f"values_{i}" for i in layers]]
    cross = torch.rand(size.images, config.layers, config.heads, size.memory, config.head_width)
    prompt = torch.ones(size.rows, size.prompt_tokens, dtype=torch.int32)
    module, first = PromptGraph(model, size).eval(), (cross, cross.clone(), prompt, prompt.clone())
    opening = traced(module, first, shared[:2] + ["prompt_tokens", "prompt_mask"], shared[2:] + state).graph
    step = traced(StepGraph(model, size), (torch.tensor(0), *first[:2], *module(*first)), ["index"] + shared + state,
                  ["next_" + name for name in state]).graph
    weights, outer = Weights(), {name: name for name in [*shared, "prompt_tokens", "prompt_mask"]}
    nodes, own = adopt(opening, weights, "prompt/", {**outer, **{name: "first_" + name for name in state}})
    body = loop_body(step, weights, outer, state)
    trips = numpy_helper.from_array(np.array(size.new_tokens - 1), "trips")
    # No condition: with one, TensorRT's trip limit is computed by the device and its shapes are dynamic.
    loop = helper.make_node("Loop", ["trips", "", *["first_" + n for n in state]],
                            [n if n in ("tokens", "probabilities") else "last_" + n for n in state], "loop", body=body)
    outputs = [helper.make_tensor_value_info(n, t, (size.rows, size.new_tokens))
               for n, t in (("tokens", TensorProto.INT32), ("probabilities", TensorProto.FLOAT))]
    carried = [helper.make_tensor_value_info(loop.output[state.index(v.name)], v.type.tensor_type.elem_type, dimensions(v))
               for v in step.input if v.name in state and v.name not in ("tokens", "probabilities")]
    graph = helper.make_graph([*nodes, loop], "decoder_fixed", opening.input, outputs,
                              [trips, *own, *weights.shared.values()], value_info=carried)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="sarvlm")


def loop_body(step: onnx.GraphProto, weights: Weights, outer: dict, state: list) -> onnx.GraphProto:
    """The step as the body of a `Loop`: trip and condition first, the shared tensors and weights from the outer graph."""
    go_on = helper.make_node("Constant", [], ["step/go_on"], value=helper.make_tensor("go_on", TensorProto.BOOL, [], [True]))
    inputs = {v.name: v for v in step.input}
    carried = [helper.make_tensor_value_info("step/" + n, inputs[n].type.tensor_type.elem_type, dimensions(inputs[n]))
               for n in state]
    results = [helper.make_tensor_value_info("step/next_" + n, inputs[n].type.tensor_type.elem_type, dimensions(inputs[n]))
               for n in state]
    nodes, own = adopt(step, weights, "step/", outer)
    return helper.make_graph(
        [go_on, *nodes], "step",
        [helper.make_tensor_value_info("step/index", TensorProto.INT64, []),
         helper.make_tensor_value_info("step/condition", TensorProto.BOOL, []), *carried],
        [helper.make_tensor_value_info("step/go_on", TensorProto.BOOL, []), *results], own)


def dimensions(value: onnx.ValueInfoProto) -> list:
    return [d.dim_value for d in value.type.tensor_type.shape.dim]


# ---- the model folder ----------------------------------------------------------------------------------------

def prompt_tokens(tokenizer, prompts: list) -> int:
    """A length, in eights, that holds <bos>, each of the prompts and <sep>."""
    longest = max(len(tokenizer.encode(p, add_special_tokens=False).ids) for p in prompts) + 2
    return max(MIN_PROMPT_TOKENS, -(-longest // 8) * 8)


def write_fixed(model: SarVlm, folder: Path, batch: int) -> None:
    """Write the three graphs into an exported model's folder and name them in its manifest."""
    path = folder / "manifest.json"
    manifest = read_manifest(folder)
    tokenizer = load_tokenizer(folder / manifest["tokenizer"])
    kinds = {"answers": (list(STANDARD.values()), manifest["maxAnswerTokens"]),
             "captions": (list(manifest["prompts"].values()), manifest["maxCaptionTokens"])}
    entry = {"batch": batch, "encoder": {"file": "encoder_fixed.onnx"}}
    encoder = encoder_model(model, batch)
    save(encoder, folder / "encoder_fixed.onnx")
    memory = dimensions(encoder.graph.output[0])[3]
    for kind, (prompts, limit) in kinds.items():
        size = Size(batch, memory, len(prompts), prompt_tokens(tokenizer, prompts), limit)
        if size.places > model.config.max_positions:
            raise Refusal(f"{kind}: {size.places} positions, the model has {model.config.max_positions}")
        save(decoder_model(model, size), folder / f"{kind}_fixed.onnx")
        entry[kind] = {"file": f"{kind}_fixed.onnx", "prompts": size.prompts, "promptTokens": size.prompt_tokens,
                       "newTokens": size.new_tokens}
    manifest["fixed"] = entry
    manifest["sha256"] |= {entry[k]["file"]: digest(folder / entry[k]["file"]) for k in ("encoder", *kinds)}
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph that TensorRT's parser is expected to take; refuse any other."""
    if found := problems(model):
        raise ValueError("\n  ".join([f"{path.name} is not for TensorRT:", *found]))
    onnx.save(model, path)


class FixedRuntime(Runtime):
    """The graphs of fixed shapes under ONNX Runtime on the CPU: the reference for padding a batch to them."""

    def __init__(self, folder: Path, threads: int = 1):
        super().__init__(folder, threads)
        if "fixed" not in self.manifest:
            raise Refusal(f"{folder} has no graphs of fixed shapes; write them with python -m sarvlm.fixed")
        self.fixed = self.manifest["fixed"]
        self.sessions = {kind: self.session(self.fixed[kind]["file"]) for kind in ("encoder", "answers", "captions")}

    def encode(self, squares: np.ndarray) -> list:
        """uint8 [n,512,512] for any n -> cross keys, cross values, objects; missing tiles of the last batch are black."""
        scale, parts = np.float32(self.manifest["input"]["scale"]), []
        for first in range(0, len(squares), self.fixed["batch"]):
            image = self.filled(squares[first:first + self.fixed["batch"], None].astype(np.float32) * scale)
            parts.append(self.sessions["encoder"].run(None, {"image": image}))
        return [np.concatenate(part)[:len(squares)] for part in zip(*parts)]

    def filled(self, array: np.ndarray) -> np.ndarray:
        """[n,...] -> [B,...] with zeros."""
        return np.concatenate([array, np.zeros((self.fixed["batch"] - len(array), *array.shape[1:]), array.dtype)])

    def write(self, keys: np.ndarray, values: np.ndarray, prompts: list, limit: int) -> list:
        """As `Runtime.write`, by the graph with the fewest new tokens that are enough, in groups of its prompts."""
        kind = next((k for k in ("answers", "captions") if self.fixed[k]["newTokens"] >= limit), None)
        if kind is None:
            raise ValueError(f"{limit} new tokens; the longest graph writes {self.fixed['captions']['newTokens']}")
        batch, width = self.fixed["batch"], self.fixed[kind]["prompts"]
        out = [[] for _ in prompts]
        for first in range(0, len(prompts), batch):
            cross = [self.filled(a[first:first + batch]) for a in (keys, values)]
            for column in range(0, len(prompts[0]), width):
                group = [tile[column:column + width] for tile in prompts[first:first + batch]]
                for tile, rows in zip(out[first:first + batch], self.run(kind, *cross, group, limit)):
                    tile.extend(rows)
        return out

    def run(self, kind: str, keys: np.ndarray, values: np.ndarray, prompts: list, limit: int) -> list:
        """One run: at most B tiles with at most Q prompts each; rows without a prompt hold only padding."""
        fixed, batch, given = self.fixed[kind], self.fixed["batch"], len(prompts[0])
        length, rows = fixed["promptTokens"], [self.prompt(text) for tile in prompts for text in tile]
        if (longest := max(map(len, rows))) > length:
            raise ValueError(f"a prompt of {longest} tokens; {fixed['file']} takes {length}")
        tokens = np.full((batch, fixed["prompts"], length), self.special["pad"], np.int32)
        mask = np.zeros_like(tokens)
        for whole, part in zip((tokens, mask), left_padded(rows, length, self.special["pad"], np.int32)):
            whole[:len(prompts), :given] = part.reshape(len(prompts), given, length)
        ids, probabilities = self.sessions[kind].run(None, {
            "cross_keys": keys, "cross_values": values,
            "prompt_tokens": tokens.reshape(-1, length), "prompt_mask": mask.reshape(-1, length)})
        shape = (batch, fixed["prompts"], -1)
        return [[self.until_end(i[:limit], p[:limit]) for i, p in zip(a[:given], b[:given])]
                for a, b in zip(ids.reshape(shape)[:len(prompts)], probabilities.reshape(shape))]

    def until_end(self, ids: np.ndarray, probabilities: np.ndarray) -> tuple[list, list]:
        """The row's tokens before <eos>, and their probabilities with that of <eos>."""
        ends = np.flatnonzero(ids == self.special["eos"])
        end = int(ends[0]) if len(ends) else len(ids)
        return ids[:end].tolist(), probabilities[:end + 1].tolist()


def main() -> None:
    parser = command("fixed", __doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="the one that the model was exported from")
    parser.add_argument("--model", type=Path, default=Path("default"), help="the folder that sarvlm.export wrote")
    parser.add_argument("--batch", type=positive, default=8, help="tiles of one run (default: %(default)s)")
    arguments = parser.parse_args()
    with plainly(parser):
        model, _ = load_checkpoint(arguments.checkpoint)
        write_fixed(model, arguments.model, arguments.batch)
    print(f"{arguments.model}: graphs of fixed shapes for batches of {arguments.batch}; sarvlm.check compares them with the others")


if __name__ == "__main__":
    main()
