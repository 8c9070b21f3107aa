"""Questions that ask about the same, whatever language they are in: what the organisation does not know yet.

Average linkage, the group average method of Sokal and Michener ("A statistical method for evaluating systematic
relationships", 1958), of the vectors that retrieval uses, without their language. `python bench/topics.py` measures it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from bot.rooms import Rooms
from corpus import Unanswered
from index.embedder import Vectors

LIKENESS = 0.45  # mean cosine between the questions of two groups, from which on they are one topic


@dataclass(frozen=True, slots=True)
class Topic:
    """Questions about the same: first the one that is nearest to all of them, then the newest."""

    questions: tuple[Unanswered, ...]

    @property
    def handover(self) -> int | None:
        """One that waits for the curators; the newest, unless it stands first."""
        return next((each.handover for each in self.questions if each.handover), None)


def topics(rooms: Rooms, questions: Sequence[Unanswered]) -> list[Topic]:
    """The questions by topic, those asked most first, then the newest. Raises Unavailable without a model."""
    if not questions:
        return []
    vectors = np.stack([rooms.index.subspace.remove(rooms.embedder.question(each.text)) for each in questions])
    groups = grouped(vectors)
    found = [(number, [i for i, group in enumerate(groups) if group == number]) for number in set(groups)]
    ordered = sorted(found, key=lambda item: (-len(item[1]), min(item[1])))
    return [Topic(tuple(questions[i] for i in _central_first(vectors, members))) for _, members in ordered]


def grouped(vectors: Vectors, likeness: float = LIKENESS) -> list[int]:
    """(n, d) of unit length, n > 0: the number of its topic for each.

    >>> grouped(np.array([[1, 0], [0, 1], [0.8, 0.6]], dtype=np.float32))
    [1, 2, 1]
    """
    if len(vectors) == 1:
        return [1]
    tree = linkage(vectors, method="average", metric="cosine")
    return [int(each) for each in fcluster(tree, t=1 - likeness, criterion="distance")]


def _central_first(vectors: Vectors, members: list[int]) -> list[int]:
    own = vectors[members]
    first = members[int(np.argmax((own @ own.T).sum(axis=1)))]
    return [first, *(each for each in members if each != first)]
