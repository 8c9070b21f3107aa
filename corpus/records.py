"""What the corpus holds, as frozen values: documents, passages, and the moves a document may make."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corpus.errors import NotAllowed

EVERYONE = "everyone"
GONE = "gone from its source"
COLLECTION = "reports"  # in which a document is where nothing else is said

Place = tuple[int, int] | None  # start and end in a document's text


class Status(StrEnum):
    """Where a document is in its life: `draft -> validated -> retired`, and back by `restore`."""

    DRAFT = "draft"
    VALIDATED = "validated"
    RETIRED = "retired"


_MOVES = {  # what a curator does, as the journal names it, and the statuses from which it can be done
    "validated": {Status.DRAFT},
    "retired": {Status.DRAFT, Status.VALIDATED},
    "restored": {Status.RETIRED},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a document's text that can be an answer: `text[start:end]`.

    `page` counts from 1 and is None where the format has no pages; `heading` is the nearest heading above;
    `language` is an ISO 639-1 code, None where the text has no letters to tell it by; `confidence`, from 0 to 1,
    is how sure the recognition of a scan is of its words, None where nothing was recognised.
    """

    start: int
    end: int
    page: int | None = None
    heading: str | None = None
    language: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a document before the corpus has it. What is not known is None, never guessed.

    `content_hash` is the SHA-256, in hex, of the bytes that were read; `date` is the day of the experience,
    not of the upload; `country` (ISO 3166-1 alpha-2) is the country observed; `funding` is the code under which a
    project was paid for. `found` names the fields that rules have found in the text, each with where, or None where
    the place is not in the text: they are proposed until a curator confirms them.
    `sketch` is a MinHash of its words.
    """

    source: str
    kind: str
    content_hash: str
    text: str
    passages: tuple[Span, ...]
    title: str | None = None
    language: str | None = None
    country: str | None = None
    organisation: str | None = None
    project: str | None = None
    date: dt.date | None = None
    collection: str = COLLECTION
    audience: tuple[str, ...] = (EVERYONE,)
    status: Status = Status.DRAFT
    review_by: dt.date | None = None
    tags: tuple[str, ...] = ()
    funding: str | None = None
    found: Mapping[str, Place] = field(default_factory=dict)
    sketch: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One report or note, in its current version. The text is fetched apart: `Corpus.text(id)`.

    `proposed` are the fields that rules have found and nobody has confirmed, each with where in the text.
    """

    id: int
    source: str
    kind: str
    content_hash: str
    title: str | None
    language: str | None
    country: str | None
    organisation: str | None
    project: str | None
    date: dt.date | None
    collection: str
    audience: tuple[str, ...]
    status: Status
    reason: str | None
    review_by: dt.date | None
    tags: tuple[str, ...]
    added_at: dt.datetime
    added_by: str
    passages: int
    funding: str | None = None
    proposed: Mapping[str, Place] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its title; where it states none, the last part of its source."""
        return self.title or self.source.rstrip("/").rsplit("/", 1)[-1]

    def check_move(self, what: str) -> None:
        """Nothing, if it can be `validated`, `retired` or `restored` now. Raises NotAllowed."""
        if self.status in _MOVES[what]:
            return
        if what == "restored":
            raise NotAllowed(f"Document {self.id} is not retired; its status is {self.status}.")
        if self.status is Status.RETIRED and what == "validated":
            raise NotAllowed(f"This document is retired; bring it back first: atzina documents restore {self.id}.")
        raise NotAllowed(f"Document {self.id} is already {self.status}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A span with its identity and its words: `text` is the document's text from `start` to `end`."""

    id: int
    document_id: int
    start: int
    end: int
    page: int | None
    heading: str | None
    language: str | None
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What runs know of a file. `signature` is made of its size and times; `reader` tells what it was read with.

    `reason` says why it could not be read, `unread` which of its parts could not, each with the reason.
    `validators` are the ETag and the date of a page.
    """

    source: str
    content_hash: str
    signature: str
    reader: str
    reason: str | None = None
    unread: tuple[tuple[int | str, str], ...] = ()
    validators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run over sources. `state`: running, done, failed, or stopped where the process ended before the run did."""

    id: int
    began: dt.datetime
    ended: dt.datetime | None
    who: str
    places: tuple[str, ...]
    state: str
    report: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two documents that are nearly the same (`kind` same) or say the same in two languages (translation).

    `likeness` is from 0 to 1; `decided` is what a curator said, yes or no.
    """

    one: int
    other: int
    kind: str
    likeness: float
    decided: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the journal: who did what to a document, when, and what it was before and after."""

    at: dt.datetime
    who: str
    what: str
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which passages may answer: each field that is not None must match; `audience` must overlap.

    `collections`: of one of these; of any where there are none.
    """

    language: str | None = None
    country: str | None = None
    collections: frozenset[str] = frozenset()
    status: Status | None = None
    since: dt.date | None = None
    audience: frozenset[str] = frozenset({EVERYONE})


def text_hash(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hex: under this name a vector is kept.

    >>> text_hash("atziņa")[:8]
    '3f5e8e53'
    """
    return hashlib.sha256(text.encode()).hexdigest()
