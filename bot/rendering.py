"""How a page comes about: its template, the words of its language, and headers that let in nothing from elsewhere."""

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from babel import negotiate_locale
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.language import filed_as
from bot.words import ENGLISH, TRANSLATED, voice

STYLE = resources.files("bot.pages").joinpath("style.css").read_bytes()
STYLE_NAME = f"/style-{hashlib.sha256(STYLE).hexdigest()[:12]}.css"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_pages = Environment(
    loader=PackageLoader("bot", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)


def page(name: str, status: int, language: str, **shown: Any) -> HTMLResponse:
    """A page in a language of the interface, from the template of that name."""
    say = voice(language)
    words = {"gettext": say.gettext, "ngettext": say.ngettext, "_": say.gettext}
    html = _pages.get_template(name).render(**shown, **words, lang=language, style=STYLE_NAME)
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers=_HEADERS)


def accepted(request: Request, interface: Sequence[str]) -> str:
    """The first language of the interface that the reader's browser asks for; English where there is none."""
    header = request.headers.get("accept-language", "")
    asked = [part.split(";")[0].strip().replace("-", "_") for part in header.split(",")[:20]]
    known = [code for code in interface if code in TRANSLATED]
    return negotiate_locale([filed_as(each.split("_")[0]) for each in asked if each], [*known, ENGLISH]) or ENGLISH


def wants_page(request: Request) -> bool:
    """Whether a browser asks for something to read, and no script for JSON."""
    return "text/html" in request.headers.get("accept", "") and not f"{request.url.path}/".startswith("/api/")
