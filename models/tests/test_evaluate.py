"""The report of a model, from the cache to the pages."""
import json
import sys

import numpy as np
import pytest

from sarvlm import evaluate
from sarvlm.data import WATER, make, read_cache, write_cache
from sarvlm.export import export_model
from sarvlm.runtime import Runtime
from sarvlm.spec import CLASSES, CONCISE_PROMPT, DETAILED_PROMPT
from sarvlm.text import STANDARD
from sarvlm.tiny import tiny_model
from sarvlm.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Six held-out tiles: ships of a real set, a simulated one, one that shows nothing."""
    folder, rng = tmp_path_factory.mktemp("work"), np.random.default_rng(4)
    rest = dict(split="heldout", known=list(CLASSES))
    samples = [make(rng.integers(0, 90, (200, 300), np.uint8), [("ship", 20, 30, 40, 20)], np.full((200, 300), WATER, np.uint8),
                    source=source, scene=f"{source}-{i}", setting="sea", water=True, **rest)
               for source in ("ssdd", "simulator") for i in range(2)]
    samples += [make(np.full((64, 64), 9, np.uint8), [], source="nothing", scene=f"n{i}", setting="unclear", **rest) for i in range(2)]
    write_cache(samples, folder)
    train_tokenizer([*STANDARD.values(), CONCISE_PROMPT, DETAILED_PROMPT] * 3, 1024).save(str(folder / "tokenizer.json"))
    export_model(tiny_model(), folder / "tokenizer.json", folder / "model", "tiny", "1", "none")
    return folder


def run(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, arguments)])
    evaluate.main()


def test_a_model_gets_its_figures_tables_and_diagram(work, monkeypatch):
    run(monkeypatch, "--model", work / "model", "--work", work)
    result = json.loads((work / "model/evaluation.json").read_text())
    assert result["required"]["tiles"] == 2 and result["tiles"] == 6
    assert result["bad_input"]["blank_images"] == 2
    assert set(result["caption_metrics"]["real"]) == {"concise", "detailed"}
    page = (work / "model/EVALUATION.md").read_text()
    assert "| - instance counting, exact | 65 % |" in page and "tiny 1" in page
    assert (work / "model/reliability.svg").read_text().startswith("<svg")


def test_a_report_of_some_tiles_never_replaces_the_models_own(work, monkeypatch):
    run(monkeypatch, "--model", work / "model", "--work", work)
    before = (work / "model/evaluation.json").read_bytes()
    run(monkeypatch, "--model", work / "model", "--work", work, "--limit", "2")
    assert (work / "model/evaluation.json").read_bytes() == before
    assert json.loads((work / "model/2-tiles/evaluation.json").read_text())["tiles"] == 2


def test_what_is_asked_of_a_tile_does_not_depend_on_the_others(work):
    runtime, tiles = Runtime(work / "model", 1, "fp32"), read_cache(work)

    def asked(samples: list, seed: int) -> dict:
        return {t.sample.scene: [r.example.prompt for r in t.rows] for t in evaluate.describe(runtime, samples, seed)}
    everything = asked(tiles, 11)
    assert asked(tiles[:2:-1], 11) == {s.scene: everything[s.scene] for s in tiles[3:]}
    assert asked(tiles, 12) != everything and everything["ssdd-0"] != everything["ssdd-1"]


def test_a_folder_that_is_no_model_is_one_line(work, monkeypatch, capsys):
    (work / "broken").mkdir()
    for content in (None, "{", "[]"):
        if content:
            (work / "broken/manifest.json").write_text(content)
        with pytest.raises(SystemExit) as stop:
            run(monkeypatch, "--model", work / "broken", "--work", work)
        assert stop.value.code == 1 and "broken/manifest.json" in capsys.readouterr().err


def test_a_part_without_tiles_is_a_clear_error(work, monkeypatch):
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, "--model", work / "model", "--work", work, "--split", "validation")
    assert "validation" in str(stop.value)
