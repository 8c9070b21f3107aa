"""`Index`: made equal to the corpus's live passages by `sync`, asked by `search`."""

import hashlib
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from filelock import FileLock

from corpus.errors import Unavailable
from corpus.records import Document, Passage, text_hash
from corpus.sentences import sentences
from index import snapshot as snapshots
from index.concepts import concepts_by_word, vocabulary
from index.concepts import languages as covered_languages
from index.embedder import Embedder, Vectors
from index.fairness import Subspace, shipped
from index.fusion import joined, lacking, named
from index.kept import KeptVectors
from index.snapshot import Contents, Manifest, Snapshot
from index.words import Words

_CANDIDATES = 100  # passages that are scored in full, at least, by vectors and again by words
_WORD_CANDIDATES = 1000  # passages whose words are looked at: the best of each language should be among them
_MOST_SENTENCES = 64  # of one passage

Progress = Callable[[int, int], None]


class Live(Protocol):
    """What the index asks of a corpus."""

    def version(self) -> int: ...

    def live_hashes(self) -> dict[int, str]: ...

    def forgettings(self) -> int: ...

    def retired_passages(self) -> list[tuple[Passage, Document]]: ...

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, Document]]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that may answer. `score` orders hits; `sentences` holds the cosine of each of its sentences."""

    passage_id: int
    score: float
    sentences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: texts embedded, passages removed, passages that stayed, and seconds."""

    embedded: int
    removed: int
    kept: int
    seconds: float


class Index:
    """One folder, one model. Searches are safe in threads; syncs, in any process, wait for each other."""

    def __init__(self, folder: Path, embedder: Embedder, subspace: Subspace | None = None) -> None:
        self._embedder = embedder
        self._folder = folder / embedder.key
        self._subspace = subspace or shipped(embedder.key) or Subspace(np.zeros((0, 0), np.float32))
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

    def held(self, ids: Collection[int]) -> int:
        """How many of these passages it holds."""
        found = self._current()
        return sum(i in found.rows for i in ids) if found else 0

    def version(self) -> int:
        """The version of the corpus that it equals; -1 where it was never synced, or has to be made anew."""
        found = self._usable()
        return found.manifest.corpus_version if found else -1

    def search(self, question: str, k: int, within: Collection[int]) -> list[Hit]:
        """The at most `k` best passages among the ids `within`, best first. Raises Unavailable."""
        found = self._current()
        if found is None or not found.rows or not within:
            return []
        vector = self._subspace.remove(self._embedder.question(question))
        deep, words = max(k, _WORD_CANDIDATES), found.words
        bm25 = {i: s for i, s in words.scores(question, deep).items() if i in within}
        concepts = words.concept_scores(question, deep)
        near, cosines = found.vectors.nearest(vector, max(k, _CANDIDATES), within)
        cosine = dict(zip(near.tolist(), cosines.tolist(), strict=True))
        by_concepts = _best(_CANDIDATES, concepts.values(), within)
        by_words = sorted({*list(bm25)[:_CANDIDATES], *by_concepts}.difference(cosine))
        cosine |= dict(zip(by_words, (found.vectors.get(by_words) @ vector).tolist(), strict=True))
        spoken = {i: found.languages[i] for i in {*bm25, *cosine}}
        rarity = {concept: words.rarity(concept) for concept in concepts}
        by_word = concepts_by_word(question)
        lost, said = lacking(bm25, spoken), named(concepts, rarity, by_word, spoken, covered_languages())
        hits = [_hit(i, c, found.sentences_of(i) @ vector, lost[i], said[i]) for i, c in cosine.items()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage_id))[:k]

    def sync(self, corpus: Live, progress: Progress = lambda done, of: None) -> Synced:
        """Makes the index equal to the live passages, at the cost of what has changed.

        Each vector is kept as soon as it is computed, so a run that was killed goes on where it stopped.
        """
        began = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            version, live, forgotten = corpus.version(), corpus.live_hashes(), corpus.forgettings()
            old = self._usable()
            if old and old.manifest.corpus_version == version:
                return Synced(0, 0, len(live), time.monotonic() - began)
            swept = old is None or old.manifest.forgotten != forgotten
            base = None if swept else old  # after a forgetting everything is written anew, from kept vectors
            work = _Rebuild(self._folder, self._embedder, self._subspace, base, corpus, live, progress)
            folder = work.write(self._manifest(version, forgotten))
            if swept:
                work.sweep(corpus.retired_passages())
            # what was forgotten must not stay in a former snapshot
            snapshots.publish(self._folder, folder, keep=1 if swept else snapshots.KEPT)
            removed = len(set(old.rows) - set(live)) if old else 0
        return Synced(work.embedded, removed, len(live) - len(work.coming), time.monotonic() - began)

    def _manifest(self, version: int, forgotten: int) -> Manifest:
        basis = hashlib.sha256(self._subspace.basis.tobytes()).hexdigest()[:16]
        return Manifest(self._embedder.key, basis, vocabulary(), 0, 0, 0, version, forgotten)

    def _current(self) -> Snapshot | None:
        """The newest snapshot, loaded; another process may have published it."""
        folder = snapshots.current(self._folder)
        found = self._snapshot
        if folder is None or (found and found.folder == folder):
            return found if folder else None
        with self._loading:
            if self._snapshot is None or self._snapshot.folder != folder:
                self._snapshot = snapshots.read(folder)
            return self._snapshot

    def _usable(self) -> Snapshot | None:
        """The newest snapshot if a new one can be built on it; a damaged one is built anew."""
        try:
            found = self._current()
        except Unavailable:
            return None
        mine = self._manifest(0, 0)
        return found if found is not None and found.manifest.made_like(mine) else None


def _hit(passage_id: int, cosine: float, of_sentences: Vectors, lost: float, said: float) -> Hit:
    best = float(of_sentences.max()) if len(of_sentences) else cosine
    return Hit(passage_id, joined(cosine, best, lost, said), tuple(of_sentences.tolist()))


def _best(k: int, scores: Iterable[dict[int, float]], within: Collection[int]) -> list[int]:
    """The `k` passages of `within` whose scores add up to most."""
    total: dict[int, float] = defaultdict(float)
    for each in scores:
        for passage_id, score in each.items():
            if passage_id in within:
                total[passage_id] += score
    return sorted(total, key=lambda i: (-total[i], i))[:k]


class _Rebuild:
    """The next snapshot, made of what stays of `base` and of what has come since."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        subspace: Subspace,
        base: Snapshot | None,
        corpus: Live,
        live: dict[int, str],
        progress: Progress,
    ) -> None:
        self._folder, self._embedder, self._subspace, self._base = folder, embedder, subspace, base
        self._progress = progress
        self._kept = KeptVectors(folder / "kept.bin")
        before = base.hashes if base else {}
        self._staying = [i for i, known in live.items() if before.get(i) == known]
        self._leaving = [i for i, known in before.items() if live.get(i) != known]
        found = corpus.passages(i for i, known in live.items() if before.get(i) != known)
        self.coming = {i: passage.text for i, (passage, _) in found.items()}
        self._whole = [in_context(passage.text, document.title) for passage, document in found.values()]
        self._known = [(p.language or d.language or "", live[i]) for i, (p, d) in found.items()]
        self._parts = {i: split(text) for i, text in self.coming.items()}
        self.embedded = 0

    def write(self, manifest: Manifest) -> Path:
        """A folder with the finished snapshot, not published yet."""
        self._embed()
        contents = self._contents()
        folder = snapshots.begin(self._folder)
        if self._base:
            shutil.copytree(self._base.folder / "words", folder / "words", ignore=shutil.ignore_patterns("*.lock"))
        Words(folder / "words").update(self._leaving, zip(self.coming, self.coming.values(), self._whole, strict=True))
        snapshots.write(folder, manifest.counting(contents), contents)
        return folder

    def sweep(self, retired: Iterable[tuple[Passage, Document]]) -> None:
        """Drops every kept vector that no passage of the corpus needs, be it live or retired: those may come back."""
        needed = [*self._whole, *(part for parts in self._parts.values() for part in parts)]
        for passage, document in retired:
            needed += [in_context(passage.text, document.title), *split(passage.text)]
        wanted = set(map(text_hash, needed))
        if sum(key in self._kept for key in wanted) < len(self._kept):
            self._kept.drop_all_but(wanted)

    def _embed(self) -> None:
        wanted = {text_hash(text): text for text in self._whole}
        wanted |= {text_hash(part): part for parts in self._parts.values() for part in parts}
        lacking = sorted((key for key in wanted if key not in self._kept), key=lambda key: len(wanted[key]))
        if not lacking:
            return
        self._progress(0, len(lacking))
        for vectors in self._embedder.passages([wanted[key] for key in lacking]):
            self._kept.add(lacking[self.embedded : self.embedded + len(vectors)], vectors)
            self.embedded += len(vectors)
            self._progress(self.embedded, len(lacking))

    def _contents(self) -> Contents:
        passages = self._subspace.remove(self._kept.get([text_hash(text) for text in self._whole]))
        parts = [text_hash(part) for parts in self._parts.values() for part in parts]
        sentences = self._subspace.remove(self._kept.get(parts))
        lengths, known = [len(parts) for parts in self._parts.values()], self._known
        if self._base and self._staying:
            old = [self._base.sentences_of(i) for i in self._staying]
            passages = _stack([self._base.vectors.get(self._staying), passages])
            sentences = _stack([*old, sentences])
            lengths = [*map(len, old), *lengths]
            known = [*((self._base.languages[i], self._base.hashes[i]) for i in self._staying), *known]
        ids = np.array([*self._staying, *self.coming], dtype=np.int64)
        return Contents(ids, known, passages, np.cumsum([0, *lengths], dtype=np.int64), sentences)


def _stack(parts: Sequence[Vectors]) -> Vectors:
    filled = [part for part in parts if len(part)]
    return np.concatenate(filled) if filled else np.zeros((0, 0), np.float32)


def in_context(text: str, title: str | None) -> str:
    """A passage as it is embedded: below its document's title, without which many a passage says "it" of the matter."""
    return f"{title}. {text}" if title else text


def split(text: str) -> list[str]:
    """A passage's sentences as they are embedded: those of `corpus.sentences`, at most 64."""
    return [text[start:end] for start, end in sentences(text)][:_MOST_SENTENCES] or [text]
