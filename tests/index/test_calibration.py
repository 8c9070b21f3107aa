"""The subspace of a model's languages: it makes languages alike, and what is too little for it is refused."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from corpus import Invalid, Unavailable
from index.calibration import Texts, calibrate, read_parallel
from index.embedder import BUNDLED, Vectors, model_key, unit
from index.fairness import Subspace, calibrated, save, shipped


class Leaning:
    """An embedder whose vectors lean towards their language, which a text states first: "lv 17"."""

    def questions(self, texts: Sequence[str]) -> Vectors:
        return np.concatenate(list(self.passages(texts)))

    def passages(self, texts: Sequence[str]) -> Iterator[Vectors]:
        rows = []
        for text in texts:
            language, number = text.split()
            row = np.random.default_rng(int(number)).standard_normal(32)
            row[["lv", "lt", "en"].index(language)] += 40
            rows.append(row)
        yield unit(np.array(rows, np.float32))


def test_what_a_text_says_is_what_is_left() -> None:
    """A text and its translation are far apart before, and the same afterwards."""
    texts = {name: Texts(*[[f"{name} {n}" for n in range(200)]] * 2) for name in ("lv", "lt", "en")}
    told: list[tuple[int, int]] = []
    found = calibrate(Leaning(), texts, 24, lambda done, of: told.append((done, of)))  # type: ignore[arg-type]
    one, other = (next(Leaning().passages([f"{name} 999"]))[0] for name in ("lv", "lt"))
    assert one @ other < 0.2
    assert found.remove(one) @ found.remove(other) > 0.95
    assert len(found.basis) == 3
    assert told[-1] == (3, 3)


def test_a_file_of_parallel_sentences(tmp_path: Path) -> None:
    path = tmp_path / "parallel.tsv"
    path.write_text("document\tlv\tlt\n" + "".join(f"d\tviens {n}\tvienas {n}\n" for n in range(40)))
    found = read_parallel(path, every=2)
    assert list(found) == ["lv", "lt"]
    assert found["lv"].passages[:2] == ["viens 0", "viens 2"]
    with pytest.raises(Invalid, match="too little"):
        read_parallel(path, every=3)


@pytest.mark.parametrize("content", ["", "lv\n" + "a\n" * 50, "not a table", "\xff\xfe"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "parallel.tsv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(Invalid):
        read_parallel(path)


def test_what_was_calibrated_is_used(tmp_path: Path) -> None:
    """For its model; else what is shipped; else nothing is taken out."""
    basis = np.eye(4, dtype=np.float32)[:2]
    save(Subspace(basis), tmp_path / "subspaces" / "mine.npy")
    assert calibrated(tmp_path / "subspaces", "mine").basis.tolist() == basis.tolist()
    assert len(calibrated(tmp_path / "subspaces", "another").basis) == 0
    ours = shipped(model_key(BUNDLED))
    assert ours
    assert np.array_equal(calibrated(tmp_path, model_key(BUNDLED)).basis, ours.basis)


@pytest.mark.parametrize("content", [b"", b"damaged", None])
def test_a_damaged_subspace_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.npy"
    if content is None:
        np.save(path, np.ones((2, 4), np.float32))
    else:
        path.write_bytes(content)
    with pytest.raises(Unavailable, match="mine.npy is damaged.*atzina calibrate"):
        calibrated(tmp_path, "mine")
