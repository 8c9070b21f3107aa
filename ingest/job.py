"""One run: reads what is new or changed into the corpus, retires what is gone, and tells what was done.

One bad file never stops the rest. Each document is a transaction of its own, with the state of its file, so a run
that was killed at any instant has lost nothing, and the next one goes on where it stopped.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from corpus import GONE, AtzinaError, Corpus, Document, Draft, FileState, Invalid, Link, Status, Unavailable
from ingest.crawl import listed
from ingest.formats import READERS
from ingest.likeness import alike
from ingest.looking import Found, Look, Looker, reader_version
from ingest.pool import Pool
from ingest.pruning import INSIDE, MOST_GONE, by_container, gone, outermost
from ingest.reading import Inner
from ingest.report import Failure, Report
from ingest.sidecar import stated
from ingest.sources import Item, Known, Listing, list_place, readable, spelt
from ingest.understanding import Understood
from ingest.web import is_address

Progress = Callable[[int, int, str], None]

_MOST_INNER = 500_000_000  # bytes unpacked from one file, at all depths
_NOTED_AT_ONCE = 200  # states of files in one transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asked for; None leaves a known document as it is, and gives a new one the usual."""

    collection: str | None = None
    audience: tuple[str, ...] | None = None
    status: Status | None = None

    def changes(self, known: Document) -> dict[str, object]:
        """The fields of a known document that are to be others."""
        asked = {"collection": self.collection, "audience": self.audience}
        return {name: value for name, value in asked.items() if value is not None and value != getattr(known, name)}


@dataclass(frozen=True, slots=True)
class Source:
    """A file, folder or address, with what is wanted of what it holds; `pages` at most are read of a site or feed."""

    place: str
    wanted: Wanted = Wanted()
    pages: int = 1
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes about it.

    `most_gone`: the share of a source's documents that may go at once; `dry`: nothing is changed; `again`: what could
    not be read before is tried again.
    """

    allow_private: bool = False
    most_gone: float = MOST_GONE
    dry: bool = False
    again: bool = False


def ingest(
    corpus: Corpus,
    sources: Sequence[Source],
    *,
    who: str,
    options: Options = Options(),
    progress: Progress | None = None,
) -> Report:
    """A report on reading files, folders and addresses into the corpus. Raises Unavailable where a run is at work."""
    began, report = time.monotonic(), Report()
    only = any(source.pages > 1 or Path(source.place).expanduser().is_dir() for source in sources)
    lock: AbstractContextManager[None] = corpus.alone() if only else nullcontext()
    with lock:
        state = "stopped"
        if not options.dry:
            report.run = corpus.begin_run(who, [source.place for source in sources], alone=only)
        try:
            run = _Run(corpus, who, options, report)
            run.go(sources, progress or (lambda done, of, what: None))
            state = "done"
        except Exception:
            state = "failed"
            raise
        finally:
            report.seconds = time.monotonic() - began
            if report.run is not None:
                with contextlib.suppress(AtzinaError):  # what ended the run may be the database
                    corpus.end_run(report.run, state, report.as_json())
    return report


@dataclass(slots=True)
class _Container:
    """An archive or a mail whose files are being read: its state is kept when the last one is done."""

    state: FileState
    left: int
    above: str | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    item: Item
    source: Source
    container: str | None = None


@dataclass(slots=True)
class _Noted:
    """States of files that wait to be written."""

    corpus: Corpus
    dry: bool
    states: list[FileState] = field(default_factory=list)

    def add(self, state: FileState, before: FileState | None) -> None:
        if state != before:
            self.states.append(state)
        if len(self.states) >= _NOTED_AT_ONCE:
            self.write()

    def write(self, gone: Sequence[str] = ()) -> None:
        if not self.dry:
            self.corpus.note_files(self.states, gone)
        self.states.clear()


class _Run:
    def __init__(self, corpus: Corpus, who: str, options: Options, report: Report) -> None:
        self._corpus, self._who, self._options, self.report = corpus, who, options, report
        self._known = {document.source: document for document in corpus.documents(retired=True)}
        self._files = corpus.files()
        self._inside = by_container({*self._known, *self._files})
        self._away: dict[str, Document] = {}
        self._open: dict[str, _Container] = {}
        self._unpacked: Counter[str] = Counter()
        self._touched: list[int] = []
        self._noted = _Noted(corpus, options.dry)
        version = reader_version()
        looker = Looker(self._known, self._files, self._away, version, again=options.again, dry=options.dry)
        self._pool: Pool[_Task, Look] = Pool(lambda reader, task: looker.look(reader, task.item))

    def go(self, sources: Sequence[Source], progress: Progress) -> None:
        """Everything, in order: what is there, what is gone, what is new or changed, what is alike."""
        tasks: dict[str, _Task] = {}
        listings: list[tuple[Source, Listing]] = []
        for source in sources:
            listing = self._listed(source)
            listings.append((source, listing))
            tasks |= {item.source: _Task(item, source) for item in _items(listing)}
        for source, listing in listings:
            self._prune(source, listing, set(tasks))
        with self._pool as pool:
            for task in tasks.values():
                pool.add(task)
            done, of = 0, len(tasks)
            for task, look in pool.results():
                before = len(self._open)
                self._take(task, look)
                done, of = done + 1, of + sum(c.left for c in list(self._open.values())[before:])
                progress(done, max(of, done), task.item.source)
        self._noted.write()
        if not self._options.dry:
            self._link()

    # -- what is there, and what is gone

    def _listed(self, source: Source) -> Listing:
        """What a source holds; its faults go into the report."""
        if is_address(source.place):
            listing = listed(
                source.place, allow_private=self._options.allow_private, pages=source.pages, known=self._validators()
            )
            for address in listing.gone:
                self._leave_named([address] if address in self._known else [], source, listing)
        else:
            listing = list_place(source.place)
            self._note_gone_file(source, listing)
        self.report.failed += [Failure(place, reason) for place, reason in listing.faults]
        self.report.ignored += listing.ignored
        return listing

    def _note_gone_file(self, source: Source, listing: Listing) -> None:
        """A file that was named, is known, and is gone is no fault: it goes, if its folder is still there."""
        path = Path(source.place).expanduser().absolute()
        mine = [s for s in self._known if outermost(s) == readable(path)]
        there = path.exists() or path.is_symlink()
        if listing.faults and path.parent.is_dir() and not there:
            self._leave_named(mine, source, listing)

    def _leave_named(self, mine: Sequence[str], source: Source, listing: Listing) -> None:
        if mine:
            listing.faults.clear()
        for each in mine:
            self._leave(each, forget=source.forgets)

    def _validators(self) -> dict[str, Known]:
        """What to ask servers with, of the pages that were read whole."""
        whole = {
            s: state for s, state in self._files.items() if state.validators and not (state.reason or state.unread)
        }
        return {source: Known(**state.validators) for source, state in whole.items()}

    def _prune(self, source: Source, listing: Listing, present: set[str]) -> None:
        live = [s for s in self._known if self._known[s].status is not Status.RETIRED]
        found = gone([*live, *self._unreadable()], [listing], present, self._options.most_gone)
        self.report.failed += found.kept
        for each in found.sources:
            self._leave(each, forget=source.forgets)

    def _unreadable(self) -> list[str]:
        return [source for source in self._files if source not in self._known]

    def _leave(self, source: str, *, forget: bool) -> None:
        """Retires, or forgets, what is gone from its source."""
        document = self._known.get(source)
        if source in self._files and not self._options.dry:
            self._corpus.note_files((), [source])
        self._files.pop(source, None)
        if document is None or document.status is Status.RETIRED:
            return
        self.report.gone += 1
        if self._options.dry:
            return
        if forget:
            self._corpus.forget(document.id, self._who)
            del self._known[source]
        else:
            retired = self._corpus.retire(document.id, GONE, self._who)
            self._known[source] = retired
            self._away.setdefault(document.content_hash, retired)

    # -- one file

    def _take(self, task: _Task, look: Look) -> None:
        """Writes what was found of a file; a fault is noted, and what was known stays."""
        try:
            finished = self._write(task, look)
        except Unavailable:  # the database, and no fault of the file: the run ends, and the next one goes on
            raise
        except AtzinaError as fault:
            self._failed(task, replace(look.state, reason=str(fault)))
            finished = True
        if finished:
            self._finished(task.container)

    def _write(self, task: _Task, look: Look) -> bool:
        """Whether the file is done with; False where it has files inside that are still to be read."""
        item, known = task.item, self._known.get(task.item.source)
        if look.found is Found.FAILED:
            self._failed(task, look.state)
        elif look.found is Found.DIFFERENT:
            self.report.new += known is None
            self.report.changed += known is not None
        elif look.found is Found.MOVED:
            return self._moved(task, look)
        elif look.found is Found.SAME:
            self._same(task, look)
        elif look.held is not None:
            self._tell_unread(item.source, look.state)
            return self._read(task, look, look.held, known)
        return True

    def _failed(self, task: _Task, state: FileState) -> None:
        source, reason = task.item.source, spelt(state.reason or "")
        self.report.failed.append(Failure(source, reason))
        self._noted.add(replace(state, reason=reason), self._files.get(source))

    def _same(self, task: _Task, look: Look) -> None:
        """What is as it was, with all that lies in it."""
        source = task.item.source
        self._tell_unread(source, look.state)
        self._noted.add(look.state, self._files.get(source))
        for each in (source, *self._inside.get(source, ())):
            if (known := self._known.get(each)) is not None:
                self._keep(task.source.wanted, self._back(known), look.beside if each == source else {})
            if each != source and (state := self._files.get(each)) is not None:
                self._tell_unread(each, state)
                self.report.failed += [Failure(each, state.reason)] if state.reason else []

    def _tell_unread(self, source: str, state: FileState) -> None:
        """A document that could be read in part is in the answers, and in the report."""
        reasons: dict[str, list[str]] = {}
        for where, reason in state.unread:
            reasons.setdefault(reason, []).append(str(where))
        for reason, places in reasons.items():
            what = "Page" if places[0].isdigit() else "Part"
            named = f"{what}{'s' if len(places) > 1 else ''} {', '.join(places)}"
            self.report.failed.append(Failure(source, f"{named} could not be read: {reason}"))

    def _moved(self, task: _Task, look: Look) -> bool:
        """The same bytes have just gone from another place: that document has moved here, if no other was first."""
        moved = self._away.pop(look.state.content_hash, None)
        if moved is None:
            self._pool.add(task, first=True)
            return False
        self.report.gone -= 1
        here = self._corpus.change(moved.id, self._who, source=task.item.source)
        self._known.pop(moved.source, None)
        self._known[here.source] = here
        self._noted.add(look.state, None)
        self._keep(task.source.wanted, self._back(here), look.beside)
        return True

    def _back(self, known: Document) -> Document:
        """A document that was retired because its file was gone, and whose file is there, is live again."""
        away = known.status is Status.RETIRED and known.reason == GONE and not self._options.dry
        return self._corpus.restore(known.id, self._who) if away else known

    def _keep(self, wanted: Wanted, known: Document, beside: "dict[str, object] | object" = ()) -> None:
        fields = dict(beside) if isinstance(beside, dict) else {}
        status = fields.pop("status", None) or wanted.status
        changed = {n: v for n, v in fields.items() if v != getattr(known, n)} | wanted.changes(known)
        if changed and not self._options.dry:
            self._corpus.change(known.id, self._who, **changed)
        confirmed = status is Status.VALIDATED and known.status is Status.DRAFT
        if confirmed and not self._options.dry:
            self._corpus.validate(known.id, self._who)
        self.report.changed += bool(changed or confirmed)
        self.report.unchanged += not (changed or confirmed)

    def _read(self, task: _Task, look: Look, held: Understood, known: Document | None) -> bool:
        opens = bool(held.inner)
        # its hash is kept only when all that is in it has been read
        state = replace(look.state, content_hash="", signature="") if opens else look.state
        if held.passages:
            self._store(task, look, held, known, state)
        elif known is not None and not opens:
            raise Invalid("It holds nothing that can be an answer.")
        if opens:
            self._open_up(task, look.state, held.inner)
            return False
        return True

    def _store(self, task: _Task, look: Look, held: Understood, known: Document | None, state: FileState) -> None:
        before = self._files.get(task.item.source)
        begun = before is not None and not before.content_hash  # a mail: it was read, but not all that is in it
        if known is not None and begun and known.content_hash == look.state.content_hash:
            self._corpus.note_files([state])
            self._keep(task.source.wanted, self._back(known), look.beside)
            return
        fields = stated(held.stated) | dict(look.beside)
        draft = _draft(task.item, look.state.content_hash, held, task.source.wanted, fields)
        if known is None:
            document = self._corpus.add(draft, self._who, state)
            self.report.new += 1
        else:
            self._back(known)  # only now that the new text is read: the old one is no longer there
            self._corpus.replace(known.id, draft, self._who, state)
            asked = {name: look.beside[name] for name in ("collection", "audience") if name in look.beside}
            asked |= task.source.wanted.changes(known)
            document = self._corpus.change(known.id, self._who, **asked)
            self.report.changed += 1
        self._known[document.source] = document
        self._touched.append(document.id)
        self.report.passages += len(draft.passages)

    # -- files in files

    def _open_up(self, task: _Task, state: FileState, inner: Sequence[Inner]) -> None:
        """The files in an archive or a mail are read as others are; those that it no longer has are gone."""
        container, outer = state.source, outermost(state.source)
        tasks: list[_Task] = []
        for name, each in _named(inner).items():
            suffix = PurePosixPath(name).suffix
            self._unpacked[outer] += len(each.data)
            source = f"{container}{INSIDE}{name}"
            if suffix.lower() not in READERS:
                self.report.ignored[suffix.lower()] += 1
            elif self._unpacked[outer] > _MOST_INNER:
                self._failed(task, FileState(source=source, content_hash="", signature="", reader="", reason=_TOO_MUCH))
            else:
                tasks.append(_Task(Item(source, suffix, partial(bytes, each.data)), task.source, container))
        there = {each.item.source for each in tasks}
        for source in self._inside.get(container, ()):
            if not any(source == each or source.startswith(each + INSIDE) for each in there):
                self._leave(source, forget=task.source.forgets)
        self._open[container] = _Container(state, len(tasks), task.container)
        for coming in reversed(tasks):
            self._pool.add(coming, first=True)
        if not tasks:
            self._finished(container, counted=False)

    def _finished(self, container: str | None, *, counted: bool = True) -> None:
        """One file in a container is done; with the last one the container is, and so on outwards."""
        while container is not None:
            held = self._open[container]
            held.left -= counted
            if held.left > 0:
                return
            self._noted.add(held.state, None)
            del self._open[container]
            container, counted = held.above, True

    # -- documents that are alike

    def _link(self) -> None:
        """Notes which documents are nearly the same as those that were read."""
        if not self._touched:
            return
        sketches = self._corpus.sketches()
        mine = set(self._touched)
        links: dict[tuple[int, int], Link] = {}
        for document in self._touched:
            if (own := sketches.get(document)) is None:
                continue
            for other, share in alike(own, {i: s for i, s in sketches.items() if i != document}):
                one, two = sorted((document, other))
                links[one, two] = Link(one=one, other=two, kind="same", likeness=round(share, 3))
        self._corpus.note_links(self._touched, list(links.values()))
        self.report.read = self._touched
        self.report.alike = len(mine & {each for pair in links for each in pair})


_TOO_MUCH = f"What is unpacked from the file around it is more than {_MOST_INNER / 1e6:,.0f} MB: it is not read."


def _items(listing: Listing) -> Iterator[Item]:
    """What is there, be it sent again or not."""
    for item in listing.items:
        yield replace(item, validators=listing.validators.get(item.source, Known()))
    for source in listing.unchanged:
        yield Item(source, "", bytes, validators=listing.validators.get(source, Known()), unchanged=True)


def _named(inner: Sequence[Inner]) -> dict[str, Inner]:
    """The files by their names; of several with one name, the later ones are numbered."""
    found: dict[str, Inner] = {}
    for each in inner:
        name, number = spelt(each.name), 1
        path = PurePosixPath(name)
        while name in found:
            number += 1
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        found[name] = each
    return found


def _draft(item: Item, content_hash: str, held: Understood, wanted: Wanted, fields: dict[str, object]) -> Draft:
    """What is known of a document: what stands beside it wins, then what it states, then what was asked for."""
    details = held.details
    draft = Draft(
        source=item.source,
        kind=item.suffix.lower().lstrip("."),
        content_hash=content_hash,
        text=held.text,
        passages=held.passages,
        title=details.title,
        language=held.language,
        country=details.country,
        organisation=details.organisation,
        project=details.project,
        funding=held.funding,
        date=details.date,
        found={name: place for name, place in held.found.items() if name not in fields},
        sketch=held.sketch,
    )
    asked = {"collection": wanted.collection, "audience": wanted.audience, "status": wanted.status}
    given = {name: value for name, value in asked.items() if value is not None}
    return replace(draft, **(given | fields))  # type: ignore[arg-type]
