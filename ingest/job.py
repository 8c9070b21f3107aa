"""One run: reads what is new or changed into the corpus, retires what is gone, and tells what was done.

One bad file never stops the rest. Each document is a transaction of its own, so a run that was killed has lost
nothing, and the next one goes on.
"""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus import GONE, AtzinaError, Corpus, Document, Draft, Status, Unreadable
from ingest.crawl import listed
from ingest.details import mark_details, read_details
from ingest.isolation import Reader
from ingest.language import detect, with_languages
from ingest.passages import compose
from ingest.sources import Item, Listing, list_place, readable
from ingest.web import is_address

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, in a sentence."""

    source: str
    reason: str


@dataclass(slots=True)
class Report:
    """What a run did, in documents; `ignored` are files of other kinds that lay in a folder, by suffix."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: list[Failure] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0
    ignored: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, object]:
        """The shape that scripts rely on: docs/reference.md."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "failed": [{"source": failure.source, "reason": failure.reason} for failure in self.failed],
            "passages": self.passages,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asked for; None leaves a known document as it is, and gives a new one the usual."""

    collection: str | None = None
    audience: tuple[str, ...] | None = None
    status: Status | None = None


def ingest(
    corpus: Corpus,
    places: Sequence[str],
    *,
    who: str,
    collection: str | None = None,
    audience: tuple[str, ...] | None = None,
    status: Status | None = None,
    allow_private: bool = False,
    progress: Progress | None = None,
) -> Report:
    """A report on reading files, folders and addresses into the corpus."""
    began = time.monotonic()
    with Reader() as reader:
        run = _Run(corpus, reader, who, Wanted(collection, tuple(sorted(set(audience))) if audience else None, status))
        listings = [run.listed(place, allow_private) for place in places]
        items = {item.source: item for listing in listings for item in listing.items}
        run.prune(listings, set(items))
        for number, item in enumerate(items.values(), 1):
            if progress:
                progress(number, len(items), item.source)
            run.take(item)
    run.report.seconds = time.monotonic() - began
    return run.report


class _Run:
    def __init__(self, corpus: Corpus, reader: Reader, who: str, wanted: Wanted) -> None:
        self._corpus, self._reader, self._who, self._wanted = corpus, reader, who, wanted
        self._known = {document.source: document for document in corpus.documents(retired=True)}
        self._away: dict[str, Document] = {}
        self.report = Report()

    def listed(self, place: str, allow_private: bool) -> Listing:
        """What a place holds; its faults go into the report."""
        if is_address(place):
            listing = listed(place, allow_private=allow_private, pages=1)
        else:
            listing = list_place(place)
            self._note_gone_file(place, listing)
        self.report.failed += [Failure(source, reason) for source, reason in listing.faults]
        self.report.ignored += listing.ignored
        return listing

    def _note_gone_file(self, place: str, listing: Listing) -> None:
        """A file that was named, is known, and is gone is no fault: it is retired, if its folder is still there."""
        path = Path(os.path.abspath(Path(place).expanduser()))
        if listing.faults and readable(path) in self._known and path.parent.is_dir() and not os.path.lexists(path):
            listing.faults.clear()
            self._leave(self._known[readable(path)])

    def prune(self, listings: Iterable[Listing], present: set[str]) -> None:
        """Retires what lay below a folder and is no longer there. Below what could not be listed, nothing is."""
        for listing in listings:
            for document in self._known.values():
                below = any(_is_below(document.source, folder) for folder in listing.folders)
                blind = any(_is_below(document.source, folder) for folder in listing.blind)
                if below and not blind and document.source not in present:
                    self._leave(document)

    def _leave(self, document: Document) -> None:
        if document.status is not Status.RETIRED:
            retired = self._corpus.retire(document.id, GONE, self._who)
            self._away.setdefault(document.content_hash, retired)
            self.report.gone += 1

    def take(self, item: Item) -> None:
        """Reads an item if it is new or has changed; a fault is noted, and what was known stays."""
        try:
            data = item.load()
            known, content_hash = self._known.get(item.source), hashlib.sha256(data).hexdigest()
            if known is None:
                known = self._moved_here(item, content_hash)
            if known is not None and known.content_hash == content_hash:
                self._keep(self._back(known))
            else:
                self._read(item, data, content_hash, known)
        except AtzinaError as fault:
            self.report.failed.append(Failure(item.source, str(fault)))

    def _moved_here(self, item: Item, content_hash: str) -> Document | None:
        """The document that has just gone from another place with the same bytes: it has moved."""
        moved = self._away.pop(content_hash, None)
        if moved is None:
            return None
        self.report.gone -= 1
        return self._corpus.change(moved.id, self._who, source=item.source)

    def _back(self, known: Document) -> Document:
        """A document that was retired because its file was gone, and whose file is there, is live again."""
        gone = known.status is Status.RETIRED and known.reason == GONE
        return self._corpus.restore(known.id, self._who) if gone else known

    def _keep(self, known: Document) -> None:
        asked = {"collection": self._wanted.collection, "audience": self._wanted.audience}
        changed = {n: v for n, v in asked.items() if v is not None and v != getattr(known, n)}
        if changed:
            self._corpus.change(known.id, self._who, **changed)
        confirmed = self._wanted.status is Status.VALIDATED and known.status is Status.DRAFT
        if confirmed:
            self._corpus.validate(known.id, self._who)
        self.report.changed += bool(changed or confirmed)
        self.report.unchanged += not (changed or confirmed)

    def _read(self, item: Item, data: bytes, content_hash: str, known: Document | None) -> None:
        draft = self._draft(item, data, content_hash)
        if known is None:
            self._corpus.add(draft, self._who)
            self.report.new += 1
        else:
            self._back(known)  # only now that the new text is read: the old one is no longer there
            self._corpus.replace(known.id, draft, self._who)
            asked = {"collection": self._wanted.collection, "audience": self._wanted.audience}
            self._corpus.change(known.id, self._who, **{n: v for n, v in asked.items() if v is not None})
            self.report.changed += 1
        self.report.passages += len(draft.passages)

    def _draft(self, item: Item, data: bytes, content_hash: str) -> Draft:
        reading = self._reader.read(data, item.suffix)
        text, spans = compose(mark_details(reading.blocks))
        if not spans:
            raise Unreadable("There are headings in it, but no text.")
        details, language = read_details(reading), detect(text)
        usual = Draft(source=item.source, kind=item.suffix.lower().lstrip("."), content_hash="", text="", passages=())
        return Draft(
            source=item.source,
            kind=usual.kind,
            content_hash=content_hash,
            text=text,
            passages=with_languages(text, spans, language),
            title=details.title,
            language=language,
            country=details.country,
            organisation=details.organisation,
            project=details.project,
            date=details.date,
            collection=self._wanted.collection or usual.collection,
            audience=self._wanted.audience or usual.audience,
            status=self._wanted.status or usual.status,
        )


def _is_below(source: str, folder: str) -> bool:
    return source.startswith(folder.rstrip("/") + "/")
