"""How four views of a passage become one score, without favour to any language.

The words a passage shares with a question are evidence, but only a passage in the question's own language can
share more than names and numbers. Added to the score, or fused by rank, they lift the question's language over
every other (measured in docs/retrieval.md). So a passage is compared with those of its own language alone: it
loses for the words that the best of them has and it has not. The best of each language loses nothing.

The concepts of the vocabulary are the same in every language that it covers, so they count for a passage that
names them and against one that does not. A language that the vocabulary does not cover is lifted as a whole, until
its best passage has as much as the best of all.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Languages = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Weighing:
    """What each view of a passage weighs. A trial leaves one out by setting it to 0."""

    sentence: float = 0.5  # the best sentence's cosine beside the passage's
    words: float = 0.008  # cosine lost for each unit of BM25 that is lacking
    most_words: float = 0.1  # cosine lost at most
    concepts: float = 0.014  # cosine for each unit of rarity of the concepts that it names, less some for the others
    unnamed: float = 0.5  # a concept that a passage does not name beside one that it names: it may say it otherwise
    most_concepts: float = 0.07  # cosine gained or lost at most by these
    whole: float = 0.35  # cosine for a passage two sentences of which name what every word of the question names


USUAL = Weighing()


def meant(passage: Scores, sentence: Scores, weighing: Weighing = USUAL) -> Scores:
    """How near each passage is to the question: its cosine, joined by that of its best sentence.

    >>> meant(np.array([0.6]), np.array([0.9])).round(3).tolist()  # (0.6 + 0.5 * 0.9) / 1.5
    [0.7]
    """
    return (passage + weighing.sentence * sentence) / (1 + weighing.sentence)


def joined(meant: Scores, lacking: Scores, named: Scores, weighing: Weighing = USUAL) -> Scores:
    """One score of each passage: how near it is, less the BM25 that it lacks, and what the concepts say for it.

    >>> joined(*(np.array([each]) for each in (0.7, 5.0, 0.04))).round(3).tolist()  # 0.7 - 0.008 * 5 + 0.04
    [0.7]
    """
    return meant - np.minimum(weighing.words * lacking, weighing.most_words) + named


def lacking(bm25: Scores, languages: Languages) -> Scores:
    """How far the BM25 of each of n passages lies below the best of its own language, (n,).

    >>> lacking(np.array([7.0, 3.0, 1.0, 0.0, 0.0]), np.array(["lv", "lv", "lt", "lt", "en"])).tolist()
    [0.0, 4.0, 0.0, 1.0, 0.0]
    """
    lost = np.zeros(len(bm25))
    for language in np.unique(languages):
        own = languages == language
        lost[own] = bm25[own].max() - bm25[own]
    return lost


def named(
    names: NDArray[np.bool_],
    starts: NDArray[np.int64],
    rarity: Scores,
    words: NDArray[np.bool_],
    languages: Languages,
    covered: Collection[str],
    weighing: Weighing = USUAL,
) -> tuple[Scores, Scores]:
    """What the question's concepts say for each of n passages, as cosine, and the share of its words left unnamed.

    Each of w words of the question counts once, by that of its concepts which says most for the passage: its rarity,
    where the passage names it, and less half of that where not. Words that name a concept together share it. And the
    share of the words of which two sentences that follow each other name a concept adds to that: what a passage says
    of one thing here and of another there answers no question about both.

    `names` (m, c): which sentence names which of c concepts, those of one passage after those of another; `starts`
    (n + 1,): where those of each begin, and where the last ones end; `rarity` (c,): their inverse document frequency;
    `words` (w, c): which word names them; `languages` (n,): those of the passages. What is left unnamed, in [0, 1], is
    the share of the words that name a concept which the passage does not. A language outside `covered` is lifted as a
    whole, and its passages are taken to leave out as little as the best of the others.

    >>> names = np.array([[1, 0], [0, 1], [1, 0], [0, 0], [0, 0]], bool)
    >>> rarity, words, languages = np.array([1.0, 2.0]), np.eye(2, dtype=bool), np.array(["lv", "lt", "lt", "de"])
    >>> told, unnamed = named(names, np.array([0, 2, 3, 4, 5]), rarity, words, languages, {"lv", "lt"})
    >>> told.round(3).tolist()  # .014 * 3 + .35; .014 * (1 - 1) + .35 / 2; .014 * -1.5; as the best
    [0.392, 0.175, -0.021, 0.392]
    >>> unnamed.tolist()
    [0.0, 0.5, 1.0, 0.0]
    """
    each, naming = rarity / np.maximum(words.sum(axis=0), 1), words[words.any(axis=1)]
    here, near = np.logical_or.reduceat(names, starts[:-1]), _with_the_next(names, starts)
    found, together = (rows.astype(np.float32) @ naming.T > 0 for rows in (here, near))
    best = np.zeros(found.shape)
    for number, word in enumerate(naming):
        best[:, number] = np.where(here[:, word], each[word], 0.0).max(axis=1)
    least = np.where(naming, each, np.inf).min(axis=1, initial=np.inf)
    told = np.where(found, best, -weighing.unnamed * least).sum(axis=1)
    most = np.maximum.reduceat(together.sum(axis=1), starts[:-1])
    share, unnamed = (count / max(len(words), 1) for count in (most, (~found).sum(axis=1)))
    told = np.clip(weighing.concepts * told, -weighing.most_concepts, weighing.most_concepts) + weighing.whole * share
    outside = [language for language in np.unique(languages) if language not in covered]
    known = unnamed[~np.isin(languages, outside)] if outside else unnamed
    for language in outside:
        own = languages == language
        told[own] += told.max() - told[own].max()
        unnamed[own] = known.min() if len(known) else 0.0
    return told, unnamed


def _with_the_next(names: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(m, c): what each sentence names, or the one that follows it in its passage.

    >>> _with_the_next(np.array([[1, 0], [0, 1], [1, 0]], bool), np.array([0, 2, 3])).astype(int).tolist()
    [[1, 1], [0, 1], [1, 0]]
    """
    near = names.copy()
    near[:-1] |= names[1:]
    last = starts[1:] - 1
    near[last] = names[last]
    return near
