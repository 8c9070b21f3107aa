"""The next snapshot, made of what stays of the former one and of what has come since, at the cost of what has changed.

Every sync writes what has come, with the other small part, into a new part; the large part it leaves as it is, and
notes which of its passages are gone. Only when the small part has outgrown its size, or much of the large part is
gone, are both written into one.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from corpus.errors import Unavailable
from corpus.records import Document, Passage, text_hash
from corpus.sentences import sentences
from index import snapshot as snapshots
from index.concepts import concepts_by_sentence
from index.embedder import Embedder, Vectors
from index.facets import Facets
from index.fairness import Subspace
from index.kept import KeptVectors
from index.part import HASH, Part, PartWriter, Rows, merge, quantised
from index.snapshot import Held, Manifest, Snapshot
from index.words import Worded, Words

_SMALL = 8192  # passages in the small part at most
_MOST_GONE = 4  # one passage in so many: the large part is written anew when more are gone
_BATCH = 512  # passages embedded and written at once
_MOST_SENTENCES = 64  # of one passage
_LOCKS = shutil.ignore_patterns("*.lock")

Progress = Callable[[int, int], None]


class Live(Protocol):
    """What the index asks of a corpus."""

    def version(self) -> int: ...

    def changed_since(self, version: int) -> list[int]: ...

    def live_hashes(self, documents: Iterable[int] | None = None) -> dict[int, str]: ...

    def forgettings(self) -> int: ...

    def retired_passages(self) -> Iterable[tuple[Passage, Document]]: ...

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, Document]]: ...


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of passages: `coming`, ascending, with their hashes; `leaving`: what the former snapshot has to lose."""

    coming: dict[int, str]
    leaving: list[int]

    @classmethod
    def between(cls, base: Snapshot | None, corpus: Live) -> "Changes":
        documents = corpus.changed_since(base.manifest.corpus_version) if base else None
        live = corpus.live_hashes(documents)
        before = base.hashes_of(documents) if base else {}
        coming = {i: known for i, known in live.items() if before.get(i) != _short(known)}
        return cls(coming, [i for i, known in before.items() if i not in live or known != _short(live[i])])


def _short(known: str) -> bytes:
    # numpy takes zeros off the end of a string of bytes
    return bytes.fromhex(known)[: np.dtype(HASH).itemsize].rstrip(b"\0")


class Rebuild:
    """One sync.

    `embedded` counts the texts that the model had to embed; `expected`, once all is written, the passages it holds.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        subspace: Subspace,
        base: Snapshot | None,
        corpus: Live,
        progress: Progress,
    ) -> None:
        self._folder, self._embedder, self._subspace = folder, embedder, subspace
        self._base, self._corpus, self._progress = base, corpus, progress
        self._kept = KeptVectors(folder / "kept.db")
        self.changes = Changes.between(base, corpus)
        self.expected = base.manifest.passages - len(self.changes.leaving) if base else 0
        self.embedded = 0

    def write(self, manifest: Manifest) -> Path:
        """A folder with the finished snapshot, not published yet."""
        folder = snapshots.begin(self._folder)
        if self._base:
            _link(self._base.folder / "words", folder / "words")
        coming = self._write_coming(Words(folder / "words"))
        snapshots.write(folder, manifest, self._held(coming))
        return folder

    def sweep(self) -> None:
        """Drops every kept vector that no passage of the corpus needs, be it live or retired: those may come back."""
        ids, wanted = list(self._corpus.live_hashes()), set()
        for start in range(0, len(ids), _BATCH):
            for passage, document in self._corpus.passages(ids[start : start + _BATCH]).values():
                wanted |= set(_hashes(passage, document))
        for passage, document in self._corpus.retired_passages():
            wanted |= set(_hashes(passage, document))
        self._kept.drop_all_but(wanted)

    def _write_coming(self, words: Words) -> Part | None:
        """The part of what has come, and the words index in step with it."""
        if not self.changes.coming:
            words.update(self.changes.leaving, [])
            return None
        with PartWriter(snapshots.new_part(self._folder)) as writer:
            words.update(self.changes.leaving, self._batches(writer))
            writer.finish()
        return Part(writer.folder) if len(writer) else None

    def _batches(self, writer: PartWriter) -> Iterator[Worded]:
        """What has come, embedded and put into `writer`, some hundred passages at a time."""
        ids = list(self.changes.coming)
        for start in range(0, len(ids), _BATCH):
            found = self._corpus.passages(ids[start : start + _BATCH])
            texts = [in_context(passage.text, document.title) for passage, document in found.values()]
            said = [_sentences(passage.text) for passage, _ in found.values()]
            parts = [each[:_MOST_SENTENCES] for each in said]
            self.expected += len(found)  # what was retired meanwhile does not come
            facets = [Facets.of(passage, document) for passage, document in found.values()]
            titles = [document.title or "" for _, document in found.values()]
            named = [_named(*each) for each in zip(titles, said, facets, strict=True)]
            vectors = self._vectors([*texts, *(part for each in parts for part in each)], start, len(ids))
            if found:
                writer.append(self._rows(found, facets, vectors, named, writer))
            for (passage_id, (passage, _)), mine, facet in zip(found.items(), named, facets, strict=True):
                yield Worded(passage_id, passage.text, sorted(set().union(*mine)), facet)

    def _rows(
        self,
        found: dict[int, tuple[Passage, Document]],
        facets: list[Facets],
        vectors: Vectors,
        named: list[list[list[int]]],
        writer: PartWriter,
    ) -> Rows:
        """`vectors`: those of the passages, then those of their sentences. `named`: concepts of each sentence."""
        ids = np.array(list(found), np.int64)
        documents = np.array([document.id for _, document in found.values()], np.int64)
        hashes = np.array([_short(self.changes.coming[i]) for i in found], HASH)
        columns, passages = writer.coding.encode(facets), vectors[: len(found)].astype(np.float16)
        whole, scales = quantised(vectors[len(found) :])
        lengths, sentences = np.array(list(map(len, named)), np.int64), [each for mine in named for each in mine]
        names, flat = np.array(list(map(len, sentences)), np.int64), np.array([c for s in sentences for c in s], "<u2")
        return Rows(ids, documents, hashes, columns, passages, lengths, whole, scales, names, flat)

    def _vectors(self, texts: Sequence[str], done: int, of: int) -> Vectors:
        """(n, d), without the language; those that are not kept yet are embedded, in order of length."""
        hashes = [text_hash(text) for text in texts]
        known = dict(zip(hashes, texts, strict=True))
        lacking = sorted(self._kept.missing(hashes), key=lambda key: len(known[key]))
        if lacking:
            self._progress(done, of)
            begun = 0
            for vectors in self._embedder.passages([known[key] for key in lacking]):
                self._kept.add(lacking[begun : begun + len(vectors)], vectors)
                begun, self.embedded = begun + len(vectors), self.embedded + len(vectors)
                self._progress(done + min(_BATCH, of - done) * begun // len(lacking), of)
        found = self._kept.get(hashes)
        if not np.isfinite(found).all() or (np.abs(found).max(axis=1, initial=0.0) == 0).any():
            raise Unavailable(
                "The model gave vectors that are no numbers, or empty. The former index goes on answering."
            )
        return self._subspace.remove(found)

    def _held(self, coming: Part | None) -> list[Held]:
        """The parts of the next snapshot: a large one and, as long as that pays, a small one."""
        former = [self._without_leaving(held) for held in self._base.held] if self._base else []
        staying = [held for held in former if held.count]
        if not staying:
            return [Held(coming, None)] if coming else []
        large, small = staying[0], staying[1:] + ([Held(coming, None)] if coming else [])
        crowded = _MOST_GONE * (len(large.part) - large.count) > len(large.part)
        if crowded or sum(held.count for held in small) > _SMALL:
            return [self._merged([large, *small])]
        return [large, self._merged(small)] if coming else [large, *small]

    def _without_leaving(self, held: Held) -> Held:
        gone = held.part.has_any(self.changes.leaving)
        if not gone.any():
            return held
        return Held(held.part, ~gone if held.live is None else held.live & ~gone)

    def _merged(self, parts: Sequence[Held]) -> Held:
        if len(parts) == 1 and parts[0].live is None:
            return parts[0]
        folder = snapshots.new_part(self._folder)
        merge(folder, [(held.part, held.live) for held in parts])
        return Held(Part(folder), None)


def _named(title: str, said: Sequence[str], facets: Facets) -> list[list[int]]:
    """What each sentence that is embedded names, or the title, which says of what all of them speak.

    Sentences behind the last one that is embedded count with it.
    """
    of_all, *each = concepts_by_sentence([title, *said], facets.language)
    if len(each) > _MOST_SENTENCES:
        last = _MOST_SENTENCES - 1
        each = [*each[:last], [concept for mine in each[last:] for concept in mine]]
    return [sorted({*of_all, *mine}) for mine in each]


def _link(former: Path, folder: Path) -> None:
    """The words index, its files shared: tantivy writes new ones and never changes one."""
    try:
        shutil.copytree(former, folder, ignore=_LOCKS, copy_function=os.link)
    except OSError:  # a file system without hard links
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(former, folder, ignore=_LOCKS)


def _hashes(passage: Passage, document: Document) -> Iterator[str]:
    """Under what a passage's vectors are kept."""
    yield text_hash(in_context(passage.text, document.title))
    yield from map(text_hash, split(passage.text))


def in_context(text: str, title: str | None) -> str:
    """A passage as it is embedded: below its document's title, without which many a passage says "it" of the matter."""
    return f"{title}. {text}" if title else text


def split(text: str) -> list[str]:
    """A passage's sentences as they are embedded: those of `corpus.sentences`, at most 64."""
    return _sentences(text)[:_MOST_SENTENCES]


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)] or [text]
