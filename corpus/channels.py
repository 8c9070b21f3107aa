"""`Channels`: what an administrator has set for a channel of Slack, keyed by the ids of workspace and channel."""

import datetime as dt
import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from corpus.database import Transaction
from corpus.records import EVERYONE, text_hash
from corpus.schema import channels
from corpus.statements import now

_SETS = ("collections", "audiences", "askers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How the bot behaves in a channel. As it stands here where nobody has set anything.

    `language`: ISO 639-1, in which it speaks there whatever a question is in; None: in that of the question.
    `collections`: those that are searched; all where there are none. `audiences`: for whom the people of the channel
    may see documents. `askers`: ids of people and groups who may ask; everybody where there are none.
    `follows`: whether a question in a thread needs no mention where it follows another one.
    """

    language: str | None = None
    collections: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset({EVERYONE})
    askers: frozenset[str] = frozenset()
    follows: bool = True

    def stamp(self) -> str:
        """Alike for channels of which the same holds, and for no others: by it one that was set meanwhile is told."""
        return text_hash(json.dumps(_written(self)))


USUAL = Channel()


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a channel, and who has set it last and when (UTC); None where nobody ever has."""

    what: Channel = USUAL
    who: str | None = None
    at: dt.datetime | None = None


class Channels:
    """One for a corpus, which lends it its transactions."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading, self._writing = reading, writing

    def of(self, team: str, channel: str) -> Channel:
        """What holds for a channel."""
        return self.setting(team, channel).what

    def setting(self, team: str, channel: str) -> Setting:
        """What holds for a channel, and who has set it."""
        with self._reading() as connection:
            return _look_up(connection, team, channel)

    def all(self, team: str) -> dict[str, Channel]:
        """The channels of a workspace for which something is set other than what is usual, by their ids."""
        query = sa.select(channels).where(channels.c.team == team).order_by(channels.c.channel)
        with self._reading() as connection:
            found = {row["channel"]: _read(row) for row in connection.execute(query).mappings()}
        return {channel: what for channel, what in found.items() if what != USUAL}

    def count(self) -> int:
        """For how many channels, of all workspaces, something is set other than what is usual."""
        with self._reading() as connection:
            return sum(_read(row) != USUAL for row in connection.execute(sa.select(channels)).mappings())

    def set(self, team: str, channel: str, what: Channel, who: str, before: str | None = None) -> bool:
        """Keeps what holds for a channel from now on, and who has set it; whether it was kept.

        `before`: the stamp of what held when it was decided on; where something else holds by now, nothing is kept.
        What is usual is kept like anything else, so that it is known who went back to it.
        """
        key = {"team": team, "channel": channel}
        values = _written(what) | {"at": now(), "who": who}
        with self._writing() as connection:  # there is one writer at a time
            if before is not None and _look_up(connection, team, channel).what.stamp() != before:
                return False
            connection.execute(channels.delete().where(channels.c.team == team, channels.c.channel == channel))
            connection.execute(channels.insert().values(**key, **values))
        return True


def _look_up(connection: Connection, team: str, channel: str) -> Setting:
    query = sa.select(channels).where(channels.c.team == team, channels.c.channel == channel)
    row = connection.execute(query).mappings().first()
    return Setting(_read(row), row["who"], row["at"]) if row else Setting()


def _written(what: Channel) -> dict[str, object]:
    sets = {name: sorted(getattr(what, name)) for name in _SETS}
    return {"language": what.language, "follows": what.follows, **sets}


def _read(row: RowMapping) -> Channel:
    sets = {name: frozenset(row[name]) for name in _SETS}
    return Channel(language=row["language"], follows=row["follows"], **sets)
