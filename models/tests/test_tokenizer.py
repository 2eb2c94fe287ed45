"""Phrases are single tokens, words that stand in no phrase stay words, and nothing is lost on the way."""
import pytest

from sarvlm.spec import SPECIAL_TOKENS
from sarvlm.tokenizer import LONGEST_TOKEN, load_tokenizer, merged, phrase_merges, prompt_ids, train_tokenizer, word_by_word

TEXTS = ["How many ships are visible?", "There are 12 ships at sea, most of them on the left.", "Are ships visible in the image?"] * 4


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(TEXTS, 1024)


def test_a_phrase_of_the_training_texts_is_one_token(tokenizer):
    assert tokenizer.encode("How many ships are visible?").tokens == ["HowĠmanyĠshipsĠareĠvisible", "?"]


def test_other_wordings_are_read_in_whole_words(tokenizer):
    assert tokenizer.encode("Are visible ships").tokens == ["Are", "Ġvisible", "Ġships"]


def test_without_phrases_no_token_reaches_over_a_space(tokenizer):
    words = word_by_word(tokenizer)
    for text in TEXTS:
        assert all("Ġ" not in token[1:] for token in words.encode(text).tokens)
        assert words.decode(words.encode(text).ids) == text


def test_both_ways_of_reading_share_their_ids(tokenizer):
    words = word_by_word(tokenizer)
    assert words.get_vocab() == tokenizer.get_vocab()
    assert [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] == [0, 1, 2, 3]


def test_digits_and_the_marks_of_boxes_and_sentences_stand_alone(tokenizer):
    tokens = tokenizer.encode("[12, 3]? 45.").tokens
    assert {"[", "1", "2", "3", "]", "?", "4", "5", "."} <= set(tokens)


@pytest.mark.parametrize("text", ["", "a", "ÄÖ €", "  two  spaces ", "[1, 2, 3, 4]", "Çà et là 🚢"])
def test_any_text_comes_back_as_it_was(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_the_vocabulary_is_as_large_as_asked_for_at_most():
    assert train_tokenizer(TEXTS, 300).get_vocab_size() == 300
    assert train_tokenizer(["a"], 300).get_vocab_size() == 260


def test_no_token_is_longer_than_allowed():
    long = train_tokenizer(["the quick brown fox jumps over the lazy dog and goes on to run about the field"] * 3, 4000)
    assert max(map(len, long.get_vocab())) <= LONGEST_TOKEN


def test_merges_go_on_from_the_words_commonest_first():
    words = word_by_word(train_tokenizer(["a b", "a b", "b c"], 1024))
    assert phrase_merges(words, ["a b", "a b", "a b", "b c"], 5) == [("a", "Ġb")]


def test_a_repeated_pair_is_merged_from_the_left():
    assert merged(["a", "a", "a", "b"], ("a", "a")) == ["aa", "a", "b"]


def test_a_stored_tokenizer_reads_as_before(tokenizer, tmp_path):
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert load_tokenizer(tmp_path / "tokenizer.json").encode(TEXTS[1]).ids == tokenizer.encode(TEXTS[1]).ids


def test_a_prompt_is_cut_but_keeps_its_ends(tokenizer):
    assert prompt_ids(tokenizer, "ships visible ships visible", 2)[0::3] == [1, 3]
