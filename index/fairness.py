"""Takes the language out of a vector, so that meaning is what is compared.

Multilingual encoders put texts of one language near each other whatever they say, so documents in the
question's own language bury better ones in another. The mean vectors of many languages span the directions
in which only the language (and the role, question or passage) differs; they are projected out of every
vector. No language needs to be detected.

Yang et al., "A Simple and Effective Method To Eliminate the Self Language Bias in Multilingual
Representations", EMNLP 2021 (doi:10.18653/v1/2021.emnlp-main.470). Unlike there, the means are not
centred: the first direction is what all texts share, and it carries no meaning either.
"""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from corpus.errors import Unavailable
from index.embedder import BUNDLED, Vectors, unit
from index.embedder import model_key as key_of


@dataclass(frozen=True, slots=True)
class Subspace:
    """`basis`: (r, d) float32 with orthonormal rows. r = 0 takes nothing out."""

    basis: Vectors

    def remove(self, vectors: Vectors) -> Vectors:
        """(n, d) or (d,) of unit length, without what lies in the subspace.

        >>> Subspace(np.array([[1, 0]], dtype=np.float32)).remove(np.array([0.6, 0.8], dtype=np.float32)).tolist()
        [0.0, 1.0]
        """
        if not len(self.basis) or not vectors.size:
            return unit(vectors)
        without: Vectors = np.asarray(vectors - (vectors @ self.basis.T) @ self.basis, dtype=np.float32)
        return unit(without)


def subspace_of(means: Vectors, rank: int) -> Subspace:
    """The `rank` leading right singular vectors of `means`: (languages x roles, d), one mean vector a row.

    >>> abs(subspace_of(np.array([[2, 0], [2, 0.1]], dtype=np.float32), 1).basis).round(1).tolist()
    [[1.0, 0.0]]
    """
    directions = np.linalg.svd(means.astype(np.float64), full_matrices=False)[2][:rank]
    return Subspace(np.ascontiguousarray(directions, dtype=np.float32))


def shipped(model_key: str) -> Subspace | None:
    """The subspace that comes with Atzina for a model; None where there is none (only `bundled` has one)."""
    if model_key != key_of(BUNDLED):
        return None
    with resources.files("index").joinpath("subspace", "bundled.npy").open("rb") as file:
        return Subspace(np.load(file).astype(np.float32))


def calibrated(folder: Path, model_key: str) -> Subspace:
    """What `save` has put into `folder` for a model; else what is shipped for it; else one that takes nothing out.

    Raises Unavailable where the file is damaged.
    """
    path = folder / f"{model_key}.npy"
    if not path.exists():
        return shipped(model_key) or Subspace(np.zeros((0, 0), np.float32))
    try:
        basis = np.load(path)
        if (
            basis.ndim != 2
            or basis.dtype != np.float32
            or not np.allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-3)
        ):
            raise ValueError("its rows are not orthonormal")
    except (OSError, ValueError, EOFError) as fault:
        raise Unavailable(f"{path} is damaged ({fault}). Make it again: atzina calibrate, or delete it.") from fault
    return Subspace(basis.astype(np.float32))


def save(subspace: Subspace, path: Path) -> None:
    """Writes it in one rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        np.save(file, subspace.basis)
    beside.replace(path)
