"""Every sentence that a person reads, in each language: gettext catalogues, read as they were written (.po).

    say = voice("lv")
    say.gettext("Searching…")                               # 'Meklēju…'
    say.ngettext("{n} passage", "{n} passages", 3).format(n=3)

Languages without a catalogue get English, which is what the sentences are written in.
"""

import datetime as dt
import io
from collections.abc import Collection, Sequence
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH = "en"
TRANSLATED = ("et", "lt", "lv", "nb", "pl", "ru")


@lru_cache(maxsize=32)
def voice(language: str | None) -> NullTranslations:
    """The sentences in a language (ISO 639-1); in English where there is no catalogue for it."""
    if language not in TRANSLATED:
        return NullTranslations()
    with resources.files("bot.words").joinpath(f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def noted(sentence: str) -> str:
    """The sentence itself: a mark by which `make words` finds one that is translated elsewhere."""
    return sentence


def spoken(language: str | None, interface: Collection[str] = TRANSLATED) -> str:
    """The language in which a question in `language` is answered, where the interface has these; else English.

    >>> spoken("lv"), spoken("de"), spoken(None), spoken("lv", ("et", "en"))
    ('lv', 'en', 'en', 'en')
    """
    return language if language in TRANSLATED and language in interface else ENGLISH


def usual_language(languages: Sequence[str]) -> str:
    """In which people are spoken to where nothing is known of them: the first that the organisation speaks."""
    return spoken(next(iter(languages), None), languages)


def country_name(code: str | None, language: str | None) -> str | None:
    """A country's name in a language.

    >>> country_name("NO", "lv"), country_name(None, "lv")
    ('Norvēģija', None)
    """
    return _locale(language).territories.get(code, code) if code else None


def language_name(code: str | None, language: str | None) -> str | None:
    """A language's name in a language.

    >>> language_name("lt", "lv")
    'lietuviešu'
    """
    return _locale(language).languages.get(code, code) if code else None


def date_text(date: dt.date | None, language: str | None) -> str | None:
    """A day as it is written in a language.

    >>> date_text(dt.date(2023, 5, 15), "lv")
    '2023. gada 15. maijs'
    """
    return format_date(date, "long", _locale(language)) if date else None


@lru_cache(maxsize=32)
def _locale(language: str | None) -> Locale:
    try:
        return Locale.parse("en_GB" if spoken(language) == ENGLISH else spoken(language))
    except UnknownLocaleError:
        return Locale.parse(ENGLISH)
