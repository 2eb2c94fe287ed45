"""SARLANG-1M's published layout, in miniature and with synthetic images, from the folder to decoder steps."""
import csv
import json
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sarvlm import train
from sarvlm.data import examples_of, facts_of, read_cache, turn, write_cache
from sarvlm.sarlang import (TextFile, Texts, add, application_of, caption_prompt, complete_classes, csv_records, gather_texts, image_index,
                            json_records, key_of, records, referred_boxes, sarlang, split_of, text_files)
from sarvlm.spec import CONCISE_PROMPT, DETAILED_PROMPT
from sarvlm.text import CLASS_HINT
from sarvlm.tiny import TINY

COUNT = 24
SHIP_QUESTION = CLASS_HINT + "What is the object in the area [56.0, 191.0, 112.0, 122.0]?"
COMPLEX = "The image shows an industrial facility with multiple circular storage tanks and surrounding roads."


def conversation(image, question, answer):
    return {"messages": [{"role": "user", "content": "<image>" + question}, {"role": "assistant", "content": answer}],
            "images": ["SARimages/" + image]}


def rows(number):
    """Questions on one image of SARDet-100K: one ship with a box, and one more that has none where the number is odd."""
    return [(SHIP_QUESTION, "ship"), ("Question: How many ship are visible? Answer the question concisely.", str(1 + number % 2)),
            ("Are there tank exist in the image?", "No"), ("Where are most ship positioned?", "left")]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Boxes as JSON conversations, the others as CSV, in the folders of the README."""
    root, noise = tmp_path_factory.mktemp("SARLANG_1M"), np.random.default_rng(1)
    (root / "SARimages").mkdir()
    for folder in ("Text/caption", "Text/VQA/train", "Text/VQA/test"):
        (root / folder).mkdir(parents=True)
    for i in range(COUNT):
        Image.fromarray(noise.integers(0, 255, (512, 512), np.uint8)).save(root / f"SARimages/{i:07}.jpg")
    for name in ("Nice_3", "SV_Darwin_-12.4278_130.8688", "Held_1"):
        Image.fromarray(noise.integers(0, 255, (1024, 1024, 3), np.uint8)).save(root / f"SARimages/{name}.png")
    (root / "SARimages/0000005.jpg").write_bytes(b"broken")
    boxes = [conversation(f"{i:07}.jpg", q, a) for i in range(COUNT - 4) for q, a in rows(i)]
    boxes += [boxes[0], conversation("0000001.jpg", "Is there a ship?", " "), conversation("gone.jpg", "Is there a ship?", "Yes")]
    (root / "Text/VQA/train/SARVQA1_train.json").write_text(json.dumps(boxes))
    held = [conversation(f"{i:07}.jpg", q, a) for i in range(COUNT - 5, COUNT) for q, a in rows(i)]
    (root / "Text/VQA/test/SARVQA1_test.json").write_text(json.dumps(held))
    write_csv(root / "Text/VQA/train/SARVQA2_train.csv", ["Image Name", "Question", "Ground_Truth"],
              [["Nice_3.png", "What is the predominant land cover?", "Urban."],
               ["Nice_3.png", "What is the object in the area [512, 0, 100, 50]?", "swimming pool"]])
    write_csv(root / "Text/caption/Caption-training.csv", ["image", "caption"],
              [["Nice_3.png", "Aerial view of a marina with a large building."], ["Nice_3.png", COMPLEX],
               ["SV_Darwin_-12.4278_130.8688.png", "Aerial view of a town, with trees."], ["Held_1.png", "A leak."]])
    write_csv(root / "Text/caption/Caption_test.csv", ["image", "caption"], [["Held_1.png", "A bridge."]])
    write_csv(root / "Text/caption/Caption_test1.csv", ["image", "caption"], [["Held_1.png", "A short bridge."]])
    return root


def write_csv(path, header, lines):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *lines])


@pytest.fixture(scope="module")
def samples(tree):
    return {s.scene: s for s in sarlang(tree)}


@pytest.fixture(scope="module")
def cache(tree, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    done = subprocess.run([sys.executable, "-m", "sarvlm.data", "--sarlang", str(tree), "--work", str(work)], capture_output=True,
                          text=True, cwd=Path(__file__).resolve().parents[1])
    assert done.returncode == 0, done.stderr
    return work, done.stdout


def test_the_published_split_is_kept_and_no_training_text_of_a_test_image_is_read(tree, samples):
    assert samples["Held_1.png"].split == "heldout"
    assert samples["Held_1.png"].texts == [("description", DETAILED_PROMPT, "A bridge."),
                                           ("description", CONCISE_PROMPT, "A short bridge.")]
    assert all(samples[f"{i:07}.jpg"].split == "heldout" for i in range(COUNT - 5, COUNT))
    assert samples["Nice_3.png"].split != "heldout"
    problems = Counter()
    gather_texts(tree, problems)
    assert problems == {"training text of a test image": 1 + 4, "duplicate row": 1, "empty text": 1}


def test_one_training_image_in_fifty_is_for_validation_by_its_name_alone():
    names = [f"{i:07}" for i in range(20000)]
    splits = Counter(split_of(name, Texts()) for name in names)
    assert set(splits) == {"train", "validation"} and 330 < splits["validation"] < 470
    assert split_of("0009070", Texts()) == "validation" and split_of("0009070", Texts(heldout=True)) == "heldout"


def test_boxes_in_questions_become_bins_and_the_hint_stays(samples):
    told = samples["0000000.jpg"].texts
    assert told[0] == ("referring", CLASS_HINT + "What is the object in the area [10, 37, 21, 23]?", "ship")
    assert told[1] == ("counting", "How many ship are visible?", "1")
    assert [t[0] for t in told] == ["referring", "counting", "identification", "positioning"]
    assert ("referring", "What is the object in the area [50, 0, 9, 4]?", "swimming pool") in samples["Nice_3.png"].texts


def test_a_referring_answer_gives_a_box_but_absence_is_taught_only_where_the_count_agrees(samples):
    one, two = samples["0000000.jpg"], samples["0000001.jpg"]
    assert one.boxes == two.boxes == [("ship", 56, 191, 112, 122)]
    assert one.known == ["ship"] and two.known == []
    known = np.array([[name in two.known for name in train.CLASSES]], np.float32)
    heat, sizes, valid = train.heat_target(two.boxes, 128)
    shares, labelled = train.cover_target(two.mask)
    arrays = (heat[None], sizes[None], valid[None], known, shares[None], labelled[None])
    targets = [torch.from_numpy(np.ascontiguousarray(a)) for a in arrays]
    loud = torch.full((1, 10, 128, 128), 3.0)
    _, quiet = train.dense_loss(torch.zeros(1, 6, 16, 16), loud, targets)
    targets[3] = torch.ones(1, 6)
    _, taught = train.dense_loss(torch.zeros(1, 6, 16, 16), loud, targets)
    assert quiet["heat"] < 0.01 < 100 < taught["heat"]


def test_nothing_is_generated_where_boxes_may_be_incomplete(samples):
    for seed in range(20):
        incomplete, complete = samples["0000001.jpg"], samples["0000000.jpg"]
        asked = examples_of(facts_of(incomplete), incomplete.texts, random.Random(seed))
        assert [(e.application, e.prompt, e.answer) for e in asked] == incomplete.texts
        asked = examples_of(facts_of(complete), complete.texts, random.Random(seed))
        assert len(asked) > len(complete.texts)
        assert not any(e.answer == "0" for e in asked)
    captioned = samples["Nice_3.png"]
    asked = examples_of(facts_of(captioned), captioned.texts, random.Random(1))
    assert [e.prompt for e in asked if e.application == "description"] == [CONCISE_PROMPT, DETAILED_PROMPT]


def test_counts_that_disagree_leave_a_class_unknown():
    ask, area = "How many ships are visible?", "What is in the area [1, 2, 3, 4]?"
    assert complete_classes({(ask, "one"): None, (area, "ship"): None}, referred_boxes({(area, "Ship."): None})) == ["ship"]
    assert complete_classes({(ask, "1"): None, ("How many ship are in the image?", "2"): None}, [("ship", 1, 2, 3, 4)]) == []
    assert complete_classes({("How many tanks are visible?", "many"): None}, []) == []
    assert referred_boxes({(area, "Yes"): None, ("What is in the area [1, 2, 0, 4]?", "ship"): None}) == []


def test_a_turned_sample_has_no_published_texts(samples):
    sample = samples["0000000.jpg"]
    assert turn(sample, 0).texts == sample.texts and all(turn(sample, way).texts == [] for way in range(1, 8))


@pytest.mark.parametrize("question, application", [
    ("Are there ship exist in the image?", "identification"), ("Is there a car located on the left side?", "identification"),
    ("Are there any other categories apart from ship?", "identification"), ("What is the main object?", "classification"),
    ("What are the categories visible?", "classification"), (CLASS_HINT + "How many tank are visible?", "counting"),
    ("What is the object in the area [56.0, 191.0, 112.0, 122.0]?", "referring"), ("Where are most ship positioned?", "positioning"),
    ("What is the predominant land cover?", "others"), ("How are the buildings arranged?", "others"),
    ("What shape are swimming pools?", "others"), ("Are buildings under construction?", "others"), (CONCISE_PROMPT, "description")])
def test_the_application_follows_from_the_template(question, application):
    assert application_of(question) == application


@pytest.mark.parametrize("caption, prompt", [
    ("Aerial view of a large industrial area with a lot of tanks.", CONCISE_PROMPT), (COMPLEX, DETAILED_PROMPT),
    ("A river. A bridge crosses it.", DETAILED_PROMPT), ("word " * 25, DETAILED_PROMPT)])
def test_the_style_of_a_mixed_caption_follows_from_its_form(caption, prompt):
    assert caption_prompt(caption) == prompt


@pytest.mark.parametrize("text, wanted", [
    ("\ufeffIMAGE_ID,Query,GT\na.png,q,1\n", [{"imageid": "a.png", "query": "q", "gt": "1"}]),
    ("a.png,q,1\nb.png,\"q, r\",2\n", [{"image": "a.png", "question": "q", "answer": "1"},
                                      {"image": "b.png", "question": "q, r", "answer": "2"}]),
    ("image\tcaption\na.png\tx, y\n", [{"image": "a.png", "caption": "x, y"}])])
def test_csv_is_read_with_and_without_a_header(tmp_path, text, wanted):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    assert list(csv_records(tmp_path / "x.csv")) == wanted


@pytest.mark.parametrize("text", ['[{"Image": "a"}, {"Image": "b"}]',
                                  '{"data": [{"Image": "a"}, {"Image": "b"}]}', '{"Image": "a"}\n{"Image": "b"}\n'])
def test_json_is_read_as_a_list_below_a_key_and_as_lines(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert list(json_records(tmp_path / "x.json")) == [{"image": "a"}, {"image": "b"}]


def test_lines_of_conversations_are_not_taken_for_one_object(tmp_path):
    lines = [conversation("a.png", "q", "1"),
             {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "2"}], "image": "b.png"}]
    folder = tmp_path / "Text/VQA"
    folder.mkdir(parents=True)
    (folder / "SARVQA2_train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert {k: list(t.rows) for k, t in gather_texts(tmp_path, Counter()).items()} == {"a": [("q", "1")], "b": [("q", "2")]}


def test_unknown_columns_are_listed_in_the_error(tmp_path):
    (tmp_path / "Text/VQA").mkdir(parents=True)
    write_csv(tmp_path / "Text/VQA/SARVQA1_train.csv", ["Picture", "Ask", "Answer"], [["a.png", "q", "1"]])
    with pytest.raises(ValueError, match="SARVQA1_train.csv.*'picture', 'ask', 'answer'"):
        gather_texts(tmp_path, Counter())
    write_csv(tmp_path / "Text/VQA/SARVQA1_train.csv", ["a.png", "b"], [["a.png", "q", "1", "4"]])
    with pytest.raises(ValueError, match="SARVQA1_train.csv.*4 fields"):
        gather_texts(tmp_path, Counter())


def test_a_folder_that_is_not_the_benchmark_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no folder Text/"):
        text_files(tmp_path)
    (tmp_path / "Text").mkdir()
    with pytest.raises(ValueError, match="no file Caption"):
        text_files(tmp_path)


def test_a_name_in_a_text_file_is_only_looked_up_among_the_images():
    out, file = defaultdict(Texts), TextFile(Path("x"), False, False, True, None)
    add(out, file, "../../etc/0001.png", [("q", "1")], Counter())
    assert list(out) == ["0001"]


def test_the_command_writes_the_cache_and_reports_what_it_could_not_use(cache):
    work, told = cache
    read = read_cache(work)
    assert len(read) == COUNT - 1 + 3 and {s.source for s in read} == {"sarlang-boxes", "sarlang-scenes"}
    for problem in ("1 x missing image", "1 x undecodable image", "1 x duplicate row", "1 x empty text",
                    "5 x training text of a test image"):
        assert problem in told
    nice = next(s for s in read if s.scene == "Nice_3.png")
    assert nice.texts[0] == ("others", "What is the predominant land cover?", "Urban.") and nice.image.shape == (512, 512)
    assert nice.water is None and not facts_of(nice).cover


def test_from_the_folder_to_two_dense_and_two_decoder_steps(cache, monkeypatch, capsys):
    work, _ = cache
    monkeypatch.setattr(train, "Config", lambda: TINY)
    threads = torch.get_num_threads()
    for stage, more in (("dense", ["--window", "64"]), ("decoder", [])):
        monkeypatch.setattr(sys, "argv", ["train", stage, "--work", str(work), "--steps", "2", "--batch", "4", "--threads", "1",
                                          "--device", "cpu", "--every", "1", *more])
        train.main()
    # a batch of tiles without any caption has a loss, too
    bare = work / "bare"
    write_cache([next(s for s in read_cache(work) if s.scene == "0000001.jpg")], bare)
    for name in ("dense.pt", "tokenizer.json"):
        shutil.copy(work / name, bare)
    sys.argv[sys.argv.index(str(work))] = str(bare)
    train.main()
    # another dense stage is not overlooked, and weights to begin with need none
    dense = torch.load(bare / "dense.pt", weights_only=True)
    dense["model"]["perception.cover.bias"] += 1
    torch.save(dense, bare / "dense.pt")
    with pytest.raises(SystemExit, match="another dense stage"):
        train.main()
    (bare / "dense.pt").unlink()
    sys.argv += ["--restart", "--initial", str(work / "decoder.pt")]
    train.main()
    torch.set_num_threads(threads)
    lines = [line for line in capsys.readouterr().out.splitlines() if " step 2/2 " in line]
    assert len(lines) == 4 and not any("nan" in line for line in lines)
    assert torch.load(work / "decoder.pt", weights_only=True)["step"] == 2
    tokenizer = train.load_tokenizer(work / "tokenizer.json")
    assert len(tokenizer.encode("marina").ids) <= 3, "the tokenizer has not seen the published captions"


def test_a_text_that_is_too_long_keeps_a_place_for_its_answer(cache):
    tokenizer = train.train_tokenizer(["a b c"], 300)
    ids, start = train.encode(tokenizer, tokenizer, train.Example("others", "x y " * 400, "z " * 400), random.Random(1))
    assert start < len(ids) == train.LONGEST_TEXT


@pytest.mark.parametrize("name", ["SV_Darwin_-12.4278_130.8688.png", "0000001.jpg"])
def test_tiles_with_captions_only_or_questions_only_can_be_drawn(samples, name):
    sample = samples[name]
    for seed in range(10):
        questions, described = train.pick(facts_of(sample), sample.texts, random.Random(seed))
        assert len(questions) == train.QUESTIONS
        assert len(described) == (2 if name.endswith("png") else 0)


def test_a_wrong_folder_is_one_line_and_no_traceback(tmp_path):
    done = subprocess.run([sys.executable, "-m", "sarvlm.data", "--sarlang", str(tmp_path), "--work", str(tmp_path / "work")],
                          capture_output=True, text=True, cwd=Path(__file__).resolve().parents[1])
    assert done.returncode == 1 and "no folder Text/" in done.stderr and "Traceback" not in done.stderr


def test_an_error_while_a_batch_is_made_ends_the_training_and_does_not_hang_it():
    with pytest.raises(ZeroDivisionError):
        next(train.prefetch(lambda: 1 // 0))


@pytest.mark.parametrize("text, cause", [
    ('{"train": [{"image": "a"}], "more": [{"image": "b"}]}', "more after"), ('[{"image": "a"}] [{"image": "b"}]', "more after"),
    ('[{"image": "a"},', "cut off"), ('{"data": [{"image": "a"}]', "cut off|more after"), ('[{"image": "a"}, {"im', "x.json")])
def test_records_that_would_be_passed_over_are_an_error(tmp_path, text, cause):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match=cause):
        list(records(tmp_path / "x.json"))
    (tmp_path / "x.json").write_text('{"data": [{"image": "a"}], "version": 2}\n')
    assert list(records(tmp_path / "x.json")) == [{"image": "a"}]


def test_a_row_with_more_fields_than_columns_is_counted_and_not_cut(tmp_path):
    (tmp_path / "Text").mkdir()
    (tmp_path / "Text/SARVQA2_train.csv").write_text("image,question,answer\na.png,How many ships, if any?,3\nb.png,Is there a ship?,Yes,,\n")
    problems = Counter()
    assert {k: list(t.rows) for k, t in gather_texts(tmp_path, problems).items()} == {"b": [("Is there a ship?", "Yes")]}
    assert problems == {"row without image, question or answer": 1}
    (tmp_path / "Text/SARVQA2_train.csv").write_text('image,question,answer\na.png,"q,1\nb.png,Is there a ship?,Yes\n')
    with pytest.raises(ValueError, match="SARVQA2_train.csv"):
        gather_texts(tmp_path, Counter())


def test_values_that_are_no_texts_are_empty_and_an_error_lists_few_columns(tmp_path):
    (tmp_path / "Text").mkdir()
    path = tmp_path / "Text/SARVQA2_train.json"
    path.write_text('[{"image_id": 12, "question": "q", "answer": 3}, {"image": "a", "question": "q", "answer": NaN},'
                    ' {"image": "a", "question": "q", "answer": {"x": 1}}]')
    problems = Counter()
    assert list(gather_texts(tmp_path, problems)["12"].rows) == [("q", "3")] and problems == {"empty text": 2}
    path.write_text(json.dumps({f"{i}.png": "ship" for i in range(5000)}))
    with pytest.raises(ValueError) as error:
        gather_texts(tmp_path, Counter())
    assert len(str(error.value)) < 1000


def test_a_name_is_one_image_whatever_its_dots_and_accents_and_two_different_images_of_a_name_are_left_out(tmp_path):
    assert key_of("x/SV_-12.4_130.86") == key_of("SV_-12.4_130.86.PNG") == "sv_-12.4_130.86"
    assert key_of("cafe\u0301.png") == key_of("caf\u00e9")
    for place, value in (("x/a.png", 1), ("y/a.png", 2), ("x/b.png", 3), ("y/b.png", 3), ("x/b.tif", 4)):
        path = tmp_path / "SARimages" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), value, np.uint8)).save(path)
    problems = Counter()
    assert list(image_index(tmp_path, problems)) == ["b"] and problems.total() == 1
    assert image_index(tmp_path, Counter())["b"].suffix == ".png"
