"""`Reviews`: which documents wait for a curator, and what curators did with them beside changing them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from corpus.database import Transaction
from corpus.records import Change, Document, Status
from corpus.schema import documents, journal, reviews, showings
from corpus.statements import (
    chunks,
    insert_into,
    is_id,
    now,
    read_document,
    read_documents,
    read_journal,
    select_documents,
)

_PASSED, _ASKED, _REMINDED = "passed", "asked", "reminded"
_NOBODY = ""  # whom a reminder is for: all of them


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits for a curator. `version`: of the document, so that it is changed as it was seen.

    `overdue`: its review date has passed. `shown`: how often it was shown lately. `passed`: the ids of those who have
    said since its last change that it is not theirs.
    """

    document: Document
    version: int
    overdue: bool
    shown: int
    passed: frozenset[str]


class Reviews:
    """One for a corpus, which lends it its transactions."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading, self._writing = reading, writing

    def waiting(self, team: str, today: dt.date, since: dt.date) -> list[Waiting]:
        """Drafts, and documents whose review date has passed `today`; those shown most `since` first, then the oldest.

        `team`: the workspace of those who pass them on.
        """
        with self._reading() as connection:
            found = read_documents(connection, select_documents().where(_waits(today)).order_by(documents.c.id))
            known = _known(connection, [each.id for each in found], team, since)
        waiting = [Waiting(each, overdue=_overdue(each, today), **known[each.id]) for each in found]
        return sorted(waiting, key=lambda each: (-each.shown, each.document.id))

    def seen(self, document_id: int, team: str, today: dt.date, since: dt.date) -> Waiting:
        """One document, whether it waits or not. Raises NotFound."""
        with self._reading() as connection:
            document = read_document(connection, document_id)
            known = _known(connection, [document_id], team, since)
        return Waiting(document, overdue=_overdue(document, today), **known[document_id])

    def since(self, document_id: int, version: int) -> list[Change]:
        """What happened to a document after it had this version, oldest first."""
        later = is_id(journal.c.document_id, document_id) & (journal.c.id <= version)
        with self._reading() as connection:
            before = int(connection.scalar(sa.select(sa.func.count()).select_from(journal).where(later)) or 0)
            return read_journal(connection, document_id)[before:]

    def pass_on(self, document_id: int, team: str, person: str) -> None:
        """It is not this person's to review: they do not see it any more until something happens to it."""
        self._write(document_id, team, person, _PASSED, person, None)

    def ask(self, document_id: int, team: str, person: str, by: str, words: str) -> None:
        """Keeps that `by` has asked a person about a document, with the words."""
        self._write(document_id, team, person, _ASKED, by, words)

    def _write(self, document_id: int, team: str, person: str, what: str, by: str, words: str | None) -> None:
        key = {"document_id": document_id, "team": team, "person": person, "what": what}
        said = {"at": now(), "by": by, "words": words}
        with self._writing() as connection:
            if connection.scalar(sa.select(documents.c.id).where(is_id(documents.c.id, document_id))) is not None:
                written = insert_into(connection, reviews).values(**key, **said)
                connection.execute(written.on_conflict_do_update(index_elements=list(key), set_=said))

    def asked(self, document_id: int, team: str, person: str) -> tuple[str, str] | None:
        """Who has asked a person about a document, and in which words; None where nobody has."""
        key = (reviews.c.team == team, reviews.c.person == person, reviews.c.what == _ASKED)
        query = sa.select(reviews.c.by, reviews.c.words).where(is_id(reviews.c.document_id, document_id), *key)
        with self._reading() as connection:
            row = connection.execute(query).first()
        return (str(row.by), str(row.words or "")) if row else None

    def take_reminders(self, today: dt.date) -> list[Document]:
        """The documents whose review date has passed and of which this is not known yet: they are handed out once."""
        mark = reviews.alias()
        told = sa.exists().where(
            mark.c.document_id == documents.c.id,
            mark.c.what == _REMINDED,
            mark.c.words == sa.cast(documents.c.review_by, sa.Text),
        )
        due = (documents.c.status != Status.RETIRED, documents.c.review_by < today, ~told)
        with self._writing() as connection:  # there is one writer at a time
            found = read_documents(connection, select_documents().where(*due).order_by(documents.c.review_by))
            _remind(connection, found)
        return found

    def give_back(self, untold: Sequence[Document]) -> None:
        """Nobody could be told of these after all: they are handed out again."""
        with self._writing() as connection:
            for chunk in chunks([each.id for each in untold]):
                gone = reviews.c.document_id.in_(chunk) & (reviews.c.what == _REMINDED)
                connection.execute(reviews.delete().where(gone))


def _remind(connection: Connection, found: Sequence[Document]) -> None:
    for each in found:
        key = {"document_id": each.id, "team": _NOBODY, "person": _NOBODY, "what": _REMINDED}
        said = {"at": now(), "by": _NOBODY, "words": each.review_by.isoformat() if each.review_by else None}
        written = insert_into(connection, reviews).values(**key, **said)
        connection.execute(written.on_conflict_do_update(index_elements=list(key), set_=said))


def _waits(today: dt.date) -> sa.ColumnElement[bool]:
    past = (documents.c.review_by < today) & (documents.c.status != Status.RETIRED)
    return (documents.c.status == Status.DRAFT) | past


def _overdue(document: Document, today: dt.date) -> bool:
    return document.review_by is not None and document.review_by < today


def _known(connection: Connection, ids: Sequence[int], team: str, since: dt.date) -> dict[int, dict[str, Any]]:
    """Of each document its version, how often it was shown, and who has passed it on."""
    version, changed = sa.func.max(journal.c.id), sa.func.max(journal.c.at)
    known: dict[int, dict[str, Any]] = {}
    for chunk in chunks(ids):
        lines = sa.select(journal.c.document_id, version, changed).where(journal.c.document_id.in_(chunk))
        last = {row[0]: row for row in connection.execute(lines.group_by(journal.c.document_id))}
        times = sa.select(showings.c.document_id, sa.func.sum(showings.c.times)).where(
            showings.c.document_id.in_(chunk), showings.c.day >= since
        )
        shown = {row[0]: int(row[1]) for row in connection.execute(times.group_by(showings.c.document_id))}
        passes = sa.select(reviews).where(
            reviews.c.document_id.in_(chunk), reviews.c.team == team, reviews.c.what == _PASSED
        )
        passed = [(row.document_id, row.person, row.at) for row in connection.execute(passes)]
        for each in chunk:
            by = frozenset(person for document, person, at in passed if document == each and at >= last[each][2])
            known[each] = {"version": int(last[each][1]), "shown": shown.get(each, 0), "passed": by}
    return known
