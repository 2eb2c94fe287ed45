"""Caption measures against hand-computed values and the COCO implementation; calibration against the definition."""
import json
import math
import random
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sarvlm.metrics import (bleu, blanks, caption_scores, cider, common_subsequence, expected_calibration_error, reliability,
                            reliability_svg, rouge_l, words)

CANDIDATES = ["3 ships at sea , most of them on the left", "urban area with water on the right", "a bridge over a river"]
REFERENCES = [["three ships at sea on the left", "3 ships at sea"], ["a dense urban area with water"],
              ["a long bridge crosses a river", "a bridge over the river near a harbor"]]


def split(candidates, references):
    return [c.split() for c in candidates], [[r.split() for r in group] for group in references]


def test_words_are_lower_case_without_punctuation():
    assert words("The image shows 2 ships, (don't they?) near U-shaped docks.") == \
        ["the", "image", "shows", "2", "ships", "do", "n't", "they", "near", "u-shaped", "docks"]
    assert words("It's 0.5 m; 50% built-up -- \u201cdone\u201d.") == ["it", "'s", "0.5", "m", "50", "%", "built-up", "done"]
    assert words(" ?! ") == [] and blanks("At sea.") == ["At", "sea."]


def test_bleu_clips_repeats_and_takes_the_closest_reference_length():
    clipped = bleu(*split(["the the the the"], [["the cat sat down", "the dog"]]))
    assert clipped[0] == pytest.approx(1 / 4)
    # 3 of 3 words and 2 of 2 pairs are right; of lengths 2 and 7 the closest to 3 is 2, so nothing is taken off
    assert bleu(*split(["a b c"], [["a b c d e f g", "x y"]]))[:2] == pytest.approx([1, 1])
    # one reference of 6 words for 3: exp(1 - 6/3)
    assert bleu(*split(["a b c"], [["a b c d e f"]]))[0] == pytest.approx(math.exp(-1), rel=1e-6)


def test_bleu_of_a_corpus_adds_counts_before_it_divides():
    # 1 of 1 and 1 of 3 words are right: 2/4, not the mean of 1 and 1/3
    assert bleu(*split(["a", "b x y"], [["a"], ["b c d"]]))[0] == pytest.approx(0.5)


def test_rouge_weighs_recall_more():
    # the common subsequence of both is "a c": P = 2/3, R = 2/4, F = 2.44 P R / (R + 1.44 P)
    assert common_subsequence("a b c".split(), "a x c d".split()) == 2
    assert rouge_l(*split(["a b c"], [["a x c d"]])) == pytest.approx(2.44 * (1 / 3) / (0.5 + 1.44 * 2 / 3))
    assert rouge_l([[]], [[["a"]]]) == 0 and rouge_l(*split(["a"], [["b"]])) == 0


def test_cider_by_hand():
    # Two images, a word each in its own reference: every IDF is ln 2. Candidate 1 is its reference (1-grams and 2-grams agree,
    # there are no longer ones): 10 * 2/4. Candidate 2 shares one of two words with one of two: 10 * (1/2) / 4.
    assert cider(*split(["a b", "c x"], [["a b"], ["c d"]])) == pytest.approx((5 + 1.25) / 2)
    # 3 bigrams more than the reference: exp(-9 / 72), cosine of (1,1,1,1,1) and (1,1) and so on, only 1-grams and 2-grams
    longer = 10 / 4 * math.exp(-9 / 72) * (2 / math.sqrt(5 * 2) + 1 / math.sqrt(4))
    assert cider(*split(["a b e f g", "q"], [["a b"], ["c d"]])) == pytest.approx(longer / 2)
    # a repeated word counts as often as the reference has it: 1 * 1 / (2 * sqrt 2) and not twice that, only 1-grams
    assert cider(*split(["a a", "q"], [["a b"], ["c d"]])) == pytest.approx(10 / 4 / (2 * math.sqrt(2)) / 2)
    assert cider(*split(["a b"], [["a b"]])) == 0           # one image: nothing is rare


def test_all_measures_equal_the_values_that_the_coco_implementation_gave():
    given, wanted = split(CANDIDATES, REFERENCES)
    assert bleu(given, wanted) == pytest.approx([0.6956521738827978, 0.618553712798176, 0.5130413720416604, 0.37268317031349624])
    assert rouge_l(given, wanted) == pytest.approx(0.6950003193283988)
    assert cider(given, wanted) == pytest.approx(3.4201937446104718)


def test_all_measures_equal_the_coco_implementation_on_random_texts():
    oracle = pytest.importorskip("pycocoevalcap.bleu.bleu", reason="pycocoevalcap is not installed: no oracle to compare with")
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge
    vocabulary = "a the ship ships two three at sea on left right bridge over water".split()
    for seed in range(20):
        rng = random.Random(seed)
        given = {i: " ".join(rng.choices(vocabulary, k=rng.randint(1, 12))) for i in range(rng.randint(2, 12))}
        wanted = {i: [" ".join(rng.choices(vocabulary, k=rng.randint(1, 12))) for _ in range(rng.randint(1, 4))] for i in given}
        ours = split(given.values(), wanted.values())
        theirs = {i: [text] for i, text in given.items()}
        assert bleu(*ours) == pytest.approx(oracle.Bleu(4).compute_score(wanted, theirs)[0])
        assert rouge_l(*ours) == pytest.approx(Rouge().compute_score(wanted, theirs)[0])
        assert cider(*ours) == pytest.approx(Cider().compute_score(wanted, theirs)[0])


def test_images_without_a_partner_are_an_error_and_not_left_out():
    with pytest.raises(ValueError, match="1 images without a candidate"):
        caption_scores({"a": "x"}, {"a": ["x"], "b": ["y"]})
    with pytest.raises(ValueError, match="1 without a reference"):
        caption_scores({"a": "x", "b": "y"}, {"a": ["x"]})


def test_the_order_of_images_does_not_matter():
    given, wanted = dict(zip("abc", CANDIDATES)), dict(zip("abc", REFERENCES))
    turned = {k: given[k] for k in "cab"}
    assert caption_scores(given, wanted) == caption_scores(turned, wanted)
    assert caption_scores(given, wanted)["CIDEr"] > 100


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "sarvlm.metrics", *map(str, arguments)], capture_output=True, text=True,
                          cwd=Path(__file__).resolve().parents[1])


def test_the_scorer_reads_lines_and_prints_json(tmp_path):
    given, wanted = tmp_path / "candidates.jsonl", tmp_path / "references.jsonl"
    given.write_text("".join(json.dumps({"image": i, "caption": c}) + "\n" for i, c in enumerate(CANDIDATES)))
    wanted.write_text('{"image": 0, "caption": "three ships at sea on the left"}\n'
                      '{"image": 0, "caption": "3 ships at sea"}\n'
                      + "".join(json.dumps({"image": i, "captions": REFERENCES[i]}) + "\n" for i in (1, 2)))
    done = run("--candidates", given, "--references", wanted, "--tokens", "blanks")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"tokens": "blanks", "images": 3, "BLEU-1": 69.57, "BLEU-2": 61.86, "BLEU-3": 51.30,
                                       "BLEU-4": 37.27, "ROUGE-L": 69.50, "CIDEr": 342.02}
    given.write_text('{"image": 0}\n')
    broken = run("--candidates", given, "--references", wanted)
    assert broken.returncode == 1 and "candidates.jsonl: line 1" in broken.stderr and "Traceback" not in broken.stderr
    given.write_bytes(b'{"image": 0, "caption": "3 ships"}\n{"image": 1, "caption": "caf\xe9"}\n')
    broken = run("--candidates", given, "--references", wanted)
    assert broken.returncode == 1 and "candidates.jsonl: line 2" in broken.stderr and "Traceback" not in broken.stderr
    assert '{"image": "0001.png", "caption"' in run("--help").stdout


def test_calibration_error_is_the_weighted_gap():
    # bin (0.5, 1]: 3 answers, mean confidence 0.8, 1/3 right; bin [0, 0.5]: 1 answer at 0.5, right
    sure, right = [0.7, 0.8, 0.9, 0.5], [True, False, False, True]
    assert expected_calibration_error(sure, right, 2) == pytest.approx(3 / 4 * (0.8 - 1 / 3) + 1 / 4 * 0.5)
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0


def test_an_edge_belongs_to_the_bin_below_it_and_no_answer_is_lost():
    rows = reliability([0.0, 0.2, 0.2000001, 1.0], [False, True, True, True], 5)
    assert [row["count"] for row in rows] == [2, 1, 0, 0, 1]
    assert rows[2]["accuracy"] is None and rows[0]["accuracy"] == 0.5
    thirds = reliability([k / 15 for k in range(16)], [True] * 16)
    assert [row["count"] for row in thirds] == [2] + [1] * 14


@pytest.mark.parametrize("sure, right", [([1.1], [True]), ([float("nan")], [True]), ([0.5], []), ([], [])])
def test_confidences_that_cannot_be_are_refused(sure, right):
    with pytest.raises(ValueError):
        expected_calibration_error(sure, right)


def test_the_diagram_is_well_formed_and_has_a_bar_for_each_bin_with_answers():
    rng = random.Random(3)
    sure = [rng.random() for _ in range(200)]
    svg = reliability_svg(reliability(sure, [rng.random() < s for s in sure], 10), "Answers & captions <all>")
    root = ElementTree.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(name + "circle")) == 10
    assert any(t.text == "Answers & captions <all>" for t in root.findall(name + "text"))
    assert reliability_svg(reliability([], [])).endswith("</svg>\n")
