"""One run: reads what is new or changed into the corpus, retires what is gone, and tells what was done.

One bad file never stops the rest. Each document is a transaction of its own, with the state of its file, so a run
that was killed at any instant has lost nothing, and the next one goes on where it stopped.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus import GONE, AtzinaError, Corpus, Document, FileState, Invalid, Status, Unavailable
from ingest.asked import Options, Source, Wanted
from ingest.containers import Containers, Task
from ingest.crawl import listed
from ingest.drafting import draft
from ingest.likeness import likenesses
from ingest.looking import Found, Look, Looker, reader_version
from ingest.pool import Pool
from ingest.pruning import INSIDE, by_container, gone, outermost
from ingest.reading import Inner
from ingest.report import Failure, Report
from ingest.sources import Item, Known, Listing, list_place, readable, spelt
from ingest.understanding import Understood
from ingest.web import is_address

Progress = Callable[[int, int, str], None]

_NOTED_AT_ONCE = 200  # states of files in one transaction
_USUAL = Options()


def ingest(
    corpus: Corpus,
    sources: Sequence[Source],
    *,
    who: str,
    options: Options = _USUAL,
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
        self._containers = Containers()
        self._touched: list[int] = []
        self._noted = _Noted(corpus, options.dry)
        version = reader_version()
        looker = Looker(self._known, self._files, self._away, version, again=options.again, dry=options.dry)
        self._pool: Pool[Task, Look] = Pool(lambda reader, task: looker.look(reader, task.item))

    def go(self, sources: Sequence[Source], progress: Progress) -> None:
        """Everything, in order: what is there, what is gone, what is new or changed, what is alike."""
        tasks: dict[str, Task] = {}
        listings: list[tuple[Source, Listing]] = []
        for source in sources:
            listing = self._listed(source)
            listings.append((source, listing))
            tasks |= {item.source: Task(item, source) for item in _items(listing)}
        for source, listing in listings:
            self._prune(source, listing, set(tasks))
        with self._pool as pool:
            for task in tasks.values():
                pool.add(task)
            for done, (task, look) in enumerate(pool.results(), 1):
                self._take(task, look)
                progress(done, done + pool.left, task.item.source)
        self._noted.write()
        if self._touched:
            links = likenesses(self._touched, self._corpus.sketches())
            self._corpus.note_links(self._touched, links)
            self.report.read = self._touched
            self.report.alike = len({*self._touched} & {each for link in links for each in (link.one, link.other)})

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

    def _take(self, task: Task, look: Look) -> None:
        """Writes what was found of a file; a fault is noted, and what was known stays."""
        try:
            finished = self._write(task, look)
        except Unavailable:  # the database, and no fault of the file: the run ends, and the next one goes on
            raise
        except AtzinaError as fault:
            self._failed(replace(look.state, reason=str(fault)))
            finished = True
        if finished:
            for state in self._containers.finished(task.container):
                self._noted.add(state, None)

    def _write(self, task: Task, look: Look) -> bool:
        """Whether the file is done with; False where it has files inside that are still to be read."""
        item, known = task.item, self._known.get(task.item.source)
        if look.found is Found.FAILED:
            self._failed(look.state)
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

    def _failed(self, state: FileState) -> None:
        reason = spelt(state.reason or "")
        self.report.failed.append(Failure(state.source, reason))
        self._noted.add(replace(state, reason=reason), self._files.get(state.source))

    def _same(self, task: Task, look: Look) -> None:
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

    def _moved(self, task: Task, look: Look) -> bool:
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

    def _read(self, task: Task, look: Look, held: Understood, known: Document | None) -> bool:
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

    def _store(self, task: Task, look: Look, held: Understood, known: Document | None, state: FileState) -> None:
        before = self._files.get(task.item.source)
        begun = before is not None and not before.content_hash  # a mail: it was read, but not all that is in it
        if known is not None and begun and known.content_hash == look.state.content_hash:
            self._corpus.note_files([state])
            self._keep(task.source.wanted, self._back(known), look.beside)
            return
        read = draft(task.item, look.state.content_hash, held, task.source.wanted, look.beside)
        if known is None:
            document = self._corpus.add(read, self._who, state)
            self.report.new += 1
        else:
            self._back(known)  # only now that the new text is read: the old one is no longer there
            self._corpus.replace(known.id, read, self._who, state)
            asked = {name: look.beside[name] for name in ("collection", "audience") if name in look.beside}
            asked |= task.source.wanted.changes(known)
            document = self._corpus.change(known.id, self._who, **asked)
            self.report.changed += 1
        self._known[document.source] = document
        self._touched.append(document.id)
        self.report.passages += len(read.passages)

    def _open_up(self, task: Task, state: FileState, inner: Sequence[Inner]) -> None:
        """The files in an archive or a mail are read as others are; those that it no longer has are gone."""
        found = self._containers.open(task, state, inner)
        self.report.ignored += found.ignored
        for refused in found.refused:
            self._failed(refused)
        there = {each.item.source for each in found.tasks}
        for source in self._inside.get(state.source, ()):
            if not any(source == each or source.startswith(each + INSIDE) for each in there):
                self._leave(source, forget=task.source.forgets)
        for coming in reversed(found.tasks):
            self._pool.add(coming, first=True)
        for emptied in self._containers.emptied(state.source):
            self._noted.add(emptied, None)


def _items(listing: Listing) -> Iterator[Item]:
    """What is there, be it sent again or not."""
    for item in listing.items:
        yield replace(item, validators=listing.validators.get(item.source, Known()))
    for source in listing.unchanged:
        yield Item(source, "", bytes, validators=listing.validators.get(source, Known()), unchanged=True)
