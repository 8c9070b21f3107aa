"""Vectors by hash: kept whatever happens, found again, gone when they are dropped."""

from pathlib import Path

import numpy as np
import pytest

from corpus import text_hash
from index.kept import KeptVectors

_A, _B, _C = map(text_hash, "abc")


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    KeptVectors(tmp_path / "kept.db").add([_A, _B], np.array([[1, 2], [3, 4]], np.float32))
    kept = KeptVectors(tmp_path / "kept.db")
    assert kept.get([_B, _A, _B]).tolist() == [[3, 4], [1, 2], [3, 4]]
    assert kept.missing([_C, _A, _C]) == [_C]
    assert len(kept) == 2
    with pytest.raises(KeyError):
        kept.get([_C])


def test_many_are_found_in_order(tmp_path: Path) -> None:
    """More than one statement can ask for."""
    hashes = [text_hash(str(number)) for number in range(1200)]
    kept = KeptVectors(tmp_path / "kept.db")
    kept.add(hashes, np.arange(1200, dtype=np.float32)[:, None])
    assert kept.get(hashes[::-1])[:, 0].tolist() == list(range(1200))[::-1]
    assert kept.missing([*hashes, _A]) == [_A]


def test_half_precision_is_near(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).standard_normal((1, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors)
    kept = KeptVectors(tmp_path / "kept.db")
    kept.add([_A], vectors)
    assert float((kept.get([_A]) @ vectors.T)[0, 0]) == pytest.approx(1, abs=1e-4)


def test_what_is_dropped_leaves_no_bytes(tmp_path: Path) -> None:
    kept = KeptVectors(tmp_path / "kept.db")
    secret = np.frombuffer(b"wxyzwxyzwxyzwxyz", "<f2").astype(np.float32)[None, :]
    kept.add([_A], secret)
    kept.add([_B], np.ones((1, 8), np.float32))
    assert kept.drop_all_but([_B, _C]) == 1
    assert kept.missing([_A, _B]) == [_A]
    assert all(b"wxyzwxyz" not in path.read_bytes() for path in tmp_path.iterdir())
