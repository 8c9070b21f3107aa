"""Which passages say the same, so that a finding is one answer: versions of a report in other languages, and copies.

Pure. The constants were chosen by `python bench/folding.py calibration.tsv`: to fold passages of two different reports
is worse than to show two versions of one, so what is in doubt stays apart.

A copy, in whatever language, has the same names and numbers and nearly the same words. A translation is told by the
two documents as wholes, since a cosine by itself is not enough: passages of different reports on one topic are often
nearer than a passage and its own translation. Each pair of passages that are nearest to each other in the other's
document speaks for or against, by its cosine and by the numbers that both have.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from corpus import Passage

Vectors = NDArray[np.float32]
Pair = tuple[int, int]

_WORD = re.compile(r"[^\W_]+")
_WITHIN = re.compile(r"(?<=[^\W_] |, )[^\W_]+")  # no word that begins a sentence, where a capital says nothing
_NUMBER = re.compile(r"\d+(?:[.,\s]\d+)*")  # 1,000 and 1 000; 3.5 and 3,5
_SEPARATOR = re.compile(r"\D")

_COPIED = 0.9  # share of words that a passage and its copy have in common: at 0.85, lessons of one event are "copies"
_MIDDLE = 0.55  # cosine that speaks neither for nor against two passages being translations
_A_NUMBER = 0.067  # what a number in common weighs beside a cosine, and one that only one of them has against it
_NUMBERS = 0.3  # what they all weigh at most
_ENOUGH = 0.2  # what all pairs of two documents must say together
_LEAST = 0.45  # cosine of a pair that is folded, once its documents are known to be versions
_LONGER = 1.5  # times the characters of its translation that a passage may have; 99 of 100 have at most 1.35


def folded(passages: Sequence[Passage], vectors: Vectors | None) -> list[list[int]]:
    """Positions of passages that say the same, in the order of the first of each group; one of a document in a group.

    `vectors`: (n, d) of unit length without their language, in the order of `passages`, best first; None where
    the language is not taken out of vectors, and only copies can be told.

    >>> text = "Darbs ir vajadzīgs visu soda laiku, arī vasarā."
    >>> same = [Passage(id=i, document_id=i, start=0, end=47, page=None, heading=None, language="lv", text=text)
    ...         for i in (1, 2)]
    >>> folded(same, None)
    [[0, 1]]
    """
    known = [_Words(each.text) for each in passages]
    same = set(_copies(passages, known))
    if vectors is not None and len(passages):
        same |= set(_translations(passages, known, vectors))
    if not same:
        return [[n] for n in range(len(passages))]
    groups: list[list[int]] = []
    for n, passage in enumerate(passages):
        group = next((g for g in groups if _belongs(n, passage, g, passages, same)), None)
        groups.append([n]) if group is None else group.append(n)
    return groups


def spread(documents: Sequence[int], first: int, most: int) -> list[int]:
    """Positions, so ordered that a document has at most `most` among the `first`; what is too many comes behind these.

    >>> spread([7, 7, 7, 7, 8, 9, 9], 5, 3)
    [0, 1, 2, 4, 5, 3, 6]
    >>> spread([7, 7, 7, 7], 5, 3)  # where there is nothing else, nothing is left out
    [0, 1, 2, 3]
    """
    seen: Counter[int] = Counter()
    front: list[int] = []
    for n, document in enumerate(documents):
        if len(front) < first and seen[document] < most:
            front.append(n)
            seen[document] += 1
    return front + [n for n in range(len(documents)) if n not in set(front)]


@dataclass(frozen=True)
class _Words:
    """What of a text must be alike in its copy, and in its translation."""

    text: str

    @cached_property
    def all(self) -> Counter[str]:
        return Counter(_WORD.findall(self.text.casefold()))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words with a capital within a sentence."""
        return frozenset(word for word in _WITHIN.findall(self.text) if word != word.lower())

    @cached_property
    def numbers(self) -> Counter[str]:
        return Counter(_SEPARATOR.sub("", number) for number in _NUMBER.findall(self.text))


def _belongs(n: int, passage: Passage, group: Sequence[int], passages: Sequence[Passage], same: set[Pair]) -> bool:
    taken = any(passages[other].document_id == passage.document_id for other in group)
    return not taken and any((other, n) in same for other in group)


def _copies(passages: Sequence[Passage], known: Sequence[_Words]) -> Iterator[Pair]:
    alike = defaultdict(list)
    for n, words in enumerate(known):
        alike[frozenset(words.numbers.items())].append(n)
    for group in alike.values():
        for a, b in combinations(group, 2):
            shorter, longer = sorted((len(passages[a].text), len(passages[b].text)))
            might = passages[a].document_id != passages[b].document_id and shorter >= _COPIED**2 * longer
            # what takes longest comes last
            if might and known[a].names == known[b].names and _in_common(known[a].all, known[b].all) >= _COPIED:
                yield a, b


def _in_common(one: Counter[str], other: Counter[str]) -> float:
    """Share of what both have in what either has, in [0, 1]; 1 where neither has anything.

    >>> _in_common(Counter("aab"), Counter("abc"))
    0.5
    """
    either = (one | other).total()
    return (one & other).total() / either if either else 1.0


def _translations(passages: Sequence[Passage], known: Sequence[_Words], vectors: Vectors) -> Iterator[Pair]:
    cosines = vectors @ vectors.T
    by_document = defaultdict(list)
    for n, passage in enumerate(passages):
        by_document[passage.document_id].append(n)
    near = {(passages[a].document_id, passages[b].document_id) for a, b in np.argwhere(cosines >= _LEAST) if a < b}
    for one, other in {(min(pair), max(pair)) for pair in near if pair[0] != pair[1]}:
        pairs = [
            (a, b)
            for a, b in _nearest_to_each_other(by_document[one], by_document[other], cosines)
            if passages[a].language and passages[b].language and passages[a].language != passages[b].language
        ]
        if sum(_evidence(cosines[pair], known[pair[0]], known[pair[1]]) for pair in pairs) >= _ENOUGH:
            for a, b in pairs:
                shorter, longer = sorted((len(passages[a].text), len(passages[b].text)))
                if cosines[a, b] >= _LEAST and longer <= _LONGER * shorter:
                    yield min(a, b), max(a, b)


def _nearest_to_each_other(one: Sequence[int], other: Sequence[int], cosines: Vectors) -> Iterator[Pair]:
    between = cosines[np.ix_(one, other)]
    for row, column in enumerate(between.argmax(axis=1)):
        if between[:, column].argmax() == row:
            yield one[row], other[column]


def _evidence(cosine: float, one: _Words, other: _Words) -> float:
    """What a pair says for its documents being versions of one report; below 0, against it."""
    either, both = (one.numbers | other.numbers).total(), (one.numbers & other.numbers).total()
    return float(cosine) - _MIDDLE + max(-_NUMBERS, min(_NUMBERS, _A_NUMBER * (2 * both - either)))
