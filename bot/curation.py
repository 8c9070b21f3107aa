"""What changes the corpus: each verb checks who asks, changes the corpus, and makes the index equal to it.

Rights are checked here, once, and not at each door.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from bot.rooms import Rooms
from corpus import Document, Invalid, NotAllowed, Status
from index import Synced
from ingest import Report, ingest

T = TypeVar("T")
_DATES = {"date", "review_by"}
_LISTS = {"tags", "audience"}
_CODES = {"language": re.compile(r"[a-z]{2}"), "country": re.compile(r"[A-Z]{2}")}

Say = Callable[[int, int, str], None]


class Role(IntEnum):
    """Who may do what: staff ask, curators change documents, administrators also roles and settings."""

    STAFF = 0
    CURATOR = 1
    ADMINISTRATOR = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a name for the journal that says which door they came through, and their role."""

    name: str
    role: Role


def add(
    rooms: Rooms,
    person: Person,
    places: Sequence[str],
    *,
    collection: str | None = None,
    audience: tuple[str, ...] | None = None,
    status: Status | None = None,
    progress: Say | None = None,
) -> Report:
    """A report on reading files, folders or addresses into the corpus and the index."""
    _may_change(person)
    report = ingest(
        rooms.corpus,
        places,
        who=person.name,
        collection=collection,
        audience=audience,
        status=status,
        allow_private=rooms.settings.fetch_private,
        progress=progress,
    )
    sync(rooms, progress)
    return report


def sync(rooms: Rooms, progress: Say | None = None) -> Synced:
    """What it took to make the index equal to the corpus."""
    told = progress or (lambda done, of, what: None)
    return rooms.index.sync(rooms.corpus, lambda done, of: told(done, of, "embedding"))


def tag(rooms: Rooms, person: Person, document_id: int, fields: Mapping[str, str]) -> Document:
    """The document with fields set from words: dates as 2021-04-20, lists with commas, an empty word for unknown.

    Raises Invalid for a field or a value that cannot be.
    """
    _may_change(person)
    values = {name: _value(name, word.strip()) for name, word in fields.items()}
    return _synced(rooms, rooms.corpus.change(document_id, person.name, **values))


def validate(rooms: Rooms, person: Person, document_id: int) -> Document:
    _may_change(person)
    return _synced(rooms, rooms.corpus.validate(document_id, person.name))


def retire(rooms: Rooms, person: Person, document_id: int, reason: str) -> Document:
    _may_change(person)
    return _synced(rooms, rooms.corpus.retire(document_id, reason, person.name))


def restore(rooms: Rooms, person: Person, document_id: int) -> Document:
    _may_change(person)
    return _synced(rooms, rooms.corpus.restore(document_id, person.name))


def forget(rooms: Rooms, person: Person, document_id: int) -> dict[str, object]:
    """A receipt: hashes of what is gone from the corpus, the index and the kept vectors."""
    _may_change(person)
    return _synced(rooms, rooms.corpus.forget(document_id, person.name))


def _may_change(person: Person) -> None:
    if person.role < Role.CURATOR:
        raise NotAllowed(f"{person.name} may ask, but not change documents: that takes a curator.")


def _synced(rooms: Rooms, result: T) -> T:
    sync(rooms)
    return result


def _value(name: str, word: str) -> object:
    if name in _LISTS:
        return tuple(sorted({part.strip() for part in word.split(",") if part.strip()}))
    if not word:
        return None
    if name in _DATES:
        try:
            return dt.date.fromisoformat(word)
        except ValueError as fault:
            raise Invalid(f"{name} is {word!r}; a date is written like 2021-04-20.") from fault
    if name in _CODES and not _CODES[name].fullmatch(word):
        raise Invalid(f"{name} is {word!r}; it is a code of two letters such as {'NO' if name == 'country' else 'lv'}.")
    return word
