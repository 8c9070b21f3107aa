"""What changes the corpus: each verb checks who asks, changes the corpus, and makes the index equal to it.

Rights are checked here, once, and not at each door.
"""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from typing import TypeVar

from babel import Locale

from bot.language import filed_as
from bot.rooms import Rooms
from bot.translations import note_translations
from bot.uploads import discard
from bot.words import noted
from corpus import Channel, Document, Handover, Invalid, NotAllowed, Status
from index import Synced
from ingest import Options, Report, Source, country_names, ingest

T = TypeVar("T")
ONLY_REVIEWERS = noted("Only curators can review reports.")
ONLY_CURATORS = noted("Only curators can answer questions that were handed over.")
ONLY_ADMINISTRATORS = noted("Only administrators can set how I work in a channel.")
_DATES = {"date", "review_by"}
_LISTS = {"tags", "audience"}

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
    sources: Sequence[Source],
    *,
    accept_losses: bool = False,
    again: bool = False,
    dry: bool = False,
    progress: Say | None = None,
) -> Report:
    """A report on reading files, folders or addresses into the corpus and the index. Its seconds are those of both.

    `accept_losses`: however much of a source is gone, it is gone. `again`: what could not be read before is tried
    again. `dry`: nothing is changed; what is new or changed is counted, and not read.
    """
    _may_change(person)
    _check_wanted(sources)
    began, settings = time.monotonic(), rooms.settings
    options = Options(settings.fetch_private, 1.0 if accept_losses else settings.most_gone, dry=dry, again=again)
    report = ingest(rooms.corpus, sources, who=person.name, options=options, progress=progress)
    if not dry:
        sync(rooms, progress)
        report.alike += note_translations(rooms, report.read)
    report.seconds = time.monotonic() - began
    return report


def offer(
    rooms: Rooms, person: Person, source: Source, fields: Mapping[str, object], *, progress: Say | None = None
) -> Report:
    """A report on reading one file that anybody may offer: a draft, unless a curator says that it is validated.

    `fields` are what the person says of the document that the file itself is; they are set where the file says
    something else, and so stay. What is wanted of its collection and audience holds whatever the file says.
    """
    _check_wanted([source])
    wanted = source.wanted
    for name, value in fields.items():
        _check_text(name, str(value))
    began, validated = time.monotonic(), wanted.status is Status.VALIDATED and person.role >= Role.CURATOR
    asked = replace(wanted, status=Status.VALIDATED if validated else Status.DRAFT)
    report = ingest(rooms.corpus, [replace(source, wanted=asked)], who=person.name, progress=progress)
    for document_id in report.read:
        document = rooms.corpus.document(document_id)
        said = wanted.changes(document) | (dict(fields) if document.source == source.place else {})
        if changed := {name: value for name, value in said.items() if value != getattr(document, name)}:
            rooms.corpus.change(document_id, person.name, **changed)
    sync(rooms, progress)
    report.alike += note_translations(rooms, report.read)
    report.seconds = time.monotonic() - began
    return report


def sync(rooms: Rooms, progress: Say | None = None, *, accept: bool = False) -> Synced:
    """What it took to make the index equal to the corpus; with `accept` whatever the golden questions say."""
    told = progress or (lambda done, of, what: None)
    return rooms.sync(lambda done, of: told(done, of, "embedding"), accept=accept)


def tag(
    rooms: Rooms, person: Person, document_id: int, fields: Mapping[str, str], *, version: int | None = None
) -> Document:
    """The document with fields set from words: dates as 2021-04-20, lists with commas, an empty word for unknown.

    `version`: as which they saw it. Raises Invalid for a field or a value that cannot be, Conflict.
    """
    _may_change(person)
    values = {name: _value(name, word.strip()) for name, word in fields.items()}
    return _synced(rooms, rooms.corpus.change(document_id, person.name, version, **values))


def validate(rooms: Rooms, person: Person, document_id: int) -> Document:
    """The document, a draft until now, confirmed. Raises NotAllowed."""
    _may_change(person)
    return _synced(rooms, rooms.corpus.validate(document_id, person.name))


def confirm(
    rooms: Rooms, person: Person, document_id: int, review_by: dt.date | None, *, version: int | None = None
) -> Document:
    """The document, found right: a draft is validated, and it is to be looked at again by that day, if there is one.

    `version`: as which they saw it. Raises NotAllowed, Conflict.
    """
    _may_change(person)
    corpus = rooms.corpus
    verb = corpus.validate if corpus.document(document_id).status is Status.DRAFT else corpus.change
    return _synced(rooms, verb(document_id, person.name, version, review_by=review_by))


def retire(rooms: Rooms, person: Person, document_id: int, reason: str, *, version: int | None = None) -> Document:
    """The document, in no answer from now on, with the reason. Raises Invalid where there is none, NotAllowed.

    `version`: as which they saw it. Raises Conflict.
    """
    _may_change(person)
    _check_text("reason", reason)
    return _synced(rooms, rooms.corpus.retire(document_id, reason, person.name, version))


def restore(rooms: Rooms, person: Person, document_id: int) -> Document:
    """The document, retired until now, with the status it had before. Raises NotAllowed."""
    _may_change(person)
    return _synced(rooms, rooms.corpus.restore(document_id, person.name))


def forget(rooms: Rooms, person: Person, document_id: int) -> dict[str, object]:
    """A receipt: hashes of what is gone from the corpus, the index and the kept vectors.

    A file that was uploaded is gone as well; one that lies elsewhere is its owner's to delete.
    """
    _may_change(person)
    receipt = rooms.corpus.forget(document_id, person.name)
    discard(rooms.settings.home, str(receipt["source"]))
    return _synced(rooms, receipt)


def decide(rooms: Rooms, person: Person, one: int, other: int, *, alike: bool) -> None:
    """Keeps whether two documents that were found to be alike are. Raises NotFound."""
    _may_change(person)
    rooms.corpus.decide(one, other, alike=alike)


def answer_question(
    rooms: Rooms,
    person: Person,
    handover_id: int,
    document_id: int | None,
    payload: Mapping[str, object],
    *,
    lease: dt.timedelta,
) -> Handover | None:
    """A question that was handed over, now answered and to be told; None where somebody has done so already.

    Raises NotAllowed.
    """
    may_answer(person)
    return rooms.corpus.questions.answer(handover_id, person.name, document_id, payload, lease=lease)


def may_answer(person: Person) -> None:
    """Raises NotAllowed where a person may not answer what was handed over."""
    if person.role < Role.CURATOR:
        raise NotAllowed(ONLY_CURATORS)


def may_review(person: Person) -> None:
    """Raises NotAllowed where a person may not see what waits for a curator."""
    if person.role < Role.CURATOR:
        raise NotAllowed(ONLY_REVIEWERS)


def set_channel(rooms: Rooms, person: Person, team: str, channel: str, what: Channel, before: str) -> bool:
    """Whether this holds for a channel from now on; False where it is no longer as its stamp `before` says.

    Raises NotAllowed.
    """
    may_set(person)
    return rooms.corpus.channels.set(team, channel, what, person.name, before)


def may_set(person: Person) -> None:
    """Raises NotAllowed where a person may not see or set what holds for a channel."""
    if person.role < Role.ADMINISTRATOR:
        raise NotAllowed(ONLY_ADMINISTRATORS)


def _may_change(person: Person) -> None:
    if person.role < Role.CURATOR:
        raise NotAllowed(f"{person.name} may ask, but not change documents: that takes a curator.")


def _synced(rooms: Rooms, result: T) -> T:
    sync(rooms)
    return result


def _check_wanted(sources: Sequence[Source]) -> None:
    for wanted in (source.wanted for source in sources):
        for name, words in (("collection", [wanted.collection or ""]), ("audience", wanted.audience or ())):
            _check_text(name, *words)


def _check_text(name: str, *words: str) -> None:
    if any("\ud800" <= character <= "\udfff" for word in words for character in word):
        raise Invalid(f"{name} holds characters that are not text.")


def _value(name: str, word: str) -> object:
    _check_text(name, word)
    if name in _LISTS:
        return tuple(sorted({part.strip() for part in word.split(",") if part.strip()}))
    if not word:
        return None
    if name in _DATES:
        try:
            return dt.date.fromisoformat(word)
        except ValueError as fault:
            raise Invalid(f"{name} is {word!r}; a date is written like 2021-04-20.") from fault
    if name in known_codes():
        return _code(name, word)
    return word


def _code(name: str, word: str) -> str:
    code = word.upper() if name == "country" else filed_as(word)
    if code not in known_codes()[name]:
        raise Invalid(f"{name} is {word!r}; it is a code of two letters such as {'NO' if name == 'country' else 'lv'}.")
    return code


@lru_cache(maxsize=1)
def known_codes() -> dict[str, frozenset[str]]:
    """The codes of two letters that there are, of each field: ISO 639-1 languages, ISO 3166-1 alpha-2 countries."""
    languages = frozenset(code for code in map(str, Locale.parse("en").languages) if len(code) == 2)
    return {"language": languages, "country": frozenset(country_names("en"))}
