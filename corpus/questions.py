"""`Questions`: what people asked, what they said of the answers, and what was handed to the curators.

Everything is keyed by the ids of places and people. No word of a document is kept here, so nothing of one that is
forgotten can stay.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from corpus.database import Transaction
from corpus.errors import NotFound
from corpus.schema import handovers, questions, votes
from corpus.statements import insert_into, is_id, now

_UNSURE = ("nothing", "weak")  # outcomes
_KEPT = ("reference", "team", "channel", "thread", "message", "asker", "text")  # of a question, for some days
_UNTOLD = handovers.c.payload.is_not(None)


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked. `message` is the asker's own; None for a command, which leaves none.

    `topics`: what it is about, in words that say nothing of who asks.
    `thread`: in which it was asked and others see the answer; None where only the asker does.
    """

    text: str
    language: str | None
    outcome: str
    reference: str
    team: str
    channel: str
    message: str | None
    asker: str
    thread: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interest:
    """How often something was asked about, and how often nothing sure was found then."""

    topic: str
    asked: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Under:
    """A message and a person who does something under it, by their ids."""

    team: str
    channel: str
    message: str
    person: str


@dataclass(frozen=True, slots=True)
class Handover:
    """A question that the curators were asked to answer. The times are UTC.

    Who asked and in which words is None once it was dropped, some days after the answer. `payload` is the door's: what
    is still to be told to who asked; None where that has been done.
    """

    id: int
    team: str
    channel: str
    message: str
    thread: str | None
    asker: str | None
    text: str | None
    language: str | None
    reference: str | None
    at: dt.datetime
    state: State
    answered_at: dt.datetime | None
    answered_by: str | None
    document: int | None
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a question: how it was answered, and what the curators did, if they were asked."""

    at: dt.datetime
    text: str | None
    outcome: str
    reference: str | None
    handover: Handover | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question for which nothing sure was found, without who asked it; `handover`: of the one that is still open."""

    at: dt.datetime
    text: str
    language: str | None
    handover: int | None


class Questions:
    """One for a corpus, which lends it its transactions."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading, self._writing = reading, writing

    # -- questions

    def note(self, asked: Asked, *, keep: bool) -> None:
        """Counts a question, once a message; `keep` says whether also who asked it, where, and in which words."""
        at = now()
        values: dict[str, object] = {"day": at.date(), "language": asked.language, "outcome": asked.outcome}
        values["topics"] = list(asked.topics)
        if keep:
            values |= {name: getattr(asked, name) for name in _KEPT} | {"asked_at": at}
        with self._writing() as connection:
            connection.execute(insert_into(connection, questions).values(**values).on_conflict_do_nothing())

    def mine(self, team: str, asker: str, most: int) -> list[Fate]:
        """What became of the latest questions of a person, as far as they are kept; newest first."""
        asked = sa.select(questions).where(questions.c.team == team, questions.c.asker == asker)
        handed = sa.select(handovers).where(handovers.c.team == team, handovers.c.asker == asker)
        with self._reading() as connection:
            rows = connection.execute(asked.order_by(questions.c.id.desc()).limit(most)).mappings().all()
            known = _read(connection, handed.order_by(handovers.c.id.desc()).limit(most))
        by_reference = {each.reference: each for each in known if each.reference}
        fates = [_fate(row, by_reference.pop(row["reference"], None)) for row in rows]
        # an open one is known for longer than a question is kept
        fates += [Fate(each.at, each.text, "nothing", each.reference, each) for each in by_reference.values()]
        return sorted(fates, key=lambda fate: fate.at, reverse=True)[:most]

    def unanswered(self, team: str, most: int) -> list[Unanswered]:
        """The latest questions that found nothing sure, as far as they are kept, and all that wait for the curators.

        Newest first. Left out is what the curators have answered, and what was found helpful all the same.
        """
        settled = sa.exists().where(handovers.c.reference == questions.c.reference, handovers.c.state == State.ANSWERED)
        helped = sa.exists().where(votes.c.reference == questions.c.reference, votes.c.helpful)
        asked = sa.select(questions.c.asked_at, questions.c.text, questions.c.language, questions.c.reference).where(
            questions.c.team == team, questions.c.outcome.in_(_UNSURE), questions.c.text.is_not(None), ~settled, ~helped
        )
        handed = sa.select(handovers).where(handovers.c.team == team, handovers.c.state == State.OPEN)
        with self._reading() as connection:
            rows = connection.execute(asked.order_by(questions.c.id.desc()).limit(most)).all()
            waiting = [each for each in _read(connection, handed) if each.text]
        by_reference = {each.reference: each.id for each in waiting if each.reference}
        found = [Unanswered(at, text, language, by_reference.get(reference)) for at, text, language, reference in rows]
        known = {each.handover for each in found}
        found += [Unanswered(h.at, h.text or "", h.language, h.id) for h in waiting if h.id not in known]
        return sorted(found, key=lambda each: each.at, reverse=True)

    def interests(self, since: dt.date, most: int) -> list[Interest]:
        """What was asked about most since a day, whoever asked and however long that has been dropped."""
        query = sa.select(questions.c.topics, questions.c.outcome).where(questions.c.day >= since)
        asked, unsure = Counter[str](), Counter[str]()
        with self._reading() as connection:
            for topics, outcome in connection.execute(query):
                asked.update(topics or ())
                unsure.update(topics or () if outcome in _UNSURE else ())
        ordered = sorted(asked.items(), key=lambda item: (-item[1], item[0]))
        return [Interest(topic, count, unsure[topic]) for topic, count in ordered[:most]]

    def last_in(self, team: str, channel: str, thread: str, asker: str, *, besides: str | None = None) -> str | None:
        """The last question of a person in a thread that was answered; None where there is none, or it is not kept.

        `besides` is a message whose own question does not count.
        """
        here = (questions.c.team == team, questions.c.channel == channel, questions.c.thread == thread)
        other = sa.or_(questions.c.message.is_(None), questions.c.message != besides) if besides else sa.true()
        asked = sa.select(questions.c.text).where(*here, questions.c.asker == asker, other)
        answered = asked.where(questions.c.outcome != "failed", questions.c.text.is_not(None))
        with self._reading() as connection:
            found: str | None = connection.scalar(answered.order_by(questions.c.id.desc()).limit(1))
            return found

    def drop_texts(self, days: int) -> None:
        """Drops what says who asked, where and what, and remarks, where they are older than so many days.

        Of a question that was handed over, once it has been answered for so long, and its asker was told.
        """
        before = now() - dt.timedelta(days=days)
        with self._writing() as connection:
            gone = {name: sa.null() for name in (*_KEPT, "asked_at")}
            connection.execute(questions.update().where(questions.c.asked_at < before).values(**gone))
            said = votes.update().where(votes.c.at < before, votes.c.words.is_not(None))
            connection.execute(said.values(words=sa.null()))
            old = (handovers.c.answered_at < before, handovers.c.asker.is_not(None), handovers.c.payload.is_(None))
            answered = handovers.update().where(*old)
            connection.execute(answered.values(asker=sa.null(), text=sa.null()))

    # -- votes

    def vote(self, place: Under, *, helpful: bool, reference: str | None) -> None:
        """Keeps what a person says of an answer, in place of what they said before; why, as long as that fits."""
        said = {"helpful": helpful, "reference": reference, "at": now()}
        same = votes.c.helpful == helpful
        why = {name: sa.case((same, votes.c[name]), else_=sa.null()) for name in ("reason", "words")}
        self._say(place, said, {**said, **why})

    def explain(self, place: Under, *, reason: str, words: str | None, reference: str | None) -> None:
        """Keeps why an answer was not helpful to a person."""
        said = {"helpful": False, "reason": reason, "words": words, "reference": reference, "at": now()}
        self._say(place, said, said)

    def _say(self, place: Under, first: Mapping[str, object], again: Mapping[str, object]) -> None:
        key = {"team": place.team, "channel": place.channel, "message": place.message, "voter": place.person}
        with self._writing() as connection:
            written = insert_into(connection, votes).values(**key, **first)
            connection.execute(written.on_conflict_do_update(index_elements=list(key), set_=again))

    # -- what was handed over

    def hand_over(
        self, place: Under, *, thread: str | None, text: str, language: str | None, reference: str | None
    ) -> Handover | None:
        """The question, now open; None where the one under this message was handed over already."""
        where = {"team": place.team, "channel": place.channel, "message": place.message, "asker": place.person}
        values = {**where, "thread": thread, "text": text, "language": language, "reference": reference}
        with self._writing() as connection:
            written = insert_into(connection, handovers).values(**values, at=now(), state=State.OPEN)
            row = connection.execute(written.on_conflict_do_nothing().returning(handovers)).mappings().first()
            return _as_handover(row) if row else None

    def handover(self, handover_id: int) -> Handover:
        """Raises NotFound."""
        with self._reading() as connection:
            found = _read(connection, sa.select(handovers).where(is_id(handovers.c.id, handover_id)))
        if not found:
            raise NotFound(f"No question {handover_id} was handed over.")
        return found[0]

    def open(self) -> list[Handover]:
        """The questions that wait for an answer, oldest first."""
        waiting = sa.select(handovers).where(handovers.c.state == State.OPEN).order_by(handovers.c.id)
        with self._reading() as connection:
            return _read(connection, waiting)

    def answer(
        self, handover_id: int, who: str, document: int | None, payload: Mapping[str, object], *, lease: dt.timedelta
    ) -> Handover | None:
        """The question, now answered; None where somebody has done so already.

        Whoever asked waits to be told what stands in the payload: by the caller until the lease is over.
        """
        done = {"state": State.ANSWERED, "answered_at": now(), "answered_by": who, "document": document}
        kept = {"payload": dict(payload), "leased_until": now() + lease}
        return self._set(handover_id, handovers.c.state == State.OPEN, done | kept)

    def hold(self, handover_id: int, *, lease: dt.timedelta) -> None:
        """The lease on what is to be told begins anew."""
        self._set(handover_id, _UNTOLD, {"leased_until": now() + lease})

    def told(self, handover_id: int) -> None:
        """Whoever asked has been told; what they were told is kept no longer."""
        self._set(handover_id, _UNTOLD, {"payload": sa.null(), "leased_until": None})

    def reopen(self, handover_id: int) -> None:
        """It was not answered after all: nobody could be told."""
        undone = {"state": State.OPEN, "answered_at": None, "answered_by": None, "document": None}
        self._set(handover_id, _UNTOLD, {**undone, "payload": sa.null(), "leased_until": None})

    def untold(self, *, lease: dt.timedelta) -> list[Handover]:
        """What was answered and is told by nobody at work any more; now it is leased to the caller."""
        left = handovers.update().where(_UNTOLD, handovers.c.leased_until <= now()).values(leased_until=now() + lease)
        with self._writing() as connection:
            return [_as_handover(row) for row in connection.execute(left.returning(handovers)).mappings()]

    def _set(
        self, handover_id: int, condition: sa.ColumnElement[bool], values: Mapping[str, object]
    ) -> Handover | None:
        chosen = handovers.update().where(is_id(handovers.c.id, handover_id), condition)
        with self._writing() as connection:
            row = connection.execute(chosen.values(**values).returning(handovers)).mappings().first()
            return _as_handover(row) if row else None


def _read(connection: Connection, query: sa.Select[Any]) -> list[Handover]:
    return [_as_handover(row) for row in connection.execute(query).mappings()]


def _as_handover(row: RowMapping) -> Handover:
    known = {name: value for name, value in row.items() if name != "leased_until"}
    return Handover(**known | {"state": State(row["state"])})


def _fate(row: RowMapping, handover: Handover | None) -> Fate:
    return Fate(row["asked_at"], row["text"], row["outcome"], row["reference"], handover)
