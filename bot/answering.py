"""From a question to an answer: an outcome, and the passages that answer, verbatim, each with its document.

Reads only. The index ranks; the corpus, asked last, decides what may be shown, so what was retired or forgotten
a moment ago is in no answer, whatever the index still holds.
"""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.language import question_language
from bot.rooms import Rooms
from bot.words import noted
from corpus import Document, Invalid, Narrowing, Passage, sentences
from index import Hit, probability

MOST = 50  # passages in one answer
LONGEST_QUESTION = 2000  # characters
EMPTY = noted("Please type a question.")
TOO_LONG = noted("This question is too long. Please ask it in at most 2,000 characters.")
NO_DATE = noted("A date is written like 2015-01-01.")
NOT_TEXT = noted("This question holds characters that are not text.")

_FOUND = 0.2  # probability from which an answer is called found
_WEAK = 0.065  # and from which it is worth showing at all
_QUOTE = 400  # characters: a second sentence is added only if the quote stays below
_NEIGHBOUR = 0.85  # a second sentence must be at least so near the question, as a share of the best one


class Outcome(StrEnum):
    FOUND = "found"
    WEAK = "weak"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as it is shown. `quote_start` and `quote_end` are offsets in the document's text."""

    rank: int
    score: float
    passage: Passage
    document: Document
    quote_start: int
    quote_end: int

    @property
    def quote(self) -> str:
        start = self.passage.start
        return self.passage.text[self.quote_start - start : self.quote_end - start]


@dataclass(frozen=True, slots=True)
class Answer:
    """`searched` is how many passages could have answered: 0 says that there is nothing to ask yet."""

    question: str
    language: str | None
    outcome: Outcome
    shown: tuple[Shown, ...]
    searched: int


def answer(rooms: Rooms, question: str, *, top: int = 5, narrowing: Narrowing = Narrowing()) -> Answer:  # noqa: B008
    """The answer to a question, with at most `top` passages. Raises Invalid for what is no question, Unavailable."""
    asked = clean_question(question)
    if not 1 <= top <= MOST:
        raise Invalid(f"The number of passages is {top}; it can be 1 to {MOST}.")
    within = rooms.corpus.live_ids(narrowing)
    hits = rooms.index.search(asked, 2 * top, within)
    shown = _show(rooms, hits)[:top]
    outcome = _outcome(shown)
    kept = tuple(each for each in shown if outcome is not Outcome.NOTHING and each.score >= _WEAK)
    return Answer(asked, question_language(asked, rooms.settings.languages), outcome, kept, len(within))


def narrowing(*, language: str | None, country: str | None, collection: str | None, since: dt.date | None) -> Narrowing:
    """What a person asked to narrow the answer to. Raises Invalid for what is no code.

    >>> narrowing(language="LV", country="no", collection=None, since=None).country
    'NO'
    """
    for name, code in (("language", language), ("country", country)):
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise Invalid(
                f"The {name} is {code!r}; it is a code of two letters such as {'lv' if name == 'language' else 'NO'}."
            )
    return Narrowing(
        language=language.lower() if language else None,
        country=country.upper() if country else None,
        collection=collection or None,
        since=since,
    )


def clean_question(question: str) -> str:
    r"""The question in NFC, its white space folded, without control characters. Raises Invalid.

    >>> clean_question(" Kas  ir\nprobācija? ")
    'Kas ir probācija?'
    """
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise Invalid(NOT_TEXT)
    visible = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in question)
    asked = " ".join(unicodedata.normalize("NFC", visible).split())
    if not any(character.isalnum() for character in asked):
        raise Invalid(EMPTY)
    if len(asked) > LONGEST_QUESTION:
        raise Invalid(TOO_LONG)
    return asked


def as_json(answer: Answer) -> dict[str, object]:
    """The answer in the shape that scripts rely on: docs/reference.md."""
    return {
        "question": answer.question,
        "question_language": answer.language,
        "outcome": answer.outcome.value,
        "passages": [_passage_json(shown) for shown in answer.shown],
    }


def _passage_json(shown: Shown) -> dict[str, object]:
    passage, document = shown.passage, shown.document
    return {
        "rank": shown.rank,
        "score": round(shown.score, 4),
        "text": passage.text,
        "quote": shown.quote,
        "language": passage.language or document.language,
        "page": passage.page,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
        "document": {
            "id": document.id,
            "title": document.title,
            "source": document.source,
            "language": document.language,
            "country": document.country,
            "date": _iso(document.date),
            "status": document.status.value,
        },
    }


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None


def _outcome(shown: Sequence[Shown]) -> Outcome:
    best = max((each.score for each in shown), default=0.0)
    return Outcome.FOUND if best >= _FOUND else Outcome.WEAK if best >= _WEAK else Outcome.NOTHING


def _show(rooms: Rooms, hits: Sequence[Hit]) -> list[Shown]:
    """The hits that are live, best first; a text that stands in two documents is shown once."""
    live = rooms.corpus.passages(hit.passage_id for hit in hits)
    shown: list[Shown] = []
    texts: set[str] = set()
    for hit in hits:
        if hit.passage_id in live:
            passage, document = live[hit.passage_id]
            if passage.text not in texts:
                texts.add(passage.text)
                start, end = quote(passage.text, passage.heading, hit.sentences)
                place = (passage.start + start, passage.start + end)
                shown.append(Shown(len(shown) + 1, probability(hit.score), passage, document, *place))
    return shown


def quote(text: str, heading: str | None, nearness: Sequence[float]) -> tuple[int, int]:
    """Where the sentence, or the two sentences, nearest the question stand in a passage.

    `nearness` holds the cosine of each sentence with the question. A heading is no quote where the passage has
    anything else; a neighbour joins if it is nearly as near and the quote stays short.

    >>> quote("Nosacījumi. Darbs ir vajadzīgs.", "Nosacījumi.", [0.9, 0.4])
    (12, 31)
    """
    spans = sentences(text)
    if not spans or not nearness:
        return 0, len(text)
    numbers = range(min(len(spans), len(nearness)))
    said = [n for n in numbers if text[slice(*spans[n])].strip() != (heading or "").strip()] or list(numbers)
    best = max(said, key=lambda n: nearness[n])
    beside = [n for n in (best - 1, best + 1) if n in said and nearness[n] >= _NEIGHBOUR * max(nearness[best], 0.0)]
    for n in sorted(beside, key=lambda n: -nearness[n]):
        start, end = min(spans[n][0], spans[best][0]), max(spans[n][1], spans[best][1])
        if end - start <= _QUOTE:
            return start, end
    return spans[best]
