"""One finished state of the index on disk, never changed after it is published.

INDEX/CURRENT             the name of the newest snapshot, replaced by one rename
INDEX/NAME/manifest.json  what it was made from, and of which parts
INDEX/NAME/gone/PART      the passages of a part that are no longer in the corpus
INDEX/NAME/words/         the words index
INDEX/parts/PART/         index/part.py; snapshots share parts that have not changed
"""

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from corpus.errors import Unavailable
from corpus.records import Narrowing
from index.embedder import Vectors
from index.facets import Mask
from index.part import Part
from index.vectors import Allowed, Ids
from index.words import Words

_FORMAT = 6
_CURRENT = "CURRENT"
_PINNED = "PINNED"
PARTS = "parts"
_AT_ONCE = 65_536  # passages whose vectors are in memory as numbers of 32 bits
_MOST_NARROWINGS = 64  # that are remembered
KEPT = 2  # snapshots: a process that is loading the last but one can finish


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot was made from; one that does not match its files is refused."""

    model: str
    subspace: str
    vocabulary: str
    corpus_version: int
    forgotten: int
    passages: int = 0
    parts: tuple[str, ...] = ()
    format: int = _FORMAT

    def made_like(self, other: "Manifest") -> bool:
        """Whether what is in both came from the same model, subspace and vocabulary, in the same format."""
        mine = (self.model, self.subspace, self.vocabulary, self.format)
        return mine == (other.model, other.subspace, other.vocabulary, other.format)


@dataclass(frozen=True, slots=True)
class Held:
    """A part of a snapshot and which of its passages, by row, are still in the corpus (None: all of them)."""

    part: Part
    live: Mask | None

    @property
    def count(self) -> int:
        return len(self.part) if self.live is None else int(self.live.sum())

    def allowed(self, narrowing: Narrowing) -> Allowed | None:
        """Which passages may answer; None where all of them may."""
        chosen = self.part.coding.allowed(self.part.facets, narrowing)
        masks = [mask for mask in (self.live, chosen) if mask is not None]
        return Allowed(self.part.vectors.ids, np.logical_and.reduce(masks)) if masks else None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    manifest: Manifest
    held: tuple[Held, ...]
    words: Words
    folder: Path
    _allowed: dict[Narrowing, tuple[Allowed | None, ...]] = field(default_factory=dict)

    def narrows(self, narrowing: Narrowing) -> bool:
        """Whether a narrowing leaves any passage out."""
        return any(held.part.coding.allowed(held.part.facets[:0], narrowing) is not None for held in self.held)

    def allowed(self, narrowing: Narrowing) -> tuple[Allowed | None, ...]:
        """For each part, which passages may answer; None where all of them may."""
        if narrowing not in self._allowed:
            if len(self._allowed) >= _MOST_NARROWINGS:
                self._allowed.clear()
            self._allowed[narrowing] = tuple(held.allowed(narrowing) for held in self.held)
        return self._allowed[narrowing]

    def count(self, narrowing: Narrowing) -> int:
        """How many passages may answer."""
        found = zip(self.held, self.allowed(narrowing), strict=True)
        return sum(len(allowed.rows) if allowed else len(held.part) for held, allowed in found)

    def places(self, ids: Sequence[int] | Ids) -> Iterator[tuple[Part, Ids, Ids]]:
        """For each part, which of `ids` it holds, and in which rows. What is no longer in the corpus is nowhere."""
        wanted = np.asarray(ids, np.int64)
        for held in self.held:
            here, rows = held.part.places(wanted)
            if held.live is not None:
                here, rows = here[held.live[rows]], rows[held.live[rows]]
            yield held.part, here, rows

    def documents(self) -> tuple[Ids, Vectors]:
        """The ids of its documents, ascending, (n,), and the mean of each one's vectors, (n, d), of unit length."""
        ids, sums = np.zeros(0, np.int64), None
        for held in self.held:
            rows = np.arange(len(held.part)) if held.live is None else np.flatnonzero(held.live)
            mine, place = np.unique(held.part.documents[rows], return_inverse=True)
            total = np.zeros((len(mine), held.part.passages.shape[1]), np.float32)
            for start in range(0, len(rows), _AT_ONCE):
                part = rows[start : start + _AT_ONCE]
                np.add.at(total, place[start : start + _AT_ONCE], held.part.passages[part].astype(np.float32))
            ids, sums = _added(ids, sums, mine, total)
        sums = np.zeros((0, 0), np.float32) if sums is None else sums
        return ids, sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of those of these passages that it holds, in their order, (n, d)."""
        found: dict[int, Vectors] = {}
        for part, here, _ in self.places(ids):
            found |= dict(zip(here.tolist(), part.vectors.get(here), strict=True)) if len(here) else {}
        held = [found[i] for i in ids if i in found]
        return np.stack(held) if held else np.zeros((0, 0), np.float32)

    def hashes_of(self, documents: Sequence[int] | None) -> dict[int, bytes]:
        """Passage id to hash, of these documents' passages, or of all."""
        found: dict[int, bytes] = {}
        for held in self.held:
            rows = np.ones(len(held.part), bool) if documents is None else np.isin(held.part.documents, documents)
            rows = np.flatnonzero(rows if held.live is None else rows & held.live)
            found |= dict(zip(held.part.ids[rows].tolist(), held.part.hashes[rows].tolist(), strict=True))
        return found


def _added(ids: Ids, sums: Vectors | None, mine: Ids, total: Vectors) -> tuple[Ids, Vectors]:
    """Sums by document, of what was there and what is added."""
    if sums is None:
        return mine, total
    every = np.union1d(ids, mine)
    whole = np.zeros((len(every), total.shape[1]), np.float32)
    whole[np.searchsorted(every, ids)] += sums
    whole[np.searchsorted(every, mine)] += total
    return every, whole


def read(folder: Path, former: Snapshot | None = None) -> Snapshot:
    """The parts that `former` has, too, are not opened again. Raises Unavailable where the snapshot is damaged."""
    known_parts = {held.part.folder: held.part for held in former.held} if former else {}
    try:
        known = json.loads((folder / "manifest.json").read_text())
        manifest = Manifest(**known | {"parts": tuple(known.get("parts", ()))})
        held = tuple(_held(folder, name, known_parts) for name in manifest.parts)
        words = Words(folder / "words")
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as fault:
        raise Unavailable(f"The index in {folder} is damaged ({type(fault).__name__}). Run: atzina sync") from fault
    if not manifest.passages == sum(each.count for each in held) == len(words):
        raise Unavailable(f"The index in {folder} does not hold what its manifest says. Run: atzina sync")
    return Snapshot(manifest, held, words, folder)


def _held(folder: Path, name: str, known: Mapping[Path, Part]) -> Held:
    path, gone = folder.parent / PARTS / name, folder / "gone" / name
    part = known.get(path) or Part(path)
    return Held(part, ~np.isin(part.ids, np.fromfile(gone, "<i8")) if gone.exists() else None)


def current(index: Path) -> Path | None:
    """The newest snapshot's folder; None where there is none."""
    try:
        return index / (index / _CURRENT).read_text().strip()
    except FileNotFoundError:
        return None


def begin(index: Path) -> Path:
    """An empty folder to write the next snapshot into."""
    return Path(tempfile.mkdtemp(prefix="next-", dir=index))


def new_part(index: Path) -> Path:
    """Where the next part is to be written: a name that no part ever had, since open ones are known by it."""
    return index / PARTS / uuid.uuid4().hex


def write(folder: Path, manifest: Manifest, held: Sequence[Held]) -> None:
    """Everything but the words index, which the caller has put in `folder / "words"`."""
    (folder / "gone").mkdir()
    for each in held:
        if each.live is not None and not each.live.all():
            each.part.ids[~each.live].tofile(folder / "gone" / each.part.folder.name)
    parts, passages = tuple(each.part.folder.name for each in held), sum(each.count for each in held)
    manifest = replace(manifest, parts=parts, passages=passages)
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1))
    settle(folder)


def settle(folder: Path) -> None:
    """Returns when all that is in the folder is on the disk."""
    for path in folder.rglob("*"):
        _fsync(path)
    _fsync(folder)


def publish(index: Path, folder: Path, keep: int = KEPT) -> None:
    """Makes `folder` the current snapshot in one rename, and removes all but the `keep` newest."""
    serials = [int(p.name) for p in index.iterdir() if p.name.isdigit()]
    final = index / f"{max(serials, default=0) + 1:08d}"
    folder.rename(final)
    _point(index, final.name)
    _tidy(index, keep)


def _point(index: Path, name: str) -> None:
    beside = index / f"{_CURRENT}.new"
    beside.write_text(name)
    _fsync(beside)
    beside.replace(index / _CURRENT)
    _fsync(index)


def pinned(index: Path) -> bool:
    """Whether somebody has gone back to a former snapshot, and no sync was asked for since."""
    return (index / _PINNED).exists()


def pin(index: Path, folder: Path) -> None:
    """Makes a former snapshot the current one; it stays so until it is unpinned."""
    (index / _PINNED).write_text(folder.name)
    _point(index, folder.name)


def unpin(index: Path) -> None:
    """Lets the next sync replace the snapshot."""
    (index / _PINNED).unlink(missing_ok=True)


def former(index: Path) -> Path | None:
    """The newest snapshot before the current one; None where there is none."""
    now = current(index)
    before = sorted(p for p in index.iterdir() if p.name.isdigit() and (now is None or p.name < now.name))
    return before[-1] if before else None


def discard(folder: Path) -> None:
    """Removes a snapshot that was written and is not to be published."""
    shutil.rmtree(folder, ignore_errors=True)


def _tidy(index: Path, keep: int) -> None:
    finished = sorted(p for p in index.iterdir() if p.name.isdigit())
    needed = {name for folder in finished[-keep:] for name in _parts_of(folder)}
    unused = [path for path in (index / PARTS).glob("*") if path.name not in needed]
    for old in [*finished[:-keep], *index.glob("next-*"), *unused]:
        shutil.rmtree(old, ignore_errors=True)


def _parts_of(folder: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads((folder / "manifest.json").read_text())["parts"]]
    except (OSError, ValueError, KeyError):
        return []


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
