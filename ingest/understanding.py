"""From what a file holds to what the corpus keeps of it: text, passages with languages, what it states. Pure.

It runs in the worker beside the reader: finding languages takes longer than reading, and two cores can do it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus import Place, Span
from ingest.details import Details, mark_details, read_details
from ingest.funding import funding_code
from ingest.language import detect, with_languages
from ingest.likeness import sketch
from ingest.passages import compose
from ingest.reading import Inner, Reading, Unread


@dataclass(frozen=True, slots=True)
class Understood:
    """`found`: the fields that rules have read from the text, each with where. An archive has no text."""

    text: str
    passages: tuple[Span, ...]
    details: Details
    language: str | None
    funding: str | None = None
    found: Mapping[str, Place] = field(default_factory=dict)
    stated: Mapping[str, str] = field(default_factory=dict)
    sketch: bytes | None = None
    inner: tuple[Inner, ...] = ()
    unread: tuple[Unread, ...] = ()


def understood(reading: Reading) -> Understood:
    """All that is known of a file from the file itself."""
    text, spans = compose(mark_details(reading.blocks))
    language = detect(text)
    details = read_details(reading, language)
    code = funding_code(text)
    found = {name: _place(text, words) for name, words in details.evidence.items()}
    return Understood(
        text=text,
        passages=with_languages(text, spans, language),
        details=details,
        language=language,
        funding=code[0] if code else None,
        found=found | ({"funding": code[1]} if code else {}),
        stated=reading.stated,
        sketch=sketch(text),
        inner=reading.inner,
        unread=reading.unread,
    )


def _place(text: str, words: str) -> Place:
    """Where a text has these words; None where they were put together from several places."""
    start = text.find(words)
    return (start, start + len(words)) if start >= 0 else None
