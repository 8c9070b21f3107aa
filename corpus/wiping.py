"""After a forgetting: what was deleted leaves the files of the database as well."""

from contextlib import closing

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from corpus.database import first_line

_LEFT = "The database's files still hold remains of it, which the next forgetting or `{statement}` removes: {fault}"
_VACUUM = "VACUUM (FULL) documents, passages, audiences, journal, files, links"
_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"


def wipe(engine: Engine) -> str | None:
    """What may be left of what was deleted, as a sentence; None where nothing is.

    On PostgreSQL it speaks of the tables. The server's write-ahead log, archives of it, replicas and backups are not
    ours to change.
    """
    return _vacuumed(engine) if engine.dialect.name == "postgresql" else _checkpointed(engine)


def _vacuumed(engine: Engine) -> str | None:
    # a deleted row stays in its page until that is used again; this writes the tables anew, and drops the old files
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(_VACUUM))
    except sa.exc.DBAPIError as fault:
        return _LEFT.format(statement=_VACUUM, fault=first_line(fault))
    return None


def _checkpointed(engine: Engine) -> str | None:
    # secure_delete has overwritten the pages; the write-ahead log still holds the old ones. A checkpoint cannot run
    # inside a transaction, and every connection of the engine begins one.
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(_CHECKPOINT)
        busy, *_ = cursor.fetchone() or [0]
    return _LEFT.format(statement=_CHECKPOINT, fault="it is being read.") if busy else None
