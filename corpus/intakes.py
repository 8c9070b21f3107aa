"""`Intakes`: what somebody has sent to be added, from the reading of it until it is added or let go, in any process.

What stands in a `payload` is the door's; it is dropped when an intake is done.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from corpus.database import Transaction
from corpus.errors import NotFound
from corpus.schema import intakes
from corpus.statements import is_id, now

_KEPT = dt.timedelta(days=1)  # after which what is done is forgotten: Slack delivers nothing again so late
_NONE = dt.timedelta(0)


class Stage(StrEnum):
    READING = "reading"
    WAITING = "waiting"  # for a person to say what becomes of it; at work until they have been asked
    ADDING = "adding"
    LEAVING = "leaving"  # what was stored of it is being deleted
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Intake:
    """`at` (UTC) is when it came to its stage; `person` has sent it, by their id in the workspace `team`."""

    id: int
    team: str
    person: str
    stage: Stage
    at: dt.datetime
    payload: Mapping[str, Any]


class Intakes:
    """One for a corpus, which lends it its transactions."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading, self._writing = reading, writing

    def begin(
        self, key: str, team: str, person: str, payload: Mapping[str, object], *, lease: dt.timedelta
    ) -> Intake | None:
        """A new intake, at work here until the lease is over; None where this key has begun one, in any process."""
        values = {"key": key, "team": team, "person": person, "stage": Stage.READING, "at": now()}
        values |= {"payload": dict(payload), "leased_until": now() + lease}
        with self._writing() as connection:  # there is one writer at a time, so nobody begins it in between
            if connection.scalar(sa.select(intakes.c.id).where(intakes.c.key == key)) is not None:
                return None
            begun = intakes.insert().values(**values).returning(intakes)
            return _read(connection.execute(begun).mappings().one())

    def intake(self, intake_id: int) -> Intake:
        """Raises NotFound."""
        with self._reading() as connection:
            row = connection.execute(sa.select(intakes).where(is_id(intakes.c.id, intake_id))).mappings().first()
        if row is None:
            raise NotFound("Nothing is known of what was sent any more.")
        return _read(row)

    def hold(self, intake: Intake, *, lease: dt.timedelta, payload: Mapping[str, object] | None = None) -> None:
        """The lease begins anew, with another payload if one is given, unless it has come to another stage."""
        values: dict[str, object] = {"leased_until": now() + lease}
        self._set(intake, values | ({} if payload is None else {"payload": dict(payload)}))

    def rest(self, intake: Intake) -> None:
        """Nobody is at work on it, and nobody has to be, until it comes to another stage."""
        self._set(intake, {"leased_until": None})

    def _set(self, intake: Intake, values: Mapping[str, object]) -> None:
        here = (intakes.c.id == intake.id, intakes.c.stage == intake.stage)
        with self._writing() as connection:
            connection.execute(intakes.update().where(*here).values(**values))

    def move(
        self,
        intake_id: int,
        before: Stage,
        after: Stage,
        payload: Mapping[str, object] | None = None,
        *,
        lease: dt.timedelta = _NONE,
    ) -> Intake | None:
        """The intake in its next stage; None where it is not in the stage before, so that somebody else was first."""
        values: dict[str, object] = {"stage": after, "at": now(), "leased_until": now() + lease}
        values |= {} if payload is None else {"payload": dict(payload)}
        values |= {"payload": {}, "leased_until": None} if after is Stage.DONE else {}
        chosen = intakes.update().where(intakes.c.id == intake_id, intakes.c.stage == before)
        with self._writing() as connection:
            row = connection.execute(chosen.values(**values).returning(intakes)).mappings().first()
        return _read(row) if row else None

    def left(self, *, lease: dt.timedelta) -> list[Intake]:
        """What was at work and is so nowhere any more; now it is leased to the caller."""
        taken = intakes.update().where(intakes.c.leased_until <= now()).values(leased_until=now() + lease)
        with self._writing() as connection:
            return [_read(row) for row in connection.execute(taken.returning(intakes)).mappings()]

    def live(self) -> list[Intake]:
        """What is not done, oldest first."""
        query = sa.select(intakes).where(intakes.c.stage != Stage.DONE).order_by(intakes.c.id)
        with self._reading() as connection:
            return [_read(row) for row in connection.execute(query).mappings()]

    def expire(self, older_than: dt.timedelta, *, lease: dt.timedelta) -> list[Intake]:
        """What has waited for a person longer than that: it leaves now, in the hands of the caller."""
        waited = (intakes.c.stage == Stage.WAITING, intakes.c.at < now() - older_than)
        leaving = intakes.update().where(*waited).values(stage=Stage.LEAVING, at=now(), leased_until=now() + lease)
        with self._writing() as connection:
            connection.execute(intakes.delete().where(intakes.c.stage == Stage.DONE, intakes.c.at < now() - _KEPT))
            return [_read(row) for row in connection.execute(leaving.returning(intakes)).mappings()]


def _read(row: RowMapping) -> Intake:
    return Intake(row["id"], row["team"], row["person"], Stage(row["stage"]), row["at"], row["payload"])
