"""Nearest passages by inner product: the only importer of FAISS.

Few passages are compared with the question one by one. Of many, those in the cells nearest the question (an inverted
file over a product quantiser of 4 bits a piece, scanned in registers: André et al., "Cache locality is not enough",
VLDB 2015, doi:10.14778/2856318.2856324; Douze et al., "The Faiss library", 2024, arXiv:2401.08281) are compared by
their short codes, and the best of these by their vectors. What it finds and costs at each size: docs/retrieval.md.

Searches are safe from several threads, changes are not (facebookresearch/faiss issue 1504), so what is being
searched is never changed: a sync makes another one. Ids are the corpus's passage ids.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss as untyped
import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors

faiss: Any = untyped  # the types that it states leave out what Python adds to it

Ids = NDArray[np.int64]
Halves = NDArray[np.float16]
Mask = NDArray[np.bool_]

EXACT = 16_384  # passages up to which each is compared
_FEW = 4096  # passages that a filter lets through, up to which each of them is compared
_CELLS_PER_ROOT = 4  # cells for each unit of the square root of n
_PROBED = 8  # one cell in so many is looked into
_DEEPER, _LEAST_DEEP = 5, 500  # by short codes, so many times what is asked for is found, and at least so many
_TRAINED_ON = 64  # passages a cell
_PIECE = 2  # dimensions that one piece of a code stands for
_GROWN = 4  # times the passages it was trained on, after which it is trained anew
_STEP = 65_536  # vectors added at once
_WITHOUT_REPEATED_SIGN, _REBASED = np.int32(0x8FFFFFFF - 2**32), np.float32(2.0**112)


class Allowed:
    """Which passages of a part may be found: `ids` of the part, `mask` (n,) by row."""

    def __init__(self, ids: Ids, mask: Mask) -> None:
        self._ids, self.mask = ids, mask

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.mask)

    @cached_property
    def selector(self) -> Any:
        """For FAISS: a bit for each id."""
        bits = np.zeros(int(self._ids[-1]) + 1, bool)
        bits[self._ids[self.rows]] = True
        return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))


class PassageVectors:
    """The vectors of one part of the index: `ids` ascending, `vectors` (n, d) in half precision, on disk."""

    def __init__(self, ids: Ids, vectors: Halves, cells: Any = None) -> None:
        self.ids, self._vectors, self._cells = ids, vectors, cells
        if cells is None:
            self._exact = faiss.IndexIDMap2(faiss.IndexFlatIP(max(vectors.shape[1], 1)))
            if len(ids):
                self._exact.add_with_ids(np.asarray(vectors, np.float32), np.ascontiguousarray(ids))

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, ids: Sequence[int] | Ids) -> NDArray[np.intp]:
        """The row of each id, which must be here."""
        return np.searchsorted(self.ids, ids)

    def get(self, ids: Sequence[int] | Ids) -> Vectors:
        """(n, d) float32, in the order of `ids`, which must be here."""
        return self.at(self.rows(ids))

    def at(self, rows: NDArray[np.intp]) -> Vectors:
        """(n, d) float32, in the order of `rows`."""
        return _floats(self._vectors[rows])

    def nearest(self, question: Vectors, k: int, allowed: Allowed | None) -> tuple[Ids, Vectors]:
        """Ids and cosines of the at most `k` nearest passages, best first; of those `allowed`, if given."""
        if not len(self.ids) or (allowed and not len(allowed.rows)):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        # where few may be found, looking for them among all is the longer way
        if allowed and (self._cells is None or len(allowed.rows) <= _FEW):
            return self._compared(question, k, allowed.rows)
        if self._cells is None:
            return _found(self._exact, question, k)
        # the fewer may be found, the farther away are the nearest of them
        share = len(allowed.rows) / len(self) if allowed else 1.0
        probed = min(int(self._cells.nlist / _PROBED / share**0.5) + 1, self._cells.nlist)
        deep = faiss.SearchParametersIVF(nprobe=probed, sel=allowed and allowed.selector)
        near, _ = _found(self._cells, question, max(_DEEPER * k, _LEAST_DEEP), deep)
        return self._compared(question, k, self.rows(near))

    def _compared(self, question: Vectors, k: int, rows: NDArray[np.intp]) -> tuple[Ids, Vectors]:
        cosines = self.at(rows) @ question
        best = np.argsort(-cosines, kind="stable")[:k]
        return self.ids[rows[best]], cosines[best]


def _floats(halves: Halves) -> Vectors:
    """(n, d) in 32 bits: as NumPy converts them, which does so one by one, in a quarter of the time.

    Sign, exponent and fraction are moved to where 32 bits have them; what the exponents count from differs by 112.

    >>> _floats(np.array([[1.0, -0.375, 6e-8]], np.float16)) == np.array([[1.0, -0.375, 6e-8]], np.float16)
    array([[ True,  True,  True]])
    """
    bits = halves.view(np.int16).astype(np.int32)  # the sign is repeated in all that is in front of it ...
    bits <<= 13
    bits &= _WITHOUT_REPEATED_SIGN  # ... and has to be in one bit
    floats = bits.view(np.float32)
    floats *= _REBASED
    return floats


def _found(index: Any, question: Vectors, k: int, parameters: Any = None) -> tuple[Ids, Vectors]:
    with _one_thread():
        cosines, ids = index.search(question[None, :], min(k, index.ntotal), params=parameters)
    here = ids[0] >= 0  # FAISS fills up short results with -1
    return ids[0][here], cosines[0][here]


@contextmanager
def _one_thread() -> Iterator[None]:
    """FAISS works in the caller's thread alone: for one question, waiting for each other takes its threads longer."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # holds for the thread that says so
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def read_cells(path: Path) -> Any:
    """What `write_cells` wrote, memory-mapped; None where there is no file. Raises RuntimeError for a damaged one."""
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC) if path.exists() else None


def write_cells(path: Path, ids: Ids, vectors: Halves, former: Path | None = None) -> None:
    """The cells of `vectors`, (n, d), into a file; nothing where so few are compared one by one.

    What stays of a `former` file is taken over, so that only what has come is put into cells.
    """
    if len(ids) <= EXACT:
        return
    index = faiss.read_index(str(former)) if former and former.exists() else None
    if index is None or len(ids) > _GROWN * (index.nlist / _CELLS_PER_ROOT) ** 2:
        index = _trained(vectors)
    held = _held(index)
    index.remove_ids(np.setdiff1d(held, ids))
    coming = np.flatnonzero(~np.isin(ids, held))
    for start in range(0, len(coming), _STEP):
        rows = coming[start : start + _STEP]
        index.add_with_ids(np.asarray(vectors[rows], np.float32), ids[rows])
    faiss.write_index(index, str(path))


def _trained(vectors: Halves) -> Any:
    """Cells and codes for vectors like these, still empty."""
    n, d = vectors.shape
    cells = int(_CELLS_PER_ROOT * n**0.5)
    piece = next(size for size in range(_PIECE, d + 1) if d % size == 0)
    index = faiss.index_factory(d, f"IVF{cells},PQ{d // piece}x4fs", faiss.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).choice(n, min(n, _TRAINED_ON * cells), replace=False)
    index.train(np.asarray(vectors[np.sort(sample)], np.float32))
    return index


def _held(index: Any) -> Ids:
    """The ids in an index of cells."""
    lists = index.invlists
    sizes = [(cell, size) for cell in range(index.nlist) if (size := lists.list_size(cell))]
    return np.concatenate([np.zeros(0, np.int64), *(faiss.rev_swig_ptr(lists.get_ids(c), n) for c, n in sizes)])
