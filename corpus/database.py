"""An engine with the schema brought up to date, on SQLite or on PostgreSQL, which are made to behave alike.

On both there is one writer at a time: it sees all that was written before it, and journal ids become visible in their
order. On both a transaction that reads sees one moment. SQLite is opened in WAL mode, with deleted text overwritten.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from corpus.errors import Invalid, Unavailable

Transaction = Callable[[], AbstractContextManager[Connection]]
WRITE = "atzina_write"  # execution option: this transaction will write
_BUSY = 30  # seconds to wait for another writer
_PASSING = frozenset([5, 8, 10, 13, 14])  # SQLITE_BUSY, READONLY, IOERR, FULL, CANTOPEN: sqlite.org/rescode.html
_READ_ONLY = "25006"  # of a standby, too: postgresql.org/docs/current/errcodes-appendix.html
_MAPPED = 2**30  # bytes of the file that are read through memory, without a copy
_WRITER = 0x61747A77  # the key of the advisory lock that a transaction which writes holds: "atzw"
_POSTGRESQL = ("postgresql", "postgres")
# seconds: a server that has vanished without a word is noticed after a minute, and not after two hours
_WATCHED = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
_EXAMPLES = "It looks like sqlite:////srv/atzina/atzina.db or postgresql://user:password@host/atzina"


def connect(url: str) -> Engine:
    """An engine on `url`, migrated to the newest schema. No message shows the password in it.

    Raises Unavailable where the database cannot be opened, is damaged, or was made by a newer Atzina.
    """
    from corpus.migrating import CommandError, is_newest, migrate  # Alembic: a worker that reads files goes without

    place = _parsed(url)
    engine = _engine(place)
    try:
        with engine.connect() as connection:
            _check_encoding(connection)
            newest = is_newest(connection)
        if not newest:  # only then it has to wait for who is writing
            with engine.connect().execution_options(**{WRITE: True}) as connection:
                migrate(connection)
    except (sa.exc.SQLAlchemyError, CommandError, OSError) as fault:
        engine.dispose()
        raise Unavailable(f"The database {named(place)} cannot be used: {first_line(fault)}") from fault
    return engine


@contextmanager
def told_plainly() -> Iterator[None]:
    """What the database refuses while it lasts (a full disk, a lost connection) is raised as Unavailable."""
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as fault:
        if not _passes(fault):
            raise  # a fault of ours, or of the file
        said = f"The database cannot be used: {first_line(fault)} What was done before is kept; try once more."
        raise Unavailable(said) from fault


def named(url: URL) -> str:
    """Which database it is: a file, or a server and what it calls the database; never a password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    port = f":{url.port}" if url.port else ""
    return f"{url.host or url.query.get('host', 'on this machine')}{port}/{url.database or ''}"


def state(engine: Engine) -> tuple[str, bool]:
    """What kind of database it is, its version and place; and whether it can be written."""
    with told_plainly(), engine.connect() as connection:
        version = ".".join(map(str, connection.dialect.server_version_info or ()))
        if connection.dialect.name == "sqlite":
            return f"SQLite {version}, {named(engine.url)}", True  # or it could not have been opened
        asked = "SELECT current_setting('default_transaction_read_only') = 'off' AND NOT pg_is_in_recovery()"
        return f"PostgreSQL {version} at {named(engine.url)}", bool(connection.scalar(sa.text(asked)))


def first_line(fault: Exception) -> str:
    """What the database says, in one line."""
    return (str(getattr(fault, "orig", None) or fault).splitlines() or ["no reason given"])[0].rstrip(".") + "."


def _passes(fault: Exception) -> bool:
    if isinstance(fault, (sa.exc.OperationalError, sa.exc.InterfaceError)):
        code = getattr(fault.orig, "sqlite_errorcode", None)
        return code is None or code & 0xFF in _PASSING
    read_only = getattr(getattr(fault, "orig", None), "sqlstate", None) == _READ_ONLY
    return read_only or isinstance(fault, sa.exc.TimeoutError)  # no connection came free


def _parsed(url: str) -> URL:
    """The URL, with the driver that is ours. What cannot be read is not shown: it may hold a password."""
    try:
        place = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise Unavailable(f"ATZINA_DATABASE_URL cannot be read. {_EXAMPLES}.") from None
    kind = place.get_backend_name()
    if kind == "sqlite":
        return place
    if kind not in _POSTGRESQL:
        raise Unavailable(f"ATZINA_DATABASE_URL names {kind}, which Atzina does not work on. {_EXAMPLES}.")
    if "@" in f"{place.host}{place.database}":  # a part of the password would be taken for the host, and shown
        raise Unavailable(f"ATZINA_DATABASE_URL has an @ too many: in a password it is written %40. {_EXAMPLES}.")
    return place.set(drivername="postgresql+psycopg", query={**_WATCHED, **place.query})


def _engine(place: URL) -> Engine:
    """An engine that hides documents' words from the log."""
    engine = (_sqlite if place.get_backend_name() == "sqlite" else _postgresql)(place)
    sa.event.listen(engine, "before_cursor_execute", _check_text)
    return engine


def _sqlite(place: URL) -> Engine:
    try:
        if path := place.database:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as fault:
        raise Unavailable(f"The database {named(place)} cannot be used: {first_line(fault)}") from fault
    engine = sa.create_engine(place, hide_parameters=True)
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


def _postgresql(place: URL) -> Engine:
    try:
        # a connection is tried before it is lent, so that a server that was started again is no error
        engine = sa.create_engine(place, hide_parameters=True, pool_pre_ping=True, isolation_level="READ COMMITTED")
    except ImportError as fault:
        raise Unavailable("The driver for PostgreSQL is not installed. Run: pip install 'psycopg[binary]'") from fault
    sa.event.listen(engine, "connect", _set_up_postgresql)
    sa.event.listen(engine, "begin", _begin_postgresql)
    return engine


def _set_up_postgresql(connection: Any, _: object) -> None:
    connection.execute(f"SET lock_timeout = '{_BUSY}s'")
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    # The lock makes one writer at a time, as on SQLite; each of its statements then sees all that was written before.
    # It is let go after what was written can be seen, so whoever has seen a journal id has seen those below.
    if options.get(WRITE):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _check_text(_: object, __: object, ___: str, parameters: Any, ____: object, many: bool) -> None:
    """Raises Invalid for what PostgreSQL refuses; SQLite takes a zero, and then counts characters only up to it."""
    for row in parameters if many else (parameters,):
        for value in row.values() if isinstance(row, dict) else row:
            if isinstance(value, str) and not _is_text(value):
                raise Invalid(f"{value[:60]!r} holds characters that are not text.")


def _is_text(value: str) -> bool:
    r"""Whether it has neither U+0000 nor half of a surrogate pair.

    >>> _is_text("atziņa"), _is_text("a\0"), _is_text("\ud800")
    (True, False, False)
    """
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise sa.exc.ArgumentError(f"Its encoding is {encoding}. Make one with: createdb -E UTF8 -T template0")
