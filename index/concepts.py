"""What a text speaks of, whatever language it speaks: concepts of a vocabulary with labels in every language.

A small model knows little of the words of this work in small languages; people who do it know them well. The
vocabulary holds a concept in each row and its labels in a language in each column, separated by semicolons, so
*burnout*, *izdegšana* and *perdegimas* are one word to the index. `concepts.tsv` has what this work is about,
`common.tsv` the words that any work is told in. Anyone can add to them.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.terms import fold, fold_text

_RULE = 2  # moves when texts are read for concepts in another way
_WORD = re.compile(r"[^\W_]+")
_ENDING = 3  # letters that an inflection may take from a long word
_LEAST = 5  # letters that stay of it
_LONGER = 6  # letters that may follow what is left
_SHORT_LONGER = 3  # letters that may follow a word that is left whole
_EXACT = 3  # words of so many letters, or fewer, are not inflected
_COUNTED = 3  # letters of a word that counts when words are counted
_ENGLISH = "en"
_VOWELS = "aeiouysаеиоуыьяй"


class _Stem(NamedTuple):  # tuples, since there are tens of thousands
    """The beginning of a word, and how many letters may follow it."""

    letters: str
    more: int

    def fits(self, word: str) -> bool:
        return word.startswith(self.letters) and len(word) - len(self.letters) <= self.more


class _Label(NamedTuple):
    words: tuple[_Stem, ...]
    concept: int
    language: str


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """The languages in which every concept has a label (ISO 639-1)."""
    return frozenset(_rows()[0])


@lru_cache(maxsize=1)
def vocabulary() -> str:
    """A short name for the vocabulary as it is: an index made with another one is made anew."""
    return hashlib.sha256(repr((_RULE, _rows())).encode()).hexdigest()[:16]


def concepts(text: str, language: str | None = None) -> list[int]:
    """The numbers of the concepts that a text names, sorted: by labels of its `language` alone, which may have none.

    Where it is not known, labels of every language count: that of a question is easily mistaken.

    >>> bool(set(concepts("burnout")) & set(concepts("perdegimo prevencija", "lt"))), concepts("perdegimas", "de")
    (True, [])
    """
    return sorted({label.concept for _, label in _standing(text, language or None)})


def concepts_by_word(text: str) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Of w words of three letters or more, the c concepts that they name, alone or with neighbours.

    Their numbers, (c,), ascending, and which word names which of them, (w, c).

    >>> numbers, words = concepts_by_word("perdegimo prevencija ministerijoje zzzz")
    >>> words.any(axis=1).tolist(), words.shape[1] == len(numbers)
    ([True, True, True, False], True)
    """
    found: dict[int, set[int]] = defaultdict(set)
    for places, label in _standing(text):
        for place in places:
            found[place].add(label.concept)
    counted = [found[place] for place, word in enumerate(_WORD.findall(text)) if len(fold(word)) >= _COUNTED]
    numbers = sorted(set().union(*counted))
    words = [[number in named for number in numbers] for named in counted]
    return np.array(numbers, np.intp), np.array(words, bool).reshape(len(counted), len(numbers))


def topics(text: str, language: str | None = None) -> list[str]:
    """What a text is about, in English labels, sorted: by labels of its `language` alone where it names any of them.

    A label that stands within a longer one says nothing of its own, and a common word is no topic.

    >>> topics("probacijos pareigūno perdegimas", "lt"), topics("zzzz")
    (['burnout', 'probation officer'], [])
    """
    standing = [each for each in _standing(text) if each[1].concept < _topics()]
    own = [each for each in standing if each[1].language == language] or standing
    longest = [(places, label) for places, label in own if not any(set(places) < set(others) for others, _ in own)]
    return sorted({_named(label.concept, _ENGLISH) for _, label in longest})


def topic_name(topic: str, language: str) -> str:
    """What `topics` calls so, in a language; the topic as it is where there is no such concept or language.

    >>> topic_name("burnout", "lv"), topic_name("burnout", "de"), topic_name("zzzz", "lv")
    ('izdegšana', 'burnout', 'zzzz')
    """
    number = _by_english().get(topic)
    return topic if number is None or language not in languages() else _named(number, language)


def label_languages(text: str) -> Counter[str]:
    """How many concepts a text names with a label of each language: evidence of the language it is in.

    >>> label_languages("perdegimo prevencija").most_common(1)[0][0]
    'lt'
    """
    return Counter(language for language, _ in {(label.language, label.concept) for _, label in _standing(text)})


def _standing(text: str, language: str | None = None) -> Iterator[tuple[range, _Label]]:
    """The labels, of one language or of every one, that stand in a text, each with the numbers of its words."""
    words = [fold(word) for word in _WORD.findall(text)]
    for place, word in enumerate(words):
        for label in _beginning(word, language):
            places = range(place, place + len(label.words))
            if len(label.words) == 1 or _goes_on(label, words[place + 1 : places.stop]):
                yield places, label


@lru_cache(maxsize=20_000)  # words come again and again
def _beginning(word: str, language: str | None) -> tuple[_Label, ...]:
    """The labels whose first word this can be."""
    beginnings = (word[:end] for end in range(max(1, len(word) - _LONGER), len(word) + 1))
    labels = (label for letters in beginnings for label in _labels().get(letters, ()) if label.words[0].fits(word))
    return tuple(label for label in labels if language in (None, label.language))


def _goes_on(label: _Label, words: list[str]) -> bool:
    rest = label.words[1:]
    return len(words) == len(rest) and all(stem.fits(word) for stem, word in zip(rest, words, strict=True))


def stem(word: str) -> tuple[str, int]:
    """A folded word without what an inflection changes, and how many letters may follow.

    >>> stem("perdegimas"), stem("dienests"), stem("darbs"), stem("kara"), stem("lov")
    (('perdegi', 6), ('diene', 6), ('darb', 6), ('kara', 3), ('lov', 0))
    """
    if len(word) <= _EXACT:
        return word, 0
    if len(word) > _LEAST:
        return word[: max(_LEAST, len(word) - _ENDING)], _LONGER
    if len(word) == _LEAST and word[-1] in _VOWELS:
        return word[:-1], _LONGER
    return word, _SHORT_LONGER


@lru_cache(maxsize=1)
def _labels() -> dict[str, list[_Label]]:
    """Every label, by the letters of its first stem."""
    found: dict[str, dict[_Label, None]] = defaultdict(dict)
    header, *rows = _rows()
    folded = fold_text("\n".join("\t".join(row) for row in rows)).split("\n")
    for number, row in enumerate(folded):
        for language, cell in zip(header, row.split("\t"), strict=True):
            for label in cell.split(";"):
                stems = tuple(_Stem(*stem(word)) for word in _WORD.findall(label))
                found[stems[0].letters][_Label(stems, number, language)] = None
    return {letters: list(labels) for letters, labels in found.items()}


def _named(concept: int, language: str) -> str:
    """The first label of a concept in a language."""
    header, *rows = _rows()
    return rows[concept][header.index(language)].split(";")[0].strip()


@lru_cache(maxsize=1)
def _by_english() -> dict[str, int]:
    return {_named(number, _ENGLISH): number for number in range(len(_rows()) - 1)}


@lru_cache(maxsize=1)
def _rows() -> list[list[str]]:
    """The languages, and then the concepts: those of this work before those of any."""
    return _read("concepts.tsv") + _read("common.tsv")[1:]


@lru_cache(maxsize=1)
def _topics() -> int:
    """How many concepts are what this work is about."""
    return len(_read("concepts.tsv")) - 1


def _read(name: str) -> list[list[str]]:
    lines = resources.files("index").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line.strip()]
