"""From a question to an answer: an outcome, and the passages that answer, verbatim, each with its document.

Reads only. The index ranks; the corpus, asked last, decides what may be shown, so what was retired or forgotten
a moment ago is in no answer, whatever the index still holds.
"""

import datetime as dt
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from bot.faults import NOT_READY
from bot.filters import NAMES, Filters, read_filters
from bot.folding import folded, spread
from bot.language import filed_as, question_language
from bot.rooms import Rooms
from bot.words import ENGLISH, noted, spoken
from corpus import Document, Invalid, Narrowing, NotFound, Passage, Unavailable, sentences
from index import FOUND, READ, WEAK, Hit, any_of, single

MOST = 50  # passages in one answer
LONGEST_QUESTION = 2000  # characters
EMPTY = noted("Please type a question.")
TOO_LONG = noted("This question is too long. Please ask it in at most 2,000 characters.")
NO_DATE = noted("A date is written like 2015-01-01.")
NOT_TEXT = noted("This question holds characters that are not text.")
TOO_MANY = noted("The number of passages is {number}; it can be 1 to {most}.")
NO_LANGUAGE = noted("The language is {code}; it is a code of two letters such as lv.")
NOT_SHOWN = noted("There is no document {number} that everybody may see.")
NO_COUNTRY = noted("The country is {code}; it is a code of two letters such as NO.")

_WORTH = single(WEAK)  # probability of a passage that is worth showing behind the first three
_DEEP = 16  # hits looked at, at least: what says the same as one of them is folded into it
_FIRST, _OF_A_DOCUMENT = 5, 3  # hits, and how many of them may be of one document; two lose answers: docs/retrieval.md
_AS_GOOD = 0.75  # a version in the asker's language is shown if its probability is such a share of the best one's
_NEAREST = 3  # documents that are named where nothing was found
_QUOTE = 400  # characters: a second sentence is added only if the quote stays below
_NEIGHBOUR = 0.75  # a second sentence must be at least so near the question, as a share of the best one
_SHORT = 120  # characters: a quote that is shorter is given its neighbour, however near that is
_LEAST_WORDS = 4  # of a sentence that says something by itself


class Outcome(StrEnum):
    FOUND = "found"
    WEAK = "weak"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as it is shown. `quote_start` and `quote_end` are offsets in the document's text.

    `also` are passages of other documents that say the same; `score` is then the best that any of them has.
    """

    rank: int
    score: float
    passage: Passage
    document: Document
    quote_start: int
    quote_end: int
    also: tuple["Shown", ...] = ()

    @property
    def language(self) -> str | None:
        """ISO 639-1 code of the language that it is in, as far as it is known."""
        return self.passage.language or self.document.language

    @property
    def sure(self) -> bool:
        """Whether three like it would be called found."""
        return self.score >= single(FOUND)

    @property
    def quote(self) -> str:
        start = self.passage.start
        return self.passage.text[self.quote_start - start : self.quote_end - start]


@dataclass(frozen=True, slots=True)
class Answer:
    """`searched` is how many passages could have answered; `narrowed`, whether others were left out by request.

    `question` is all that was asked, `filters` what its own words have narrowed it to.
    `language` is that of the question, `reply_language` that of what is said about the passages. Where nothing was
    found: `looked_at`, how many documents could have answered, by their language, and the ones that are `nearest`.
    """

    question: str
    language: str | None
    outcome: Outcome
    shown: tuple[Shown, ...]
    searched: int
    narrowed: bool = False
    filters: Filters = field(default_factory=Filters)
    reply_language: str = ENGLISH
    looked_at: Mapping[str | None, int] = field(default_factory=dict)
    nearest: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class _Live:
    """A hit that the corpus still holds. `score`: the probability that it answers."""

    score: float
    hit: Hit
    passage: Passage
    document: Document

    @property
    def language(self) -> str | None:
        return self.passage.language or self.document.language

    def shown(self, rank: int, score: float) -> Shown:
        passage = self.passage
        leading = {words.strip() for words in (passage.heading, self.document.title) if words}
        start, end = quote(passage.text, leading, self.hit.sentences)
        return Shown(rank, score, passage, self.document, passage.start + start, passage.start + end)


def answer(
    rooms: Rooms,
    question: str,
    *,
    top: int = 5,
    narrowing: Narrowing = Narrowing(),  # noqa: B008
    without: Collection[str] = (),
    usual: str | None = None,
) -> Answer:
    """The answer to a question, with at most `top` passages; `usual` is the language that the asker usually reads.

    The question's own words narrow it further, but for the filters `without`, and those that `narrowing` has already.
    Raises Invalid for what is no question, Unavailable where the index is not ready to say that there is nothing.
    """
    asked = clean_question(question)
    given = [name for name in NAMES if getattr(narrowing, name) is not None]
    rest, filters = read_filters(question, {*without, *given})
    sought, narrowing = clean_question(rest), filters.within(narrowing)
    if not 1 <= top <= MOST:
        raise Invalid(TOO_MANY, number=top, most=MOST)
    searched = rooms.index.count(narrowing)
    languages = rooms.settings.languages
    end = rooms.index.begin(sought, max(_DEEP, 2 * top), narrowing)
    language = question_language(asked, languages, usual)  # while the nearest are looked for
    hits = end()
    shown = _show(rooms, hits, narrowing, language, max(top, READ))
    outcome = _outcome(shown)
    if outcome is Outcome.NOTHING and rooms.behind():
        live = len(rooms.corpus.live_ids(narrowing))
        if searched < live:
            raise Unavailable(NOT_READY)
        searched = live
    narrowed = replace(narrowing, audience=Narrowing().audience) != Narrowing()
    reply = Answer(asked, language, outcome, (), searched, narrowed, filters, spoken(language, languages))
    if outcome is Outcome.NOTHING:
        nearest = _nearest(_show(rooms, hits, narrowing, language, _DEEP))
        return replace(reply, looked_at=rooms.corpus.extent(narrowing), nearest=nearest)
    worth = (each for each in shown if each.score >= _WORTH or each.rank <= READ)
    return replace(reply, shown=tuple(worth)[:top])


def in_document(rooms: Rooms, question: str, document_id: int, start: int | None = None) -> Shown:
    """Of a document, the passage that begins at `start`; else the one that is nearest to a question.

    Raises NotFound where there is none that everybody may see.
    """
    own = [passage.id for passage in rooms.corpus.spans(document_id)]
    live = rooms.corpus.passages(own, Narrowing())
    if not live:
        raise NotFound(NOT_SHOWN, number=document_id)
    named = [i for i, (passage, _) in live.items() if passage.start == start]
    hits = rooms.index.among(question, named or list(live))
    # what was added a moment ago is in no index yet: then the first passage has to do
    best = hits[0] if hits else Hit(next(iter(named or live)), 0.0, 0.0, 0.0, (), np.zeros(0, np.float32))
    passage, document = live[best.passage_id]
    return _Live(1.0, best, passage, document).shown(1, 1.0)  # it answers, since a person says so


def narrowing(*, language: str | None, country: str | None, collection: str | None, since: dt.date | None) -> Narrowing:
    """What a person asked to narrow the answer to. Raises Invalid for what is no code.

    >>> narrowing(language="LV", country="no", collection=None, since=None).country
    'NO'
    """
    for sentence, code in ((NO_LANGUAGE, language), (NO_COUNTRY, country)):
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise Invalid(sentence, code=repr(code))
    return Narrowing(
        language=filed_as(language) if language else None,
        country=country.upper() if country else None,
        collections=frozenset([collection] if collection else []),
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
        "filters": {
            "language": answer.filters.language,
            "country": answer.filters.country,
            "status": answer.filters.status.value if answer.filters.status else None,
            "since": _iso(answer.filters.since),
        },
        "passages": [_passage_json(shown) for shown in answer.shown],
    }


def _passage_json(shown: Shown) -> dict[str, object]:
    passage, document = shown.passage, shown.document
    return {
        "rank": shown.rank,
        "score": round(shown.score, 4),
        "text": passage.text,
        "quote": shown.quote,
        "language": shown.language,
        "page": passage.page,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
        "also": [_also_json(each) for each in shown.also],
        "document": {
            "id": document.id,
            "title": document.title,
            "source": document.source,
            "language": document.language,
            "country": document.country,
            "date": _iso(document.date),
            "status": document.status.value,
            "collection": document.collection,
        },
    }


def _also_json(version: Shown) -> dict[str, object]:
    passage, document = version.passage, version.document
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "language": version.language,
        "status": document.status.value,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
    }


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None


def _nearest(shown: Sequence[Shown]) -> tuple[Document, ...]:
    """The first documents of what was looked at, each once."""
    return tuple({each.document.id: each.document for each in shown}.values())[:_NEAREST]


def _outcome(shown: Sequence[Shown]) -> Outcome:
    likely = any_of(each.score for each in shown[:READ])
    return Outcome.FOUND if likely >= FOUND else Outcome.WEAK if likely >= WEAK else Outcome.NOTHING


def _show(rooms: Rooms, hits: Sequence[Hit], narrowing: Narrowing, language: str | None, top: int) -> list[Shown]:
    """At most `top` findings of the hits that are live, each once; best first, but not all of one document.

    What a document has beyond that comes behind all else that is worth showing.
    """
    live = rooms.corpus.passages((hit.passage_id for hit in hits), narrowing)
    once: dict[tuple[int, str], _Live] = {}
    for hit in hits:
        if hit.passage_id in live:
            passage, document = live[hit.passage_id]
            score = hit.probability(first=not once)
            once.setdefault((document.id, passage.text), _Live(score, hit, passage, document))
    kept = list(once.values())
    vectors = np.stack([each.hit.vector for each in kept]) if kept and len(rooms.index.subspace.basis) else None
    findings = [[kept[n] for n in group] for group in folded([each.passage for each in kept], vectors)]
    worth = sum(versions[0].score >= _WORTH for versions in findings)
    documents = [versions[0].document.id for versions in findings[:worth]]
    order = [*spread(documents, _FIRST, _OF_A_DOCUMENT), *range(worth, len(findings))]
    chosen = [findings[n] for n in order[:top]]
    return [_shown(rank, versions, language) for rank, versions in enumerate(chosen, 1)]


def _shown(rank: int, versions: Sequence[_Live], language: str | None) -> Shown:
    """Of passages that say the same, best first, one in the asker's language, if it is about as good; else the best."""
    # both as if ranked first: behind the best one only because that says the same, a version is no less likely for it
    as_first = {each.hit.passage_id: each.hit.probability(first=True) for each in versions}
    good = _AS_GOOD * as_first[versions[0].hit.passage_id]
    own = [each for each in versions if each.language == language and as_first[each.hit.passage_id] >= good]
    first = (own or versions)[0]
    also = tuple(each.shown(rank, each.score) for each in versions if each is not first)
    return replace(first.shown(rank, versions[0].score), also=also)


def quote(text: str, headings: Collection[str], nearness: Sequence[float]) -> tuple[int, int]:
    """Where the sentence, or the two sentences, nearest the question stand in a passage.

    `nearness` holds the cosine of each sentence with the question; `headings` are the words that lead the passage.
    A heading, a label, or a row of a table is no quote where the passage has a sentence. A neighbour joins if it is
    nearly as near, or the quote would be very short without it.

    >>> quote("Nosacījumi. Darbs ir vajadzīgs visu soda laiku.", ["Nosacījumi."], [0.9, 0.4])
    (12, 47)
    """
    spans = sentences(text)
    if not spans or not nearness:
        return 0, len(text)
    numbers = range(min(len(spans), len(nearness)))
    said = [n for n in numbers if _says_something(text[slice(*spans[n])], headings)] or list(numbers)
    best = max(said, key=lambda n: nearness[n])
    near = _NEIGHBOUR * max(nearness[best], 0.0) if spans[best][1] - spans[best][0] >= _SHORT else -1.0
    beside = [n for n in (best - 1, best + 1) if n in said and nearness[n] >= near]
    for n in sorted(beside, key=lambda n: -nearness[n]):
        start, end = min(spans[n][0], spans[best][0]), max(spans[n][1], spans[best][1])
        if end - start <= _QUOTE:
            return start, end
    return spans[best]


def _says_something(sentence: str, headings: Collection[str]) -> bool:
    said = sentence.strip()
    return said not in headings and not said.endswith(":") and " | " not in said and len(said.split()) >= _LEAST_WORDS
