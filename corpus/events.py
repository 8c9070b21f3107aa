"""Things that must happen once, in any process: claimed under a key, held under a lease, settled when done."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from corpus.schema import events
from corpus.statements import now

_KEPT = dt.timedelta(days=1)  # Slack delivers an event again within an hour


def claim(connection: Connection, key: str, payload: Mapping[str, object] | None, lease: dt.timedelta) -> bool:
    """Whether this is the first claim of `key`. There is one writer at a time, so nobody claims it in between."""
    if connection.scalar(sa.select(events.c.key).where(events.c.key == key)) is not None:
        return False
    kept = sa.null() if payload is None else dict(payload)
    values = {"key": key, "received_at": now(), "payload": kept, "leased_until": now() + lease}
    connection.execute(events.insert().values(**values))
    return True


def hold(connection: Connection, key: str, payload: Mapping[str, object] | None, lease: dt.timedelta) -> None:
    """The lease on what is unsettled begins anew, with another payload if one is given."""
    values: dict[str, object] = {"leased_until": now() + lease}
    values |= {} if payload is None else {"payload": dict(payload)}
    unsettled = events.c.payload.is_not(None)
    connection.execute(events.update().where(events.c.key == key, unsettled).values(**values))


def settle(connection: Connection, key: str) -> None:
    """Its payload is dropped, its key kept."""
    connection.execute(events.update().where(events.c.key == key).values(payload=sa.null()))


def disclaim(connection: Connection, key: str) -> None:
    """It can be claimed again."""
    connection.execute(events.delete().where(events.c.key == key))


def take_unsettled(
    connection: Connection, younger_than: dt.timedelta, lease: dt.timedelta
) -> dict[str, dict[str, object]]:
    """Key to payload of what is unsettled and at work nowhere; now it is leased to the caller."""
    connection.execute(events.delete().where(events.c.received_at < now() - _KEPT))
    due = (
        events.c.received_at >= now() - younger_than,
        events.c.payload.is_not(None),
        sa.or_(events.c.leased_until.is_(None), events.c.leased_until <= now()),
    )
    taken = events.update().where(*due).values(leased_until=now() + lease)
    return {row.key: row.payload for row in connection.execute(taken.returning(events.c.key, events.c.payload))}
