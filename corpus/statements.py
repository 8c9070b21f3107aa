"""What `Corpus` reads and writes, one statement or a few at a time, within the caller's transaction."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from corpus.errors import Invalid, NotFound
from corpus.records import Document, Passage, Span, Status, text_hash
from corpus.schema import audiences, documents, forgotten, journal, passages

_COLUMNS = [column for column in documents.c if column.name not in ("text", "curated")]
_CHUNK = 500  # ids a statement: SQLite takes 32,766 variables, PostgreSQL's driver 32,767


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def seen_by(audience: frozenset[str]) -> sa.ColumnElement[bool]:
    seen = sa.select(audiences.c.document_id).where(audiences.c.audience.in_(sorted(audience)))
    return documents.c.id.in_(seen)


def select_documents() -> sa.Select[Any]:
    count = sa.select(sa.func.count()).where(passages.c.document_id == documents.c.id).scalar_subquery()
    return sa.select(*_COLUMNS, count.label("passages"))


def select_passages() -> sa.Select[Any]:
    return sa.select(passages).join(documents).order_by(passages.c.id)


def read_documents(connection: Connection, query: sa.Select[Any]) -> list[Document]:
    rows = connection.execute(query).all()
    seen: dict[int, list[str]] = {row.id: [] for row in rows}
    for chunk in chunks(list(seen)):
        chosen = sa.select(audiences).where(audiences.c.document_id.in_(chunk)).order_by(audiences.c.audience)
        for row in connection.execute(chosen):
            seen[row.document_id].append(row.audience)
    return [_as_document(row._mapping, seen[row.id]) for row in rows]


def _as_document(row: RowMapping, audience: list[str]) -> Document:
    values = dict(row) | {"status": Status(row["status"]), "tags": tuple(row["tags"]), "audience": tuple(audience)}
    return Document(**values)


def read_document(connection: Connection, document_id: int) -> Document:
    found = read_documents(connection, select_documents().where(documents.c.id == document_id))
    if not found:
        raise NotFound(f"There is no document {document_id}.")
    return found[0]


def read_text(connection: Connection, document_id: int) -> str:
    text = connection.scalar(sa.select(documents.c.text).where(documents.c.id == document_id))
    if text is None:
        raise NotFound(f"There is no document {document_id}.")
    return str(text)


def with_words(connection: Connection, rows: Mapping[int, RowMapping]) -> dict[int, tuple[Passage, Document]]:
    holders = sorted({row["document_id"] for row in rows.values()})
    known = {i: (read_document(connection, i), read_text(connection, i)) for i in holders}
    found = {}
    for key, row in rows.items():
        document, text = known[row["document_id"]]
        values = {name: value for name, value in row.items() if name != "text_hash"}
        found[key] = (Passage(**values, text=text[row["start"] : row["end"]]), document)
    return found


def insert_passages(connection: Connection, document_id: int, text: str, spans: Sequence[Span]) -> None:
    if any(not 0 <= span.start < span.end <= len(text) for span in spans):
        raise Invalid(f"A passage of document {document_id} lies outside its text of {len(text)} characters.")
    rows = [
        dataclasses.asdict(span) | {"document_id": document_id, "text_hash": text_hash(text[span.start : span.end])}
        for span in spans
    ]
    if rows:
        connection.execute(passages.insert(), rows)


def set_audience(connection: Connection, document_id: int, audience: Sequence[str]) -> None:
    if not audience:
        raise Invalid("A document has at least one audience.")
    connection.execute(audiences.delete().where(audiences.c.document_id == document_id))
    rows = [{"document_id": document_id, "audience": name} for name in sorted(set(audience))]
    connection.execute(audiences.insert(), rows)


def set_fields(
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
        set_audience(connection, old.id, changed["audience"])  # type: ignore[arg-type]
    write_journal(connection, old.id, who, what, {name: getattr(old, name) for name in changed}, changed)


def write_journal(
    connection: Connection,
    document_id: int,
    who: str,
    what: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    row = {"document_id": document_id, "at": now(), "who": who, "what": what}
    connection.execute(journal.insert().values(**row, before=_plain(before), after=_plain(after)))


def _plain(fields: Mapping[str, object]) -> dict[str, object]:
    """Values that JSON knows: dates as ISO 8601, tuples as lists."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }


def remember_to_forget(connection: Connection, document_id: int, hashes: Sequence[str]) -> None:
    known = set(connection.scalars(sa.select(forgotten.c.text_hash)))
    rows = [{"text_hash": key, "document_id": document_id} for key in hashes if key not in known]
    if rows:
        connection.execute(forgotten.insert(), rows)
