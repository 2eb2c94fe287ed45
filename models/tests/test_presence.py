"""What tells tiles with a class from tiles without, and the airports that a cache keeps unseen."""
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from sarvlm import data, presence
from sarvlm.checkpoint import write_checkpoint
from sarvlm.data import make, write_cache
from sarvlm.tiny import tiny_model


def test_scores_that_all_lie_apart_tell_and_equal_ones_guess():
    there = np.array([True, True, False, False, False])
    apart = presence.separation(np.array([0.9, 0.7, 0.1, 0.2, 0.6]), there)
    assert (apart["with"], apart["without"], apart["auc"], apart["best"]) == (2, 3, 1.0, 1.0) and 0.6 < apart["at"] <= 0.7
    assert presence.separation(np.full(5, 0.4), there)["auc"] == 0.5 == presence.separation(np.full(5, 0.4), there)["best"]
    assert presence.separation(np.array([0.9, 0.1, 0.2, 0.3, 0.4]), there)["auc"] == 0.5
    assert presence.separation(np.ones(5), np.ones(5, bool)) == {"with": 5, "without": 0, "auc": None, "best": None, "at": None}


@pytest.fixture
def airports(tmp_path):
    """Two training airports of one brightness each, and a held-out one, with an aircraft; and chips."""
    folder, objects = tmp_path / "training/sar-aircraft", "<object><name>A220</name><bndbox>%s</bndbox></object>"
    folder.mkdir(parents=True)
    corners = "".join(f"<{key}>{value}</{key}>" for key, value in zip(("xmin", "ymin", "xmax", "ymax"), (40, 40, 90, 80)))
    stems = {"0000001": 20, "0000002": 250, "0004360": 150}
    for stem, level in stems.items():
        Image.fromarray(np.full((600, 600), level, np.uint8)).save(folder / f"{stem}.png")
    (folder / "annotations.xml").write_text("<annotations>" + "".join(
        f"<annotation><filename>{stem}.png</filename>{objects % corners}</annotation>" for stem in stems) + "</annotations>")
    chips, noise = tmp_path / "training/sar-acd/A220", np.random.default_rng(5)
    chips.mkdir(parents=True)
    for number in range(20):
        Image.fromarray(noise.integers(0, 60, (50, 40)).astype(np.uint8)).save(chips / f"{number:02}.png")
    return tmp_path


def test_an_unseen_airport_is_in_no_training_tile(airports, monkeypatch):
    monkeypatch.setattr(data, "AIRFIELDS", 50)

    def brightest(unseen: tuple) -> dict:
        drawn = list(data.gather(airports, 1, unseen))
        return {(source, split): max(int(np.median(s.image[:s.height, :s.width])) for s in drawn if (s.source, s.split) == (source, split))
                for source, split in {(s.source, s.split) for s in drawn if s.scene != "chip"}}
    seen, unseen = brightest(()), brightest(("0000002",))
    assert {split: unseen["sar-aircraft", split] for split in data.SPLITS} == {"train": 20, "validation": 250, "heldout": 150}
    assert ("sar-aircraft", "validation") not in seen and seen["sar-aircraft", "train"] == 250
    for source in ("airfields", "sar-acd"):
        assert unseen[source, "train"] < 100 < seen[source, "train"]


def test_a_name_that_is_no_training_airport_is_refused(airports, monkeypatch, capsys):
    cases = {("0004360",): "0004360: no training airport", ("000001",): "000001: no training airport",
             ("0000001", "0000002"): "at least one must remain"}
    for names, message in cases.items():
        named = [word for name in names for word in ("--unseen", name)]
        monkeypatch.setattr(sys, "argv", ["data", "--data", str(airports), "--work", str(airports / "w"), *named])
        with pytest.raises(SystemExit) as stop:
            data.main()
        assert stop.value.code == 1 and message in capsys.readouterr().err
    assert not (airports / "w").exists()


def run(monkeypatch, capsys, *arguments: str):
    monkeypatch.setattr(sys, "argv", ["presence", *map(str, arguments)])
    try:
        presence.main()
    except SystemExit as stop:
        return stop.code, capsys.readouterr().err
    return 0, capsys.readouterr().out


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Two validation scenes whose tiles are told by their brightness, beside others that must not count."""
    def tile(level: int, boxes: list, source: str = "x", split: str = "validation"):
        return make(np.full((64, 64), level, np.uint8), boxes, source=source, scene=f"s{level // 100}", split=split, known=["ship"])
    ship, tank = [("ship", 9, 9, 20, 20)], [("tank", 9, 9, 20, 20)]
    write_cache([tile(90, ship), tile(40, []), tile(10, tank), tile(130, ship), tile(170, []), tile(150, []),
                 tile(255, [], source="y"), tile(1, ship, split="train")], tmp_path)
    model = tiny_model()
    write_checkpoint({"model": model.state_dict(), "config": model.config.to_dict(), "step": 1}, tmp_path / "dense.pt")

    def look(images: np.ndarray) -> list:
        """A ship at the tile's brightness, another less sure, and something surer of another class."""
        level = images[:, 0, 0, 0]
        return [None, None, torch.tensor(np.array([[[2, 0.99, 0, 0, 0, 0], [0, v / 2, 0, 0, 0, 0], [0, v, 0, 0, 0, 0]] for v in level]))]
    monkeypatch.setattr(presence, "perceiver", lambda *_: look)
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)


def test_every_scene_is_judged_by_itself_and_all_together(work, monkeypatch, capsys):
    code, text = run(monkeypatch, capsys, "--work", work, "--source", "x", "--name", "ship", "--threads", "1")
    found = json.loads(text)
    assert code == 0 and set(found) == {"all", "s0", "s1"}
    assert found["s0"] == {"with": 1, "without": 2, "auc": 1.0, "best": 1.0, "at": 0.16}
    assert found["s1"]["auc"] == 0.0 and (found["all"]["with"], found["all"]["without"], found["all"]["auc"]) == (2, 4, 0.5)
    assert "no validation tile of z" in run(monkeypatch, capsys, "--work", work, "--source", "z", "--name", "ship")[1]
    code, text = run(monkeypatch, capsys, "--work", work, "--source", "x", "--name", "tank")
    assert code == 1 and "no validation tile of x is known to show or not to show tank" in text


def test_a_cut_off_checkpoint_is_one_line_with_its_name(work, monkeypatch, capsys):
    whole = (work / "dense.pt").read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        (work / "dense.pt").write_bytes(whole[:length])
        code, text = run(monkeypatch, capsys, "--work", work, "--source", "x", "--name", "ship")
        assert code == 1 and text.count("\n") == 1 and "dense.pt" in text


@pytest.mark.parametrize("more", (["--simulated", "s"], ["--data", "d", "--keep", "k"], ["--data", "d", "--sarlang", "s"]))
def test_unseen_airports_need_fresh_tiles_of_the_sets_alone(more, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["data", "--work", "w", "--unseen", "0004364", *more])
    with pytest.raises(SystemExit) as stop:
        data.main()
    assert stop.value.code == 2 and "--unseen needs --data" in capsys.readouterr().err
