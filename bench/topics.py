"""How well questions without an answer are put together by topic: `python bench/topics.py`.

Asks tests/golden/topics.jsonl: questions of our own in seven languages, which the sample corpus does not answer, each
with its topic. Prints for several thresholds the pairwise precision (of two that were put together, how often they are
of one topic) and recall (of two that are of one topic, how often they were put together), with the language in the
vectors and without it. Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, 16.3.
"""

import json
import sys
from itertools import combinations
from pathlib import Path

from bot import topics
from bot.settings import Settings
from index import SentenceEmbedder
from index.embedder import BUNDLED, Vectors
from index.fairness import shipped

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "topics.jsonl"
_FLOORS = (0.95, 0.5)  # what is put together wrongly hides a question behind another, so little may be
_LIKENESSES = {"without language": (0.35, 0.4, 0.45, 0.5, 0.55), "with language": (0.82, 0.84, 0.86, 0.88)}


def read() -> tuple[list[str], Vectors, Vectors]:
    """Of each question its topic, and its vectors as they are and without their language: (n, d)."""
    judged = [json.loads(row) for row in GOLDEN.read_text(encoding="utf-8").splitlines()]
    embedder = SentenceEmbedder(BUNDLED, Settings.from_env({}).cache / "models")
    vectors, subspace = embedder.questions([each["text"] for each in judged]), shipped(embedder.key)
    assert subspace
    return [each["topic"] for each in judged], vectors, subspace.remove(vectors)


def precision_and_recall(right: list[str], given: list[int]) -> tuple[float, float]:
    """Of pairs, from 0 to 1.

    >>> precision_and_recall(["a", "a", "b"], [1, 1, 1])
    (0.3333333333333333, 1.0)
    """
    pairs = [(right[i] == right[j], given[i] == given[j]) for i, j in combinations(range(len(right)), 2)]
    both = sum(same and together for same, together in pairs)
    return both / max(sum(given for _, given in pairs), 1), both / sum(same for same, _ in pairs)


def main() -> int:
    right, usual, without = read()
    print(f"{len(right)} questions of {len(set(right))} topics")
    for name, vectors in (("with language", usual), ("without language", without)):
        for likeness in _LIKENESSES[name]:
            precision, recall = precision_and_recall(right, topics.grouped(vectors, likeness))
            print(f"{name:17} {likeness:.2f}  precision {precision:.2f}  recall {recall:.2f}")
    precision, recall = precision_and_recall(right, topics.grouped(without))
    return int(precision < _FLOORS[0] or recall < _FLOORS[1])


if __name__ == "__main__":
    sys.exit(main())
