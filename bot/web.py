"""The web page: rendered here, without a line of JavaScript, so that it works on any phone."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from bot import answering
from bot.answering import Shown
from bot.faults import told, told_asker
from bot.filters import NAMES, Filters
from bot.held import Held
from bot.language import question_language
from bot.links import Place, document_link, read_place, same_version
from bot.marking import marked
from bot.metrics import Metrics
from bot.phrases import about, caveats, collected, outcome_line, versions
from bot.rendering import STYLE, STYLE_NAME, accepted, page
from bot.rooms import Rooms
from bot.words import country_name, date_text, language_name, noted, spoken, voice
from corpus import EVERYONE, Corpus, Document, Invalid, Narrowing, NotFound, Status

NO_DOCUMENT = noted("There is no document {number}.")

_READ = ["GET", "HEAD"]
_NARROWED = ("country", "language", "since")
_WITHOUT = "without"
_CONTEXT = 140  # characters of a quote's own line shown on each side of it; the whole passage unfolds


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question and its narrowing as they stand in an address, the language to reply in and that usually read.

    `without`: the filters for which the question's own words are not taken.
    """

    question: str
    question_language: str | None
    narrowed: Mapping[str, str]
    without: tuple[str, ...]
    language: str
    usual: str

    @classmethod
    def of(cls, request: Request, rooms: Rooms) -> "_Asked":
        given = request.query_params
        question = given.get("q", "").encode("utf-8", "replace").decode()
        narrowed = {name: given.get(name, "").strip() for name in _NARROWED}
        without = tuple(name for name in NAMES if name in given.get(_WITHOUT, "").split(","))
        languages = rooms.settings.languages
        usual = accepted(request, languages)
        known = question_language(question[: answering.LONGEST_QUESTION], languages, usual)
        return cls(question, known, narrowed, without, spoken(known, languages) if known else usual, usual)

    def parameters(self) -> dict[str, str]:
        off = {_WITHOUT: ",".join(self.without)}
        return {"q": self.question} | {name: value for name, value in [*self.narrowed.items(), *off.items()] if value}

    def shown(self, held: Held) -> dict[str, Any]:
        """What the form needs: what was asked, and what can be chosen, by name."""
        country, language = self.narrowed["country"].upper(), self.narrowed["language"].lower()
        return {
            "q": self.question[: answering.LONGEST_QUESTION].strip(),
            "asked_in": self.question_language,
            "narrowed": {"country": country, "language": language, "since": self.narrowed["since"]},
            "documents": held.documents,
            "countries": held.named_countries(self.language, country),
            "languages": held.named_languages(self.language, language),
        }


def router(rooms: Rooms, metrics: Metrics) -> APIRouter:
    """The page that asks and answers, and the page of a document."""
    routes = APIRouter(include_in_schema=False)

    @lru_cache(maxsize=1)
    def held(_version: int) -> Held:
        return Held.by(rooms.corpus)

    @routes.api_route("/", methods=_READ)
    def home(request: Request) -> Response:
        """The question box and, below it, the answer."""
        asked = _Asked.of(request, rooms)
        form = asked.shown(held(rooms.corpus.version()))
        if not asked.question.strip():
            return page("home.html", 200, asked.language, **form, answer=None)
        return _answered(rooms, metrics, asked, form)

    @routes.api_route("/documents/{number}", methods=_READ)
    def document(request: Request, number: str) -> Response:
        """A document's text, opened at a quote."""
        asked = _Asked.of(request, rooms)
        form, given = asked.shown(held(rooms.corpus.version())), request.query_params
        place = read_place(given.get("passage", ""), given.get("quote", ""), given.get("version", ""))
        try:
            shown = _document(rooms.corpus, number, place, asked.language)
        except Exception as fault:
            return _fault_page(fault, metrics, asked.language, form)
        back = f"/?{urlencode(asked.parameters())}" if asked.question.strip() else None
        return page("document.html", 200, asked.language, **form, **shown, back=back)

    @routes.get(STYLE_NAME)
    def style() -> Response:
        """The style sheet, under a name that changes with it."""
        return Response(STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    return routes


def _answered(rooms: Rooms, metrics: Metrics, asked: _Asked, form: dict[str, Any]) -> Response:
    rooms.catch_up_soon()
    try:
        with metrics.seconds.labels("web").time():
            narrowing, without = _narrowing(asked.narrowed), asked.without
            found = answering.answer(rooms, asked.question, narrowing=narrowing, without=without, usual=asked.usual)
    except Exception as fault:
        return _fault_page(fault, metrics, asked.language, form)
    metrics.questions.labels("web", found.outcome.value).inc()
    passages = [_passage(each, asked) for each in found.shown]
    shown = {
        "answer": found,
        "passages": passages,
        "outcome": outcome_line(found),
        "filters": _filters(found.filters, asked),
    }
    return page("home.html", 200, asked.language, **form, **shown)


def _fault_page(fault: Exception, metrics: Metrics, language: str, form: dict[str, Any]) -> Response:
    said = told(fault)
    metrics.errors.labels(said.code).inc()
    return page("home.html", said.status, language, **form, answer=None, fault=told_asker(fault, said, language))


def _narrowing(asked: Mapping[str, str]) -> Narrowing:
    try:
        since = dt.date.fromisoformat(asked["since"]) if asked["since"] else None
    except ValueError as fault:
        raise Invalid(answering.NO_DATE) from fault
    return answering.narrowing(
        language=asked["language"] or None, country=asked["country"] or None, collection=None, since=since
    )


def _filters(filters: Filters, asked: _Asked) -> list[tuple[str, str]]:
    """What of the question's words has narrowed the answer, each with the address of the one without it."""
    off = {name: replace(asked, without=(*asked.without, name)).parameters() for name in NAMES}
    return [(label, f"/?{urlencode(off[name])}") for name, label in filters.named(asked.language).items()]


def _passage(shown: Shown, asked: _Asked) -> dict[str, object]:
    """What the page shows of a passage: where it is from, and the quote marked among the words around it."""
    passage, document = shown.passage, shown.document
    before = passage.text[: shown.quote_start - passage.start]
    after = passage.text[shown.quote_end - passage.start :]
    lead, trail = _last_words(before.rpartition("\n")[2], _CONTEXT), _first_words(after.partition("\n")[0], _CONTEXT)
    return {
        "lead": lead,
        "quote": shown.quote,
        "trail": trail,
        "whole": (before, after) if (lead, trail) != (before, after.rstrip()) else None,
        "spoken": shown.language or "",
        "title": document.name,
        "title_in": document.language or "",
        "about": about(shown, asked.language),
        "caveats": caveats(shown, asked.language),
        "link": _link(shown, asked),
        "also": [(name, _link(each, asked)) for name, each in versions(shown, asked.language)],
    }


def _link(shown: Shown, asked: _Asked) -> str:
    return document_link(shown.document, shown.passage, shown.quote_start, shown.quote_end, asked.parameters())


def _first_words(text: str, most: int) -> str:
    """The text, or as many of its first words as fit and an ellipsis.

    >>> _first_words(" viens divi trīs", 12), _first_words(" viens", 12)
    (' viens divi …', ' viens')
    """
    return text if len(text) <= most else re.sub(r"\s+\S*$", "", text[: most + 1]) + " …"


def _last_words(text: str, most: int) -> str:
    """The text, or as many of its last words as fit after an ellipsis.

    >>> _last_words("viens divi trīs ", 11), _last_words("viens ", 11)
    ('… divi trīs ', 'viens ')
    """
    return text if len(text) <= most else "… " + re.sub(r"^\S*\s+", "", text[-most - 1 :])


def _document(corpus: Corpus, number: str, place: Place | None, language: str) -> dict[str, Any]:
    """What the page shows of a document. Raises NotFound, also where it is not for everyone."""
    document = _seen(corpus, number)
    text = corpus.text(document.id)
    fresh = place is not None and same_version(document, place) and place.end <= len(text)
    headings = {each.heading.strip() for each in corpus.spans(document.id) if each.heading}
    state = _state(document, language)
    note = Markup('<p class="outcome state" role="note" lang="{}">{}</p>').format(language, state)
    return {
        "title": document.name,
        "facts": _facts(document, language),
        "address": document.source if document.source.startswith(("http://", "https://")) else None,
        "file": document.source.rsplit("/", 1)[-1],
        "state": state,
        "changed": place is not None and not fresh,
        "spoken": document.language or "",
        "text": marked(text, place if fresh else None, headings, note if state else Markup()),
        "related": list(_related(corpus, document, language)),
    }


def _related(corpus: Corpus, document: Document, language: str) -> Iterator[tuple[str, Document, str]]:
    """Documents that are nearly the same, or the same in another language: what it is, which, and how sure."""
    say = voice(language)
    for link in corpus.links(document.id):
        other = corpus.document(link.other if link.one == document.id else link.one)
        if link.decided == "no" or other.status is Status.RETIRED or EVERYONE not in other.audience:
            continue
        if link.kind == "translation":
            spoken_in = language_name(other.language, language) or other.language or "?"
            what = say.gettext("The same in another language ({language}):").format(language=spoken_in)
        else:
            what = say.gettext("Nearly the same:")
        yield what, other, "" if link.decided else say.gettext("not confirmed yet")


def _seen(corpus: Corpus, number: str) -> Document:
    try:
        # no id has more digits, and Python refuses to read thousands
        document = corpus.document(int(number)) if re.fullmatch("[0-9]{1,19}", number) else None
    except NotFound:
        document = None
    if document is None or EVERYONE not in document.audience:
        raise NotFound(NO_DOCUMENT, number=number[:20])
    return document


def _state(document: Document, language: str) -> str:
    """What a reader must know before relying on a document; empty where nothing is against it."""
    say = voice(language)
    if document.status is Status.RETIRED:
        retired = say.gettext("This document is retired and is shown in no answer.")
        reason = say.gettext("Reason: {reason}").format(reason=document.reason) if document.reason else ""
        return f"{retired} {reason}".rstrip()
    if document.status is not Status.DRAFT:
        return ""
    draft = say.gettext("This document has not been validated yet.")
    facts = list(_proposed(document, language))
    named = say.gettext("Read from the text and not confirmed yet: {facts}").format(facts=", ".join(facts))
    return f"{draft} {named}." if facts else draft


def _proposed(document: Document, language: str) -> Iterator[str]:
    """What rules have read from the text, and nobody has confirmed."""
    shown = {
        "country": country_name(document.country, language),
        "date": date_text(document.date, language),
        "organisation": document.organisation,
        "project": document.project,
        "funding": document.funding,
    }
    yield from (value for name, value in shown.items() if name in document.proposed and value)


def _facts(document: Document, language: str) -> list[str]:
    known = [
        country_name(document.country, language),
        date_text(document.date, language),
        language_name(document.language, language),
        document.organisation,
        document.project,
        collected(document, language),
    ]
    return [each for each in known if each]
