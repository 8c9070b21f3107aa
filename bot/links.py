"""The address at which a quote can be read in its document: made here, read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from corpus import Document, Passage

_VERSION = 12  # characters of the content hash: enough to tell that a document has changed since


@dataclass(frozen=True, slots=True)
class Place:
    """A passage and the quote in it, as offsets in a document's text of a certain version."""

    start: int
    end: int
    quote_start: int
    quote_end: int
    version: str


def document_link(
    document: Document, passage: Passage, quote_start: int, quote_end: int, asked: Mapping[str, str] | None = None
) -> str:
    """The path of the document's page, at the quote.

    The version travels along, so that a link that was sent before the document changed says so instead of
    marking other words. `asked`: the question and its narrowing, by which the page leads back to the answer.
    """
    place = {
        "passage": f"{passage.start}-{passage.end}",
        "quote": f"{quote_start}-{quote_end}",
        "version": document.content_hash[:_VERSION],
    }
    return f"/documents/{document.id}?{urlencode(place | dict(asked or {}))}#here"


def read_place(passage: str, quote: str, version: str) -> Place | None:
    """What `document_link` wrote; None for anything else.

    >>> read_place("1-9", "2-5", "ab")
    Place(start=1, end=9, quote_start=2, quote_end=5, version='ab')
    """
    try:
        start, end = map(int, passage.split("-"))
        quote_start, quote_end = map(int, quote.split("-"))
    except ValueError:
        return None
    ordered = 0 <= start <= quote_start < quote_end <= end
    return Place(start, end, quote_start, quote_end, version) if ordered and version else None


def same_version(document: Document, place: Place) -> bool:
    """Whether the document still is what the link was made for."""
    return document.content_hash[:_VERSION] == place.version
