"""The web page: rendered here, without a line of JavaScript, so that it works on any phone."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from babel import negotiate_locale
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot import answering
from bot.answering import Shown
from bot.faults import BROKEN, told
from bot.links import Place, document_link, read_place, same_version
from bot.metrics import Metrics
from bot.phrases import about, outcome_line
from bot.rooms import Rooms
from bot.words import ENGLISH, TRANSLATED, country_name, date_text, language_name, spoken, voice
from corpus import EVERYONE, Corpus, Document, Invalid, Narrowing, NotFound, Status

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_STYLE = resources.files("bot.pages").joinpath("style.css").read_bytes()
_STYLE_NAME = f"/style-{hashlib.sha256(_STYLE).hexdigest()[:12]}.css"

_pages = Environment(
    loader=PackageLoader("bot", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)


def router(rooms: Rooms, metrics: Metrics) -> APIRouter:
    """The page that asks and answers, and the page of a document."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def home(request: Request, q: str = "") -> Response:
        """The question box and, below it, the answer."""
        narrowed = {name: request.query_params.get(name, "").strip() for name in ("country", "language", "since")}
        if not q.strip():
            return _page(request, "home.html", 200, q="", narrowed=narrowed, answer=None, **_counts(rooms))
        rooms.catch_up_soon()
        try:
            with metrics.seconds.labels("web").time():
                found = answering.answer(rooms, q, narrowing=_narrowing(narrowed))
        except Exception as fault:
            return _fault_page(request, fault, metrics, q=_visible(q), narrowed=narrowed, **_counts(rooms))
        metrics.questions.labels("web", found.outcome.value).inc()
        shown = {"answer": found, "passages": [_passage(each, spoken(found.language)) for each in found.shown]}
        known = {"q": found.question, "narrowed": narrowed, "outcome": outcome_line(found)}
        return _page(request, "home.html", 200, language=spoken(found.language), **shown, **known, **_counts(rooms))

    @routes.get("/documents/{document_id}")
    def document(request: Request, document_id: int) -> Response:
        """A document's text, opened at a quote."""
        asked = request.query_params
        place = read_place(asked.get("passage", ""), asked.get("quote", ""), asked.get("version", ""))
        try:
            return _page(
                request, "document.html", 200, **_document(rooms.corpus, document_id, place, _accepted(request))
            )
        except Exception as fault:
            return _fault_page(request, fault, metrics, q="", narrowed={}, **_counts(rooms))

    @routes.get(_STYLE_NAME)
    def style() -> Response:
        """The style sheet, under a name that changes with it."""
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    return routes


def _page(request: Request, name: str, status: int, *, language: str | None = None, **shown: Any) -> HTMLResponse:
    spoken_here = language or _accepted(request)
    say = voice(spoken_here)
    words = {"gettext": say.gettext, "ngettext": say.ngettext, "_": say.gettext}
    page = _pages.get_template(name).render(**shown, **words, lang=spoken_here, style=_STYLE_NAME)
    return HTMLResponse(page.encode("utf-8", "replace"), status, headers=_HEADERS)


def _fault_page(request: Request, fault: Exception, metrics: Metrics, **shown: Any) -> HTMLResponse:
    said = told(fault)
    metrics.errors.labels(said.code).inc()
    sentence = voice(_accepted(request)).gettext(BROKEN if said.reference else said.sentence)
    message = sentence.format(reference=said.reference) if said.reference else sentence
    return _page(request, "home.html", said.status, answer=None, fault=message, **shown)


def _counts(rooms: Rooms) -> dict[str, Any]:
    seen = rooms.corpus.documents(audience=frozenset({EVERYONE}))
    return {"documents": len(seen)}


def _accepted(request: Request) -> str:
    """The first language that the reader's browser asks for and that there is a catalogue for."""
    header = request.headers.get("accept-language", "")
    asked = [part.split(";")[0].strip().replace("-", "_") for part in header.split(",")[:20]]
    asked = ["nb" if each.lower().split("_")[0] in {"no", "nn"} else each for each in asked]
    return negotiate_locale([a.split("_")[0] for a in asked if a], [*TRANSLATED, ENGLISH]) or ENGLISH


def _narrowing(asked: Mapping[str, str]) -> Narrowing:
    try:
        since = dt.date.fromisoformat(asked["since"]) if asked["since"] else None
    except ValueError as fault:
        raise Invalid(answering.NO_DATE) from fault
    return answering.narrowing(
        language=asked["language"] or None, country=asked["country"] or None, collection=None, since=since
    )


def _passage(shown: Shown, language: str) -> dict[str, object]:
    """What the page shows of a passage: its text with the quote marked, and where it is from."""
    passage, document = shown.passage, shown.document
    start, end = shown.quote_start - passage.start, shown.quote_end - passage.start
    return {
        "before": passage.text[:start],
        "quote": shown.quote,
        "after": passage.text[end:],
        "spoken": passage.language or document.language or "",
        "title": document.name,
        "about": about(shown, language),
        "link": document_link(document, passage, shown.quote_start, shown.quote_end),
    }


def _document(corpus: Corpus, document_id: int, place: Place | None, language: str) -> dict[str, Any]:
    """What the page shows of a document. Raises NotFound, also where it is not for everyone."""
    document = corpus.document(document_id)
    if EVERYONE not in document.audience:
        raise NotFound(f"There is no document {document_id}.")
    text = corpus.text(document_id)
    fresh = place is not None and same_version(document, place) and place.end <= len(text)
    address = document.source if document.source.startswith(("http://", "https://")) else None
    return {
        "title": document.name,
        "facts": _facts(document, language),
        "address": address,
        "file": document.source.rsplit("/", 1)[-1],
        "retired": document.status is Status.RETIRED,
        "reason": document.reason,
        "draft": document.status is Status.DRAFT,
        "changed": place is not None and not fresh,
        "spoken": document.language or "",
        "text": _marked(text, place if fresh else None),
    }


def _facts(document: Document, language: str) -> list[str]:
    known = [
        country_name(document.country, language),
        date_text(document.date, language),
        language_name(document.language, language),
        document.organisation,
        document.project,
    ]
    return [each for each in known if each]


def _marked(text: str, place: Place | None) -> Markup:
    """The text with the passage set apart and the quote marked, everything in it escaped."""
    if place is None:
        return escape(text)
    cuts = [0, place.start, place.quote_start, place.quote_end, place.end, len(text)]
    before, lead, quote, trail, after = (escape(text[a:b]) for a, b in zip(cuts, cuts[1:], strict=False))
    inner = Markup('{}<mark id="here">{}</mark>{}').format(lead, quote, trail)
    return Markup('{}<span class="passage">{}</span>{}').format(before, inner, after)


def _visible(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[: answering.LONGEST_QUESTION]
