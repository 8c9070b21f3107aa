"""`Corpus`: documents, passages, who may see them, and what happened to them. The only SQL in the house.

Every change is one transaction that also writes its line in the journal, so the highest journal id is the
corpus's version: two corpora with the same version hold the same live passages.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, RowMapping

from corpus.database import WRITE, connect
from corpus.errors import Invalid, NotFound
from corpus.records import GONE, Change, Document, Draft, Narrowing, Passage, Span, Status, text_hash
from corpus.schema import audiences, documents, events, forgotten, journal, passages

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
_COLUMNS = [column for column in documents.c if column.name not in ("text", "curated")]
_CHUNK = 500  # ids a statement: SQLite takes 32,766 variables, PostgreSQL's driver 32,767


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
        query = _select_documents().order_by(documents.c.id)
        if not retired:
            query = query.where(documents.c.status != Status.RETIRED)
        if audience is not None:
            query = query.where(_seen_by(audience))
        with self._reading() as connection:
            return _documents(connection, query)

    def document(self, document_id: int) -> Document:
        """Raises NotFound."""
        with self._reading() as connection:
            return _document(connection, document_id)

    def text(self, document_id: int) -> str:
        """The document's whole text. Raises NotFound."""
        with self._reading() as connection:
            return _text(connection, document_id)

    def spans(self, document_id: int) -> list[Passage]:
        """The document's passages, in order."""
        with self._reading() as connection:
            rows = connection.execute(_select_passages().where(passages.c.document_id == document_id))
            found = {row.id: row._mapping for row in rows}
            return [p for p, _ in _with_words(connection, found).values()]

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
        live = _select_passages().where(documents.c.status != Status.RETIRED)
        with self._reading() as connection:
            for chunk in _chunks(wanted):
                found.update({r.id: r._mapping for r in connection.execute(live.where(passages.c.id.in_(chunk)))})
            return _with_words(connection, {i: found[i] for i in wanted if i in found})

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
            old = _document(connection, document_id)
            curated = set(connection.scalar(sa.select(documents.c.curated).where(documents.c.id == document_id)) or ())
            fields = {name: getattr(draft, name) for name in _READ_FROM_FILE if name not in curated}
            fields |= {"kind": draft.kind, "content_hash": draft.content_hash}
            if old.status is not Status.RETIRED:
                fields["status"] = draft.status
            _set(connection, old, "replaced", who, fields, text=draft.text)
            connection.execute(passages.delete().where(passages.c.document_id == document_id))
            _insert_passages(connection, document_id, draft.text, draft.passages)
            return _document(connection, document_id)

    def change(self, document_id: int, who: str, **fields: object) -> Document:
        """The document with `fields` set as a curator would: re-reading the file does not undo them.

        Raises Invalid for a field that cannot be set so.
        """
        if unknown := sorted(set(fields) - _SETTABLE):
            raise Invalid(f"{', '.join(unknown)} cannot be set. What can: {', '.join(sorted(_SETTABLE))}.")
        with self._writing() as connection:
            _set(connection, _document(connection, document_id), "changed", who, fields, curated=set(fields))
            return _document(connection, document_id)

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
            old = _document(connection, document_id)
            query = sa.select(passages.c.text_hash).where(passages.c.document_id == document_id)
            hashes = sorted(set(connection.scalars(query)))
            _remember_to_forget(connection, document_id, hashes)
            connection.execute(documents.delete().where(documents.c.id == document_id))
            connection.execute(journal.delete().where(journal.c.document_id == document_id))
            after: dict[str, object] = {"content_hash": old.content_hash, "passages": hashes}
            _write_journal(connection, document_id, who, "forgotten", {}, after)
        self._wipe()
        return {"id": document_id, "forgotten_at": _now().isoformat(timespec="seconds"), "by": who, **after}

    # -- things that must happen once

    def claim(self, key: str, payload: Mapping[str, object]) -> bool:
        """True for the first to claim `key`, in any process; the payload waits for `settle`."""
        insert = _insert(self._engine, events).values(key=key, received_at=_now(), payload=dict(payload))
        with self._writing() as connection:
            return connection.execute(insert.on_conflict_do_nothing()).rowcount == 1

    def settle(self, key: str) -> None:
        """What was claimed is done: its payload is dropped, its key kept."""
        with self._writing() as connection:
            connection.execute(events.update().where(events.c.key == key).values(payload=sa.null()))

    def unsettled(self, *, younger_than: dt.timedelta) -> dict[str, dict[str, object]]:
        """Key to payload of what was claimed and never settled; what is older than a day is dropped."""
        with self._writing() as connection:
            connection.execute(events.delete().where(events.c.received_at < _now() - dt.timedelta(days=1)))
            recent = events.c.received_at >= _now() - younger_than
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
        query = query.where(_seen_by(narrowing.audience))
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
        values |= {"tags": list(draft.tags), "curated": [], "added_at": _now(), "added_by": who}
        try:
            key = connection.execute(documents.insert().values(**values)).inserted_primary_key
        except sa.exc.IntegrityError as fault:
            raise Invalid(f"{draft.source} is in the corpus already.") from fault
        document_id = int(key[0]) if key else 0
        _set_audience(connection, document_id, draft.audience)
        _insert_passages(connection, document_id, draft.text, draft.passages)
        after = {"source": draft.source, "status": draft.status, "content_hash": draft.content_hash}
        _write_journal(connection, document_id, who, "added", {}, after)
        return _document(connection, document_id)

    def _move(self, document_id: int, to: Status, what: str, who: str, reason: str | None) -> Document:
        with self._writing() as connection:
            old = _document(connection, document_id)
            if what == "restored" and old.status is not Status.RETIRED:
                old.status.to(old.status)
            _set(connection, old, what, who, {"status": old.status.to(to), "reason": reason})
            return _document(connection, document_id)

    def _wipe(self) -> None:
        if self._engine.dialect.name == "sqlite":
            # secure_delete has overwritten the pages; the write-ahead log still holds the old ones. A checkpoint
            # cannot run inside a transaction, and every connection of the engine begins one.
            with closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def gone(document: Document) -> bool:
    """Whether it was retired because its source went away, and not by a curator."""
    return document.status is Status.RETIRED and document.reason == GONE


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _insert(engine: Engine, table: sa.Table) -> Any:
    return (postgresql if engine.dialect.name == "postgresql" else sqlite).insert(table)


def _seen_by(audience: frozenset[str]) -> sa.ColumnElement[bool]:
    seen = sa.select(audiences.c.document_id).where(audiences.c.audience.in_(sorted(audience)))
    return documents.c.id.in_(seen)


def _select_documents() -> sa.Select[Any]:
    count = sa.select(sa.func.count()).where(passages.c.document_id == documents.c.id).scalar_subquery()
    return sa.select(*_COLUMNS, count.label("passages"))


def _select_passages() -> sa.Select[Any]:
    return sa.select(passages).join(documents).order_by(passages.c.id)


def _documents(connection: Connection, query: sa.Select[Any]) -> list[Document]:
    rows = connection.execute(query).all()
    seen: dict[int, list[str]] = {row.id: [] for row in rows}
    for chunk in _chunks(list(seen)):
        chosen = sa.select(audiences).where(audiences.c.document_id.in_(chunk)).order_by(audiences.c.audience)
        for row in connection.execute(chosen):
            seen[row.document_id].append(row.audience)
    return [_as_document(row._mapping, seen[row.id]) for row in rows]


def _as_document(row: RowMapping, audience: list[str]) -> Document:
    values = dict(row) | {"status": Status(row["status"]), "tags": tuple(row["tags"]), "audience": tuple(audience)}
    return Document(**values)


def _document(connection: Connection, document_id: int) -> Document:
    found = _documents(connection, _select_documents().where(documents.c.id == document_id))
    if not found:
        raise NotFound(f"There is no document {document_id}.")
    return found[0]


def _text(connection: Connection, document_id: int) -> str:
    text = connection.scalar(sa.select(documents.c.text).where(documents.c.id == document_id))
    if text is None:
        raise NotFound(f"There is no document {document_id}.")
    return str(text)


def _with_words(connection: Connection, rows: Mapping[int, RowMapping]) -> dict[int, tuple[Passage, Document]]:
    holders = sorted({row["document_id"] for row in rows.values()})
    known = {i: (_document(connection, i), _text(connection, i)) for i in holders}
    found = {}
    for key, row in rows.items():
        document, text = known[row["document_id"]]
        values = {name: value for name, value in row.items() if name != "text_hash"}
        found[key] = (Passage(**values, text=text[row["start"] : row["end"]]), document)
    return found


def _insert_passages(connection: Connection, document_id: int, text: str, spans: Sequence[Span]) -> None:
    if any(not 0 <= span.start < span.end <= len(text) for span in spans):
        raise Invalid(f"A passage of document {document_id} lies outside its text of {len(text)} characters.")
    rows = [
        dataclasses.asdict(span) | {"document_id": document_id, "text_hash": text_hash(text[span.start : span.end])}
        for span in spans
    ]
    if rows:
        connection.execute(passages.insert(), rows)


def _set_audience(connection: Connection, document_id: int, audience: Sequence[str]) -> None:
    if not audience:
        raise Invalid("A document has at least one audience.")
    connection.execute(audiences.delete().where(audiences.c.document_id == document_id))
    rows = [{"document_id": document_id, "audience": name} for name in sorted(set(audience))]
    connection.execute(audiences.insert(), rows)


def _set(
    connection: Connection,
    old: Document,
    what: str,
    who: str,
    fields: Mapping[str, object],
    *,
    curated: Iterable[str] = (),
    text: str | None = None,
) -> None:
    """Writes the fields that differ, and the journal's line about them."""
    changed = {name: value for name, value in fields.items() if getattr(old, name) != value}
    if not changed and text is None:
        return
    columns: dict[str, Any] = {name: value for name, value in changed.items() if name != "audience"}
    if "tags" in columns:
        columns["tags"] = list(columns["tags"])
    if text is not None:
        columns["text"] = text
    if curated:
        known = connection.scalar(sa.select(documents.c.curated).where(documents.c.id == old.id)) or []
        columns["curated"] = sorted({*known, *curated})
    if columns:
        connection.execute(documents.update().where(documents.c.id == old.id).values(**columns))
    if "audience" in changed:
        _set_audience(connection, old.id, changed["audience"])  # type: ignore[arg-type]
    _write_journal(connection, old.id, who, what, {name: getattr(old, name) for name in changed}, changed)


def _write_journal(
    connection: Connection,
    document_id: int,
    who: str,
    what: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    row = {"document_id": document_id, "at": _now(), "who": who, "what": what}
    connection.execute(journal.insert().values(**row, before=_plain(before), after=_plain(after)))


def _plain(fields: Mapping[str, object]) -> dict[str, object]:
    """Values that JSON knows: dates as ISO 8601, tuples as lists."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }


def _remember_to_forget(connection: Connection, document_id: int, hashes: Sequence[str]) -> None:
    known = set(connection.scalars(sa.select(forgotten.c.text_hash)))
    rows = [{"text_hash": key, "document_id": document_id} for key in hashes if key not in known]
    if rows:
        connection.execute(forgotten.insert(), rows)
