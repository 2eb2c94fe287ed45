"""The tiny model's graphs of fixed shapes write what its CPU graphs write, and hold only what TensorRT 8.6 takes."""
import json
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from sarvlm import check
from sarvlm.export import digest, export_model
from sarvlm.fixed import FixedRuntime, Size, decoder_model, prompt_tokens, write_fixed
from sarvlm.model import SarVlm
from sarvlm.runtime import Runtime
from sarvlm.spec import CONCISE_PROMPT, DETAILED_PROMPT, EOS
from sarvlm.static import graphs, problems
from sarvlm.text import STANDARD
from sarvlm.tiny import TINY, tiny_model
from sarvlm.tokenizer import train_tokenizer

BATCH = 3
PROMPTS = list(STANDARD.values())


def stopping_model() -> SarVlm:
    """The tiny model with two layers, a temperature and a bias with which some texts end early and others do not."""
    torch.manual_seed(19)
    model = SarVlm(replace(TINY, layers=2)).eval()
    with torch.no_grad():
        model.decoder.embedding.weight.mul_(10)
        model.decoder.bias[EOS] = 8.5
        model.temperature.fill_(1.7)
        model.memory.absence.fill_(1.1)
    return model


def written(model: SarVlm, folder):
    """An exported folder with the graphs of fixed shapes."""
    train_tokenizer([*PROMPTS, CONCISE_PROMPT, DETAILED_PROMPT] * 3, 1024).save(str(folder / "tokenizer.json"))
    export_model(model, folder / "tokenizer.json", folder, "tiny", "1", "none")
    write_fixed(model, folder, BATCH)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written(tiny_model(), tmp_path_factory.mktemp("fixed"))


@pytest.fixture(scope="module")
def stopping(tmp_path_factory):
    return written(stopping_model(), tmp_path_factory.mktemp("stopping"))


def unequal(folder, tiles: int, prompts: list, limit: int) -> list:
    """Where the two runtimes differ on random tiles."""
    writers = {"cpu": check.graph_writer(Runtime(folder)), "fixed": check.graph_writer(FixedRuntime(folder))}
    return check.compare(writers, check.random_tiles(tiles), prompts, limit)


@pytest.mark.parametrize("tiles", [BATCH, 1, BATCH + 1])
def test_a_full_a_partly_filled_and_a_second_batch_write_the_same_answers(folder, tiles):
    assert unequal(folder, tiles, PROMPTS, 12) == []


def test_captions_are_the_same_to_the_last_token(folder):
    assert unequal(folder, 2, [CONCISE_PROMPT, DETAILED_PROMPT], 96) == []


def test_fewer_more_and_shorter_prompts_than_the_graph_holds_write_the_same(folder):
    assert unequal(folder, 2, ["a", "How many ships are visible?", "x 1"], 7) == []
    assert unequal(folder, 1, PROMPTS + PROMPTS[:3], 5) == []


def test_rows_that_end_early_are_the_same_and_hold_padding_after_the_end(stopping):
    fixed, squares = FixedRuntime(stopping), check.random_tiles(2)
    keys, values, _ = fixed.encode(squares)
    rows = [row for tile in fixed.write(keys, values, [PROMPTS] * 2, 12) for row in tile]
    assert len({len(ids) for ids, _ in rows}) > 2, "the bias must make rows end at different tokens"
    assert unequal(stopping, 2, PROMPTS, 12) == []
    tokens, probabilities = raw_run(fixed, keys, values)
    for ids, p in zip(tokens, probabilities):
        after = np.cumsum(ids == EOS) - (ids == EOS) > 0
        assert not ids[after].any() and not p[after].any() and (p[~after] > 0).all()


def raw_run(fixed: FixedRuntime, keys: np.ndarray, values: np.ndarray) -> list:
    """One run of the answers' graph on one-letter prompts."""
    shape, length = fixed.fixed["answers"], fixed.fixed["answers"]["promptTokens"]
    tokens, mask = np.zeros((2, BATCH * shape["prompts"], length), np.int32)
    tokens[:, -3:], mask[:, -3:] = fixed.prompt("a"), 1
    return fixed.sessions["answers"].run(None, {"cross_keys": fixed.filled(keys), "cross_values": fixed.filled(values),
                                                "prompt_tokens": tokens, "prompt_mask": mask})


def test_confidences_are_those_of_the_cpu_graphs(stopping):
    squares, texts = check.random_tiles(2), []
    for runtime in (Runtime(stopping), FixedRuntime(stopping)):
        keys, values, _ = runtime.encode(squares)
        texts.append([text for tile in runtime.generate(keys, values, [PROMPTS] * 2, 12) for text in tile])
    assert [g.text for g in texts[0]] == [g.text for g in texts[1]]
    for measure in ("probability", "mean_probability"):
        np.testing.assert_allclose(*([getattr(g, measure) for g in part] for part in texts), rtol=1e-3)
    assert len({round(g.mean_probability, 6) for g in texts[0]}) > 1


def test_objects_are_those_of_the_cpu_graph(folder):
    squares = check.random_tiles(BATCH + 1)
    for mine, theirs in zip(FixedRuntime(folder).encode(squares), Runtime(folder).encode(squares)):
        np.testing.assert_allclose(mine, theirs, atol=2e-3)


def test_too_long_a_prompt_and_too_many_tokens_are_refused(folder):
    fixed = FixedRuntime(folder)
    keys, values, _ = fixed.encode(check.random_tiles(1))
    with pytest.raises(ValueError, match="a prompt of .* tokens"):
        fixed.generate(keys, values, [["long " * 80]], 12)
    with pytest.raises(ValueError, match="97 new tokens"):
        fixed.generate(keys, values, [["a"]], 97)


def test_every_graph_is_static_and_of_known_operators(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    for kind in ("encoder", "answers", "captions"):
        model = onnx.load(folder / manifest["fixed"][kind]["file"])
        assert problems(model) == []
        assert model.opset_import[0].version == 16
        assert not {t.type.tensor_type.elem_type for t in [*model.graph.input, *model.graph.output]} & {onnx.TensorProto.INT64}


def test_the_check_finds_a_free_side_an_unknown_operator_and_a_condition(folder):
    assert any("no fixed shape" in line for line in problems(onnx.load(folder / "encoder.onnx")))
    model = onnx.load(folder / "answers_fixed.onnx")
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "B"
    assert "input cross_keys has no fixed shape" in problems(model)
    model = decoder_model(tiny_model(), Size(1, 9, 1, 8, 2))
    running_sum = onnx.helper.make_node("CumSum", ["prompt_mask", "axis"], ["sum"], "sum")
    model.graph.node.append(running_sum)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(1), "axis"))
    assert "sum: CumSum is not on the list of operators" in problems(model)
    loop = next(n for n in model.graph.node if n.op_type == "Loop")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(True), "always"))
    loop.input[1] = "always"
    assert "loop: Loop with a condition" in problems(model)


def test_the_loop_has_a_constant_trip_count_and_no_weights_of_its_own(folder):
    model = onnx.load(folder / "captions_fixed.onnx")
    loop = next(n for n in model.graph.node if n.op_type == "Loop")
    trips = next(t for t in model.graph.initializer if t.name == loop.input[0])
    assert onnx.numpy_helper.to_array(trips) == 95
    body = list(graphs(model.graph))[1]
    assert sum(onnx.numpy_helper.to_array(t).size for t in body.initializer) < 1000
    assert {t.data_type for t in body.initializer} <= {onnx.TensorProto.INT64, onnx.TensorProto.INT32}


def test_a_fixed_file_is_about_as_large_as_the_cpu_graph(folder):
    size = {p.name: p.stat().st_size for p in folder.iterdir()}
    assert size["encoder_fixed.onnx"] < 1.3 * size["encoder.onnx"]
    for kind in ("answers", "captions"):
        assert size["decoder.onnx"] * 0.7 < size[f"{kind}_fixed.onnx"] < size["decoder.onnx"] + 60_000


def test_the_manifest_names_the_graphs_their_sizes_and_digests(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    fixed = manifest["fixed"]
    assert fixed["batch"] == BATCH
    assert (fixed["answers"]["prompts"], fixed["answers"]["newTokens"]) == (len(STANDARD), 12)
    assert (fixed["captions"]["prompts"], fixed["captions"]["newTokens"]) == (2, 96)
    assert len(manifest["sha256"]) == 6
    assert all(digest(folder / name) == value for name, value in manifest["sha256"].items())


def test_prompt_lengths_are_rounded_up_to_eights_and_leave_room_for_questions(folder):
    tokenizer = Runtime(folder).tokenizer
    assert prompt_tokens(tokenizer, ["a"]) == 32
    assert prompt_tokens(tokenizer, ["1" * 31]) == 40
    assert prompt_tokens(tokenizer, ["1" * 38]) == 40


def run_check(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["check", *arguments])
    with pytest.raises(SystemExit) as end:
        check.main()
    return int(end.value.code)


def test_check_passes_equal_graphs_and_names_a_difference(folder, tmp_path, monkeypatch, capsys):
    assert run_check(monkeypatch, "--model", str(folder), "--tiles", "1") == 0
    assert f"CPU graphs, fixed graphs: 0 of {len(STANDARD) + 2} texts differ" in capsys.readouterr().out
    other = SarVlm(TINY).eval()
    torch.save({"config": TINY.to_dict(), "model": other.state_dict()}, tmp_path / "other.pt")
    assert run_check(monkeypatch, "--model", str(folder), "--tiles", "1", "--checkpoint", str(tmp_path / "other.pt")) == 1
    out = capsys.readouterr().out
    assert "tile 0: " + PROMPTS[0] in out and "PyTorch: " in out


def test_check_takes_the_first_images_of_a_folder_letterboxed_and_no_other_files(folder, tmp_path, monkeypatch, capsys):
    for name, shape, value in (("b.png", (40, 700), 200), ("a.png", (100, 80), 90), ("c.png", (9, 9), 10)):
        Image.fromarray(np.full(shape, value, np.uint8)).save(tmp_path / name)
    (tmp_path / "a.txt").write_text("no image")
    tiles = check.image_tiles(tmp_path, 2)
    assert tiles.shape == (2, 512, 512)
    assert [tile.max() for tile in tiles] == [90, 200] and (tiles[1, 29:] == 0).all()
    assert run_check(monkeypatch, "--model", str(folder), "--tiles-from", str(tmp_path)) == 0
    assert f"0 of {3 * (len(STANDARD) + 2)} texts differ" in capsys.readouterr().out


def test_check_refuses_to_compare_nothing(folder, tmp_path, monkeypatch, capsys):
    export_model(tiny_model(), folder / "tokenizer.json", tmp_path, "tiny", "1", "none")
    assert run_check(monkeypatch, "--model", str(tmp_path)) == 2
    assert "nothing to compare" in capsys.readouterr().err
