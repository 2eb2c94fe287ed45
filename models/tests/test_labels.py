"""Labelled sets of a user: formats, hostile files, splits, and the way into the cache."""
import argparse
import json
import random
import struct
import subprocess
import sys
import weakref
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sarvlm.data import SOURCES, GrowingArray, gather, labelled, labelled_argument, make, read_cache, simulated, write_cache
from sarvlm.labels import LabelError, Report, class_of, coco, folders, gray, inside, parse_labelled, scenes, voc
from sarvlm.spec import CLASSES
from sarvlm.train import OTHER_SHARE, SHARES, balanced


def picture(path, width=80, height=60, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width), np.uint8)).save(path)
    return path


def coco_file(folder, names, annotations, categories=("ship", "Storage Tank", "windmill")):
    content = {"images": [{"id": i, "file_name": n} for i, n in enumerate(names)], "annotations": annotations,
               "categories": [{"id": i, "name": n} for i, n in enumerate(categories)]}
    path = folder / "coco.json"
    path.write_text(json.dumps(content))
    return path


def box(image, category, values=(10, 20, 30, 15), **more):
    return {"image_id": image, "category_id": category, "bbox": list(values), **more}


def voc_text(name, objects):
    inner = "".join(f"<object><name>{n}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>"
                    for n, a, b, c, d in objects)
    return f"<annotation><filename>{name}</filename>{inner}</annotation>"


@pytest.mark.parametrize("name, wanted", [("Car", "vehicle"), ("plane", "aircraft"), ("storage_tank", "tank"), ("Oil  Tank", "tank"),
                                          ("harbour", "harbor"), (" vessel ", "ship"), ("windmill", None), ("", None)])
def test_category_names_become_the_six_classes(name, wanted):
    assert class_of(name) == wanted
    assert all(class_of(c) == c for c in CLASSES)


def test_coco_crowds_malformed_and_unknown_annotations_are_counted_and_left_out(tmp_path):
    malformed = [box(0, 0, (1, 2, 3)), box(0, 0, (1, 2, 0, 5)), box(0, 0, ("a", 1, 1, 1)), box(0, 0, (1, 1, 1e999, 1)),
                 {"category_id": 0}, 7]
    others = [box(0, 0), box(0, 0, iscrowd=1), box(0, 2), box(0, 99), box(0, 1, (5, 6, 7, 8))]
    path = coco_file(tmp_path, ["a.png", "b.png"], others + malformed)
    report = Report()
    assert list(coco(path, report)) == [(tmp_path / "a.png", [("ship", 10, 20, 30, 15), ("tank", 5, 6, 7, 8)]),
                                        (tmp_path / "b.png", [])]
    assert report.classes == {"ship", "tank"}
    assert report.problems == Counter({"malformed annotation": 6, "annotation of an unknown category": 2, "crowd annotation": 1,
                                       "unknown category 'windmill' declared": 1})


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../secret.png", "..\\secret.png", "link/secret.png", ""])
def test_a_file_name_never_leads_out_of_the_data_folder(tmp_path, name):
    data = tmp_path / "data"
    data.mkdir()
    picture(tmp_path / "secret.png")
    (data / "link").symlink_to(tmp_path)
    report = Report()
    assert inside(data, name) is None
    assert list(coco(coco_file(data, [name], []), report)) == []
    (data / "a.xml").write_text(voc_text(name, []))
    assert all(path.resolve().is_relative_to(data.resolve()) for path, _ in voc(data / "a.xml", report))
    assert inside(data, "sub/a.png") == data / "sub/a.png"


@pytest.mark.parametrize("content, cause", [("{", "not a JSON file"), ("[]", "no list \"images\""), ('{"images": []}', "annotations"),
                                            ("[" * 200000, "not a JSON file")])
def test_a_broken_coco_file_is_named_with_the_cause(tmp_path, content, cause):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match=f"bad.json.*{cause}"):
        list(coco(tmp_path / "bad.json", Report()))


def test_voc_reads_a_folder_of_files_and_one_file_alike(tmp_path):
    one, two = voc_text("a.png", [("car", 1, 2, 11, 22)]), voc_text("b", [("ship", 5, 5, 5, 9), ("truckster", 1, 1, 2, 2)])
    for name in ("a.png", "b.png"):
        picture(tmp_path / "JPEGImages" / name)
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations/a.xml").write_text(one)
    (tmp_path / "Annotations/b.xml").write_text(two)
    (tmp_path / "all.xml").write_text(f"<annotations>{one}{two}</annotations>")
    report = Report()
    read = list(voc(tmp_path, report))
    assert read == [(tmp_path / "JPEGImages/a.png", [("vehicle", 1, 2, 10, 20)]), (tmp_path / "JPEGImages/b.png", [])]
    assert report.problems == Counter({"malformed object": 1, "unknown category 'truckster'": 1}) and report.classes == {"vehicle"}
    assert list(voc(tmp_path / "all.xml", Report())) == read
    assert list(voc(tmp_path / "all.xml", Report(), "aircraft"))[1][1] == [("aircraft", 1, 1, 1, 1)]


def test_bad_files_of_a_voc_set_are_told_and_counted_and_the_others_are_read(tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "a.xml").write_text(voc_text("a.png", []))
    (tmp_path / "b.xml").write_text("<annotation>")
    (tmp_path / "c.xml").write_text("<!DOCTYPE a><annotation/>")
    (tmp_path / "d.xml").write_text('<?xml version="1.0" encoding="foo"?><annotation/>')
    (tmp_path / "e.xml").symlink_to(tmp_path / "absent.xml")
    report = Report()
    assert [path.name for path, _ in voc(tmp_path, report)] == ["a.png"]
    assert report.problems == Counter({"label file left out": 4})
    told = capsys.readouterr().out.splitlines()
    assert [next(name for name in "abcde" if f"{name}.xml" in line) for line in told] == ["b", "c", "d", "e"]
    assert "not well-formed" in told[0] and "document type" in told[1] and "foo" in told[2] and "No such file" in told[3]


def test_xml_with_a_document_type_is_refused(tmp_path):
    (tmp_path / "x.xml").write_text('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation><filename>&e;</filename></annotation>')
    with pytest.raises(ValueError, match="x.xml: a document type is not allowed"):
        list(voc(tmp_path / "x.xml", Report()))
    (tmp_path / "x.xml").write_text("<annotation>")
    with pytest.raises(ValueError, match="x.xml: not well-formed"):
        list(voc(tmp_path / "x.xml", Report()))


def test_class_folders_give_one_object_that_fills_the_image(tmp_path):
    picture(tmp_path / "Plane/1.png", 40, 30)
    picture(tmp_path / "cloud/1.png")
    (tmp_path / "Plane/2.png").write_bytes(b"no image")
    (tmp_path / "Plane/readme.txt").write_text("")
    report = Report()
    assert list(folders(tmp_path, report)) == [(tmp_path / "Plane/1.png", [("aircraft", 0, 0, 40, 30)])]
    assert report.problems == Counter({"undecodable image": 1, "unknown category 'cloud'": 1})


def test_pixels_of_more_than_8_bits_are_refused_not_cut(tmp_path):
    Image.fromarray(np.full((4, 4), 4000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="deep.png.*not 8 bits"):
        gray(tmp_path / "deep.png")


def test_tiles_of_one_scene_stay_in_one_split():
    files = [Path(f"/d/city{s}_{t:03}.png") for s in "abcdefghijklmn" for t in range(5)]
    numbers = scenes(files)
    assert len(set(numbers.values())) == 14
    assert all(len({numbers[f] for f in files if f.name.startswith(f"city{s}_")}) == 1 for s in "abc")
    one_scene = scenes([Path(f"/d/{t:06}.png") for t in range(100)])
    assert len(set(one_scene.values())) == 24 and [*one_scene.values()] == sorted(one_scene.values())


@pytest.mark.parametrize("text", ["coco:x", "a=tar:x", "a=coco:", "../a=coco:x", "a b=coco:x"])
def test_a_wrong_argument_says_how_to_write_it(text):
    with pytest.raises(ValueError, match="NAME=FORMAT:PATH"):
        parse_labelled(text)
    assert parse_labelled("my-set=voc:some:where") == ("my-set", "voc", Path("some:where"))


def test_an_own_set_goes_into_the_cache_and_is_drawn_in_training(tmp_path):
    names = [f"t{i:03}.png" for i in range(30)]
    for i, name in enumerate(names[:-1]):
        picture(tmp_path / "set/images" / name, seed=i)
    (tmp_path / "set/images" / names[3]).write_bytes(b"broken")
    coco_file(tmp_path / "set", names, [box(i, i % 2) for i in range(30)])
    done = subprocess.run([sys.executable, "-m", "sarvlm.data", "--labelled", f"mine=coco:{tmp_path / 'set/coco.json'}", "--work",
                           str(tmp_path / "work")], capture_output=True, text=True, cwd=Path(__file__).resolve().parents[1])
    assert done.returncode == 0, done.stderr
    assert "mine: 1 x missing image" in done.stdout and "mine: 1 x undecodable image" in done.stdout
    samples = read_cache(tmp_path / "work")
    assert len(samples) == 28 and {s.split for s in samples} == {"train", "validation", "heldout"}
    first = samples[0]
    assert first.known == ["ship", "tank"] and first.boxes == [("ship", 20, 40, 60, 30)] and first.image[:120, :160].any()
    assert "mine" not in SHARES and OTHER_SHARE > 0
    assert len({next(balanced(samples, random.Random(s))) for s in range(40)}) > 5


def test_a_set_without_a_known_category_or_image_is_an_error(tmp_path):
    path = coco_file(tmp_path, ["a.png"], [], ["windmill"])
    with pytest.raises(ValueError, match="none of its categories.*windmill"):
        list(labelled("x", "coco", path))
    path = coco_file(tmp_path, ["a.png"], [])
    with pytest.raises(ValueError, match="not one of its 1 images"):
        list(labelled("x", "coco", path))


def test_arrays_grow_without_their_size_being_known(tmp_path):
    array, noise = GrowingArray(tmp_path / "a.npy", 4), np.random.default_rng(1)
    parts = noise.integers(0, 255, (1200, 4, 4), np.uint8)
    for part in parts:
        array.append(part)
    assert not (tmp_path / "a.npy").exists()
    array.close()
    read = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert read.dtype == np.uint8 and np.array_equal(read, parts)
    with pytest.raises(ValueError):
        GrowingArray(tmp_path / "b.npy", 4).append(parts[0].astype(float))


def test_a_cache_holds_one_image_at_a_time_and_breaking_off_keeps_the_old_one(tmp_path):
    earlier = []

    def stream(count, fail=False):
        for number in range(count):
            sample = make(np.full((64, 64), number, np.uint8), [], source="x", scene="x", split="train", known=[])
            earlier.append(weakref.ref(sample.image))
            yield sample
            del sample
            assert all(image() is None for image in earlier[:-1])
        if fail:
            raise OSError("no more")
    light = write_cache(stream(3), tmp_path / "work")
    assert len(light) == 3 and all(s.image is None for s in light)
    with pytest.raises(OSError):
        write_cache(stream(5, fail=True), tmp_path / "work")
    assert [int(s.image[0, 0]) for s in read_cache(tmp_path / "work")] == [0, 1, 2]


def test_absent_sources_are_skipped_but_a_source_that_breaks_off_is_an_error(tmp_path, monkeypatch, capsys):
    with pytest.raises(LabelError, match="neither training/ nor scenes/"):       # blank images alone would make a cache
        list(gather(tmp_path, 1))
    (tmp_path / "training").mkdir()
    assert not any(True for s in gather(tmp_path, 1) if s.source != "nothing")
    told = capsys.readouterr().out
    assert all(f"{name}: skipped" in told for name in SOURCES if name != "nothing")

    def breaking(root, rng):
        yield "first"
        raise FileNotFoundError(2, "gone", "x.png")
    monkeypatch.setattr("sarvlm.data.SOURCES", {"broken": breaking})
    with pytest.raises(FileNotFoundError):
        list(gather(tmp_path, 1))


def test_what_is_no_label_file_is_refused_by_name(tmp_path):
    with pytest.raises(LabelError, match="a folder"):
        list(coco(tmp_path, Report()))
    digits = tmp_path / "digits.json"
    digits.write_text('{"images": [{"id": ' + "9" * 5000 + "}]}")
    with pytest.raises(LabelError, match="digits.json"):
        list(coco(digits, Report()))
    (tmp_path / "a.xml").write_bytes(b'<?xml version="1.0" encoding="gb2312"?><annotation/>')
    with pytest.raises(LabelError, match="a.xml"):
        list(voc(tmp_path, Report()))


def huge_picture(path):
    """A PNG of a hundred bytes that says it has 3.6 thousand million pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


@pytest.mark.parametrize("kind", ["coco", "folders"])
def test_an_image_of_too_many_pixels_is_counted_and_left_out(tmp_path, kind, capsys):
    folder = tmp_path / ("images" if kind == "coco" else "ship")
    picture(folder / "a.png")
    huge_picture(folder / "huge.png")
    path = coco_file(tmp_path, ["a.png", "huge.png"], []) if kind == "coco" else tmp_path
    assert len(list(labelled("mine", kind, path))) == 1
    assert "1 x refused image" in capsys.readouterr().out


def test_names_that_no_file_can_have_are_counted_not_fatal(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "a.xml").write_text(voc_text("a.png", []))
    (tmp_path / "b.xml").write_text(voc_text("y" * 400 + ".png", []))
    assert [path.name[:3] for path, _ in voc(tmp_path, Report())] == ["a.p", "yyy"]
    read = list(labelled("mine", "coco", coco_file(tmp_path, ["y" * 400 + ".png", "loop.png", "a.png"], [])))
    assert [s.scene[-5:] for s in read] == ["a.png"]


def test_boxes_outside_the_image_are_counted_and_an_image_listed_twice_is_one_tile(tmp_path, capsys):
    picture(tmp_path / "a.png")
    path = coco_file(tmp_path, ["a.png", "a.png"], [box(0, 0, (500, 5, 9, 9)), box(0, 0), box(1, 0), box(1, 1, (1, 2, 30, 40))])
    (sample,) = labelled("mine", "coco", path)
    assert sorted(name for name, *_ in sample.boxes) == ["ship", "tank"]
    told = capsys.readouterr().out
    assert "1 x box outside its image" in told and "1 x image listed again" in told


@pytest.mark.parametrize("name", ["ssdd", "simulator", "nothing", "sarlang-boxes"])
def test_an_own_set_cannot_take_the_name_of_one_that_is_scored(name):
    with pytest.raises(argparse.ArgumentTypeError, match="built-in"):
        labelled_argument(f"{name}=coco:x")


def test_a_folder_without_scenes_says_what_to_give(tmp_path):
    with pytest.raises(LabelError, match="no scene here"):
        list(simulated(tmp_path))
    coco_file(tmp_path, [], [])
    with pytest.raises(LabelError, match="give the folder above"):
        list(simulated(tmp_path))


def test_a_cache_whose_parts_do_not_belong_together_is_refused(tmp_path):
    write_cache((make(np.zeros((9, 9), np.uint8), [], source="x", scene="x", split="train", known=[]) for _ in range(3)), tmp_path)
    lines = (tmp_path / "samples.jsonl").read_text().splitlines(True)
    (tmp_path / "samples.jsonl").write_text("".join(lines[:2]))
    with pytest.raises(SystemExit, match="2 samples, 3 images"):
        read_cache(tmp_path)
    (tmp_path / "samples.jsonl").write_text("".join(lines)[:-20])
    with pytest.raises(SystemExit, match="cannot be read"):
        read_cache(tmp_path)
    (tmp_path / "masks.npy").unlink()
    with pytest.raises(SystemExit, match="masks.npy"):
        read_cache(tmp_path)
