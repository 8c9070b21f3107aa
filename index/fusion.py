"""How three views of a passage become one score, without favour to any language.

The words a passage shares with a question are evidence, but only a passage in the question's own language can
share more than names and numbers. Added to the score, or fused by rank, they lift the question's language over
every other (measured in docs/retrieval.md). So a passage is compared with those of its own language alone: it
loses for the words that the best of them has and it has not. The best of each language loses nothing.
"""

from collections.abc import Mapping

SENTENCE = 0.5  # weight of the best sentence beside the passage
WORDS = 0.008  # cosine lost for each unit of BM25 that is lacking
MOST_WORDS = 0.1  # cosine lost at most


def joined(passage: float, sentence: float, lacking: float) -> float:
    """One score of a passage: its cosine with the question, its best sentence's, and the BM25 that it lacks.

    >>> round(joined(0.6, 0.9, 5.0), 3)  # (0.6 + 0.5 * 0.9) / 1.5 - 0.008 * 5
    0.66
    """
    return (passage + SENTENCE * sentence) / (1 + SENTENCE) - min(WORDS * lacking, MOST_WORDS)


def lacking(bm25: Mapping[int, float], languages: Mapping[int, str]) -> dict[int, float]:
    """How far each passage's BM25 lies below the best of its own language.

    `bm25` holds only passages that share a word with the question; `languages` holds every passage to be scored.

    >>> lacking({1: 7.0, 2: 3.0, 3: 1.0}, {1: "lv", 2: "lv", 3: "lt", 4: "lt", 5: "en"})
    {1: 0.0, 2: 4.0, 3: 0.0, 4: 1.0, 5: 0.0}
    """
    best: dict[str, float] = {}
    for passage, score in bm25.items():
        if passage in languages:
            best[languages[passage]] = max(score, best.get(languages[passage], 0.0))
    return {i: best.get(language, 0.0) - bm25.get(i, 0.0) for i, language in languages.items()}
