"""What runs over sources leave behind: the state of each file, the runs themselves, documents that are alike."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from corpus.records import FileState, Link, Run
from corpus.schema import documents, files, links, runs
from corpus.statements import chunks, is_id, now

RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"


def read_files(connection: Connection) -> dict[str, FileState]:
    """Every file that a run came by, by its source."""
    return {row["source"]: _as_state(row) for row in connection.execute(sa.select(files)).mappings()}


def _as_state(row: RowMapping) -> FileState:
    unread = tuple((where, reason) for where, reason in row["unread"])
    return FileState(**dict(row) | {"unread": unread})


def write_file(connection: Connection, state: FileState) -> None:
    """Writes a file's state in place of what was known of it."""
    forget_files(connection, [state.source])
    values = {name: getattr(state, name) for name in ("source", "content_hash", "signature", "reader", "reason")}
    values |= {"unread": [list(each) for each in state.unread], "validators": dict(state.validators)}
    connection.execute(files.insert().values(**values))


def forget_files(connection: Connection, sources: Iterable[str]) -> None:
    """Drops what is known of these files."""
    for source in sources:
        connection.execute(files.delete().where(files.c.source == source))


def begin_run(connection: Connection, who: str, places: Collection[str], *, alone: bool) -> int:
    """The new run's id. If it is `alone`, whatever still says that it is running was stopped, and is marked so."""
    if alone:
        stale = runs.update().where(runs.c.state == RUNNING)
        connection.execute(stale.values(state=STOPPED))
    values = {"began": now(), "who": who, "places": list(places), "state": RUNNING, "report": {}}
    key = connection.execute(runs.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def end_run(connection: Connection, run: int, state: str, report: Mapping[str, object]) -> None:
    """Writes how a run ended."""
    ended = {"ended": now(), "state": state, "report": dict(report)}
    connection.execute(runs.update().where(runs.c.id == run).values(**ended))


def read_runs(connection: Connection, most: int) -> list[Run]:
    """The latest runs, newest first."""
    rows = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(most)).mappings()
    return [Run(**dict(row) | {"places": tuple(row["places"])}) for row in rows]


def read_links(connection: Connection, document_id: int | None) -> list[Link]:
    """The links of a document, or all of them; nearest first."""
    query = sa.select(links).order_by(links.c.likeness.desc(), links.c.one, links.c.other)
    if document_id is not None:
        query = query.where(sa.or_(is_id(links.c.one, document_id), is_id(links.c.other, document_id)))
    return [Link(**row) for row in connection.execute(query).mappings()]


def write_links(connection: Connection, document_ids: Collection[int], found: Iterable[Link]) -> None:
    """Writes the links of these documents in place of those that nobody has decided on; what was decided stays.

    One with a document that was forgotten meanwhile is left out.
    """
    for chunk in chunks(list(document_ids)):
        mine = sa.or_(links.c.one.in_(chunk), links.c.other.in_(chunk))
        connection.execute(links.delete().where(mine, links.c.decided.is_(None)))
    found = list(found)
    there = _known(connection, sorted({number for link in found for number in (link.one, link.other)}))
    for link in found:
        if {link.one, link.other} <= there and connection.execute(
            sa.select(links.c.one).where(_is(link))
        ).first() is None:
            values: dict[str, Any] = {n: getattr(link, n) for n in ("one", "other", "kind", "likeness", "decided")}
            connection.execute(links.insert().values(**values))


def _known(connection: Connection, document_ids: Sequence[int]) -> set[int]:
    known = (sa.select(documents.c.id).where(documents.c.id.in_(chunk)) for chunk in chunks(document_ids))
    return {number for query in known for number in connection.scalars(query)}


def decide_link(connection: Connection, one: int, other: int, decided: str) -> bool:
    """Whether there is such a link; now it is decided."""
    first, second = sorted((one, other))
    chosen = links.update().where(is_id(links.c.one, first), is_id(links.c.other, second))
    return connection.execute(chosen.values(decided=decided)).rowcount == 1


def _is(link: Link) -> sa.ColumnElement[bool]:
    return sa.and_(links.c.one == link.one, links.c.other == link.other)


def read_sketches(connection: Connection) -> dict[int, bytes]:
    """The sketch of each document that has one and is not retired."""
    query = sa.select(documents.c.id, documents.c.sketch).where(documents.c.sketch.is_not(None))
    return {row.id: row.sketch for row in connection.execute(query.where(documents.c.status != "retired"))}
