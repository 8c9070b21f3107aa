"""One run at a time: a lock that the system lets go of when the process that holds it dies."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine

from corpus.database import WRITE, told_plainly
from corpus.errors import Unavailable

_RUNS = 0x61747A69  # the key of the advisory lock that a run holds: "atzi"
_AT_WORK = "Another run is at work on this corpus. Wait until it has ended: atzina runs"


@contextmanager
def alone(engine: Engine) -> Iterator[Connection | None]:
    """While it lasts nobody else is inside, in any process on the same database; a process that dies lets go.

    Gives the connection that holds the lock, where it is the database that does (PostgreSQL; on SQLite it is a file
    beside it). What is written through that connection is written under the lock, or not at all: when it is lost, so
    is the lock. Raises Unavailable where somebody is inside.
    """
    if engine.dialect.name == "postgresql":
        with _session(engine) as connection:
            yield connection
        return
    path = engine.url.database
    if not path or path == ":memory:":
        yield None
        return
    try:
        with FileLock(f"{path}.run", timeout=0):
            yield None
    except Timeout as fault:
        raise Unavailable(_AT_WORK) from fault


@contextmanager
def _session(engine: Engine) -> Iterator[Connection]:
    """A session of the server that holds the lock, and no transaction."""
    with told_plainly(), engine.connect() as connection:
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _RUNS}):
            raise Unavailable(_AT_WORK)
        connection.commit()
        connection.detach()  # whatever becomes of it, it is not lent again: closed for good, it lets go
        try:
            yield connection
        finally:
            with contextlib.suppress(sa.exc.SQLAlchemyError):  # where the connection is lost, so is the lock
                connection.execution_options(**{WRITE: False})
                # closing would do, but a little later: the next run may ask before
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _RUNS})
                connection.commit()
