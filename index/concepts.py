"""What a text speaks of, whatever language it speaks: concepts of a vocabulary with labels in every language.

A small model knows little of the words of this work in small languages; people who do it know them well. The
vocabulary holds a concept in each row and its labels in a language in each column, separated by semicolons, so
*burnout*, *izdegšana* and *perdegimas* are one word to the index. `concepts.tsv` has what this work is about,
`common.tsv` the words that any work is told in, `places.tsv` the names of towns and regions. Anyone can add to them.

The beginning of a label stands for its inflections. Of labels that a word begins like, the nearest counts, and in a
text that is well written marks count, too; `lookalikes.tsv` has the words that still would be taken for a label and
are others, such as *child* for *Chile*.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.terms import fold, fold_text

FILES = ("concepts.tsv", "common.tsv", "places.tsv")  # the first has what is a topic
_RULE = 4  # moves when texts are read for concepts in another way
_WORD = re.compile(r"[^\W_]+")
_ENDING = 3  # letters that an inflection may take from a long word
_LEAST = 5  # letters that stay of it
_LONGER = 6  # letters that may follow what is left
_SHORT_LONGER = 3  # letters that may follow a word that is left whole
_EXACT = 3  # words of so many letters, or fewer, are not inflected
_FARTHER = 2  # letters by which a label may differ more from a word than the one that differs least
_COUNTED = 3  # letters of a word that counts when words are counted
_ENGLISH = "en"
_VOWELS = "aeiouysаеиоуыьяй"


class _Word(NamedTuple):  # tuples, since there are tens of thousands
    """A word as it is written, but in small letters; and folded."""

    written: str
    folded: str


class _Stem(NamedTuple):
    """The beginning of a label's word, folded, how many letters may follow it, and the word itself."""

    letters: str
    more: int
    word: _Word

    def fits(self, word: _Word, *, marked: bool) -> bool:
        """`marked`: letters with and without marks are different ones, as they are in a text that is well written."""
        long = 0 <= len(word.folded) - len(self.letters) <= self.more
        return long and word.folded.startswith(self.letters) and not (marked and self._other_marks(word))

    def _other_marks(self, word: _Word) -> bool:
        """Whether they differ in marks, but for the last letter that they share: an ending may change that."""
        written = self.word.written[: _shared(self.word.written, word.written)]
        folded = _shared(self.word.folded, word.folded)
        return len(fold(written)) < max(folded - 1, min(folded, _EXACT))

    def apart(self, word: _Word) -> int:
        """How many letters are in one of the words and not in the other, without what both begin with."""
        return len(self.word.folded) + len(word.folded) - 2 * _shared(self.word.folded, word.folded)


def _shared(one: str, other: str) -> int:
    """How many letters both begin with.

    >>> _shared("diena", "dienas"), _shared("diena", "diets")
    (5, 3)
    """
    differing = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


class _Label(NamedTuple):
    words: tuple[_Stem, ...]
    concept: int
    language: str
    unlike: frozenset[str]  # words, in small letters, that only look like it


class _Written(NamedTuple):
    """A label in small letters, as it is and folded."""

    concept: int
    language: str
    written: str
    folded: str


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """The languages in which every concept has a label (ISO 639-1)."""
    return frozenset(_rows()[0])


@lru_cache(maxsize=1)
def vocabulary() -> str:
    """A short name for the vocabulary as it is: an index made with another one is made anew."""
    return hashlib.sha256(repr((_RULE, _rows(), _lookalikes())).encode()).hexdigest()[:16]


def concepts(text: str, language: str | None = None) -> list[int]:
    """The numbers of the concepts that a text names, sorted: by labels of its `language` alone, which may have none.

    Where it is not known, labels of every language count: that of a question is easily mistaken.

    >>> bool(set(concepts("burnout")) & set(concepts("perdegimo prevencija", "lt"))), concepts("perdegimas", "de")
    (True, [])
    """
    return sorted({label.concept for _, label in _standing(text, language or None)})


def concepts_by_sentence(sentences: Sequence[str], language: str | None = None) -> list[list[int]]:
    """The same of each sentence of a text, the whole of which tells how its words are written.

    >>> [bool(each) for each in concepts_by_sentence(["Perdegimas.", "Zzzz."], "lt")]
    [True, False]
    """
    marked = _is_marked("".join(sentences), language or None)
    return [
        sorted({label.concept for _, label in _found(_words(each), language or None, marked)}) for each in sentences
    ]


def concepts_by_word(text: str) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The numbers of the c concepts that a text names, (c,), ascending; and which word names which of them, (w, c).

    Alone or with its neighbours; of its words, the w that have three letters or more.

    >>> numbers, words = concepts_by_word("perdegimo prevencija ministerijoje zzzz")
    >>> words.any(axis=1).tolist(), words.shape[1] == len(numbers)
    ([True, True, True, False], True)
    """
    found: dict[int, set[int]] = defaultdict(set)
    for places, label in _standing(text):
        for place in places:
            found[place].add(label.concept)
    counted = [found.get(place, set()) for place, word in enumerate(_words(text)) if len(word.folded) >= _COUNTED]
    numbers = sorted(set().union(*found.values()))
    words = [[number in named for number in numbers] for named in counted]
    return np.array(numbers, np.intp), np.array(words, bool).reshape(len(counted), len(numbers))


def topics(text: str, language: str | None = None) -> list[str]:
    """What a text is about, in English labels, sorted: by labels of its `language` alone where it names any of them.

    A label that stands within a longer one says nothing of its own, and a common word is no topic.

    >>> topics("probacijos pareigūno perdegimas", "lt"), topics("zzzz")
    (['burnout', 'probation officer'], [])
    """
    own = _of_this_work(_found(_words(text), language, marked=False)) if language else []
    found = own or _of_this_work(_standing(text))
    longest = [(places, label) for places, label in found if not any(set(places) < set(others) for others, _ in found)]
    return sorted({_named(label.concept, _ENGLISH) for _, label in longest})


def _of_this_work(found: Iterable[tuple[range, _Label]]) -> list[tuple[range, _Label]]:
    return [(places, label) for places, label in found if label.concept < _topics()]


def topic_name(topic: str, language: str) -> str:
    """What `topics` calls so, in a language; the topic as it is where there is no such concept or language.

    >>> topic_name("burnout", "lv"), topic_name("burnout", "de"), topic_name("zzzz", "lv")
    ('izdegšana', 'burnout', 'zzzz')
    """
    number = _by_english().get(topic)
    return topic if number is None or language not in languages() else _named(number, language)


def label_languages(text: str) -> Counter[str]:
    """How many concepts a text names when it is read as each language: evidence of the one it is in.

    >>> label_languages("perdegimo prevencija").most_common(1)[0][0]
    'lt'
    """
    words = _words(text)
    read = {one: {label.concept for _, label in _found(words, one, marked=False)} for one in languages()}
    return Counter({one: len(named) for one, named in read.items() if named})


def naming(text: str, language: str) -> list[tuple[int, str, str]]:
    """Of the concepts that a text names by a label of one word: the number, the label and the word, in small letters.

    >>> [(label, word) for _, label, word in naming("Perdegimo prevencija.", "lt")][0]
    ('perdegimas', 'perdegimo')
    """
    words = _words(text)
    standing = ((places, label) for places, label in _standing(text, language) if len(label.words) == 1)
    return [(label.concept, label.words[0].word.written, words[places[0]].written) for places, label in standing]


def _standing(text: str, language: str | None = None) -> Iterator[tuple[range, _Label]]:
    """The labels, of one language or of every one, that stand in a text, each with the numbers of its words.

    Where the language is known, so is how its words are written; who asks leaves marks out, and so do whole texts.
    """
    return _found(_words(text), language, _is_marked(text, language))


def _is_marked(text: str, language: str | None) -> bool:
    return language is not None and not text.isascii()


def _found(words: Sequence[_Word], language: str | None, marked: bool) -> Iterator[tuple[range, _Label]]:
    for place, word in enumerate(words):
        for label in _beginning(word, language, marked):
            places = range(place, place + len(label.words))
            if len(label.words) == 1 or _goes_on(label, words[place + 1 : places.stop], marked):
                yield places, label


def _words(text: str) -> list[_Word]:
    return [_Word(word.casefold(), fold(word)) for word in _WORD.findall(unicodedata.normalize("NFC", text))]


@lru_cache(maxsize=20_000)  # words come again and again
def _beginning(word: _Word, language: str | None, marked: bool) -> tuple[_Label, ...]:
    """The labels whose first word this can be; of those of one word, the nearest, and as near ones."""
    beginnings = (word.folded[:end] for end in range(max(1, len(word.folded) - _LONGER), len(word.folded) + 1))
    found = (label for letters in beginnings if letters in _written() for label in _labels(letters))
    known = (label for label in found if language in (None, label.language) and word.written not in label.unlike)
    fitting = [label for label in known if label.words[0].fits(word, marked=marked)]
    apart = [label.words[0].apart(word) if len(label.words) == 1 else 0 for label in fitting]
    most = _FARTHER + min((n for n, label in zip(apart, fitting, strict=True) if len(label.words) == 1), default=0)
    return tuple(label for n, label in zip(apart, fitting, strict=True) if n <= most)


def _goes_on(label: _Label, words: Sequence[_Word], marked: bool) -> bool:
    rest = label.words[1:]
    return len(words) == len(rest) and all(s.fits(w, marked=marked) for s, w in zip(rest, words, strict=True))


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


@cache  # at most as many as there are beginnings of labels
def _labels(letters: str) -> tuple[_Label, ...]:
    """The labels whose first stem has these letters: made when a word is met that begins so, for there are many."""
    return tuple(map(_label, _written()[letters]))


def _label(label: _Written) -> _Label:
    words = zip(_WORD.findall(label.written), _WORD.findall(label.folded), strict=True)
    stems = tuple(_Stem(*stem(folded), _Word(written, folded)) for written, folded in words)
    return _Label(stems, label.concept, label.language, _unlike().get((label.language, label.written), frozenset()))


@lru_cache(maxsize=1)
def _written() -> dict[str, list[_Written]]:
    """Every label, by the letters of its first stem."""
    found: dict[str, list[_Written]] = defaultdict(list)
    header, *rows = _rows()
    text = unicodedata.normalize("NFC", "\n".join("\t".join(row) for row in rows)).casefold()
    for number, row in enumerate(zip(text.split("\n"), fold_text(text).split("\n"), strict=True)):
        for language, *cell in zip(header, *(each.split("\t") for each in row), strict=True):
            for written, folded in zip(*(each.split(";") for each in cell), strict=True):
                first = _WORD.findall(folded)[0]
                found[stem(first)[0]].append(_Written(number, language, written.strip(), folded))
    return dict(found)


@lru_cache(maxsize=1)
def _unlike() -> dict[tuple[str, str], frozenset[str]]:
    """By language and label, the words that only look like it."""
    return {(language, label): frozenset(words.split()) for language, label, words in _lookalikes()}


def _named(concept: int, language: str) -> str:
    """The first label of a concept in a language."""
    header, *rows = _rows()
    return rows[concept][header.index(language)].split(";")[0].strip()


@lru_cache(maxsize=1)
def _by_english() -> dict[str, int]:
    return {_named(number, _ENGLISH): number for number in range(len(_rows()) - 1)}


@lru_cache(maxsize=1)
def _rows() -> list[list[str]]:
    """The languages, and then the concepts, those of one file after those of another."""
    files = [_read(name) for name in FILES]
    return files[0][:1] + [row for file in files for row in file[1:]]


@lru_cache(maxsize=1)
def _lookalikes() -> list[list[str]]:
    """A language, a label of one word, and the words that only look like it, all in small letters."""
    return _read("lookalikes.tsv")[1:]


@lru_cache(maxsize=1)
def _topics() -> int:
    """How many concepts are what this work is about."""
    return len(_read(FILES[0])) - 1


def _read(name: str) -> list[list[str]]:
    lines = resources.files("index").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line.strip()]
