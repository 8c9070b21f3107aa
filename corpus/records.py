"""What the corpus holds, as frozen values: documents, passages, and the moves a document may make."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from corpus.errors import NotAllowed

EVERYONE = "everyone"
GONE = "gone from its source"


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
    `language` is an ISO 639-1 code, None where the text has no letters to tell it by.
    """

    start: int
    end: int
    page: int | None = None
    heading: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a document before the corpus has it. What is not known is None, never guessed.

    `content_hash` is the SHA-256, in hex, of the bytes that were read; `date` is the day of the experience,
    not of the upload; `country` (ISO 3166-1 alpha-2) is the country observed.
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
    collection: str = "reports"
    audience: tuple[str, ...] = (EVERYONE,)
    status: Status = Status.DRAFT
    review_by: dt.date | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One report or note, in its current version. The text is fetched apart: `Corpus.text(id)`."""

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
    """Which passages may answer: each field that is not None must match; `audience` must overlap."""

    language: str | None = None
    country: str | None = None
    collection: str | None = None
    since: dt.date | None = None
    audience: frozenset[str] = frozenset({EVERYONE})


def text_hash(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hex: under this name a vector is kept.

    >>> text_hash("atziņa")[:8]
    '3f5e8e53'
    """
    return hashlib.sha256(text.encode()).hexdigest()
