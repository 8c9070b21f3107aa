"""The country that a text names, by ISO 3166-1 code. When in doubt nothing is said: None, never a guess.

A labelled line ("Valsts: Norvēģija") may name any country, in any language that Babel knows of those below. A title
is read more strictly: `countries.tsv` is a closed table of forms in the languages of the reports. A genitive is not
among them, since it names a visitor as often as a place ("Latvijas delegācija Oslo"); nor is an adjective, since a
programme has one ("Norwegian grants").
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from babel import Locale

from ingest.cleaning import clean

_LOCALES = ("lv", "lt", "et", "en", "nb", "pl", "ru", "de", "fi", "sv", "da")
_NO_COUNTRY = frozenset(["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"])  # codes that CLDR has beside those of countries
_LEADS = {  # words, in each language, after which a country is a place
    "lv": "uz par",
    "lt": "į apie",
    "et": "õppereis õppevisiit visiit reis sõit lähetus külaskäik",
    "en": "in to across",
    "nb": "i til",
    "pl": "w we na do",
    "ru": "в во на по",
}
_ALSO = re.compile(r"\s*(?:[,/&]|\b(?:un|ir|ja|and|og|i|и))\s*(?:the\s+)?")
_STANDS_ALONE = re.compile(r"(?:\A|[:;,.(/–—|]\s*|\s-\s*)\Z"), re.compile(r"\s*(?:\Z|[:;,.)/–—|])|\s+-\s")


@dataclass(frozen=True, slots=True)
class _Form:
    """An inflected name. `place`: it says where by itself; else only after one of `leads`, or alone."""

    code: str
    place: bool
    leads: frozenset[str]


def country_names(language: str) -> dict[str, str]:
    """The name of every country in a language, by its ISO 3166-1 code.

    >>> country_names("lv")["NO"]
    'Norvēģija'
    """
    territories = Locale.parse(language).territories.items()
    return {code: name for code, name in territories if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY}


def country_forms() -> dict[str, str]:
    """ISO 3166-1 code by every form of a country's name that is known, in lower case.

    >>> country_forms()["norvēģijā"], country_forms()["norway"]
    ('NO', 'NO')
    """
    return dict(_names()[0])


def country_cases() -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Code and language, with the forms of the country's name that say where, and its other forms.

    The forms of one language stand in the order of their cases, whatever the country.
    """
    return _rows()


def country_named(text: str) -> str | None:
    """The one country that a text which is about nothing else names; None where it names none or several.

    >>> country_named("Norvēģija, Oslo"), country_named("Norway and Sweden"), country_named("NO")
    ('NO', None, 'NO')
    """
    names, pattern = _names()
    low = clean(text).casefold()
    found = {names[match] for match in pattern.findall(low)}
    if not found and len(low) == 2 and low.upper() in set(names.values()):
        return low.upper()
    return found.pop() if len(found) == 1 else None


def country_observed(title: str) -> str | None:
    """The one country that a title says something was seen in; None where it says none or several.

    >>> country_observed("Vizīte Norvēģijā"), country_observed("Lessons: Norway"), country_observed("Norway grants")
    ('NO', 'NO', None)
    """
    forms, pattern = _forms()
    words = clean(title)
    words = words.title() if words.isupper() else words
    found: set[str] = set()
    counted_until = -1  # where a country that counts ends: one that is joined to it by "and" counts as well
    for match in pattern.finditer(words):
        form, before = forms[match[0]], words[: match.start()]
        joined = counted_until >= 0 and _ALSO.fullmatch(words[counted_until : match.start()])
        if joined or form.place or _is_led(before, form) or _is_alone(before, words[match.end() :]):
            found.add(form.code)
            counted_until = match.end()
    return found.pop() if len(found) == 1 else None


def _is_led(before: str, form: _Form) -> bool:
    last = re.search(r"([^\W\d_]+)\s+\Z", before)
    return last is not None and last[1].casefold() in form.leads


def _is_alone(before: str, after: str) -> bool:
    opens, closes = _STANDS_ALONE
    return opens.search(before) is not None and closes.match(after) is not None


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, str], "re.Pattern[str]"]:
    """Code by name, in lower case, and what finds the names; "Northern Ireland" before "Ireland"."""
    names = {form.casefold(): code for code, _, places, others in _rows() for form in (*places, *others)}
    for name in _LOCALES:
        names |= {country.casefold(): code for code, country in country_names(name).items()}
    return names, re.compile(rf"(?<!new )(?<![\w-])(?:{_any_of(names)})(?![\w-])")


@lru_cache(maxsize=1)
def _forms() -> tuple[dict[str, _Form], "re.Pattern[str]"]:
    """What a form means, and what finds the forms; where languages share one, the words of place of each count."""
    forms: dict[str, _Form] = {}
    for code, language, places, others in _rows():
        for form in (*places, *others):
            leads = frozenset(_LEADS[language].split())
            known = forms.get(form)
            forms[form] = _Form(code, form in places, leads | known.leads if known else leads)
    return forms, re.compile(rf"(?<![\w-])(?:{_any_of(forms)})(?![\w-])")


def _rows() -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Code, language, forms that say where, other forms."""
    table = resources.files("ingest").joinpath("countries.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return [(code, language, _listed(places), _listed(others)) for code, language, places, others in rows]


def _listed(forms: str) -> tuple[str, ...]:
    return tuple(form for form in forms.split(", ") if form)


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
