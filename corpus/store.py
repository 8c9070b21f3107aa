"""`Corpus`: documents, passages, who may see them, and what happened to them. The only SQL in the house.

Every change is one transaction that also writes its line in the journal, so the highest journal id is the
corpus's version: two corpora with the same version hold the same live passages.
"""

import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from corpus import runs as running
from corpus.channels import Channels
from corpus.database import WRITE, connect, state, told_plainly
from corpus.errors import Invalid, NotFound, Unavailable
from corpus.events import Events
from corpus.intakes import Intakes
from corpus.locking import alone
from corpus.questions import Questions
from corpus.records import GONE, Change, Document, Draft, FileState, Link, Narrowing, Passage, Run, Status
from corpus.reviews import Reviews
from corpus.schema import documents, journal, passages
from corpus.showings import Showings
from corpus.statements import (
    READ_FROM_FILE,
    Known,
    as_found,
    check_unchanged,
    chunks,
    extent,
    insert_document,
    insert_passages,
    is_id,
    may_answer,
    now,
    read_document,
    read_documents,
    read_journal,
    read_news,
    read_states,
    read_text,
    seen_by,
    select_documents,
    select_live,
    select_passages,
    select_states,
    set_fields,
    status_before,
    with_documents,
    write_journal,
)
from corpus.wiping import wipe

_SETTABLE = frozenset([*READ_FROM_FILE, "collection", "audience", "source"])
_LOST = "The connection that kept other runs away was lost. What was done before is kept; begin the run again."


class Corpus:
    """The documents of one organisation. Safe to use from several threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: Known = {}
        self._held = threading.local()  # of the thread whose run is alone: the connection that holds its lock

    @classmethod
    def open(cls, url: str) -> "Corpus":
        """The corpus at a database URL, its schema brought up to date. Raises Unavailable."""
        return cls(connect(url))

    def close(self) -> None:
        self._engine.dispose()

    @property
    def questions(self) -> Questions:
        """What people asked, and what became of it."""
        return Questions(self._reading, self._writing)

    @property
    def channels(self) -> Channels:
        """What holds in which channel of Slack."""
        return Channels(self._reading, self._writing)

    @property
    def intakes(self) -> Intakes:
        """What somebody has sent to be added."""
        return Intakes(self._reading, self._writing)

    @property
    def showings(self) -> Showings:
        """How often documents are shown."""
        return Showings(self._reading, self._writing)

    @property
    def reviews(self) -> Reviews:
        """What waits for a curator."""
        return Reviews(self._reading, self._writing)

    @property
    def events(self) -> Events:
        """What must happen once."""
        return Events(self._writing)

    def state(self) -> tuple[str, bool]:
        """What kind of database it is, its version and place; and whether it can be written."""
        return state(self._engine)

    # -- reading

    def version(self) -> int:
        """A number that grows with every change."""
        with self._reading() as connection:
            return int(connection.scalar(sa.select(sa.func.max(journal.c.id))) or 0)

    def documents(
        self,
        *,
        retired: bool = False,
        audience: frozenset[str] | None = None,
        content_hash: str | None = None,
        place: str | None = None,
    ) -> list[Document]:
        """Every document, oldest first; with the retired ones if asked.

        If given, only those `audience` may see, that were read from the bytes of this hash, or from a file or what is
        inside it.
        """
        query = select_documents().order_by(documents.c.id)
        if content_hash is not None:
            query = query.where(documents.c.content_hash == content_hash)
        if place is not None:
            query = query.where(documents.c.source.startswith(place, autoescape=True))
        if not retired:
            query = query.where(documents.c.status != Status.RETIRED)
        if audience is not None:
            query = query.where(seen_by(audience))
        with self._reading() as connection:
            return read_documents(connection, query)

    def collections(self) -> list[str]:
        """The names of the collections in which there is a document that is not retired."""
        held = sa.select(documents.c.collection).where(documents.c.status != Status.RETIRED).distinct()
        with self._reading() as connection:
            return sorted(connection.scalars(held))

    def document(self, document_id: int) -> Document:
        """Raises NotFound."""
        with self._reading() as connection:
            return read_document(connection, document_id)

    def text(self, document_id: int) -> str:
        """The document's whole text. Raises NotFound."""
        with self._reading() as connection:
            return read_text(connection, document_id)

    def spans(self, document_id: int) -> list[Passage]:
        """The document's passages, in order."""
        with self._reading() as connection:
            rows = connection.execute(select_passages().where(is_id(passages.c.document_id, document_id)))
            return [passage for passage, _ in with_documents(connection, rows, self._known)]

    def journal(self, document_id: int) -> list[Change]:
        """What happened to a document, oldest first."""
        with self._reading() as connection:
            return read_journal(connection, document_id)

    def live_ids(self, narrowing: Narrowing) -> frozenset[int]:
        """The ids of the passages that may answer now: not retired, seen by the audience, within the narrowing."""
        query = sa.select(passages.c.id).join(documents).where(*may_answer(narrowing))
        with self._reading() as connection:
            return frozenset(connection.scalars(query))

    def extent(self, narrowing: Narrowing) -> dict[str | None, int]:
        """How many documents may answer, by their language; most first."""
        with self._reading() as connection:
            return extent(connection, narrowing)

    def news(self, since: dt.datetime, audience: frozenset[str]) -> list[tuple[Document, dt.datetime, str]]:
        """What was added or validated since then (UTC) and is live, with when and which of it last; newest first."""
        with self._reading() as connection:
            return read_news(connection, since, audience)

    def changed_since(self, version: int) -> list[int]:
        """The ids of the documents that something has happened to since the corpus had that version."""
        query = sa.select(journal.c.document_id).where(journal.c.id > version).distinct()
        with self._reading() as connection:
            return sorted(connection.scalars(query))

    def live_hashes(self, document_ids: Iterable[int] | None = None) -> dict[int, str]:
        """Passage id to a hash of all that an index needs of it, of every document that is not retired.

        Of these documents alone, if given; in order of id. A passage whose hash has changed has to be indexed anew.
        """
        live = select_states().where(documents.c.status != Status.RETIRED)
        with self._reading() as connection:
            if document_ids is None:
                return read_states(connection, live)
            found: dict[int, str] = {}
            for chunk in chunks(list(document_ids)):
                found |= read_states(connection, live.where(documents.c.id.in_(chunk)))
            return dict(sorted(found.items()))

    def passages(self, ids: Iterable[int], narrowing: Narrowing | None = None) -> dict[int, tuple[Passage, Document]]:
        """Those of `ids` that are live, each with its document, in the order of `ids`.

        With a narrowing, those of them that it lets through.
        """
        wanted, live = list(ids), select_live(narrowing)
        found: dict[int, tuple[Passage, Document]] = {}
        with self._reading() as connection:
            for chunk in chunks(wanted):
                rows = with_documents(connection, connection.execute(live, {"ids": chunk}), self._known)
                found |= {passage.id: (passage, document) for passage, document in rows}
        return {i: found[i] for i in wanted if i in found}

    def retired_passages(self) -> list[tuple[Passage, Document]]:
        """The passages that answer nothing and may come back, each with its document."""
        retired = select_passages().where(documents.c.status == Status.RETIRED)
        with self._reading() as connection:
            return with_documents(connection, connection.execute(retired), self._known)

    def forgettings(self) -> int:
        """How often a document was forgotten."""
        query = sa.select(sa.func.count()).select_from(journal).where(journal.c.what == "forgotten")
        with self._reading() as connection:
            return int(connection.scalar(query) or 0)

    # -- changing: each verb is one transaction with its line in the journal

    def add(self, draft: Draft, who: str, file: FileState | None = None) -> Document:
        """The new document. Raises Invalid where its source is known already or a span lies outside the text."""
        with self._writing() as connection:
            if file is not None:
                running.write_file(connection, file)
            return insert_document(connection, draft, who)

    def add_all(self, drafts: Sequence[Draft], who: str) -> list[Document]:
        """All of them, or none."""
        with self._writing() as connection:
            return [insert_document(connection, draft, who) for draft in drafts]

    def replace(self, document_id: int, draft: Draft, who: str, file: FileState | None = None) -> Document:
        """The document with new text and passages.

        What a curator has set, its collection and its audience stay. A document that was validated is a draft
        again, since nobody has confirmed the new text, unless the draft says otherwise; one that a curator
        retired stays retired.
        """
        with self._writing() as connection:
            old = read_document(connection, document_id)
            curated = set(connection.scalar(sa.select(documents.c.curated).where(documents.c.id == document_id)) or ())
            fields = {name: getattr(draft, name) for name in READ_FROM_FILE if name not in curated}
            fields |= {"kind": draft.kind, "content_hash": draft.content_hash}
            if file is not None:
                running.write_file(connection, file)
            if old.status is not Status.RETIRED:
                fields["status"] = draft.status
            set_fields(connection, old, "replaced", who, fields, text=draft.text)
            beside = {"found": as_found(draft), "sketch": draft.sketch}
            connection.execute(documents.update().where(documents.c.id == document_id).values(**beside))
            connection.execute(passages.delete().where(passages.c.document_id == document_id))
            insert_passages(connection, document_id, draft.text, draft.passages)
            return read_document(connection, document_id)

    def change(self, document_id: int, who: str, version: int | None = None, /, **fields: object) -> Document:
        """The document with `fields` set as a curator would: re-reading the file does not undo them.

        `version`: as which they saw it. Raises Invalid for a field that cannot be set, or not so; Conflict.
        """
        if unknown := sorted(set(fields) - _SETTABLE):
            raise Invalid(f"{', '.join(unknown)} cannot be set. What can: {', '.join(sorted(_SETTABLE))}.")
        if empty := [name for name in ("source", "collection") if not fields.get(name, name)]:
            raise Invalid(f"A document has a {empty[0]}: it cannot be set to nothing.")
        curated = [name for name in fields if name in READ_FROM_FILE]
        try:
            with self._writing() as connection:
                old = read_document(connection, document_id)
                check_unchanged(connection, document_id, version)
                set_fields(connection, old, "changed", who, fields, curated=curated)
                return read_document(connection, document_id)
        except sa.exc.IntegrityError as fault:
            raise Invalid(f"{fields.get('source')} is in the corpus already.") from fault

    def validate(self, document_id: int, who: str, version: int | None = None, /, **fields: object) -> Document:
        """A draft, confirmed, with `fields` set. `version`: as which it was seen. Raises NotAllowed, Conflict."""
        return self._move(document_id, Status.VALIDATED, "validated", who, version=version, **fields)

    def retire(self, document_id: int, reason: str, who: str, version: int | None = None) -> Document:
        """In no answer from now on; its text is kept, with the reason. Raises NotAllowed, Conflict."""
        if not reason.strip():
            raise Invalid("A document is retired with a reason.")
        return self._move(document_id, Status.RETIRED, "retired", who, version=version, reason=reason.strip())

    def restore(self, document_id: int, who: str) -> Document:
        """A retired document, with the status it had before; a draft where its text has changed since.

        Raises NotAllowed where it is not retired.
        """
        return self._move(document_id, None, "restored", who)

    def forget(self, document_id: int, who: str) -> dict[str, object]:
        """A receipt with its name and hashes; the document, its text, passages and journal are gone.

        `left` is in it only where the database's files may still hold remains, and says why.
        """
        with self._writing() as connection:
            old = read_document(connection, document_id)
            query = sa.select(passages.c.text_hash).where(passages.c.document_id == document_id)
            hashes = sorted(set(connection.scalars(query)))
            connection.execute(documents.delete().where(documents.c.id == document_id))
            connection.execute(journal.delete().where(journal.c.document_id == document_id))
            running.forget_files(connection, [old.source])
            after = {"content_hash": old.content_hash, "passages": hashes}
            write_journal(connection, document_id, who, "forgotten", {}, after)
        self._known.pop(document_id, None)
        named = {"id": document_id, "title": old.title, "source": old.source}
        left = wipe(self._engine)
        receipt: dict[str, object] = {
            **named,
            "forgotten_at": now().isoformat(timespec="seconds") + "Z",
            "by": who,
            **after,
        }
        return receipt | ({"left": left} if left else {})

    # -- runs over sources

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While it lasts no other run, in any process, is inside. Raises Unavailable where one is.

        A process that dies lets go of it.
        """
        with alone(self._engine) as connection:
            self._held.connection = connection
            try:
                yield
            finally:
                self._held.connection = None

    def files(self) -> dict[str, FileState]:
        """What runs know of each file that they came by, by its source."""
        with self._reading() as connection:
            return running.read_files(connection)

    def note_files(self, states: Sequence[FileState], gone: Sequence[str] = ()) -> None:
        """Writes what is known of files now, and drops what is known of those that are gone."""
        if states or gone:
            with self._writing() as connection:
                running.forget_files(connection, gone)
                for state in states:
                    running.write_file(connection, state)

    def begin_run(self, who: str, places: Sequence[str], *, alone: bool) -> int:
        """The id of a new run. If it is `alone`, what still says that it is running was stopped."""
        with self._writing() as connection:
            return running.begin_run(connection, who, places, alone=alone)

    def end_run(self, run: int, state: str, report: Mapping[str, object]) -> None:
        """Keeps how a run ended, with its report."""
        with self._writing() as connection:
            running.end_run(connection, run, state, report)

    def runs(self, most: int = 20) -> list[Run]:
        """The latest runs, newest first."""
        with self._reading() as connection:
            return running.read_runs(connection, most)

    def sketches(self) -> dict[int, bytes]:
        """The sketch of each document that is not retired, by its id."""
        with self._reading() as connection:
            return running.read_sketches(connection)

    def links(self, document_id: int | None = None) -> list[Link]:
        """Documents that are alike: those of one document, or all; nearest first."""
        with self._reading() as connection:
            return running.read_links(connection, document_id)

    def note_links(self, document_ids: Sequence[int], found: Sequence[Link]) -> None:
        """Writes what these documents are like now; what a curator has decided stays."""
        with self._writing() as connection:
            running.write_links(connection, document_ids, found)

    def add_links(self, found: Sequence[Link]) -> None:
        """Writes links beside those that are known; of a pair that has one already, that one stays."""
        if found:
            with self._writing() as connection:
                running.write_links(connection, (), found)

    def decide(self, one: int, other: int, *, alike: bool) -> None:
        """Keeps whether two documents that were found to be alike are. Raises NotFound."""
        with self._writing() as connection:
            if not running.decide_link(connection, one, other, "yes" if alike else "no"):
                raise NotFound(f"Documents {one} and {other} were not found to be alike.")

    # -- inside

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told_plainly(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction; of a run that is alone, on the connection that holds its lock."""
        held: Connection | None = getattr(self._held, "connection", None)
        if held is not None and held.invalidated:  # used again, it would be another one, without the lock
            raise Unavailable(_LOST)
        with (
            told_plainly(),
            nullcontext(held) if held else self._engine.connect() as connection,
            connection.execution_options(**{WRITE: True}).begin(),
        ):
            yield connection

    def _move(
        self,
        document_id: int,
        to: Status | None,
        what: str,
        who: str,
        *,
        version: int | None = None,
        **fields: object,
    ) -> Document:
        """Without `to`: the status from before it was retired."""
        with self._writing() as connection:
            old = read_document(connection, document_id)
            check_unchanged(connection, document_id, version)
            old.check_move(what)
            curated = [name for name in fields if name in READ_FROM_FILE]
            status = to or status_before(read_journal(connection, document_id))
            set_fields(connection, old, what, who, {"reason": None, **fields, "status": status}, curated=curated)
            return read_document(connection, document_id)


def gone(document: Document) -> bool:
    """Whether it was retired because its source went away, and not by a curator."""
    return document.status is Status.RETIRED and document.reason == GONE
