"""How much two texts share, by MinHash: the share of equal numbers estimates the Jaccard index of their shingles.

Broder (1997), On the resemblance and containment of documents; https://doi.org/10.1109/SEQUEN.1997.666900. A shingle
is three words in a row, without case and marks, so that a version with other dates and names is still alike.
"""

import re
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from corpus import Link

_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 3  # words
_NUMBERS = 128
_PRIME = np.uint64((1 << 31) - 1)
_ENOUGH = 20  # words from which a text has a sketch: shorter ones are alike by chance
ALIKE = 0.5  # of the shingles are shared: docs/ingestion.md

Sketch = np.ndarray[tuple[int], np.dtype[np.uint32]]


def sketch(text: str) -> bytes | None:
    """The MinHash of a text: 128 numbers of 32 bits, least significant byte first; None for a very short text.

    >>> a = sketch("one two three four five six seven eight nine ten " * 3)
    >>> a == sketch("One two three; four five six seven eight nine ten. " * 3)
    True
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    if len(words) < _ENOUGH:
        return None
    shingles = {" ".join(words[n : n + _SHINGLE]) for n in range(len(words) - _SHINGLE + 1)}
    hashes = np.array([zlib.crc32(shingle.encode()) for shingle in shingles], np.uint64) % _PRIME
    factors, added = _permutations()
    lowest = np.full(_NUMBERS, _PRIME, np.uint64)
    for start in range(0, len(hashes), 4096):  # a long text need not have all products in memory at once
        part = hashes[start : start + 4096]
        lowest = np.minimum(lowest, ((part[:, None] * factors + added) % _PRIME).min(axis=0))
    return lowest.astype("<u4").tobytes()


def likenesses(chosen: Sequence[int], sketches: Mapping[int, bytes], least: float = ALIKE) -> list[Link]:
    """The pairs of a chosen document and any other that share at least so much, by the numbers of the documents."""
    ids = np.array(list(sketches), np.int64)
    table = np.frombuffer(b"".join(sketches.values()), "<u4").reshape(len(ids), _NUMBERS)
    found: dict[tuple[int, int], Link] = {}
    for document in chosen:
        if (mine := sketches.get(document)) is None:
            continue
        shared = np.count_nonzero(table == np.frombuffer(mine, "<u4"), axis=1) / _NUMBERS
        for n in np.flatnonzero(shared >= least):
            one, other = sorted((document, int(ids[n])))
            if one != other:
                found[one, other] = Link(one=one, other=other, kind="same", likeness=round(float(shared[n]), 3))
    return list(found.values())


def _permutations() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(20261125)
    factors: list[int] = chance.integers(1, int(_PRIME), _NUMBERS)  # type: ignore[assignment]
    added: list[int] = chance.integers(0, int(_PRIME), _NUMBERS)  # type: ignore[assignment]
    return np.array(factors, np.uint64), np.array(added, np.uint64)
