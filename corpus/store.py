"""`Corpus`: documents, passages, who may see them, and what happened to them. The only SQL in the house.

Every change is one transaction that also writes its line in the journal, so the highest journal id is the
corpus's version: two corpora with the same version hold the same live passages.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, RowMapping

from corpus.database import WRITE, connect
from corpus.errors import Invalid
from corpus.records import GONE, Change, Document, Draft, Narrowing, Passage, Status, text_hash
from corpus.schema import documents, events, forgotten, journal, passages
from corpus.statements import (
    chunks,
    insert_passages,
    now,
    read_document,
    read_documents,
    read_text,
    remember_to_forget,
    seen_by,
    select_documents,
    select_passages,
    set_audience,
    set_fields,
    with_words,
    write_journal,
)

_SETTABLE = frozenset(
    [
        "title",
        "language",
        "country",
        "organisation",
        "project",
        "date",
        "collection",
        "audience",
        "review_by",
        "tags",
        "source",
    ]
)
_READ_FROM_FILE = ["title", "language", "country", "organisation", "project", "date", "review_by", "tags"]


class Corpus:
    """The documents of one organisation. Safe to use from several threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._live_ids = lru_cache(maxsize=64)(self._read_live_ids)

    @classmethod
    def open(cls, url: str) -> "Corpus":
        """The corpus at a database URL, its schema brought up to date. Raises Unavailable."""
        return cls(connect(url))

    def close(self) -> None:
        self._engine.dispose()

    # -- reading

    def version(self) -> int:
        """A number that grows with every change."""
        with self._reading() as connection:
            return int(connection.scalar(sa.select(sa.func.max(journal.c.id))) or 0)

    def documents(self, *, retired: bool = False, audience: frozenset[str] | None = None) -> list[Document]:
        """Every document, oldest first; with the retired ones if asked; only those `audience` may see if given."""
        query = select_documents().order_by(documents.c.id)
        if not retired:
            query = query.where(documents.c.status != Status.RETIRED)
        if audience is not None:
            query = query.where(seen_by(audience))
        with self._reading() as connection:
            return read_documents(connection, query)

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
            rows = connection.execute(select_passages().where(passages.c.document_id == document_id))
            found = {row.id: row._mapping for row in rows}
            return [p for p, _ in with_words(connection, found).values()]

    def journal(self, document_id: int) -> list[Change]:
        """What happened to a document, oldest first."""
        query = sa.select(journal).where(journal.c.document_id == document_id).order_by(journal.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [Change(at=r.at, who=r.who, what=r.what, before=r.before, after=r.after) for r in rows]

    def live_ids(self, narrowing: Narrowing) -> frozenset[int]:
        """The ids of the passages that may answer now: not retired, seen by the audience, within the narrowing."""
        return self._live_ids(self.version(), narrowing)

    def live_hashes(self) -> dict[int, str]:
        """Passage id to a hash of what it says and under which title, of every document that is not retired.

        In order of id. A passage whose hash has changed has to be indexed anew.
        """
        query = sa.select(passages.c.id, passages.c.text_hash, documents.c.title).join(documents)
        with self._reading() as connection:
            rows = connection.execute(query.where(documents.c.status != Status.RETIRED).order_by(passages.c.id))
            return {row.id: text_hash(f"{row.title or ''} {row.text_hash}") for row in rows}

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, Document]]:
        """Those of `ids` that are live, each with its document, in the order of `ids`."""
        wanted = list(ids)
        found: dict[int, RowMapping] = {}
        live = select_passages().where(documents.c.status != Status.RETIRED)
        with self._reading() as connection:
            for chunk in chunks(wanted):
                found.update({r.id: r._mapping for r in connection.execute(live.where(passages.c.id.in_(chunk)))})
            return with_words(connection, {i: found[i] for i in wanted if i in found})

    def forgotten_hashes(self) -> frozenset[str]:
        """Hashes of passages that must be found nowhere any more (unless another document holds the same)."""
        with self._reading() as connection:
            return frozenset(connection.scalars(sa.select(forgotten.c.text_hash)))

    # -- changing: each verb is one transaction with its line in the journal

    def add(self, draft: Draft, who: str) -> Document:
        """The new document. Raises Invalid where its source is known already or a span lies outside the text."""
        return self.add_all([draft], who)[0]

    def add_all(self, drafts: Sequence[Draft], who: str) -> list[Document]:
        """All of them, or none."""
        with self._writing() as connection:
            return [self._add(connection, draft, who) for draft in drafts]

    def replace(self, document_id: int, draft: Draft, who: str) -> Document:
        """The document with new text and passages.

        What a curator has set, its collection and its audience stay. A document that was validated is a draft
        again, since nobody has confirmed the new text, unless the draft says otherwise; one that a curator
        retired stays retired.
        """
        with self._writing() as connection:
            old = read_document(connection, document_id)
            curated = set(connection.scalar(sa.select(documents.c.curated).where(documents.c.id == document_id)) or ())
            fields = {name: getattr(draft, name) for name in _READ_FROM_FILE if name not in curated}
            fields |= {"kind": draft.kind, "content_hash": draft.content_hash}
            if old.status is not Status.RETIRED:
                fields["status"] = draft.status
            set_fields(connection, old, "replaced", who, fields, text=draft.text)
            connection.execute(passages.delete().where(passages.c.document_id == document_id))
            insert_passages(connection, document_id, draft.text, draft.passages)
            return read_document(connection, document_id)

    def change(self, document_id: int, who: str, **fields: object) -> Document:
        """The document with `fields` set as a curator would: re-reading the file does not undo them.

        Raises Invalid for a field that cannot be set so.
        """
        if unknown := sorted(set(fields) - _SETTABLE):
            raise Invalid(f"{', '.join(unknown)} cannot be set. What can: {', '.join(sorted(_SETTABLE))}.")
        with self._writing() as connection:
            set_fields(connection, read_document(connection, document_id), "changed", who, fields, curated=set(fields))
            return read_document(connection, document_id)

    def validate(self, document_id: int, who: str) -> Document:
        """A draft, confirmed. Raises NotAllowed."""
        return self._move(document_id, Status.VALIDATED, "validated", who, None)

    def retire(self, document_id: int, reason: str, who: str) -> Document:
        """In no answer from now on; its text is kept, with the reason. Raises NotAllowed."""
        if not reason.strip():
            raise Invalid("A document is retired with a reason.")
        return self._move(document_id, Status.RETIRED, "retired", who, reason.strip())

    def restore(self, document_id: int, who: str) -> Document:
        """A retired document, with the status it had before. Raises NotAllowed where it is not retired."""
        before = next(
            (c.before.get("status") for c in reversed(self.journal(document_id)) if c.what == "retired"), Status.DRAFT
        )
        return self._move(document_id, Status(str(before)), "restored", who, None)

    def forget(self, document_id: int, who: str) -> dict[str, object]:
        """A receipt: the document, its text, passages and journal are gone; only hashes remain."""
        with self._writing() as connection:
            old = read_document(connection, document_id)
            query = sa.select(passages.c.text_hash).where(passages.c.document_id == document_id)
            hashes = sorted(set(connection.scalars(query)))
            remember_to_forget(connection, document_id, hashes)
            connection.execute(documents.delete().where(documents.c.id == document_id))
            connection.execute(journal.delete().where(journal.c.document_id == document_id))
            after: dict[str, object] = {"content_hash": old.content_hash, "passages": hashes}
            write_journal(connection, document_id, who, "forgotten", {}, after)
        self._wipe()
        return {"id": document_id, "forgotten_at": now().isoformat(timespec="seconds"), "by": who, **after}

    # -- things that must happen once

    def claim(self, key: str, payload: Mapping[str, object]) -> bool:
        """True for the first to claim `key`, in any process; the payload waits for `settle`."""
        insert = _insert(self._engine, events).values(key=key, received_at=now(), payload=dict(payload))
        with self._writing() as connection:
            return connection.execute(insert.on_conflict_do_nothing()).rowcount == 1

    def settle(self, key: str) -> None:
        """What was claimed is done: its payload is dropped, its key kept."""
        with self._writing() as connection:
            connection.execute(events.update().where(events.c.key == key).values(payload=sa.null()))

    def unsettled(self, *, younger_than: dt.timedelta) -> dict[str, dict[str, object]]:
        """Key to payload of what was claimed and never settled; what is older than a day is dropped."""
        with self._writing() as connection:
            connection.execute(events.delete().where(events.c.received_at < now() - dt.timedelta(days=1)))
            recent = events.c.received_at >= now() - younger_than
            rows = connection.execute(sa.select(events).where(recent, events.c.payload.is_not(None)))
            return {row.key: row.payload for row in rows}

    # -- inside

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            yield connection

    def _read_live_ids(self, _version: int, narrowing: Narrowing) -> frozenset[int]:
        spoken = sa.func.coalesce(passages.c.language, documents.c.language)
        query = sa.select(passages.c.id).join(documents).where(documents.c.status != Status.RETIRED)
        query = query.where(seen_by(narrowing.audience))
        if narrowing.language:
            query = query.where(spoken == narrowing.language)
        if narrowing.country:
            query = query.where(documents.c.country == narrowing.country)
        if narrowing.collection:
            query = query.where(documents.c.collection == narrowing.collection)
        if narrowing.since:
            query = query.where(documents.c.date >= narrowing.since)
        with self._reading() as connection:
            return frozenset(connection.scalars(query))

    def _add(self, connection: Connection, draft: Draft, who: str) -> Document:
        values = {name: getattr(draft, name) for name in _READ_FROM_FILE}
        values |= {n: getattr(draft, n) for n in ("source", "kind", "content_hash", "collection", "status", "text")}
        values |= {"tags": list(draft.tags), "curated": [], "added_at": now(), "added_by": who}
        try:
            key = connection.execute(documents.insert().values(**values)).inserted_primary_key
        except sa.exc.IntegrityError as fault:
            raise Invalid(f"{draft.source} is in the corpus already.") from fault
        document_id = int(key[0]) if key else 0
        set_audience(connection, document_id, draft.audience)
        insert_passages(connection, document_id, draft.text, draft.passages)
        after = {"source": draft.source, "status": draft.status, "content_hash": draft.content_hash}
        write_journal(connection, document_id, who, "added", {}, after)
        return read_document(connection, document_id)

    def _move(self, document_id: int, to: Status, what: str, who: str, reason: str | None) -> Document:
        with self._writing() as connection:
            old = read_document(connection, document_id)
            if what == "restored" and old.status is not Status.RETIRED:
                old.status.to(old.status)
            set_fields(connection, old, what, who, {"status": old.status.to(to), "reason": reason})
            return read_document(connection, document_id)

    def _wipe(self) -> None:
        if self._engine.dialect.name == "sqlite":
            # secure_delete has overwritten the pages; the write-ahead log still holds the old ones. A checkpoint
            # cannot run inside a transaction, and every connection of the engine begins one.
            with closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def gone(document: Document) -> bool:
    """Whether it was retired because its source went away, and not by a curator."""
    return document.status is Status.RETIRED and document.reason == GONE


def _insert(engine: Engine, table: sa.Table) -> Any:
    return (postgresql if engine.dialect.name == "postgresql" else sqlite).insert(table)
