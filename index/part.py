"""A part of the index: some passages with all that a search needs of them, on disk, never changed once written.

FOLDER/part.json       how many passages and sentences, dimension, the values of the facets
FOLDER/ids             (n,) passage ids, ascending; documents, hashes, facets: a value for each
FOLDER/passages        (n, d) vectors of unit length in half precision
FOLDER/concepts        (c,) numbers of concepts of the vocabulary
FOLDER/sentences       (m, d) vectors in whole numbers from -127 to 127, scales (m,): what to multiply them by
FOLDER/cells           where there are many: index/vectors.py

The sentences of passage i are rows starts[i] to starts[i + 1], (n + 1,), and the concepts that sentence j or the title
of its document names are naming[j] to naming[j + 1] of theirs, (m + 1,). All files are memory-mapped.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors
from index.facets import COLUMNS, Coding, Columns
from index.vectors import Halves, Ids, PassageVectors, read_cells, write_cells

_MOST = 127  # of a whole number in a sentence's vector
_STEP = 8192  # passages copied at once
Hashes = NDArray[np.bytes_]
HASH = "S16"


@dataclass(frozen=True, slots=True)
class Rows:
    """n passages with m sentences, as they are written. `lengths`: (n,) sentences of each; `names`: (m,) concepts."""

    ids: Ids
    documents: Ids
    hashes: Hashes
    facets: Columns
    passages: Halves
    lengths: Ids
    sentences: NDArray[np.int8]
    scales: Vectors
    names: Ids
    concepts: NDArray[np.uint16]


def quantised(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """(m, d) whole numbers from -127 to 127, and (m,) what to multiply each row by to have the vector again.

    >>> whole, scales = quantised(np.array([[0.5, -1.0]], dtype=np.float32))
    >>> whole.tolist(), (whole * scales[:, None]).round(2).tolist()
    ([[64, -127]], [[0.5, -1.0]])
    """
    most = np.abs(vectors).max(axis=1, initial=1e-12)
    whole = np.rint(vectors * (_MOST / most)[:, None]).astype(np.int8)
    return whole, np.asarray(most / _MOST, np.float32)


class Part:
    """One part, open for reading. Raises OSError, ValueError or RuntimeError where it is damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        known = json.loads((folder / "part.json").read_text())
        n, m, d, c = (known[name] for name in ("passages", "sentences", "dimension", "concepts"))
        self.dimension, self.coding = d, Coding(known["facets"])
        self._languages = np.array(self.coding.values()["language"], np.str_)
        self.ids = _mapped(folder / "ids", "<i8", (n,))
        self.documents = _mapped(folder / "documents", "<i8", (n,))
        self.hashes = _mapped(folder / "hashes", HASH, (n,))
        self.facets = _mapped(folder / "facets", COLUMNS, (n,))
        self.starts = _mapped(folder / "starts", "<i8", (n + 1,))
        self.passages = _mapped(folder / "passages", "<f2", (n, d))
        self.sentences = _mapped(folder / "sentences", "i1", (m, d))
        self.scales = _mapped(folder / "scales", "<f4", (m,))
        self.naming = _mapped(folder / "naming", "<i8", (m + 1,))
        self.concepts = _mapped(folder / "concepts", "<u2", (c,))
        self.vectors = PassageVectors(np.asarray(self.ids), self.passages, read_cells(folder / "cells"))

    def __len__(self) -> int:
        return len(self.ids)

    def has_any(self, ids: Sequence[int]) -> NDArray[np.bool_]:
        """(n,) by row: which of its passages are among `ids`."""
        found = np.zeros(len(self), bool)
        found[self.places(np.asarray(ids, np.int64))[1]] = True
        return found

    def places(self, ids: Ids) -> tuple[Ids, NDArray[np.intp]]:
        """Those of these passages that are here, in their order, and the row of each."""
        rows = np.minimum(self.vectors.rows(ids), max(len(self) - 1, 0))
        here = self.ids[rows] == ids if len(self) else np.zeros(len(ids), bool)
        return ids[here], rows[here]

    def spoken(self, rows: NDArray[np.intp]) -> NDArray[np.str_]:
        """The language of each of these passages, "" where it is not known."""
        return np.asarray(self._languages[self.facets["language"][rows]])

    def sentences_of(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], Ids]:
        """The numbers of these passages' sentences, one passage after another, and how many each has."""
        return _ranges(self.starts[rows], self.starts[rows + 1])

    def nearness(self, sentences: NDArray[np.intp], vector: Vectors) -> Vectors:
        """The cosines of these sentences with a vector."""
        return np.asarray((self.sentences[sentences].astype(np.float32) @ vector) * self.scales[sentences])

    def names(self, sentences: NDArray[np.intp], concepts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(sentences, concepts): whether each of these sentences names each of these concepts."""
        here, lengths = _ranges(self.naming[sentences], self.naming[sentences + 1])
        found, sentence = self.concepts[here], np.repeat(np.arange(len(sentences)), lengths)
        named = np.zeros((len(sentences), len(concepts)), bool)
        for place, concept in enumerate(concepts.tolist()):  # few, as a rule
            named[sentence[found == concept], place] = True
        return named

    def rows(self, chosen: NDArray[np.intp], coding: Coding) -> Rows:
        """The rows with these numbers, their facets as numbers of `coding`."""
        here, lengths = self.sentences_of(chosen)
        concepts, names = _ranges(self.naming[here], self.naming[here + 1])
        return Rows(
            self.ids[chosen],
            self.documents[chosen],
            self.hashes[chosen],
            coding.take(self.facets[chosen], self.coding),
            self.passages[chosen],
            lengths,
            self.sentences[here],
            self.scales[here],
            names,
            self.concepts[concepts],
        )


def _ranges(starts: Ids, ends: Ids) -> tuple[NDArray[np.intp], Ids]:
    """Every number from each start to its end, one range after another, and the lengths of the ranges.

    >>> [found.tolist() for found in _ranges(np.array([4, 0]), np.array([6, 1]))]
    [[4, 5, 0], [2, 1]]
    """
    lengths = np.asarray(ends - starts)
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum()), lengths


def _mapped(path: Path, kind: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Raises ValueError where the file has not the size that it should."""
    wanted = int(np.prod(shape)) * np.dtype(kind).itemsize
    if path.stat().st_size != wanted:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, not {wanted}")
    # as a plain array: taking rows from a memmap makes another one each time
    return np.asarray(np.memmap(path, kind, "r", shape=shape)) if wanted else np.zeros(shape, kind)


class PartWriter:
    """Writes a part, rows after rows, in ascending order of id. Closing it makes it whole and puts it on the disk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.coding = folder, Coding()
        self._dimension = self._passages = self._sentences = self._concepts = 0
        names = ("ids", "documents", "hashes", "facets", "passages", "sentences", "scales", "concepts")
        self._files: dict[str, BinaryIO] = {name: (folder / name).open("wb") for name in (*names, "starts", "naming")}
        for name in ("starts", "naming"):
            self._files[name].write(np.zeros(1, "<i8").tobytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        for file in self._files.values():
            file.close()

    def __len__(self) -> int:
        return self._passages

    def append(self, rows: Rows) -> None:
        """Its facets are numbers of `coding`."""
        self._dimension = rows.passages.shape[1]
        ends = {
            "starts": self._sentences + np.cumsum(rows.lengths),
            "naming": self._concepts + np.cumsum(rows.names),
        }
        for name, file in self._files.items():
            file.write(np.ascontiguousarray(ends[name] if name in ends else getattr(rows, name)).tobytes())
        self._passages += len(rows.ids)
        self._sentences += len(rows.sentences)
        self._concepts += len(rows.concepts)

    def finish(self, former: Path | None = None) -> None:
        """`former`: the folder of a part most of whose passages are in this one, too."""
        for file in self._files.values():
            file.flush()
        n, d = self._passages, self._dimension
        ids, passages = _mapped(self.folder / "ids", "<i8", (n,)), _mapped(self.folder / "passages", "<f2", (n, d))
        write_cells(self.folder / "cells", np.asarray(ids), passages, former and former / "cells")
        counts = {"passages": n, "sentences": self._sentences, "dimension": d, "concepts": self._concepts}
        known = counts | {"facets": self.coding.values()}
        (self.folder / "part.json").write_text(json.dumps(known, ensure_ascii=False))


def merge(folder: Path, parts: Collection[tuple[Part, NDArray[np.bool_] | None]]) -> None:
    """A part of what stays of several: `(n,)` by row, or None for all of it. No passage may stay in two of them."""
    with PartWriter(folder) as writer:
        for rows in _merged(list(parts), writer.coding):
            writer.append(rows)
        writer.finish(max(parts, key=lambda each: len(each[0]))[0].folder)


def _merged(parts: list[tuple[Part, NDArray[np.bool_] | None]], coding: Coding) -> Iterator[Rows]:
    """What stays, in ascending order of id, some thousand passages at a time."""
    staying = [np.arange(len(part)) if mask is None else np.flatnonzero(mask) for part, mask in parts]
    ids = np.concatenate([part.ids[rows] for (part, _), rows in zip(parts, staying, strict=True)])
    where = np.concatenate([np.full(len(rows), n) for n, rows in enumerate(staying)])
    row = np.concatenate(staying)
    order = np.argsort(ids)
    for start in range(0, len(order), _STEP):
        chosen = order[start : start + _STEP]
        numbers = np.unique(where[chosen])
        found = [parts[n][0].rows(row[chosen[where[chosen] == n]], coding) for n in numbers]
        yield found[0] if len(found) == 1 else _interleaved(found)


def _interleaved(found: list[Rows]) -> Rows:
    """Rows of several parts as one, in ascending order of id."""
    whole = {name: np.concatenate([getattr(rows, name) for rows in found]) for name in Rows.__slots__}
    order = np.argsort(whole["ids"])
    sentences = _reordered(whole["lengths"], order)
    ragged = {"concepts": whole.pop("concepts")[_reordered(whole["names"], sentences)]}
    ragged |= {name: whole.pop(name)[sentences] for name in ("sentences", "scales", "names")}
    return Rows(**{name: values[order] for name, values in whole.items()}, **ragged)


def _reordered(lengths: Ids, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where the members of groups of these lengths are, when the groups are taken in this order.

    >>> _reordered(np.array([2, 1]), np.array([1, 0])).tolist()
    [2, 0, 1]
    """
    ends = np.cumsum(lengths)
    return _ranges((ends - lengths)[order], ends[order])[0]
