"""How four views of a passage become one score, without favour to any language.

The words a passage shares with a question are evidence, but only a passage in the question's own language can
share more than names and numbers. Added to the score, or fused by rank, they lift the question's language over
every other (measured in docs/retrieval.md). So a passage is compared with those of its own language alone: it
loses for the words that the best of them has and it has not. The best of each language loses nothing.

The concepts of the vocabulary are the same in every language that it covers, so they count for a passage that
names them and against one that does not. A language that the vocabulary does not cover is lifted as a whole, until
its best passage has as much as the best of all.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighing:
    """What each view of a passage weighs. A trial leaves one out by setting it to 0."""

    sentence: float = 0.5  # the best sentence's cosine beside the passage's
    words: float = 0.008  # cosine lost for each unit of BM25 that is lacking
    most_words: float = 0.1  # cosine lost at most
    concepts: float = 0.02  # cosine for each unit of rarity of the concepts that it names, less some for the others
    unnamed: float = 0.5  # a concept that a passage does not name beside one that it names: it may say it otherwise
    most_concepts: float = 0.1  # cosine gained or lost at most by these
    whole: float = 0.15  # cosine for a passage that names what every word of the question names


USUAL = Weighing()


def joined(passage: Scores, sentence: Scores, lacking: Scores, named: Scores, weighing: Weighing = USUAL) -> Scores:
    """One score of each passage: its cosine, its best sentence's, the BM25 it lacks, what the concepts say for it.

    >>> scores = joined(*(np.array([each]) for each in (0.6, 0.9, 5.0, 0.04)))
    >>> scores.round(3).tolist()  # (0.6 + 0.5 * 0.9) / 1.5 - 0.008 * 5 + 0.04
    [0.7]
    """
    meant = (passage + weighing.sentence * sentence) / (1 + weighing.sentence)
    return meant - np.minimum(weighing.words * lacking, weighing.most_words) + named


def lacking(bm25: Mapping[int, float], languages: Mapping[int, str], passages: Iterable[int]) -> dict[int, float]:
    """How far the BM25 of each of `passages` lies below the best of its own language.

    `bm25` holds only passages that share a word with the question; `languages` those, and every one of `passages`.

    >>> lacking({1: 7.0, 2: 3.0, 3: 1.0}, {1: "lv", 2: "lv", 3: "lt", 4: "lt", 5: "en"}, [2, 3, 4, 5])
    {2: 4.0, 3: 0.0, 4: 1.0, 5: 0.0}
    """
    best = _best(bm25, languages)
    return {i: best.get(languages[i], 0.0) - bm25.get(i, 0.0) for i in passages}


def named(
    naming: Mapping[str, Collection[int]],
    rarity: Mapping[str, float],
    by_word: Sequence[Collection[str]],
    languages: Mapping[int, str],
    covered: Collection[str],
    weighing: Weighing = USUAL,
) -> dict[int, float]:
    """What the question's concepts say for each passage, as cosine.

    Each word of the question counts once, by that of its concepts which says most for the passage: its rarity, where
    the passage names it, and less half of that where not. Words that name a concept together share it. And the share of
    the words of which the passage names a concept adds to that. `naming` holds, for each concept of the question, the
    passages that name it; `rarity` its inverse document frequency; `by_word` the concepts of each word. A language
    outside `covered` is lifted as a whole.

    >>> naming, spoken = {"=1": {1, 2}, "=2": {1}}, {1: "lv", 2: "lt", 3: "lt", 4: "de"}
    >>> found = named(naming, {"=1": 1.0, "=2": 2.0}, [{"=1"}, {"=2"}], spoken, {"lv", "lt"})
    >>> [round(found[i], 3) for i in (1, 2, 3, 4)]  # .02 * 3 + .15; .02 * (1 - 1) + .15 / 2; .02 * -1.5; as the best
    [0.21, 0.075, -0.03, 0.21]
    """
    said = _said(naming, rarity, by_word, languages, weighing)
    if set(languages.values()).issubset(covered):
        return said
    best, most = _best(said, languages), max(said.values(), default=0.0)
    return {i: s if languages[i] in covered else s + most - best[languages[i]] for i, s in said.items()}


def unnamed(
    naming: Mapping[str, Collection[int]],
    by_word: Sequence[Collection[str]],
    languages: Mapping[int, str],
    covered: Collection[str],
) -> dict[int, float]:
    """The share of the question's words that name a concept which a passage does not: in [0, 1], for each passage.

    Arguments as for `named`. In a language outside `covered` a passage is taken to leave out as little as the best.

    >>> naming, spoken = {"=1": {1, 2}, "=2": {1}}, {1: "lv", 2: "lt", 3: "lt", 4: "de"}
    >>> unnamed(naming, [{"=1"}, {"=2"}, set(), set()], spoken, {"lv", "lt"})
    {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.0}
    """
    asked = [concepts for concepts in by_word if concepts]
    names = {concept: languages.keys() & naming[concept] for concepts in asked for concept in concepts}
    left = {
        i: sum(all(i not in names[c] for c in concepts) for concepts in asked) / max(len(by_word), 1) for i in languages
    }
    least = min((share for i, share in left.items() if languages[i] in covered), default=0.0)
    return {i: share if languages[i] in covered else least for i, share in left.items()}


def _said(
    naming: Mapping[str, Collection[int]],
    rarity: Mapping[str, float],
    by_word: Sequence[Collection[str]],
    passages: Iterable[int],
    weighing: Weighing,
) -> dict[int, float]:
    place = {passage: n for n, passage in enumerate(passages)}
    words = Counter(concept for concepts in by_word for concept in concepts)
    told, share = np.zeros(len(place)), np.zeros(len(place))
    for concepts in filter(None, by_word):
        most = np.full(len(place), -weighing.unnamed * min(rarity[concept] / words[concept] for concept in concepts))
        names = np.zeros(len(place))
        for concept in concepts:
            here = [place[i] for i in naming[concept] if i in place]
            most[here] = np.maximum(most[here], rarity[concept] / words[concept])
            names[here] = 1
        told += most
        share += names / len(by_word)
    said = np.clip(weighing.concepts * told, -weighing.most_concepts, weighing.most_concepts) + weighing.whole * share
    return dict(zip(place, said.tolist(), strict=True))


def _best(bm25: Mapping[int, float], languages: Mapping[int, str]) -> dict[str, float]:
    best: dict[str, float] = {}
    for passage, score in bm25.items():
        if passage in languages:
            best[languages[passage]] = max(score, best.get(languages[passage], score))
    return best
