"""Checkpoints that are cut off, foreign or of another network, and a training that was interrupted."""
import math
import shutil
import sys

import numpy as np
import pytest
import torch

from sarvlm import calibrate, train
from sarvlm.checkpoint import read_checkpoint, write_checkpoint
from sarvlm.command import Refusal
from sarvlm.data import make, write_cache
from sarvlm.export import load_checkpoint
from sarvlm.tiny import TINY, tiny_model


def tiles(*splits):
    """A tile of noise with a ship for each split."""
    noise = np.random.default_rng(2)
    return (make(noise.integers(0, 255, (64, 64), np.uint8), [("ship", 9, 9, 20, 20)], source="x", scene=str(i), split=split,
                 known=["ship"]) for i, split in enumerate(splits))


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "Config", lambda: TINY)
    write_cache(tiles("train", "train", "train", "train"), tmp_path)
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)


def exit_code(monkeypatch, module, *options):
    """-> the exit code of a command, 0 where it went through."""
    monkeypatch.setattr(sys, "argv", [module.__name__, *options])
    try:
        module.main()
    except SystemExit as end:
        return end.code
    return 0


def run(monkeypatch, work, *more, stage="dense", steps="4"):
    """-> the exit code of a training."""
    return exit_code(monkeypatch, train, stage, "--work", str(work), "--steps", steps, "--batch", "2", "--threads", "1",
                     "--device", "cpu", "--every", "1", *(["--window", "64"] if stage == "dense" else []), *more)


def test_a_failure_while_writing_leaves_the_older_checkpoint(tmp_path):
    write_checkpoint({"model": {}, "config": {}, "step": 1}, tmp_path / "a.pt")
    with pytest.raises(Exception):
        write_checkpoint({"model": (x for x in ()), "config": {}}, tmp_path / "a.pt")       # cannot be stored
    assert read_checkpoint(tmp_path / "a.pt")["step"] == 1


def test_what_is_no_checkpoint_is_refused_by_name(tmp_path):
    path = tmp_path / "a.pt"
    write_checkpoint({"model": tiny_model().state_dict(), "config": TINY.to_dict(), "step": 1}, path)
    whole = path.read_bytes()
    for content in (whole[:len(whole) // 2], b"", b"no checkpoint", b"\x80\x02]q\x00."):
        path.write_bytes(content)
        with pytest.raises(Refusal, match="a.pt: no checkpoint"):
            read_checkpoint(path)
    for state in ([1], {"model": {}}):
        torch.save(state, path)
        with pytest.raises(Refusal, match="a.pt: no checkpoint of this recipe"):
            read_checkpoint(path)
    torch.save({"model": {}, "config": TINY.to_dict()}, path)
    with pytest.raises(Refusal, match="a.pt: the weights of another network"):
        load_checkpoint(path)
    torch.save({"model": {}, "config": {"depth": 3}}, path)
    with pytest.raises(Refusal, match="a.pt: a configuration of another network"):
        load_checkpoint(path)


def test_a_checkpoint_from_before_invented_objects_had_a_cost_is_read_as_it_was(tmp_path):
    weights = tiny_model().state_dict()
    del weights["memory.absence"]
    write_checkpoint({"model": weights, "config": TINY.to_dict()}, tmp_path / "a.pt")
    assert load_checkpoint(tmp_path / "a.pt")[0].memory.absence == 0


def test_costs_are_set_by_calibration_however_often_and_are_no_part_of_training(work, monkeypatch, capsys):
    def calibrated(*options) -> int:
        return exit_code(monkeypatch, calibrate, "--work", str(work), "--questions", "2", *options)

    def stored() -> tuple:
        weights = read_checkpoint(work / "decoder.pt")["model"]
        return round(math.exp(weights["memory.absence"]), 4), round(float(weights["temperature"]), 4)
    write_cache(tiles("train", "train", "validation"), work)
    assert run(monkeypatch, work, steps="1") == 0 and run(monkeypatch, work, stage="decoder", steps="1") == 0
    monkeypatch.setattr(calibrate, "best_temperature", lambda logits, right: 1.7)
    assert [(calibrated("--cost", cost), *stored()) for cost in ("5", "2")] == [(0, 5.0, 1.7), (0, 2.0, 1.7)]
    assert "costs 2 missed ones" in capsys.readouterr().out
    shutil.copy(work / "decoder.pt", work / "calibrated.pt")
    assert run(monkeypatch, work, stage="decoder", steps="2") == 0 and stored() == (1.0, 1.0)
    assert run(monkeypatch, work, "--restart", "--initial", str(work / "calibrated.pt"), stage="decoder", steps="1") == 0
    assert stored() == (1.0, 1.0) and [calibrated("--cost", cost) for cost in ("0", "-1", "nan", "inf")] == [2] * 4


def test_an_interrupted_stage_goes_on_with_its_step_rate_and_optimiser(work, monkeypatch, capsys):
    save, kept = train.Run.save, work / "kept.pt"

    def save_and_keep(self, **more):
        save(self, **more)
        if self.step == 2:
            shutil.copy(self.path, kept)
            raise KeyboardInterrupt
    monkeypatch.setattr(train.Run, "save", save_and_keep)
    update = train.Run.update

    def update_and_save(self, loss, figures):
        update(self, loss, figures)
        if self.step == 2:
            self.save()
    monkeypatch.setattr(train.Run, "update", update_and_save)
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, work)
    monkeypatch.setattr(train.Run, "save", save)
    monkeypatch.setattr(train.Run, "update", update)
    assert run(monkeypatch, work) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("dense")]
    rates = {line.split()[2]: line.split("rate ")[1].split()[0] for line in told if " step " in line and "/4" in line}
    assert any("going on after step 2" in line for line in told) and list(rates) == ["1/4", "2/4", "3/4", "4/4"]
    (work / "dense.pt").unlink()
    assert run(monkeypatch, work) == 0
    again = {line.split()[2]: line.split("rate ")[1].split()[0] for line in capsys.readouterr().out.splitlines() if " step " in line}
    assert again == rates
    state = torch.load(work / "dense.pt", weights_only=True)["optimiser"]["state"]
    assert {int(s["step"]) for s in state.values()} == {4} and torch.load(kept, weights_only=True)["step"] == 2


def test_a_users_mistake_is_one_line(work, monkeypatch, capsys):
    assert run(monkeypatch, work, "--initial", str(work / "none.pt")) == 1
    assert "none.pt" in capsys.readouterr().err
    (work / "dense.pt").write_bytes(b"cut")
    assert run(monkeypatch, work) == 1 and "dense.pt: no checkpoint" in capsys.readouterr().err
    torch.save({"model": {}, "config": {}, "step": 3}, work / "dense.pt")
    assert run(monkeypatch, work) == 1 and "--restart --initial" in capsys.readouterr().err
    assert run(monkeypatch, work, steps="0") == 2 and run(monkeypatch, work, "--copies", "3") == 2
    write_cache([make(np.zeros((9, 9), np.uint8), [], source="x", scene="x", split="heldout", known=[])], work)
    assert run(monkeypatch, work) == 1 and "no training tiles" in capsys.readouterr().err


def test_a_vocabulary_is_never_made_anew_beside_its_checkpoint_nor_mixed_with_other_weights(work, monkeypatch, capsys):
    assert run(monkeypatch, work, steps="1") == 0
    assert run(monkeypatch, work, stage="decoder", steps="1") == 0
    vocabulary = (work / "tokenizer.json").read_text()
    state = torch.load(work / "decoder.pt", weights_only=True)
    torch.save({**state, "tokenizer": vocabulary + " "}, work / "other.pt")
    assert run(monkeypatch, work, "--restart", "--initial", str(work / "other.pt"), stage="decoder") == 1
    assert "not the vocabulary of" in capsys.readouterr().err
    (work / "tokenizer.json").unlink()
    assert run(monkeypatch, work, stage="decoder") == 1
    assert "tokenizer.json is absent" in capsys.readouterr().err
    assert not (work / "tokenizer.json").exists()
