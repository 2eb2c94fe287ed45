"""The byte-level BPE tokenizer: trained on generated text, stored as tokenizer.json.

After the merges within words come merges over spaces, so that "ships at sea" can be one token: texts about tiles repeat their
phrases, and a text of a third of the tokens is written in a third of the steps. Digits stay single, and the punctuation of
sentences and boxes apart. After Liu et al., SuperBPE: Space Travel for Language Models, COLM 2025.
"""
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from .command import Refusal
from .spec import BOS, SEP, SPECIAL_TOKENS

LONGEST_TOKEN = 48      # characters
SPACE = "Ġ"             # as byte-level BPE writes it
APART = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                 pre_tokenizers.Split(Regex(r"[.?!:\[\]]"), "isolated")])


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """At most `vocabulary` tokens; the four special ones have the ids 0..3."""
    texts = list(texts)
    words = assembled(models.BPE(), within_words=True)
    words.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=list(SPECIAL_TOKENS),
                                                         show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokens, merges = contents(words)
    phrases = phrase_merges(words, texts, vocabulary - len(tokens))
    for first, second in phrases:
        tokens.setdefault(first + second, len(tokens))
    return assembled(models.BPE(tokens, merges + phrases))


def assembled(model: models.BPE, within_words: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([APART, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=within_words)])
    tokenizer.decoder = decoders.ByteLevel()
    if model.token_to_id(SPECIAL_TOKENS[0]) is not None:
        tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    return tokenizer


def contents(tokenizer: Tokenizer) -> tuple[dict, list]:
    """-> the ids of its tokens, in their order, and its merges."""
    model = json.loads(tokenizer.to_str())["model"]
    return dict(sorted(model["vocab"].items(), key=lambda item: item[1])), [tuple(pair) for pair in model["merges"]]


def phrase_merges(words: Tokenizer, texts: list, count: int) -> list:
    """At most `count` merges of neighbouring tokens, the commonest first, that go on from those of `words`."""
    pieces = Counter(piece for text in texts for piece, _ in APART.pre_tokenize_str(text))
    rows, often = [words.encode(piece).tokens for piece in pieces], list(pieces.values())
    pairs, where = Counter(), defaultdict(set)

    def note(row: int, sign: int) -> None:
        for pair in zip(rows[row], rows[row][1:]):
            pairs[pair] += sign * often[row]
            where[pair].add(row)
    for row in range(len(rows)):
        note(row, 1)
    merges: list = []
    while len(merges) < count:
        fitting = (pair for pair in pairs if pairs[pair] > 1 and len(pair[0] + pair[1]) <= LONGEST_TOKEN)
        best = max(fitting, key=lambda pair: (pairs[pair], pair), default=None)
        if best is None:
            break
        for row in where.pop(best):
            note(row, -1)
            rows[row] = merged(rows[row], best)
            note(row, 1)
        merges.append(best)
    return merges


def merged(row: list, pair: tuple) -> list:
    """The row with every such pair of neighbours as one token."""
    out: list = []
    for token in row:
        if out and (out[-1], token) == pair:
            out[-1] += token
        else:
            out.append(token)
    return out


def word_by_word(tokenizer: Tokenizer) -> Tokenizer:
    """The same vocabulary without the merges over spaces: how words are read that stand in no phrase of the training texts."""
    tokens, merges = contents(tokenizer)
    return assembled(models.BPE(tokens, [pair for pair in merges if SPACE not in (pair[0] + pair[1])[1:]]), within_words=True)


def load_tokenizer(path: Path) -> Tokenizer:
    """An absent or broken file is a `Refusal` that names it."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:                                  # the library raises nothing narrower
        raise Refusal(f"{path}: no tokenizer: {error}") from error


def prompt_ids(tokenizer: Tokenizer, text: str, most: int | None = None) -> list[int]:
    """What the decoder reads before it writes: <bos> text <sep>; the text is cut after `most` tokens."""
    return [BOS, *tokenizer.encode(text).ids[:most], SEP]
