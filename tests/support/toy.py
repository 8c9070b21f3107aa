"""A toy embedder: a hashed bag of letter trigrams. Like a real one in shape, and deterministic and instant."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_DIMENSION = 512


class ToyEmbedder:
    """Counts what it embedded, so that a test can say that nothing was embedded twice."""

    def __init__(self, key: str = "toy") -> None:
        self.key = key
        self.name = key
        self.is_loaded = True
        self.embedded: list[str] = []

    def loaded(self) -> None:
        """Nothing has to be loaded."""

    def passages(self, texts: Sequence[str]) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(texts), 4):
            part = texts[start : start + 4]
            self.embedded += part
            yield np.stack([_vector(text) for text in part])

    def question(self, text: str) -> NDArray[np.float32]:
        return _vector(text)


def _vector(text: str) -> NDArray[np.float32]:
    vector = np.full(_DIMENSION, 1e-3, np.float32)
    padded = f"  {text.casefold()}  "
    for start in range(len(padded) - 2):
        digest = hashlib.blake2b(padded[start : start + 3].encode(), digest_size=4).digest()
        vector[int.from_bytes(digest) % _DIMENSION] += 1
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
