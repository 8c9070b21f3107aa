"""Which reports are translations of each other: near as a whole, and passage by passage the same (bot/folding.py).

Two reports on one matter are as near as a whole as two translations are; what tells them apart is whether what they say
is the same, with its numbers: docs/ingestion.md has what was measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.folding import Vectors, folded
from bot.rooms import Rooms
from corpus import Document, Link, Passage

_NEAR = 0.5  # cosine of two documents' mean vectors: translations of the tests have .53 and more
_CANDIDATES = 3  # of a document that are compared passage by passage
_SAME = 0.5  # share of the shorter one's passages that say the same
_MOST = 60  # passages of one that are compared


def note_translations(rooms: Rooms, document_ids: Sequence[int]) -> int:
    """How many of these documents are translations of others; the pairs are kept for a curator to decide."""
    live = {document.id: document for document in rooms.corpus.documents()} if document_ids else {}
    chosen = [i for i in document_ids if i in live]
    ids, means = rooms.index.documents() if chosen else (np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
    place = {int(i): n for n, i in enumerate(ids)}
    links: dict[tuple[int, int], Link] = {}
    held = _Held(rooms)
    for mine in chosen:
        if mine in place:
            near = means @ means[place[mine]]
            for other in _candidates(live, mine, ids, near):
                one, two = sorted((mine, other))
                if (one, two) not in links and (share := _shared(held, one, two)) >= _SAME:
                    links[one, two] = Link(one=one, other=two, kind="translation", likeness=round(share, 3))
    rooms.corpus.add_links(list(links.values()))
    return len({each for pair in links for each in pair} & set(document_ids))


def _candidates(live: dict[int, Document], mine: int, ids: np.ndarray, near: np.ndarray) -> Iterator[int]:
    """The nearest documents in other languages, as far as they are near enough."""
    found = 0
    for n in np.argsort(-near, kind="stable"):
        other = int(ids[n])
        if near[n] < _NEAR or found == _CANDIDATES:
            return
        if other in live and live[other].language != live[mine].language:
            found += 1
            yield other


@dataclass(frozen=True, slots=True)
class _Held:
    """The passages of documents with their vectors, each asked for once."""

    rooms: Rooms
    known: dict[int, tuple[list[Passage], Vectors]] = field(default_factory=dict)

    def of(self, document: int) -> tuple[list[Passage], Vectors]:
        if document not in self.known:
            passages = self.rooms.corpus.spans(document)[:_MOST]
            self.known[document] = passages, self.rooms.index.vectors([p.id for p in passages])
        return self.known[document]


def _shared(held: _Held, one: int, other: int) -> float:
    """The share of the shorter document's passages that say the same as one of the other's."""
    (mine, near), (others, far) = held.of(one), held.of(other)
    if len(near) != len(mine) or len(far) != len(others) or not mine or not others:
        return 0.0
    both = [*mine, *others]
    groups = folded(both, np.concatenate([near, far]))
    same = sum(len({both[n].document_id for n in group}) == 2 for group in groups)
    return same / min(len(mine), len(others))
