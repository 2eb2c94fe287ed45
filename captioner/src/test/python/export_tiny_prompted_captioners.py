"""Writes tiny models with random weights in the layouts of the Hub's ONNX exports of Florence-2 and
SmolVLM, and what the classes of the transformers library generate with the same weights greedily.

    python export_tiny_prompted_captioners.py ../resources/dev/sarscribe/captioner/onnx

Needs torch, transformers, onnx, onnxruntime, pillow, tokenizers and jinja2. Writes folders:

    florence-merged    one decoder graph with `use_cache_branch`; no three tokens come twice
    florence-pair      what differs with a decoder of the first step and one of the later; texts of
                       its own for the tasks, questions among them; anything may come twice
    smolvlm            one decoder graph, whose cache may be empty; Lanczos
    smolvlm-grouped    its decoder with ONNX Runtime's GroupQueryAttention, as some exports have it

Each has an `expected.json` with texts and confidences of tiles whose pixels are given by `pixel`: a
caption's is the geometric mean of its tokens' probabilities, an answer's their product. A token that
is forced is not counted.
"""

import argparse
import json
import math
from pathlib import Path

import jinja2
import numpy as np
import onnx
import onnxruntime
import torch
from export_tiny_captioners import HEADS, LAYERS, WIDTH, cache_names, merge, pixel
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from torch import nn
from transformers import (
    DynamicCache,
    EncoderDecoderCache,
    Florence2Config,
    Florence2ForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

SIZE, TILES, MAX_NEW_TOKENS = 32, 3, 12
QUESTIONS = ["Ships?", "How many aircraft are visible?", "Is there water?"]


def tokenizer(folder, special, frame=None):
    words = special + sorted(pre_tokenizers.ByteLevel.alphabet())
    text = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    text.add_special_tokens(special)
    text.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    text.decoder = decoders.ByteLevel()
    if frame:
        text.post_processor = processors.TemplateProcessing(
            single=f"{frame[0]} $A {frame[1]}",
            special_tokens=[(word, special.index(word)) for word in frame],
        )
    text.save(str(folder / "tokenizer.json"))
    return text


def write_json(folder, name, value):
    (folder / name).write_text(json.dumps(value, indent=1) + "\n")


def tile(seed, resample, mean, deviation):
    width, height = 40 + 9 * seed, 31 + 5 * seed
    rows = [[pixel(seed, x, y) for x in range(width)] for y in range(height)]
    image = Image.fromarray(np.array(rows, np.uint8)).resize((SIZE, SIZE), resample)
    values = torch.tensor(np.array(image)).double() / 255
    return torch.stack([(values - m) / d for m, d in zip(mean, deviation)]).float()[None]


def export(model, given, outputs, file, free):
    """`given` is a dict of name to example, `free` of name to the axes that are free beside 0."""
    names = list(given)
    axes = {
        name: {0: "batch_size"} | {axis: f"{name}_{axis}" for axis in free.get(name, [])}
        for name in names + outputs
    }
    torch.onnx.export(
        model, tuple(given.values()), file, input_names=names, output_names=outputs,
        dynamic_axes=axes, opset_version=17, dynamo=False,
        custom_opsets={"com.microsoft": 1}, autograd_inlining=False,
    )
    return slim(file)


def slim(file):
    """Computes what is constant, and gives short names to what is inside: a fifth of the bytes."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(file)
    onnxruntime.InferenceSession(str(file), options)
    model = onnx.load(file)
    kept = {value.name for value in [*model.graph.input, *model.graph.output]}
    names = {}

    def short(name):
        return name if not name or name in kept else names.setdefault(name, f"t{len(names)}")

    for tensor in model.graph.initializer:
        tensor.name = short(tensor.name)
    for node in model.graph.node:
        node.name = node.doc_string = ""
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
        if node.domain == "com.microsoft":
            # A newer runtime writes down defaults that an older one does not know.
            given = [a for a in node.attribute if a.name in ("num_heads", "kv_num_heads")]
            del node.attribute[:]
            node.attribute.extend(given)
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, file)
    return model


def additive(shown):
    """A mask of 1 and 0 as what is added to scores."""
    return (1.0 - shown.float()) * -1e9


def causal(mask, width):
    """`[B,P+T]` as `[B,1,T,P+T]`: each of T tokens sees those before it that are not padding."""
    columns = torch.arange(mask.shape[1])
    last = columns[-width:]
    return additive((columns[None] <= last[:, None])[None, None] * mask[:, None, None])


def generated(model, inputs, forced, **settings):
    """Tokens, without what was forced, and the logarithms of their probabilities."""
    result = model.generate(
        **inputs, do_sample=False, num_beams=1, max_new_tokens=MAX_NEW_TOKENS,
        output_scores=True, return_dict_in_generate=True, **settings,
    )
    scores = [score[0].double().log_softmax(-1) for score in result.scores]
    tokens = result.sequences[0, -len(scores):].tolist()
    logs = [float(score[token]) for score, token in zip(scores, tokens)]
    return tokens[forced:], logs[forced:]


def entry(text, generation, special, is_caption):
    tokens, logs = generation
    total = sum(logs) / (len(logs) if is_caption else 1)
    words = [token for token in tokens if token >= special]
    return {"text": text.decode(words).strip(), "tokens": tokens, "confidence": math.exp(total)}


def expected(folder, text, special, describe, captions, questions):
    entries = []
    for seed in range(TILES):
        entries.append({
            "seed": seed, "width": 40 + 9 * seed, "height": 31 + 5 * seed,
            "captions": [entry(text, describe(seed, c), special, True) for c in captions],
            "answers": [entry(text, describe(seed, q), special, False) for q in questions],
        })
        for kind in ("captions", "answers"):
            for one in entries[-1][kind]:
                print(folder.name, seed, kind, one["tokens"], round(one["confidence"], 4))
    write_json(folder, "expected.json", entries)


class Wrapped(nn.Module):
    def __init__(self, model, call):
        super().__init__()
        self.model, self.call = model, call

    def forward(self, *given):
        return self.call(self.model, *given)


def widen(model, factor, end):
    """Random weights of a new model are so small that its texts would not depend on the image."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter *= factor
        model.lm_head.weight *= 2
        # Some texts end.
        model.lm_head.weight[end] *= 2


# Florence-2

FLORENCE_SPECIAL = ["<s>", "<pad>", "</s>"]
FEATURES = (SIZE // 8) ** 2 + 1


def florence_encoder(model, embeds, mask):
    return model.model.language_model.encoder(
        inputs_embeds=embeds, attention_mask=additive(mask[:, None, None])
    )[0]


def florence_decoder(model, embeds, states, states_mask, *past):
    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    for i in range(len(past) // 4):
        entry = past[4 * i : 4 * i + 4]
        cache.self_attention_cache.update(entry[0], entry[1], i)
        cache.cross_attention_cache.update(entry[2], entry[3], i)
        cache.is_updated[i] = True
    before = past[0].shape[2] if past else 0
    ones = torch.ones(embeds.shape[0], before + embeds.shape[1])
    width = embeds.shape[1]
    hidden = model.model.language_model.decoder(
        inputs_embeds=embeds, attention_mask=causal(ones, width), encoder_hidden_states=states,
        encoder_attention_mask=additive(states_mask[:, None, None]).expand(-1, -1, width, -1),
        past_key_values=cache, use_cache=True,
    )[0]
    own, image = cache.self_attention_cache.layers, cache.cross_attention_cache.layers
    presents = []
    for i in range(LAYERS):
        presents += [own[i].keys, own[i].values]
        presents += [] if past else [image[i].keys, image[i].values]
    return model.lm_head(hidden), *presents


def florence_encoders(folder, model):
    export(
        Wrapped(model, lambda m, x: m.model.get_image_features(x).pooler_output),
        {"pixel_values": torch.randn(2, 3, SIZE, SIZE)}, ["image_features"],
        folder / "vision_encoder.onnx", {},
    )
    embedding(folder, model)
    length = {"inputs_embeds": [1], "attention_mask": [1], "last_hidden_state": [1]}
    given = {"inputs_embeds": torch.randn(2, 20, WIDTH), "attention_mask": torch.ones(2, 20).long()}
    export(
        Wrapped(model, florence_encoder), given, ["last_hidden_state"],
        folder / "encoder_model.onnx", length,
    )


def florence_decoders(folder, model, is_merged):
    states, mask = torch.randn(2, 20, WIDTH), torch.ones(2, 20).long()
    given = {
        "inputs_embeds": torch.randn(2, 2, WIDTH), "encoder_hidden_states": states,
        "encoder_attention_mask": mask,
    }
    names = cache_names(True)
    free = {name: [1] for name in given} | {"logits": [1]}
    free |= {f"{kind}.{name}": [2] for name in names for kind in ("present", "past_key_values")}
    first = export(
        Wrapped(model, florence_decoder), given, ["logits"] + [f"present.{n}" for n in names],
        folder / "decoder_model.onnx", free,
    )
    past = {
        f"past_key_values.{name}":
            torch.randn(2, HEADS, 20 if ".encoder." in name else 3, WIDTH // HEADS)
        for name in names
    }
    later = export(
        Wrapped(model, florence_decoder), given | past,
        ["logits"] + [f"present.{n}" for n in cache_names(True, with_image=False)],
        folder / "decoder_with_past_model.onnx", free,
    )
    if is_merged:
        merge(first, later, list(past), folder / "decoder_model_merged.onnx")
        (folder / "decoder_model.onnx").unlink()
        (folder / "decoder_with_past_model.onnx").unlink()


def embedding(folder, model):
    export(
        Wrapped(model, lambda m, ids: m.get_input_embeddings()(ids)),
        {"input_ids": torch.zeros(2, 3).long()}, ["inputs_embeds"], folder / "embed_tokens.onnx",
        {"input_ids": [1], "inputs_embeds": [1]},
    )


def florence(folder, seed, is_merged):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    text = tokenizer(folder, FLORENCE_SPECIAL, ("<s>", "</s>"))
    image_token = text.get_vocab_size()
    bart = {
        "model_type": "bart", "vocab_size": image_token + 1, "d_model": WIDTH,
        "encoder_layers": 1, "decoder_layers": LAYERS, "encoder_attention_heads": HEADS,
        "decoder_attention_heads": HEADS, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
        "max_position_embeddings": 128, "decoder_start_token_id": 2, "forced_eos_token_id": None,
    }
    vision = {
        "depths": (1, 1), "patch_size": (7, 3), "patch_stride": (4, 2), "patch_padding": (3, 1),
        "patch_prenorm": (False, True), "embed_dim": (8, 16), "num_heads": (2, 2),
        "num_groups": (2, 2), "window_size": 4, "projection_dim": WIDTH,
    }
    config = Florence2Config(text_config=bart, vision_config=vision, image_token_id=image_token)
    config._attn_implementation = "eager"
    model = Florence2ForConditionalGeneration(config).eval()
    widen(model, 9, 2)
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    rules = {"forced_bos_token_id": 0, "no_repeat_ngram_size": 3 if is_merged else 0}
    write_json(folder, "config.json", {
        "model_type": "florence2", "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1,
        "text_config": {
            "decoder_start_token_id": 2, "max_position_embeddings": 128, "max_length": 20,
        },
    })
    write_json(folder, "generation_config.json", {
        "decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1,
        "max_new_tokens": MAX_NEW_TOKENS, "num_beams": 3, **rules,
    })
    tasks = {"task_prompts_without_inputs": {
        "<CAPTION>": "What does it show?", "<MORE_DETAILED_CAPTION>": "Describe it well.",
    }, "task_prompts_with_input": {"<VQA>": "Question: {input}"}}
    write_json(folder, "preprocessor_config.json", {
        "do_resize": True, "size": {"height": SIZE, "width": SIZE}, "resample": 3,
        "do_center_crop": False, "crop_size": {"height": SIZE, "width": SIZE},
        "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": mean, "image_std": deviation, **({} if is_merged else tasks),
    })

    def describe(seed, prompt):
        ids = [image_token] * FEATURES + text.encode(prompt).ids
        inputs = {
            "input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids)).long(),
            "pixel_values": tile(seed, Image.BICUBIC, mean, deviation),
        }
        return generated(
            model, inputs, 1, decoder_start_token_id=2, eos_token_id=2, pad_token_id=1, **rules
        )

    captions = list(tasks["task_prompts_without_inputs"].values())
    if is_merged:
        captions = [
            "What does the image describe?", "Describe with a paragraph what is shown in the image.",
        ]
    template = "{}" if is_merged else "Question: {}"
    with torch.no_grad():
        questions = [template.format(question) for question in QUESTIONS]
        expected(folder, text, len(FLORENCE_SPECIAL), describe, captions, questions)
        florence_decoders(folder, model, is_merged)
        if is_merged:
            florence_encoders(folder, model)


# SmolVLM

SMOLVLM_SPECIAL = [
    "<|im_start|>", "<end_of_utterance>", "<pad>", "<image>", "<fake_token_around_image>",
    "<global-img>",
]
CHAT = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
IMAGE_TOKENS = 4

# Of which ONNX Runtime wants multiples of 8.
HEAD = 8


def chat(prompt):
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    text = jinja2.Template(CHAT, keep_trailing_newline=True).render(
        messages=[{"role": "user", "content": content}], add_generation_prompt=True
    )
    around = "<fake_token_around_image>"
    return text.replace("<image>", around + "<global-img>" + "<image>" * IMAGE_TOKENS + around)


def smolvlm_vision(model, pixels, mask):
    """As `get_image_features`, which cannot be exported, for images that are all there."""
    vision = model.model.vision_model
    patches = vision.embeddings.patch_embedding(pixels.flatten(0, 1)).flatten(2).transpose(1, 2)
    shown = mask.flatten(0, 1)[:, ::8, ::8].flatten(1)[..., None].float()
    embeds = (patches + vision.embeddings.position_embedding.weight) * shown
    hidden = vision.encoder(inputs_embeds=embeds, attention_mask=None).last_hidden_state
    return model.model.connector(vision.post_layernorm(hidden))


def smolvlm_decoder(model, embeds, mask, positions, *past):
    cache = DynamicCache()
    for i in range(LAYERS):
        cache.update(past[2 * i], past[2 * i + 1], i)
    hidden = model.model.text_model(
        inputs_embeds=embeds, attention_mask=causal(mask, embeds.shape[1]),
        position_ids=positions, past_key_values=cache, use_cache=True,
    )[0]
    presents = [tensor for layer in cache.layers for tensor in (layer.keys, layer.values)]
    return model.lm_head(hidden), *presents


class GroupQuery(torch.autograd.Function):
    """Only for the graph: what it computes here has no more than the right shape."""

    @staticmethod
    def forward(_, query, key, value, past_key, past_value, lengths, total):
        new = [tensor.view(*tensor.shape[:2], 1, HEAD).transpose(1, 2) for tensor in (key, value)]
        return query + 0, torch.cat([past_key, new[0]], 2), torch.cat([past_value, new[1]], 2)

    @staticmethod
    def symbolic(g, *given):
        return g.op(
            "com.microsoft::GroupQueryAttention", *given, num_heads_i=HEADS, kv_num_heads_i=1,
            outputs=3,
        )


def smolvlm_grouped_decoder(model, embeds, mask, positions, *past):
    lengths, total = (mask.sum(1) - 1).int(), torch.tensor(mask.shape[1]).int()
    presents = []

    def attend(module, query, key, value, attention_mask, **_):
        before = past[2 * module.layer_idx : 2 * module.layer_idx + 2]
        fresh = [tensor[:, 0, before[0].shape[2] :] for tensor in (key, value)]
        flat = query.transpose(1, 2).flatten(2)
        attended, *present = GroupQuery.apply(flat, *fresh, *before, lengths, total)
        presents.extend(present)
        return attended.view(*attended.shape[:2], HEADS, HEAD), None

    ALL_ATTENTION_FUNCTIONS.register("grouped", attend)
    model.model.text_model.config._attn_implementation = "grouped"
    logits = smolvlm_decoder(model, embeds, mask, positions, *past)[0]
    return logits, *presents


def smolvlm_graphs(folder, model):
    export(
        Wrapped(model, smolvlm_vision),
        {
            "pixel_values": torch.randn(2, 1, 3, SIZE, SIZE),
            "pixel_attention_mask": torch.ones(2, 1, SIZE, SIZE).bool(),
        },
        ["image_features"], folder / "vision_encoder.onnx", {},
    )
    embedding(folder, model)
    smolvlm_decoders(folder, model, smolvlm_decoder)


def smolvlm_decoders(folder, model, call):
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{i}.{kind}" for i in range(LAYERS) for kind in ("key", "value")]
    given = {
        "inputs_embeds": torch.randn(2, 5, WIDTH), "attention_mask": torch.ones(2, 8).long(),
        "position_ids": torch.arange(3, 8).expand(2, 5).clone(),
    }
    past = {
        f"past_key_values.{name}": torch.randn(2, 1, 3, HEAD) for name in names
    }
    free = {name: [1] for name in given} | {"logits": [1]}
    free |= {f"{kind}.{name}": [2] for name in names for kind in ("present", "past_key_values")}
    export(
        Wrapped(model, call), given | past, ["logits"] + [f"present.{n}" for n in names],
        folder / "decoder_model_merged.onnx", free,
    )


def smolvlm(folder, seed):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    text = tokenizer(folder, SMOLVLM_SPECIAL)
    end, pad, image_token = 1, 2, 3
    llama = {
        "model_type": "llama", "vocab_size": text.get_vocab_size(), "hidden_size": WIDTH,
        "intermediate_size": 32, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": 1, "head_dim": HEAD, "max_position_embeddings": 192, "pad_token_id": pad,
        "eos_token_id": end, "bos_token_id": 0,
    }
    vision = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "image_size": SIZE, "patch_size": 8,
    }
    config = SmolVLMConfig(
        text_config=llama, vision_config=vision, image_token_id=image_token, scale_factor=2,
        pad_token_id=pad,
    )
    config._attn_implementation = "eager"
    model = SmolVLMForConditionalGeneration(config).eval()
    widen(model, 12, end)
    mean = deviation = [0.5, 0.5, 0.5]
    write_json(folder, "config.json", {
        "model_type": "smolvlm", "image_token_id": image_token, "scale_factor": 2,
        "text_config": {"max_position_embeddings": 192, "max_length": 20},
    })
    write_json(folder, "generation_config.json", {
        "bos_token_id": 0, "eos_token_id": end, "pad_token_id": pad,
        "max_new_tokens": MAX_NEW_TOKENS,
    })
    write_json(folder, "preprocessor_config.json", {
        "do_convert_rgb": True, "do_image_splitting": True, "do_resize": True, "do_pad": True,
        "size": {"longest_edge": 4 * SIZE}, "max_image_size": {"longest_edge": SIZE},
        "resample": 1, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": mean, "image_std": deviation,
    })
    write_json(folder, "processor_config.json", {"image_seq_len": IMAGE_TOKENS})
    write_json(folder, "chat_template.json", {"chat_template": CHAT})

    def describe(seed, prompt):
        ids = torch.tensor([text.encode(chat(prompt)).ids])
        inputs = {
            "input_ids": ids, "attention_mask": torch.ones_like(ids),
            "pixel_values": tile(seed, Image.LANCZOS, mean, deviation)[None],
            "pixel_attention_mask": torch.ones(1, 1, SIZE, SIZE).bool(),
        }
        return generated(model, inputs, 0, eos_token_id=end, pad_token_id=pad)

    captions = [
        "Describe the content of this image in one sentence.", "Describe this image in detail.",
    ]
    with torch.no_grad():
        expected(folder, text, len(SMOLVLM_SPECIAL), describe, captions, QUESTIONS)
        smolvlm_graphs(folder, model)
        smolvlm_decoders(folder.with_name("smolvlm-grouped"), model, smolvlm_grouped_decoder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path)
    target = parser.parse_args().target
    torch.set_num_threads(1)
    # The same weights.
    florence(target / "florence-merged", 5, True)
    florence(target / "florence-pair", 5, False)
    smolvlm(target / "smolvlm", 9)
