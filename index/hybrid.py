"""`Index`: made equal to the corpus's live passages by `sync`, asked by `search`."""

import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from corpus.errors import Unavailable
from corpus.records import Narrowing
from index import snapshot as snapshots
from index.concepts import concepts_by_word, vocabulary
from index.concepts import languages as covered_languages
from index.confidence import probability
from index.embedder import Embedder, Vectors
from index.fairness import Subspace, shipped
from index.fusion import USUAL, Weighing, joined, lacking, meant, named
from index.part import Part
from index.snapshot import Manifest, Snapshot
from index.syncing import Live, Progress, Rebuild
from index.vectors import Ids

_CANDIDATES = 100  # passages that are scored in full, at least: by vectors, by words and by concepts
_WORD_CANDIDATES = 400  # passages that hold its words: the best of each language should be among them
_EVERYTHING = Narrowing()
_STAYS = "The former one goes on answering."
_aside = ThreadPoolExecutor(thread_name_prefix="nearest")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that may answer. `score` orders hits; `sentences` holds the cosine of each of its sentences.

    `meant` is how near it is by vectors alone, a cosine; `unnamed` is the share of the question's words that name a
    concept which it does not, in [0, 1].
    `vector` is the passage's own, (d,) float32 of unit length, without its language.
    """

    passage_id: int
    score: float
    meant: float
    unnamed: float
    sentences: tuple[float, ...]
    vector: Vectors = field(compare=False, repr=False)

    def probability(self, *, first: bool) -> float:
        """That it answers, in [0, 1]; `first`: it is ranked first."""
        return probability(self.score, self.meant, self.unnamed, first=first)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: texts embedded, passages removed, passages that stayed, and seconds."""

    embedded: int
    removed: int
    kept: int
    seconds: float


Ask = Callable[[str, int], list[Hit]]  # a question, and how many hits at most
Approve = Callable[[Ask, Ask | None, int], None]  # the new index, the former one, how many passages come or leave


class Index:
    """One folder, one model. Searches are safe in threads; syncs, in any process, wait for each other."""

    def __init__(
        self, folder: Path, embedder: Embedder, subspace: Subspace | None = None, weighing: Weighing = USUAL
    ) -> None:
        self._embedder = embedder
        self._folder = folder / embedder.key
        self._subspace = subspace or shipped(embedder.key) or Subspace(np.zeros((0, 0), np.float32))
        self._weighing = weighing
        self._snapshot: Snapshot | None = None
        self._loading = threading.Lock()

    @property
    def subspace(self) -> Subspace:
        """What is taken out of every vector."""
        return self._subspace

    def __len__(self) -> int:
        """How many passages it holds."""
        found = self._current()
        return found.manifest.passages if found else 0

    def count(self, narrowing: Narrowing = _EVERYTHING) -> int:
        """How many passages it holds that may answer."""
        found = self._current()
        return found.count(narrowing) if found else 0

    def version(self) -> int:
        """The version of the corpus that it equals; -1 where it was never synced, or has to be made anew."""
        found = self._usable()
        return found.manifest.corpus_version if found else -1

    def search(self, question: str, k: int, narrowing: Narrowing = _EVERYTHING) -> list[Hit]:
        """The at most `k` best passages that a narrowing lets through, best first. Raises Unavailable."""
        return self.begin(question, k, narrowing)()

    def begin(self, question: str, k: int, narrowing: Narrowing = _EVERYTHING) -> Callable[[], list[Hit]]:
        """What ends a search and gives its hits. Until then the nearest are looked for aside. Raises Unavailable."""
        found = self._current()
        return self._begun(found, question, k, narrowing) if found else list

    def among(self, question: str, passage_ids: Sequence[int]) -> list[Hit]:
        """Those of these passages that it holds, the nearest to a question first. Raises Unavailable."""
        found = self._current()
        if found is None or not passage_ids:
            return []
        vector = self._subspace.remove(self._embedder.question(question))
        return _Search(found, question, _EVERYTHING, self._weighing, len(passage_ids)).among(vector, passage_ids)

    def documents(self) -> tuple[Ids, Vectors]:
        """The ids of its documents, (n,), and the mean of each one's vectors, (n, d) float32 of unit length."""
        found = self._current()
        return found.documents() if found else (np.zeros(0, np.int64), np.zeros((0, 0), np.float32))

    def vectors(self, passage_ids: Sequence[int]) -> Vectors:
        """The vectors of those of these passages that it holds, in their order, (n, d) float32 of unit length."""
        found = self._current()
        return found.vectors(passage_ids) if found else np.zeros((0, 0), np.float32)

    def sync(
        self,
        corpus: Live,
        progress: Progress = lambda done, of: None,
        approve: Approve = lambda coming, former, changed: None,
    ) -> Synced:
        """Makes the index equal to the live passages, at the cost of what has changed.

        Each vector is kept as soon as it is computed, so a run that was killed goes on where it stopped. The new index
        is built aside and published only if it holds what it should and `approve`, which may ask both, raises nothing.
        One that was gone back to stays, unless something was forgotten since.
        Raises Unavailable where it is refused, or cannot be written: the former one goes on answering.
        """
        try:
            return self._synced(corpus, progress, approve)
        except OSError as fault:
            said = fault.strerror or str(fault)
            raise Unavailable(f"The index in {self._folder} could not be written: {said}. {_STAYS}") from fault

    def pinned(self) -> bool:
        """Whether it was gone back to a former one, which stays until a sync is asked for."""
        return snapshots.pinned(self._folder)

    def unpin(self) -> None:
        """Lets the next sync replace what was gone back to."""
        snapshots.unpin(self._folder)

    def roll_back(self) -> int:
        """Goes back to the former index, at once and in every process; how many passages it holds.

        Raises Unavailable where there is no former one, or it is damaged.
        """
        with FileLock(self._folder / "lock") if self._folder.is_dir() else nullcontext():
            folder = snapshots.former(self._folder) if self._folder.is_dir() else None
            if folder is None:
                raise Unavailable("There is no former index to go back to.")
            found = snapshots.read(folder, self._snapshot)
            snapshots.pin(self._folder, folder)
            return found.manifest.passages

    def _synced(self, corpus: Live, progress: Progress, approve: Approve) -> Synced:
        began = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            version, forgotten = corpus.version(), corpus.forgettings()
            old = self._usable()
            stays = old is not None and self.pinned() and old.manifest.forgotten == forgotten
            if old and (stays or old.manifest.corpus_version == version):
                return Synced(0, 0, old.manifest.passages, time.monotonic() - began)
            swept = old is None or old.manifest.forgotten != forgotten
            base = None if swept else old  # after a forgetting everything is written anew, from kept vectors
            work = Rebuild(self._folder, self._embedder, self._subspace, base, corpus, progress)
            folder = work.write(self._manifest(version, forgotten))
            self._check(folder, work, approve)
            self.unpin()
            if swept and forgotten:
                self._sweep(work)
            # what was forgotten must not stay in a former snapshot
            snapshots.publish(self._folder, folder, keep=1 if swept else snapshots.KEPT)
            coming, leaving = (
                work.changes.coming,
                work.changes.leaving if base else (old.hashes_of(None) if old else ()),
            )
            removed = sum(i not in coming for i in leaving)
        return Synced(work.embedded, removed, len(self) - len(coming), time.monotonic() - began)

    def _check(self, folder: Path, work: Rebuild, approve: Approve) -> None:
        """Refuses a new index that does not hold what it should, and removes it."""
        try:
            coming = snapshots.read(folder, self._snapshot)  # refuses counts that are not equal
            if coming.manifest.passages != work.expected:
                said = f"The new index holds {coming.manifest.passages} passages instead of {work.expected}."
                raise Unavailable(f"{said} {_STAYS}")
            former = self._usable()
            changed = len(work.changes.coming) + len(work.changes.leaving)
            approve(partial(self._asked, coming), partial(self._asked, former) if former else None, changed)
        except Unavailable:
            snapshots.discard(folder)
            raise

    def _asked(self, snapshot: Snapshot, question: str, k: int) -> list[Hit]:
        return self._begun(snapshot, question, k, _EVERYTHING)()

    def _begun(self, snapshot: Snapshot, question: str, k: int, narrowing: Narrowing) -> Callable[[], list[Hit]]:
        if not snapshot.count(narrowing):
            return list
        search = _Search(snapshot, question, narrowing, self._weighing, k)
        # the model takes every core: what is done beside it makes it wait for that at each of its steps
        vector = self._subspace.remove(self._embedder.question(question))
        nearest = _aside.submit(search.by_vector, vector)
        # both work outside of Python's lock, so they do not wait for each other
        worded = search.by_words()
        return lambda: search.best(nearest.result(), worded)

    def _sweep(self, work: Rebuild) -> None:
        """What was forgotten stays neither among the kept vectors nor in the index of another model."""
        work.sweep()
        for other in self._folder.parent.iterdir():
            if other.is_dir() and other != self._folder:
                shutil.rmtree(other, ignore_errors=True)

    def _manifest(self, version: int, forgotten: int) -> Manifest:
        basis = hashlib.sha256(self._subspace.basis.tobytes()).hexdigest()[:16]
        return Manifest(self._embedder.key, basis, vocabulary(), version, forgotten)

    def _current(self) -> Snapshot | None:
        """The newest snapshot, loaded; another process may have published it."""
        folder = snapshots.current(self._folder)
        found = self._snapshot
        if folder is None or (found and found.folder == folder):
            return found if folder else None
        with self._loading:
            if self._snapshot is None or self._snapshot.folder != folder:
                self._snapshot = self._read(folder)
            return self._snapshot

    def _read(self, folder: Path) -> Snapshot:
        try:
            return snapshots.read(folder, self._snapshot)
        except Unavailable:
            newer = snapshots.current(self._folder)
            if newer in (None, folder):
                raise
            return snapshots.read(newer, self._snapshot)  # it was swapped for another while it was being read

    def _usable(self) -> Snapshot | None:
        """The newest snapshot if a new one can be built on it; a damaged one is built anew."""
        try:
            found = self._current()
        except Unavailable:
            return None
        mine = self._manifest(0, 0)
        return found if found is not None and found.manifest.made_like(mine) else None


class _Search:
    """One question. Its candidates are the nearest by vector, by words and by concepts; each is scored in full."""

    def __init__(self, snapshot: Snapshot, question: str, narrowing: Narrowing, weighing: Weighing, most: int) -> None:
        self._snapshot, self._weighing, self._most = snapshot, weighing, most
        self._question, (self._asked, self._words) = question, concepts_by_word(question)
        self._allowed = snapshot.allowed(narrowing)
        self._narrowing = narrowing if snapshot.narrows(narrowing) else None
        self._deep = max(most, _CANDIDATES)

    def by_words(self) -> "_Worded":
        """What can be found without the question's vector."""
        words, wanted = self._snapshot.words, max(self._most, _WORD_CANDIDATES)
        bm25 = words.best(self._question, wanted, self._narrowing)
        named = words.best_by_concepts(self._asked.tolist(), self._deep, self._narrowing)
        beyond = min(bm25.values()) if len(bm25) == wanted else 0.0  # where there are fewer, no other has any
        return _Worded(bm25, beyond, [*list(bm25)[: self._deep], *named])

    def among(self, vector: Vectors, ids: Sequence[int]) -> list[Hit]:
        """Those of `ids` that are held, best first."""
        bm25 = self._snapshot.words.scores(self._question, ids)
        return self.best(_Near(vector, np.asarray(ids, np.int64)), _Worded(bm25, 0.0, []))

    def by_vector(self, vector: Vectors) -> "_Near":
        """The nearest by vector; of each part so many that the nearest of all are among them."""
        found = zip(self._snapshot.held, self._allowed, strict=True)
        near = [held.part.vectors.nearest(vector, self._deep, allowed) for held, allowed in found]
        ids, cosines = (np.concatenate(each) for each in zip(*near, strict=True))
        return _Near(vector, ids[np.argsort(-cosines, kind="stable")[: self._deep]])

    def best(self, near: "_Near", worded: "_Worded") -> list[Hit]:
        """The best, best first."""
        worth = np.union1d(near.ids, np.array(worded.best, np.int64))
        known = np.union1d(worth, np.fromiter(worded.bm25, np.int64, len(worded.bm25)))
        found = [(part, here, rows, np.isin(here, worth)) for part, here, rows in self._snapshot.places(known)]
        if not any(mask.any() for *_, mask in found):
            return []
        chosen = np.concatenate([mask for *_, mask in found])
        languages = np.concatenate([part.spoken(rows) for part, _, rows, _ in found])
        bm25 = np.array([worded.bm25.get(i, worded.beyond) for _, here, *_ in found for i in here.tolist()])
        candidates = [(part, here[mask], rows[mask]) for part, here, rows, mask in found if mask.any()]
        seen = _Seen.of(candidates, near.vector, self._asked)
        rarity = self._snapshot.words.rarity(self._asked.tolist())
        told, left = named(
            seen.names, seen.starts, rarity, self._words, languages[chosen], covered_languages(), self._weighing
        )
        near_by = meant(seen.cosines, seen.nearest, self._weighing)
        scores = joined(near_by, lacking(bm25, languages)[chosen], told, self._weighing)
        best = np.lexsort((seen.ids, -scores))[: self._most].tolist()
        return [seen.hit(place, float(scores[place]), float(near_by[place]), float(left[place])) for place in best]


@dataclass(frozen=True, slots=True)
class _Near:
    """The question's vector, and the passages nearest to it."""

    vector: Vectors
    ids: Ids


@dataclass(frozen=True, slots=True)
class _Worded:
    """BM25 of words of the passages that are best by them, and the `best` of all, by words or by concepts.

    `beyond`: the most that any other passage can have. It is given the benefit of the doubt, and taken to have it.
    """

    bm25: dict[int, float]
    beyond: float
    best: list[int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """n candidates, and m sentences, those of one after those of another: their cosines, and what they name, (m, c)."""

    ids: Ids
    cosines: NDArray[np.float64]
    nearest: NDArray[np.float64]  # cosine of the best sentence
    sentences: Vectors
    starts: Ids  # (n + 1,), where those of each passage begin, and where the last ones end
    vectors: Vectors
    names: NDArray[np.bool_]  # which sentence names which concept of the question

    @classmethod
    def of(cls, found: Sequence[tuple[Part, Ids, Ids]], vector: Vectors, concepts: Ids) -> "_Seen":
        held = [(part, *part.sentences_of(rows)) for part, _, rows in found]
        sentences = np.concatenate([part.nearness(here, vector) for part, here, _ in held])
        starts = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(lengths for _, _, lengths in held)]))
        vectors = np.concatenate([part.vectors.at(rows) for part, _, rows in found])
        return cls(
            np.concatenate([here for _, here, _ in found]),
            (vectors @ vector).astype(np.float64),
            np.maximum.reduceat(sentences, starts[:-1]).astype(np.float64),
            sentences,
            starts,
            vectors,
            np.concatenate([part.names(here, concepts) for part, here, _ in held]),
        )

    def hit(self, place: int, score: float, meant: float, unnamed: float) -> Hit:
        start, end = self.starts[place : place + 2].tolist()
        sentences = tuple(self.sentences[start:end].tolist())
        return Hit(int(self.ids[place]), score, meant, unnamed, sentences, self.vectors[place])
