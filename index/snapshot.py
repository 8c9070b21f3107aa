"""One finished state of the index on disk, never changed after it is published.

INDEX/CURRENT             the name of the newest snapshot, replaced by one rename
INDEX/NAME/manifest.json  what it was made from
INDEX/NAME/passages.faiss vectors of passages, by passage id
INDEX/NAME/passages.json  language and hash of each passage, in the order of their vectors
INDEX/NAME/starts.npy     (n + 1,) int64: the sentences of passage i are rows starts[i] to starts[i + 1]
INDEX/NAME/sentences.npy  (m, d) float32, memory-mapped
INDEX/NAME/words/         the words index
"""

import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from corpus.errors import Unavailable
from index.embedder import Vectors
from index.vectors import Ids, PassageVectors
from index.words import Words

_FORMAT = 2
_CURRENT = "CURRENT"
KEPT = 2  # snapshots: a process that is loading the last but one can finish


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot was made from; one that does not match its files is refused."""

    model: str
    subspace: str
    vocabulary: str
    dimension: int
    passages: int
    sentences: int
    corpus_version: int
    forgotten: int
    format: int = _FORMAT

    def made_like(self, other: "Manifest") -> bool:
        """Whether what is in both came from the same model, subspace and vocabulary, in the same format."""
        mine = (self.model, self.subspace, self.vocabulary, self.format)
        return mine == (other.model, other.subspace, other.vocabulary, other.format)

    def counting(self, contents: "Contents") -> "Manifest":
        passages, sentences = len(contents.ids), len(contents.sentences)
        return replace(self, dimension=contents.passages.shape[1], passages=passages, sentences=sentences)


@dataclass(frozen=True, slots=True)
class Snapshot:
    manifest: Manifest
    vectors: PassageVectors
    rows: dict[int, int]
    languages: dict[int, str]
    hashes: dict[int, str]
    starts: Ids
    sentences: Vectors
    words: Words
    folder: Path

    def sentences_of(self, passage_id: int) -> Vectors:
        """(s, d) float32: the vectors of the passage's sentences, in order."""
        row = self.rows[passage_id]
        return np.asarray(self.sentences[self.starts[row] : self.starts[row + 1]])


def read(folder: Path) -> Snapshot:
    """Raises Unavailable where the snapshot is damaged."""
    try:
        manifest = Manifest(**json.loads((folder / "manifest.json").read_text()))
        vectors = PassageVectors.read(folder / "passages.faiss")
        starts = np.load(folder / "starts.npy")
        sentences = np.load(folder / "sentences.npy", mmap_mode="r") if manifest.sentences else np.zeros((0, 0))
        known = json.loads((folder / "passages.json").read_text())
        words, ids = Words(folder / "words"), vectors.ids
    except (OSError, ValueError, TypeError, RuntimeError) as fault:
        raise Unavailable(f"The index in {folder} is damaged ({type(fault).__name__}). Run: atzina sync") from fault
    counts = (len(ids), len(known), len(starts) - 1, len(words), len(sentences))
    if counts != (*[manifest.passages] * 4, manifest.sentences):
        raise Unavailable(f"The index in {folder} does not hold what its manifest says. Run: atzina sync")
    rows = {int(passage_id): row for row, passage_id in enumerate(ids)}
    languages, hashes = ({i: each[n] for i, each in zip(ids.tolist(), known, strict=True)} for n in (0, 1))
    return Snapshot(
        manifest, vectors, rows, languages, hashes, starts, np.asarray(sentences, np.float32), words, folder
    )


def current(index: Path) -> Path | None:
    """The newest snapshot's folder; None where there is none."""
    try:
        return index / (index / _CURRENT).read_text().strip()
    except FileNotFoundError:
        return None


def begin(index: Path) -> Path:
    """An empty folder to write the next snapshot into."""
    return Path(tempfile.mkdtemp(prefix="next-", dir=index))


@dataclass(frozen=True, slots=True)
class Contents:
    """A snapshot before it is on disk: n passages with m sentences.

    `known` holds language ("" where it is not known) and hash of each passage.
    """

    ids: Ids
    known: list[tuple[str, str]]
    passages: Vectors
    starts: Ids
    sentences: Vectors


def write(folder: Path, manifest: Manifest, contents: Contents) -> None:
    """Everything but the words index, which the caller has put in `folder / "words"`."""
    PassageVectors.of(contents.ids, contents.passages).write(folder / "passages.faiss")
    (folder / "passages.json").write_text(json.dumps(contents.known))
    np.save(folder / "starts.npy", contents.starts)
    np.save(folder / "sentences.npy", contents.sentences)
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1))
    for path in folder.rglob("*"):
        if path.is_file():
            _fsync(path)
    _fsync(folder)


def publish(index: Path, folder: Path, keep: int = KEPT) -> None:
    """Makes `folder` the current snapshot in one rename, and removes all but the `keep` newest."""
    serials = [int(p.name) for p in index.iterdir() if p.name.isdigit()]
    final = index / f"{max(serials, default=0) + 1:08d}"
    folder.rename(final)
    beside = index / f"{_CURRENT}.new"
    beside.write_text(final.name)
    _fsync(beside)
    beside.replace(index / _CURRENT)
    _fsync(index)
    _tidy(index, keep)


def _tidy(index: Path, keep: int) -> None:
    finished = sorted(p for p in index.iterdir() if p.name.isdigit())
    for old in [*finished[:-keep], *index.glob("next-*")]:
        shutil.rmtree(old, ignore_errors=True)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
