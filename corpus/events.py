"""Things that must happen once, in any process: claimed under a key, held under a lease, settled when done."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from corpus.database import Transaction
from corpus.schema import events
from corpus.statements import now

_KEPT = dt.timedelta(days=1)  # Slack delivers an event again within an hour
_NONE = dt.timedelta(0)


class Events:
    """Of one corpus; each method is a transaction of its own."""

    def __init__(self, writing: Transaction) -> None:
        self._writing = writing

    def claim(self, key: str, payload: Mapping[str, object] | None = None, *, lease: dt.timedelta = _NONE) -> bool:
        """True for the first to claim `key`, in any process.

        A payload waits for `settle`: until the lease is over it is the claimer's, then anybody's who asks for what
        is unsettled. Without one there is nothing to settle.
        """
        kept = sa.null() if payload is None else dict(payload)
        with self._writing() as connection:  # there is one writer at a time, so nobody claims it in between
            if connection.scalar(sa.select(events.c.key).where(events.c.key == key)) is not None:
                return False
            values = {"key": key, "received_at": now(), "payload": kept, "leased_until": now() + lease}
            connection.execute(events.insert().values(**values))
            return True

    def hold(self, key: str, *, lease: dt.timedelta, payload: Mapping[str, object] | None = None) -> bool:
        """The lease on what is unsettled begins anew, with another payload if one is given; False if it is settled."""
        values: dict[str, object] = {"leased_until": now() + lease}
        values |= {} if payload is None else {"payload": dict(payload)}
        unsettled = events.c.payload.is_not(None)
        with self._writing() as connection:
            held = connection.execute(events.update().where(events.c.key == key, unsettled).values(**values))
            return held.rowcount == 1

    def settle(self, key: str) -> None:
        """What was claimed is done: its payload is dropped, its key kept."""
        with self._writing() as connection:
            connection.execute(events.update().where(events.c.key == key).values(payload=sa.null()))

    def withdraw(self, known: Mapping[str, object]) -> list[dict[str, object]]:
        """Settles what has all of this in its payload (None: lacks it), whoever works on it; returns the payloads."""
        with self._writing() as connection:
            rows = connection.execute(sa.select(events.c.key, events.c.payload).where(events.c.payload.is_not(None)))
            found = {row.key: row.payload for row in rows if all(row.payload.get(n) == v for n, v in known.items())}
            connection.execute(events.update().where(events.c.key.in_(found)).values(payload=sa.null()))
            return list(found.values())

    def disclaim(self, key: str) -> None:
        """What was claimed was not done after all: it can be claimed again."""
        with self._writing() as connection:
            connection.execute(events.delete().where(events.c.key == key))

    def unsettled(
        self, *, younger_than: dt.timedelta, lease: dt.timedelta = _NONE, limit: int | None = None
    ) -> dict[str, dict[str, object]]:
        """Key to payload of what was claimed, never settled, and is at work nowhere; now it is leased to the caller.

        Oldest first, and no more than `limit`. What is older than a day is dropped.
        """
        due = (
            events.c.received_at >= now() - younger_than,
            events.c.payload.is_not(None),
            sa.or_(events.c.leased_until.is_(None), events.c.leased_until <= now()),
        )
        oldest = sa.select(events.c.key, events.c.payload).where(*due).order_by(events.c.received_at, events.c.key)
        with self._writing() as connection:  # there is one writer at a time, so nobody takes them in between
            connection.execute(events.delete().where(events.c.received_at < now() - _KEPT))
            found = {row.key: row.payload for row in connection.execute(oldest.limit(limit))}
            taken = events.update().where(events.c.key.in_(found))
            connection.execute(taken.values(leased_until=now() + lease))
            return found
