"""Vectors by the hash of their text, on disk: a vector is computed once for a text and a model, ever.

A SQLite file, so that a look-up costs the same among millions, and a crash loses at most what was being written.
It holds the model's own vectors, before anything is projected out of them, in half precision: the rounding
(1 in 2000) is far below what tells two passages apart.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.embedder import Vectors

_CHUNK = 500  # hashes a statement
_TABLE = "CREATE TABLE IF NOT EXISTS kept (hash BLOB PRIMARY KEY, vector BLOB NOT NULL)"


class KeptVectors:
    """Open for one writer at a time: whoever syncs holds the index's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)

    def __len__(self) -> int:
        with self._connected() as connection:
            return int(connection.execute("SELECT count(*) FROM kept").fetchone()[0])

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Those that are not kept, in order, each once."""
        wanted = list(dict.fromkeys(hashes))
        with self._connected() as connection:
            found = {key for key, _ in _rows(connection, "hash, NULL", wanted)}
        return [key for key in wanted if key not in found]

    def get(self, hashes: Sequence[str]) -> Vectors:
        """(n, d) float32, in the order of `hashes`. Raises KeyError for one that is not kept."""
        with self._connected() as connection:
            found = dict(_rows(connection, "hash, vector", list(dict.fromkeys(hashes))))
        if not hashes:
            return np.zeros((0, 0), np.float32)
        return np.stack([np.frombuffer(found[key], "<f2") for key in hashes]).astype(np.float32)

    def add(self, hashes: Sequence[str], vectors: Vectors) -> None:
        """Keeps row i of `vectors`, (n, d), under hash i, and returns when it is on the disk."""
        halves = vectors.astype("<f2")
        rows = [(bytes.fromhex(key), row.tobytes()) for key, row in zip(hashes, halves, strict=True)]
        with self._connected() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", rows)

    def drop_all_but(self, wanted: Collection[str]) -> int:
        """How many were dropped: everything that is not in `wanted`. Their bytes are overwritten."""
        with self._connected() as connection:
            with connection:
                connection.execute("CREATE TEMP TABLE wanted (hash BLOB PRIMARY KEY)")
                connection.executemany("INSERT INTO wanted VALUES (?)", ((bytes.fromhex(key),) for key in set(wanted)))
                query = "DELETE FROM kept WHERE hash NOT IN (SELECT hash FROM wanted)"
                dropped = connection.execute(query).rowcount
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still holds the old pages
        return int(dropped)

    def _connected(self) -> "closing[sqlite3.Connection]":
        connection = sqlite3.connect(self._path)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return closing(connection)


def _rows(connection: sqlite3.Connection, columns: str, hashes: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for start in range(0, len(hashes), _CHUNK):
        part = [bytes.fromhex(key) for key in hashes[start : start + _CHUNK]]
        marks = ", ".join("?" * len(part))
        for key, vector in connection.execute(f"SELECT {columns} FROM kept WHERE hash IN ({marks})", part):
            yield key.hex(), vector
