"""While the index of another model is made, the index of the former model answers.

Which model answers is noted beside the indexes when one has become equal to the corpus; as long as there is no index
for the model that is wanted now, the noted one goes on.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.errors import AtzinaError, Unavailable
from corpus.records import Narrowing
from index.embedder import Vectors
from index.fairness import Subspace
from index.hybrid import Approve, Hit, Index, Synced
from index.syncing import Live, Progress
from index.vectors import Ids

_NOTE = "ANSWERING"
Make = Callable[[str], Index]


class Succession:
    """An index, asked and synced as one; `former` answers until `coming` holds what the corpus holds."""

    def __init__(self, folder: Path, model: str, coming: Index, former: Index | None = None) -> None:
        self._folder, self._model, self._coming, self._former = folder, model, coming, former

    @classmethod
    def open(cls, folder: Path, model: str, make: Make) -> "Succession":
        """The index for a model; behind that of the former one, if its own is still to be made."""
        coming, noted = make(model), _noted(folder)
        if noted in (None, model) or coming.version() >= 0:
            return cls(folder, model, coming)
        try:
            former = make(str(noted))
            return cls(folder, model, coming, former if former.version() >= 0 else None)
        except AtzinaError:  # the former model is no longer there: the new index has to be waited for
            return cls(folder, model, coming)

    @property
    def waits(self) -> bool:
        """Whether the former model still answers."""
        return self._former is not None and self._coming.version() < 0

    @property
    def subspace(self) -> Subspace:
        """What is taken out of the vectors of the model that answers."""
        return self._answering.subspace

    @property
    def _answering(self) -> Index:
        return self._former if self._former is not None and self._coming.version() < 0 else self._coming

    def __len__(self) -> int:
        return len(self._answering)

    def count(self, narrowing: Narrowing = Narrowing()) -> int:  # noqa: B008
        """How many passages may answer."""
        return self._answering.count(narrowing)

    def version(self) -> int:
        """The version of the corpus that the index which answers equals; -1 where there is none."""
        return self._answering.version()

    def search(self, question: str, k: int, narrowing: Narrowing = Narrowing()) -> list[Hit]:  # noqa: B008
        """The at most `k` best passages, by the model that answers. Raises Unavailable."""
        return self._answering.search(question, k, narrowing)

    def among(self, question: str, passage_ids: Sequence[int]) -> list[Hit]:
        """Those of these passages that it holds, the nearest to a question first. Raises Unavailable."""
        return self._answering.among(question, passage_ids)

    def begin(self, question: str, k: int, narrowing: Narrowing = Narrowing()) -> Callable[[], list[Hit]]:  # noqa: B008
        """What ends a search and gives its hits: by the model that answers. Raises Unavailable."""
        return self._answering.begin(question, k, narrowing)

    def documents(self) -> tuple[Ids, Vectors]:
        """The ids of its documents, (n,), and the mean of each one's vectors, (n, d) float32 of unit length."""
        return self._answering.documents()

    def vectors(self, passage_ids: Sequence[int]) -> Vectors:
        """The vectors of those of these passages that it holds, in their order, (n, d) float32 of unit length."""
        return self._answering.vectors(passage_ids)

    def sync(
        self,
        corpus: Live,
        progress: Progress = lambda done, of: None,
        approve: Approve = lambda coming, former, changed: None,
    ) -> Synced:
        """Makes the index of the wanted model equal to the corpus; from then on it answers. Raises Unavailable."""
        done = self._coming.sync(corpus, progress, approve)
        note = self._folder / _NOTE
        if _noted(self._folder) != self._model:
            beside = note.with_name(f"{_NOTE}.new")
            beside.write_text(json.dumps({"model": self._model}))
            beside.replace(note)
        return done

    def pinned(self) -> bool:
        """Whether it was gone back to a former index, which stays until a sync is asked for."""
        return self._coming.pinned()

    def unpin(self) -> None:
        """Lets the next sync replace what was gone back to."""
        self._coming.unpin()

    def roll_back(self) -> int:
        """Goes back to the former index of this model; how many passages it holds. Raises Unavailable."""
        if self.waits:
            raise Unavailable("The index for this model is still being made; there is none to go back to.")
        return self._coming.roll_back()


def _noted(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / _NOTE).read_text())["model"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
