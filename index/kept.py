"""Vectors by the hash of their text, on disk: a vector is computed once for a text and a model, ever.

One file of equal records behind a header: 32 bytes of SHA-256, then the model's own vector (before anything is
projected out of it). It only grows, so a crash costs at most the record that was being written; `drop`
writes a new file and puts it in the old one's place.
"""

import os
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from index.embedder import Vectors

_HEADER = struct.Struct("<4sI8x")
_MAGIC = b"ATZ1"
_KEY = 32  # bytes


class KeptVectors:
    """Open for one writer at a time: whoever syncs holds the index's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dimension, self._rows = _read_keys(path)

    def __contains__(self, text_hash: str) -> bool:
        return text_hash in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, hashes: Sequence[str]) -> Vectors:
        """(n, d) float32, in the order of `hashes`. Raises KeyError for one that is not kept."""
        rows = [self._rows[key] for key in hashes]
        if not rows:
            return np.zeros((0, self._dimension), np.float32)
        records = np.memmap(self._path, _record(self._dimension), "r", _HEADER.size, max(self._rows.values()) + 1)
        return np.array(records["vector"][rows], dtype=np.float32)

    def add(self, hashes: Sequence[str], vectors: Vectors) -> None:
        """Appends, and returns when it is on the disk. Raises ValueError where the dimension is another."""
        if self._dimension not in (0, vectors.shape[1]):
            raise ValueError(f"{self._path} holds vectors of {self._dimension} dimensions, not {vectors.shape[1]}.")
        self._dimension = vectors.shape[1]
        records = _records(hashes, vectors)
        size = _HEADER.size + len(self._rows) * records.dtype.itemsize
        with self._path.open("r+b" if self._path.exists() else "w+b") as file:
            file.write(_HEADER.pack(_MAGIC, self._dimension))
            file.truncate(size)  # what a crash left half written
            file.seek(size)
            file.write(records.tobytes())
            file.flush()
            os.fsync(file.fileno())
        self._rows.update({key: len(self._rows) + i for i, key in enumerate(hashes)})

    def drop_all_but(self, wanted: Iterable[str]) -> int:
        """How many were dropped: everything that is not in `wanted`. The old bytes are overwritten first."""
        kept = frozenset(wanted)
        staying = [key for key in self._rows if key in kept]
        dropped = len(self._rows) - len(staying)
        if dropped:
            vectors, beside = self.get(staying), self._path.with_suffix(".new")
            beside.unlink(missing_ok=True)
            fresh = KeptVectors(beside)
            fresh.add(staying, vectors)
            with self._path.open("r+b") as file:
                file.write(bytes(self._path.stat().st_size))
                os.fsync(file.fileno())
            beside.replace(self._path)
            self._dimension, self._rows = _read_keys(self._path)
        return dropped


def _record(dimension: int) -> np.dtype[np.void]:
    return np.dtype([("key", f"V{_KEY}"), ("vector", "<f4", (dimension,))])


def _records(hashes: Sequence[str], vectors: Vectors) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    records = np.zeros(len(hashes), _record(vectors.shape[1]))
    records["key"] = np.frombuffer(b"".join(map(bytes.fromhex, hashes)), f"V{_KEY}")
    records["vector"] = vectors
    return records


def _read_keys(path: Path) -> tuple[int, dict[str, int]]:
    """Dimension and row by hash; (0, {}) where there is no file, or none that can be used."""
    if not path.exists() or path.stat().st_size < _HEADER.size:
        return 0, {}
    with path.open("rb") as file:
        magic, dimension = _HEADER.unpack(file.read(_HEADER.size))
    whole = (path.stat().st_size - _HEADER.size) // _record(dimension).itemsize
    if magic != _MAGIC or not whole:
        return 0, {}
    keys = np.array(np.memmap(path, _record(dimension), "r", _HEADER.size, whole)["key"])
    return dimension, {bytes(key).hex(): row for row, key in enumerate(keys)}
