"""How four views of a passage become one score, without favour to any language.

The words a passage shares with a question are evidence, but only a passage in the question's own language can
share more than names and numbers. Added to the score, or fused by rank, they lift the question's language over
every other (measured in docs/retrieval.md). So a passage is compared with those of its own language alone: it
loses for the words that the best of them has and it has not. The best of each language loses nothing.

The concepts of the vocabulary are the same in every language that it covers, so they count for a passage that
names them and against one that does not. A language that the vocabulary does not cover is lifted as a whole, until
its best passage has as much as the best of all.
"""

from collections.abc import Collection, Mapping, Sequence

SENTENCE = 0.5  # weight of the best sentence beside the passage
WORDS = 0.008  # cosine lost for each unit of BM25 that is lacking
MOST_WORDS = 0.1  # cosine lost at most
CONCEPTS = 0.02  # cosine for each unit of BM25 of the concepts it names, less half the rarity of the others
UNNAMED = 0.5  # weight of a concept that a passage does not name beside one that it names: it may say it otherwise
MOST_CONCEPTS = 0.25  # cosine gained or lost at most by these
WHOLE = 0.1  # cosine for a passage that names what every word of the question names


def joined(passage: float, sentence: float, lacking: float, named: float) -> float:
    """One score of a passage: its cosine, its best sentence's, the BM25 it lacks, what the concepts say for it.

    >>> round(joined(0.6, 0.9, 5.0, 0.04), 3)  # (0.6 + 0.5 * 0.9) / 1.5 - 0.008 * 5 + 0.04
    0.7
    """
    return (passage + SENTENCE * sentence) / (1 + SENTENCE) - min(WORDS * lacking, MOST_WORDS) + named


def lacking(bm25: Mapping[int, float], languages: Mapping[int, str]) -> dict[int, float]:
    """How far each passage's BM25 lies below the best of its own language.

    `bm25` holds only passages that share a word with the question; `languages` holds every passage to be scored.

    >>> lacking({1: 7.0, 2: 3.0, 3: 1.0}, {1: "lv", 2: "lv", 3: "lt", 4: "lt", 5: "en"})
    {1: 0.0, 2: 4.0, 3: 0.0, 4: 1.0, 5: 0.0}
    """
    best = _best(bm25, languages)
    return {i: best.get(language, 0.0) - bm25.get(i, 0.0) for i, language in languages.items()}


def named(
    scores: Mapping[str, Mapping[int, float]],
    rarity: Mapping[str, float],
    by_word: Sequence[Collection[str]],
    languages: Mapping[int, str],
    covered: Collection[str],
) -> dict[int, float]:
    """What the question's concepts say for each passage, as cosine.

    BM25 of the concepts that it names, less half the rarity of the others; and the share of the question's words whose
    concepts it names. `scores` holds, for each concept of the question, the BM25 of the passages that name it;
    `rarity` its inverse document frequency; `by_word` the concepts of each word. A language outside `covered` is
    lifted as a whole.

    >>> scores = {"=1": {1: 2.0, 2: 1.5}, "=2": {1: 3.0}}
    >>> spoken = {1: "lv", 2: "lt", 3: "lt", 4: "de"}
    >>> found = named(scores, {"=1": 1.0, "=2": 2.0}, [{"=1"}, {"=2"}], spoken, {"lv", "lt"})
    >>> [round(found[i], 3) for i in (1, 2, 3, 4)]  # .02 * 5 + .1; .02 * (1.5 - 1) + .1 / 2; .02 * -1.5; as the best
    [0.2, 0.06, -0.03, 0.2]
    """
    said = {i: _said(i, scores, rarity, by_word) for i in languages}
    best, most = _best(said, languages), max(said.values(), default=0.0)
    return {i: s if languages[i] in covered else s + most - best[languages[i]] for i, s in said.items()}


def _said(
    passage: int,
    scores: Mapping[str, Mapping[int, float]],
    rarity: Mapping[str, float],
    by_word: Sequence[Collection[str]],
) -> float:
    bm25 = sum(found.get(passage, -UNNAMED * rarity[c]) for c, found in scores.items())
    words = sum(any(passage in scores.get(c, ()) for c in concepts) for concepts in by_word)
    share = words / len(by_word) if by_word else 0.0
    return max(min(CONCEPTS * bm25, MOST_CONCEPTS), -MOST_CONCEPTS) + WHOLE * share


def _best(bm25: Mapping[int, float], languages: Mapping[int, str]) -> dict[str, float]:
    best: dict[str, float] = {}
    for passage, score in bm25.items():
        if passage in languages:
            best[languages[passage]] = max(score, best.get(languages[passage], score))
    return best
