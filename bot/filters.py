"""Filters in words: what a person says beside a question to narrow its answer ("mentors, Norway, only validated").

Only what stands apart counts: a part between commas or in brackets that says nothing else, and a "since 2019" behind
keywords. A country in a sentence is what the sentence asks about, and two countries are no filter. What is taken for
one is shown with the answer and can be taken off, and its words are then part of the question again.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache

from bot.countries import code_by_name, is_named
from bot.subcommands import SINCE, read_date
from bot.words import TRANSLATED, country_name, date_text, language_name, voice
from corpus import Narrowing, Status
from index import fold

_APART = re.compile(r"\s*[,;()\n]\s*|\s+[–—-]\s+")
_TOKEN = re.compile(r"[^\W_]+")
SPOKEN = ("da", "de", "en", "et", "fi", "lt", "lv", "nb", "pl", "ru", "sv", "uk")  # ISO 639-1, that can be named
LONGEST = 300  # characters: so that each filter's button can carry it; what is longer is told, not looked up
CHOSEN = 130  # characters that `in_words` adds at most
_LEAST = 4  # letters of a language's name that count
_ENDING = 2  # letters that an inflection may take from it

# all folded, as what is typed is
_ONLY = re.compile("only|just|tikai|vien|tik|tiktai|ainult|vaid|bare|kun|tylko|wylacznie|только|лишь")
_IN = re.compile("in|from|uz|is|w|we|z|ze|po|в|во|из|на|по|i|fra|pa|til|par|no|iz")
_REPORTS = re.compile(
    "reports?|documents?|notes?|zinojum.*|parskat.*|atskait.*|dokument.*|ataskait.*|pranesim.*|aruan.*|raport.*|"
    "rapport.*|sprawozda.*|отчет.*|доклад.*|документ.*"
)
_TONGUE = re.compile("language|valod.*|kalb.*|keel.*|sprak.*|jezyk.*|язык.*")
_VALIDATED = re.compile(
    "validated|confirmed|apstiprinat.*|patvirtint.*|kinnitat.*|godkjent.*|bekreftet.*|zatwierdzon.*|potwierdzon.*|"
    "подтвержден.*|утвержден.*"
)
_ADVERBS = {  # "in Lithuanian", in one word of Latvian and Lithuanian
    code: frozenset(words.split())
    for code, words in {
        "da": "daniski daniskai",
        "de": "vaciski vokiskai",
        "en": "angliski angliskai",
        "et": "igauniski estiskai",
        "fi": "somiski suomiskai",
        "lt": "lietuviski lietuviskai",
        "lv": "latviski latviskai",
        "nb": "norvegiski norvegiskai",
        "pl": "poliski lenkiskai",
        "ru": "krieviski rusiskai",
        "sv": "zviedriski svediskai",
        "uk": "ukrainiski ukrainietiskai",
    }.items()
}
_YEAR_WORDS = r"(?:gada|gads|g|m|metu|metais|aastast|aasta|a|roku|r|года|год|г)"
_WHEN = r"\d{4}(?:-\d\d?){0,2}|(?:\d\d?\.){1,2}\d{4}"
_WHEN_ALONE = re.compile(rf"(?:{'|'.join(sorted(SINCE))})\s+(?:aastast\s+)?({_WHEN})\.?(?:\s*{_YEAR_WORDS}\.?)?")
_UNSURE = {"from", "no", "fra"}  # after these a date in a sentence may be the only one that is meant
_WHEN_LAST = re.compile(
    rf"^(.*\w)\s+((?:{'|'.join(sorted(SINCE - _UNSURE))})\s+(?:aastast\s+)?(?:{_WHEN})\.?(?:\s*{_YEAR_WORDS}\.?)?)\s*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer is narrowed to: codes of ISO 639-1 and ISO 3166-1, a status, a day. None: to nothing."""

    language: str | None = None
    country: str | None = None
    status: Status | None = None
    since: dt.date | None = None

    def within(self, narrowing: Narrowing) -> Narrowing:
        """A narrowing with these in it."""
        return replace(narrowing, **{name: value for name in NAMES if (value := getattr(self, name)) is not None})

    def named(self, language: str) -> dict[str, str]:
        """What each of them is called on a button, by its name here."""
        say = voice(language)
        named = {
            "country": country_name(self.country, language),
            "language": language_name(self.language, language),
            "status": say.gettext("validated") if self.status else None,
            "since": say.gettext("since {date}").format(date=date_text(self.since, language)) if self.since else None,
        }
        return {name: label for name, label in named.items() if label}


NAMES = tuple(each.name for each in fields(Filters))


@dataclass(slots=True)
class _Found:
    """What was read so far: for each filter, each value that was named with where its part stands."""

    values: dict[str, dict[object, list[int]]] = field(default_factory=dict)

    def add(self, name: str, value: object, place: int) -> None:
        self.values.setdefault(name, {}).setdefault(value, []).append(place)


def read_filters(text: str, ignored: Collection[str] = ()) -> tuple[str, Filters]:
    """A question without what narrows it, and what that is; `ignored` names filters that are not wanted.

    >>> read_filters("mentors in prisons, Norway, since 2019")[0]
    'mentors in prisons'
    >>> read_filters("mentors in prisons, Norway, since 2019", ["country"])[1].country is None
    True
    """
    if len(text) > LONGEST:
        return text, Filters()
    parts = _apart(text)
    found = _Found()
    for place, part in enumerate(parts):
        for name, value in _read(part):
            if name not in ignored:
                found.add(name, value, place)
    sure = {name: next(iter(values.items())) for name, values in found.values.items() if len(values) == 1}
    rest = _left(parts, sure.values())
    if "country" in sure and any(map(is_named, rest)):
        del sure["country"]  # it is named beside another one, to be compared
        rest = _left(parts, sure.values())
    if not sure or not any(map(_TOKEN.search, rest)):  # nothing would be left to ask
        return text, Filters()
    return ", ".join(rest), Filters(**{name: value for name, (value, _) in sure.items()})  # type: ignore[arg-type]


def read_alone(text: str) -> Filters:
    """What a text narrows to that says nothing else; nothing where it does.

    >>> read_alone("in Norway, since 2019").country, read_alone("mentors, Norway").country
    ('NO', None)
    """
    read = [list(_read(part)) for part in _apart(text)]
    found = [each for part in read for each in part]
    whole = bool(found) and all(read) and len({name for name, _ in found}) == len(found)
    return Filters(**dict(found)) if whole else Filters()  # type: ignore[arg-type]


def in_words(question: str, filters: Filters, language: str) -> str:
    """A question with what narrows it behind it, as `read_filters` reads it, in a language.

    >>> in_words("mentors", Filters(country="NO", since=dt.date(2019, 1, 1)), "en")
    'mentors, Norway, since 2019-01-01'
    """
    say = voice(language)
    spoken = language_name("no" if filters.language == "nb" else filters.language, language)
    said = [
        _readable(filters.country, language) if filters.country else None,
        say.gettext("in {language}").format(language=spoken) if spoken else None,
        say.gettext("only validated") if filters.status else None,
        say.gettext("since {date}").format(date=filters.since.isoformat()) if filters.since else None,
    ]
    return ", ".join([question, *filter(None, said)])


def _readable(code: str, language: str) -> str:
    """A country's name, or a surer one where that is not read back: two share it, or no table spells it so."""
    name = " ".join(_APART.sub(" ", country_name(code, language) or code).split())  # "Myanmar (Burma)" in one piece
    if _country([fold(word) for word in _TOKEN.findall(name)]) == code:
        return name
    return next((form.title() for form, known in code_by_name().items() if known == code), name)


def _left(parts: list[str], taken: Iterable[tuple[object, list[int]]]) -> list[str]:
    places = {place for _, named in taken for place in named}
    return [part for place, part in enumerate(parts) if place not in places]


def _apart(text: str) -> list[str]:
    """The parts of a text that stand apart; of keywords, a date that follows them is one."""
    parts = [part for part in _APART.split(text) if part]
    if parts and not text.rstrip().endswith("?") and (last := _WHEN_LAST.match(parts[-1])):
        parts[-1:] = [last[1], last[2]]
    return parts


def _read(part: str) -> Iterator[tuple[str, object]]:
    """What a part that says nothing else narrows to."""
    if (when := _WHEN_ALONE.fullmatch(part.strip(" .").casefold())) and (since := read_date(when[1])):
        yield "since", since
        return
    words = [fold(word) for word in _TOKEN.findall(part)]
    said = [word for word in words if not _ONLY.fullmatch(word)]
    things = [word for word in said if not _REPORTS.fullmatch(word)]
    if things and all(map(_VALIDATED.fullmatch, things)):
        yield "status", Status.VALIDATED
    elif code := _country(things):
        yield "country", code
    elif code := _language(said):
        yield "language", code


def _country(words: list[str]) -> str | None:
    known = code_by_name()
    return known.get(" ".join(words)) or (known.get(" ".join(words[1:])) if words and _IN.fullmatch(words[0]) else None)


def _language(words: list[str]) -> str | None:
    """The language that is named by words that are about reports, or about a language, and nothing else."""
    adverb = next((code for code, adverbs in _ADVERBS.items() if len(words) == 1 and words[0] in adverbs), None)
    if adverb:
        return adverb
    joined = [
        part for word in words for part in (re.split(r"(?=keel)", word, maxsplit=1) if "keel" in word else [word])
    ]
    about = [
        word for word in joined if word and (_TONGUE.fullmatch(word) or _REPORTS.fullmatch(word) or _IN.fullmatch(word))
    ]
    named = [word for word in joined if word and word not in about]
    if len(named) != 1 or not about:
        return None
    return next((code for name, code in _languages().items() if named[0].startswith(name)), None)


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """Code by the beginning of a language's name, folded, longest first."""
    found: dict[str, str] = {}
    for code in SPOKEN:
        for interface in ("en", *TRANSLATED):
            name = language_name("no" if code == "nb" else code, interface) or ""
            folded = fold(name.partition(" ")[0])
            found[folded[: max(_LEAST, len(folded) - _ENDING)]] = code
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))
