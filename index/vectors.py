"""Nearest passages by inner product: the only importer of FAISS.

Searches are safe from several threads, changes are not (facebookresearch/faiss issue 1504), so a `PassageVectors`
is never changed: a sync makes another one. Ids are the corpus's passage ids.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors

Ids = NDArray[np.int64]


class PassageVectors:
    """An exact index: `IndexIDMap2` over `IndexFlatIP`."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, ids: Ids, vectors: Vectors) -> "PassageVectors":
        """`ids`: (n,) int64; `vectors`: (n, d) float32 of unit length."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(max(vectors.shape[1], 1)))
        if len(ids):
            index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> "PassageVectors":
        """Raises RuntimeError where the file is not a whole index."""
        return cls(faiss.read_index(str(path)))

    def write(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @property
    def ids(self) -> Ids:
        """(n,) int64, in the order in which they were added."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64)

    def all(self) -> Vectors:
        """(n, d) float32, in the order of `ids`."""
        return np.asarray(self._index.index.reconstruct_n(0, self._index.ntotal), dtype=np.float32)

    def get(self, ids: Sequence[int]) -> Vectors:
        """(n, d) float32, in the order of `ids`. Raises RuntimeError for an id that is not here."""
        rows = [self._index.reconstruct(int(i)) for i in ids]
        return np.stack(rows) if rows else np.zeros((0, self._index.d), np.float32)

    def nearest(self, question: Vectors, k: int, within: Iterable[int]) -> tuple[Ids, Vectors]:
        """Ids and cosines of the at most `k` nearest passages among `within`, best first."""
        chosen = np.fromiter(within, np.int64)
        if not len(chosen) or not self._index.ntotal:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(chosen))  # type: ignore[call-arg]
        cosines, ids = self._index.search(question[None, :], min(k, self._index.ntotal), params=parameters)
        found = ids[0] >= 0  # FAISS fills up short results with -1
        return ids[0][found], cosines[0][found]
