"""What `Corpus` reads and writes, one statement or a few at a time, within the caller's transaction."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from corpus.errors import Conflict, Invalid, NotFound
from corpus.records import Change, Document, Draft, Narrowing, Passage, Span, Status, text_hash
from corpus.schema import audiences, documents, journal, passages

READ_FROM_FILE = ("title", "language", "country", "organisation", "project", "funding", "date", "review_by", "tags")
_COLUMNS = [column for column in documents.c if column.name not in ("text", "sketch")]
_OF_A_PASSAGE = [column for column in passages.c if column.name != "text_hash"]
_GIVEN: sa.BindParameter[Any] = sa.bindparam(
    "ids", expanding=True
)  # so that a statement is made once, whichever ids it is asked for
_BETWEEN = "\x1f"  # names of audiences: ASCII's separator of units, which no name has
_CHUNK = 500  # ids a statement: SQLite takes 32,766 variables, PostgreSQL's driver 32,767
_REMEMBERED = 2000  # documents, some kilobytes each
_LARGEST = 2**31 - 1  # what PostgreSQL takes as an id, and more than there will be

# documents by id, each with its version as it was read: the id of its last line in the journal
Known = dict[int, tuple[int | None, Document]]


def now() -> dt.datetime:
    """The time in UTC, without a zone, as the tables hold it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids in parts that one statement can take."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def is_id(column: sa.ColumnElement[int], number: int) -> sa.ColumnElement[bool]:
    """Whether a column holds this id; false where the number is too large for any."""
    return column == number if abs(number) <= _LARGEST else sa.false()


def insert_into(connection: Connection, table: sa.Table) -> Any:
    """An insert that can say what becomes of a row that is there already."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def seen_by(audience: frozenset[str]) -> sa.ColumnElement[bool]:
    """Whether a document is for one of these audiences."""
    # asked of each document: "is it among all that they may see" would read every document's audience first
    mine = (audiences.c.document_id == documents.c.id, audiences.c.audience.in_(sorted(audience)))
    return sa.exists().where(*mine).correlate_except(audiences)


def may_answer(narrowing: Narrowing) -> list[sa.ColumnElement[bool]]:
    """What must hold of a passage and its document: not retired, seen by the audience, within the narrowing."""
    spoken = sa.func.coalesce(passages.c.language, documents.c.language)
    wanted = [documents.c.status != Status.RETIRED, seen_by(narrowing.audience)]
    for column, value in (
        (spoken, narrowing.language),
        (documents.c.country, narrowing.country),
        (documents.c.status, narrowing.status),
    ):
        wanted += [column == value] if value else []
    if narrowing.collections:
        wanted.append(documents.c.collection.in_(sorted(narrowing.collections)))
    return wanted + ([documents.c.date >= narrowing.since] if narrowing.since else [])


def extent(connection: Connection, narrowing: Narrowing) -> dict[str | None, int]:
    """How many documents have a passage that may answer, by their language; most first."""
    answering = sa.exists().where(passages.c.document_id == documents.c.id, *may_answer(narrowing))
    query = sa.select(documents.c.language, sa.func.count()).where(answering).group_by(documents.c.language)
    rows = connection.execute(query.order_by(sa.func.count().desc(), documents.c.language))
    return {language: int(reports) for language, reports in rows}


def read_news(
    connection: Connection, since: dt.datetime, audience: frozenset[str]
) -> list[tuple[Document, dt.datetime, str]]:
    """The live documents that were added or validated since then, with when and which of it last; newest first."""
    came = (journal.c.what.in_(["added", "validated"]), journal.c.at >= since)
    lines = {row.document_id: row for row in connection.execute(sa.select(journal).where(*came).order_by(journal.c.id))}
    latest = sorted(lines.values(), key=lambda row: -row.id)
    found: dict[int, Document] = {}
    for chunk in chunks([row.document_id for row in latest]):
        live = (documents.c.id.in_(chunk), documents.c.status != Status.RETIRED, seen_by(audience))
        found |= {each.id: each for each in read_documents(connection, select_documents().where(*live))}
    return [(found[row.document_id], row.at, row.what) for row in latest if row.document_id in found]


def select_states() -> sa.Select[Any]:
    """Of each passage, in order of id, what an index needs to know of it but its words: `read_states` reads them."""
    known = ("title", "country", "collection", "status", "date")
    spoken = sa.func.coalesce(passages.c.language, documents.c.language).label("language")
    columns = [passages.c.id, passages.c.document_id, passages.c.text_hash, spoken, *(documents.c[n] for n in known)]
    return sa.select(*columns).join(documents).order_by(passages.c.id)


def read_states(connection: Connection, query: sa.Select[Any]) -> dict[int, str]:
    """Passage id to a hash of its state, of a query made from `select_states`."""
    rows = connection.execute(query).all()
    seen = read_audiences(connection, sorted({row.document_id for row in rows}))
    return {row.id: text_hash(repr((*row[2:], seen[row.document_id]))) for row in rows}


def read_audiences(connection: Connection, document_ids: Sequence[int]) -> dict[int, list[str]]:
    """Who may see each of these documents, sorted."""
    seen: dict[int, list[str]] = {i: [] for i in document_ids}
    for chunk in chunks(document_ids):
        for row in connection.execute(sa.select(audiences).where(audiences.c.document_id.in_(chunk))):
            seen[row.document_id].append(row.audience)
    return {i: sorted(names) for i, names in seen.items()}  # a database would sort by the rules of some language


def select_documents() -> sa.Select[Any]:
    """Every document without its text, with who may see it and how many passages it has, for `read_documents`."""
    seen = sa.select(sa.func.aggregate_strings(audiences.c.audience, _BETWEEN)).where(_of_it(audiences))
    its = passages.alias("its")  # so that passages themselves can be joined
    count = sa.select(sa.func.count()).select_from(its).where(_of_it(its))
    named = {"audience": seen, "passages": count}
    beside = [query.correlate(documents).scalar_subquery().label(name) for name, query in named.items()]
    return sa.select(*_COLUMNS, *beside)


def _of_it(table: sa.FromClause) -> sa.ColumnElement[bool]:
    return table.c.document_id == documents.c.id


def select_passages() -> sa.Select[Any]:
    """Every passage with its words and its document's version, in order of id, for `with_documents`.

    What is known of its document can be narrowed by.
    """
    words = sa.func.substr(documents.c.text, passages.c.start + 1, passages.c.end - passages.c.start).label("text")
    last = sa.select(sa.func.max(journal.c.id)).where(_of_it(journal)).correlate(documents).scalar_subquery()
    return sa.select(*_OF_A_PASSAGE, words, last.label("version")).join(documents).order_by(passages.c.id)


@lru_cache(maxsize=64)
def select_live(narrowing: Narrowing | None) -> sa.Select[Any]:
    """Of the passages with these `ids`, those that are live; with a narrowing, those of them that it lets through.

    Made once for a narrowing: to make it takes SQLAlchemy longer than to run it.
    """
    allowed = [documents.c.status != Status.RETIRED] if narrowing is None else may_answer(narrowing)
    return select_passages().where(*allowed, passages.c.id.in_(_GIVEN))


@lru_cache(maxsize=1)
def _select_given() -> sa.Select[Any]:
    """The documents with these `ids`."""
    return select_documents().where(documents.c.id.in_(_GIVEN))


def read_documents(connection: Connection, query: sa.Select[Any], ids: Sequence[int] = ()) -> list[Document]:
    """The documents of a query made from `select_documents`; `ids` are what it is given."""
    return [_as_document(row) for row in _rows(connection.execute(query, {"ids": ids} if ids else None))]


def _rows(found: sa.Result[Any]) -> list[dict[str, Any]]:
    """Each row by the names of its columns: at once, since one by one takes SQLAlchemy longer."""
    names = list(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.all()]


def _as_document(row: dict[str, Any]) -> Document:
    curated, found = set(row.pop("curated") or ()), row.pop("found") or {}
    row |= {"status": Status(row["status"]), "tags": tuple(row["tags"])}
    row["audience"] = tuple(sorted(row["audience"].split(_BETWEEN))) if row["audience"] else ()
    open_ones = {} if row["status"] is Status.VALIDATED else found
    places = {name: tuple(place) if place else None for name, place in open_ones.items() if name not in curated}
    return Document(**row, proposed=places)


def read_document(connection: Connection, document_id: int) -> Document:
    """One document. Raises NotFound."""
    found = read_documents(connection, select_documents().where(is_id(documents.c.id, document_id)))
    if not found:
        raise NotFound(f"There is no document {document_id}.")
    return found[0]


def read_text(connection: Connection, document_id: int) -> str:
    """A document's whole text. Raises NotFound."""
    text = connection.scalar(sa.select(documents.c.text).where(is_id(documents.c.id, document_id)))
    if text is None:
        raise NotFound(f"There is no document {document_id}.")
    return str(text)


def read_journal(connection: Connection, document_id: int) -> list[Change]:
    """What happened to a document, oldest first; nothing where it was never known."""
    query = sa.select(journal).where(is_id(journal.c.document_id, document_id)).order_by(journal.c.id)
    rows = connection.execute(query)
    return [Change(at=r.at, who=r.who, what=r.what, before=r.before, after=r.after) for r in rows]


def check_unchanged(connection: Connection, document_id: int, version: int | None) -> None:
    """Nothing, if nothing has happened to a document since it had this version. Raises Conflict.

    A document's version is the id of its last line in the journal; None is any.
    """
    since = is_id(journal.c.document_id, document_id) & (journal.c.id > (version or 0))
    if version is not None and connection.scalar(sa.select(journal.c.id).where(since).limit(1)) is not None:
        raise Conflict("Somebody else has changed document {number} meanwhile.", number=document_id)


def status_before(changes: Sequence[Change]) -> Status:
    """The status that a retired document had; draft where its text was replaced since: nobody has confirmed that."""
    last = next((c for c in reversed(changes) if c.what in {"retired", "replaced"}), None)
    return Status(str(last.before["status"])) if last and last.what == "retired" else Status.DRAFT


def with_documents(connection: Connection, rows: sa.Result[Any], known: Known) -> list[tuple[Passage, Document]]:
    """Each row of `select_passages` as a passage with its document, in their order.

    A document is read where it is not `known` as it is now: to read it takes longer than to find the passages.
    """
    read = _rows(rows)
    versions = {row["document_id"]: row.pop("version") for row in read}
    found = [Passage(**row) for row in read]
    holders = {i: held[1] for i, version in versions.items() if (held := known.get(i)) and held[0] == version}
    for chunk in chunks(sorted(versions.keys() - holders.keys())):
        read_now = {document.id: document for document in read_documents(connection, _select_given(), chunk)}
        if len(known) + len(read_now) > _REMEMBERED:
            known.clear()
        known |= {i: (versions[i], document) for i, document in read_now.items()}
        holders |= read_now
    return [(passage, holders[passage.document_id]) for passage in found]


def insert_document(connection: Connection, draft: Draft, who: str) -> Document:
    """The new document, with its line in the journal. Raises Invalid where its source is known already."""
    same = ("source", "kind", "content_hash", "collection", "status", "text", "sketch")
    values = {name: getattr(draft, name) for name in (*READ_FROM_FILE, *same)}
    values |= {"tags": list(draft.tags), "curated": [], "found": as_found(draft), "added_at": now(), "added_by": who}
    try:
        key = connection.execute(documents.insert().values(**values)).inserted_primary_key
    except sa.exc.IntegrityError as fault:
        raise Invalid(f"{draft.source} is in the corpus already.") from fault
    document_id = int(key[0]) if key else 0
    set_audience(connection, document_id, draft.audience)
    insert_passages(connection, document_id, draft.text, draft.passages)
    document = read_document(connection, document_id)
    journal_added(connection, document)
    return document


def as_found(draft: Draft) -> dict[str, list[int] | None]:
    """The places of what rules have found, as JSON holds them."""
    return {name: list(place) if place else None for name, place in draft.found.items()}


def insert_passages(connection: Connection, document_id: int, text: str, spans: Sequence[Span]) -> None:
    """Writes a document's passages. Raises Invalid for one outside its text."""
    if any(not 0 <= span.start < span.end <= len(text) for span in spans):
        raise Invalid(f"A passage of document {document_id} lies outside its text of {len(text)} characters.")
    rows = [
        dataclasses.asdict(span) | {"document_id": document_id, "text_hash": text_hash(text[span.start : span.end])}
        for span in spans
    ]
    if rows:
        connection.execute(passages.insert(), rows)


def set_audience(connection: Connection, document_id: int, audience: Sequence[str]) -> None:
    """Writes who may see a document, in place of who might. Raises Invalid for nobody."""
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
    curated: Collection[str] = (),
    text: str | None = None,
) -> None:
    """Writes the fields that differ, and the journal's line about them.

    What a curator sets is `curated` even where it is so already: it is confirmed, and a line says so.
    """
    changed = {name: value for name, value in fields.items() if getattr(old, name) != value}
    known = connection.scalar(sa.select(documents.c.curated).where(documents.c.id == old.id)) or []
    confirmed = {name: fields[name] for name in fields if name in curated and name not in {*known, *changed}}
    if not changed and not confirmed and text is None:
        return
    columns: dict[str, Any] = {name: value for name, value in changed.items() if name != "audience"}
    if "tags" in columns:
        columns["tags"] = list(columns["tags"])
    if text is not None:
        columns["text"] = text
    if curated:
        columns["curated"] = sorted({*known, *curated})
    if columns:
        connection.execute(documents.update().where(documents.c.id == old.id).values(**columns))
    if "audience" in changed:
        set_audience(connection, old.id, changed["audience"])  # type: ignore[arg-type]
    after = changed | confirmed
    write_journal(connection, old.id, who, what, {name: getattr(old, name) for name in after}, after)


def journal_added(connection: Connection, document: Document) -> None:
    """Writes the line about a new document, with all that is known of it; of its text, the hash."""
    told = {name: value for name, value in dataclasses.asdict(document).items() if value not in (None, (), {})}
    after = {name: value for name, value in told.items() if name not in {"id", "added_at", "added_by", "proposed"}}
    write_journal(connection, document.id, document.added_by, "added", {}, after)


def write_journal(
    connection: Connection,
    document_id: int,
    who: str,
    what: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    """Writes a line about what somebody has done, with the fields as they were and are."""
    row = {"document_id": document_id, "at": now(), "who": who, "what": what}
    connection.execute(journal.insert().values(**row, before=_plain(before), after=_plain(after)))


def _plain(fields: Mapping[str, object]) -> dict[str, object]:
    """Values that JSON knows: dates as ISO 8601, tuples as lists."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
