"""The nearest passages, against plain numpy: few, many, narrowed, and when some come and go."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from index.vectors import EXACT, Allowed, Ids, PassageVectors, _floats, read_cells, write_cells

_MANY = EXACT + 4000
_DIMENSIONS = 384


def _clustered(n: int, seed: int = 7) -> "np.ndarray[tuple[int, int], np.dtype[np.float16]]":
    """Unit vectors around 200 middles, as texts lie around their topics."""
    middles = np.random.default_rng(1).standard_normal((200, _DIMENSIONS))
    generator = np.random.default_rng(seed)
    drawn = middles[generator.integers(200, size=n)] + generator.standard_normal((n, _DIMENSIONS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


def _expected(ids: Ids, vectors, question, k: int, allowed=None) -> list[int]:  # type: ignore[no-untyped-def]
    cosines = vectors.astype(np.float32) @ question
    if allowed is not None:
        cosines = np.where(allowed, cosines, -2)
    return [int(ids[row]) for row in np.argsort(-cosines, kind="stable")[:k]]


def test_few_are_compared_one_by_one() -> None:
    """With a filter, without one, and with fewer passages than asked for."""
    ids, vectors = np.arange(100, 150), _clustered(50)
    question, few = vectors[3].astype(np.float32), PassageVectors(ids, vectors)
    assert few.nearest(question, 5, None)[0].tolist() == _expected(ids, vectors, question, 5)
    allowed = np.arange(50) % 3 == 0
    found, cosines = few.nearest(question, 5, Allowed(ids, allowed))
    assert found.tolist() == _expected(ids, vectors, question, 5, allowed)
    assert np.allclose(cosines, few.get(found) @ question, atol=1e-6)
    assert len(few.nearest(question, 200, Allowed(ids, allowed))[0]) == allowed.sum()
    assert len(few.nearest(question, 5, Allowed(ids, np.zeros(50, bool)))[0]) == 0
    assert len(PassageVectors(ids[:0], vectors[:0]).nearest(question, 5, None)[0]) == 0


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cells of many vectors, under the ids 3, 5, 7 …"""
    path = tmp_path_factory.mktemp("cells") / "cells"
    write_cells(path, 3 + 2 * np.arange(_MANY), _clustered(_MANY))
    return path


@pytest.mark.parametrize("share", [1.0, 0.95, 0.02], ids=["all", "most", "few"])
def test_of_many_the_nearest_are_found(many: Path, share: float) -> None:
    """At least 99 of 100 of the ten nearest, with nothing that the filter leaves out."""
    ids, vectors = 3 + 2 * np.arange(_MANY), _clustered(_MANY)
    found = PassageVectors(ids, vectors, read_cells(many))
    allowed = None if share == 1 else np.random.default_rng(1).random(_MANY) < share
    right = 0
    for question in _clustered(50, seed=8).astype(np.float32):
        near, cosines = found.nearest(question, 10, None if allowed is None else Allowed(ids, allowed))
        right += len(set(near.tolist()) & set(_expected(ids, vectors, question, 10, allowed)))
        assert np.allclose(cosines, found.get(near) @ question, atol=1e-6)
        assert allowed is None or allowed[(near - 3) // 2].all()
    assert right >= 0.99 * 500


def test_cells_take_over_what_stays(many: Path, tmp_path: Path) -> None:
    """What is gone is not found, what has come is, and nothing else has changed."""
    ids, vectors = 3 + 2 * np.arange(_MANY), _clustered(_MANY)
    staying = ids % 10 != 3
    later = np.concatenate([ids[staying], [10**9]])
    with_it = np.concatenate([vectors[staying], vectors[:1]])
    write_cells(tmp_path / "next", later, with_it, former=many)
    found = PassageVectors(later, with_it, read_cells(tmp_path / "next"))
    near, _ = found.nearest(vectors[0].astype(np.float32), 10, None)
    assert near[0] == 10**9
    assert not (near % 10 == 3).any()


def test_few_have_no_cells(tmp_path: Path) -> None:
    write_cells(tmp_path / "cells", np.arange(20), _clustered(20))
    assert read_cells(tmp_path / "cells") is None


def test_halves_are_the_floats_that_numpy_makes_of_them() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)][:, None]
    assert np.array_equal(_floats(finite), finite.astype(np.float32))


def test_a_search_leaves_a_sync_its_threads() -> None:
    before = faiss.omp_get_max_threads()
    PassageVectors(np.arange(50), _clustered(50)).nearest(_clustered(1)[0].astype(np.float32), 5, None)
    assert faiss.omp_get_max_threads() == before
