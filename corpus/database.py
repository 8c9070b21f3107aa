"""An engine with the schema brought up to date. SQLite is opened in WAL mode, with deleted text overwritten."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine, make_url

from corpus.errors import Unavailable

WRITE = "atzina_write"  # execution option: this transaction will write
_BUSY = 30  # seconds to wait for another writer
_PASSING = frozenset([5, 8, 10, 13, 14])  # SQLITE_BUSY, READONLY, IOERR, FULL, CANTOPEN: sqlite.org/rescode.html
_RUNS = 0x61747A69  # the key of the advisory lock that a run holds: "atzi"
_AT_WORK = "Another run is at work on this corpus. Wait until it has ended: atzina runs"
_MAPPED = 2**30  # bytes of the file that are read through memory, without a copy


def connect(url: str) -> Engine:
    """An engine on `url`, migrated to the newest schema.

    Raises Unavailable where the database cannot be opened, is damaged, or was made by a newer Atzina.
    """
    try:
        engine = _engine(url)
        with engine.connect().execution_options(**{WRITE: True}) as connection:
            _migrate(connection)
    except (sa.exc.SQLAlchemyError, CommandError, OSError) as fault:
        shown = url.split("@")[-1]
        raise Unavailable(f"The database {shown} cannot be used: {_first_line(fault)}") from fault
    return engine


@contextmanager
def told_plainly() -> Iterator[None]:
    """What the database refuses while it lasts (a full disk, a lost connection) is raised as Unavailable."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as fault:
        code = getattr(fault.orig, "sqlite_errorcode", None)
        if code is not None and code & 0xFF not in _PASSING:
            raise  # a fault of ours, or of the file
        said = f"The database cannot be used: {_first_line(fault)} What was done before is kept; try once more."
        raise Unavailable(said) from fault


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """While it lasts nobody else is inside, in any process on the same database; a process that dies lets go.

    Raises Unavailable where somebody is. SQLite: a lock on a file beside the database; PostgreSQL: an advisory lock.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            taken = connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _RUNS})
            if not taken:
                raise Unavailable(_AT_WORK)
            yield  # closing the connection for good lets go
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _RUNS})
        return
    path = engine.url.database
    if not path or path == ":memory:":
        yield
        return
    try:
        with FileLock(f"{path}.run", timeout=0):
            yield
    except Timeout as fault:
        raise Unavailable(_AT_WORK) from fault


def _engine(url: str) -> Engine:
    engine = sa.create_engine(url, hide_parameters=True)  # documents' words stay out of the log
    if engine.dialect.name == "sqlite":
        if path := make_url(url).database:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # BEGIN is sent by _begin_sqlite, not by the driver
    safe = ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={_BUSY * 1000}", "secure_delete=ON")
    for pragma in (*safe, f"mmap_size={_MAPPED}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once where another process wrote in between;
    # asking for the write lock at the start makes it wait instead.
    writes = connection.get_execution_options().get(WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    head = ScriptDirectory.from_config(config).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    connection.commit()


def _first_line(fault: Exception) -> str:
    return str(getattr(fault, "orig", None) or fault).splitlines()[0].rstrip(".") + "."
