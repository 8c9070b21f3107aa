"""`Channels`: what an administrator has set for a channel of Slack, keyed by the ids of workspace and channel."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from corpus.database import Transaction
from corpus.records import EVERYONE
from corpus.schema import channels
from corpus.statements import now


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


USUAL = Channel()


class Channels:
    """One for a corpus, which lends it its transactions."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading, self._writing = reading, writing

    def of(self, team: str, channel: str) -> Channel:
        """What holds for a channel."""
        query = sa.select(channels).where(channels.c.team == team, channels.c.channel == channel)
        with self._reading() as connection:
            row = connection.execute(query).mappings().first()
        return _read(row) if row else USUAL

    def all(self, team: str) -> dict[str, Channel]:
        """The channels of a workspace for which something is set, by their ids."""
        query = sa.select(channels).where(channels.c.team == team).order_by(channels.c.channel)
        with self._reading() as connection:
            return {row["channel"]: _read(row) for row in connection.execute(query).mappings()}

    def set(self, team: str, channel: str, what: Channel, who: str) -> None:
        """Keeps what holds for a channel from now on, and who has set it."""
        key = {"team": team, "channel": channel}
        values = {
            "language": what.language,
            "collections": sorted(what.collections),
            "audiences": sorted(what.audiences),
            "askers": sorted(what.askers),
            "follows": what.follows,
            "at": now(),
            "who": who,
        }
        with self._writing() as connection:  # there is one writer at a time
            connection.execute(channels.delete().where(channels.c.team == team, channels.c.channel == channel))
            connection.execute(channels.insert().values(**key, **values))


def _read(row: RowMapping) -> Channel:
    sets = {name: frozenset(row[name]) for name in ("collections", "audiences", "askers")}
    return Channel(language=row["language"], follows=row["follows"], **sets)
