"""What a document states of itself: title, date of the experience, country, organisation, project.

Read from its own fields (front matter, properties), from labelled lines near its top ("Valsts: Norvēģija"), a
date also from a line of its own, a country also from the title. When in doubt nothing is said: None, never a guess.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from babel import Locale

from ingest.cleaning import clean
from ingest.reading import Block, Kind, Reading

_TOP = 20  # blocks from the start in which a document speaks of itself
_LONGEST_TITLE = 160  # characters
_LONGEST_DETAIL = 160
_LOCALES = ("lv", "lt", "et", "en", "nb", "pl", "ru", "de", "fi", "sv", "da")

_LABELS = {
    "country": """country observed country|country|valsts|apmeklētā valsts|šalis|aplankyta šalis|riik|külastatud riik
        |land|besøkt land|vertsland|kraj|odwiedzany kraj|страна""",
    "date": """date|dates|date of visit|dates of visit|visit dates|when|datums|laiks|norises laiks|vizītes datums
        |vizītes laiks|data|datos|laikas|vizito data|vizito laikas|kuupäev|aeg|toimumisaeg|visiidi aeg|dato|datoer
        |tid|tidspunkt|tidsrom|besøksdato|termin|data wizyty|дата|даты|время|период|дата визита|даты визита
        |время проведения|дата проведения""",
    "organisation": """organisation|organization|host organisation|organizācija|iestāde|organizacija|įstaiga
        |organisatsioon|asutus|organisasjon|etat|virksomhet|organizacja|instytucja|организация|учреждение""",
    "project": "project|projekts|projektas|projekt|prosjekt|проект",
}


def _joined(words: str) -> str:
    return re.sub(r"\s*\n\s*", "", words)


_LABELLED = {name: re.compile(rf"(?:{_joined(words)})\s*:\s*(.+)", re.IGNORECASE) for name, words in _LABELS.items()}

_MONTHS = (
    "jan januar janvār sausi styczeń stycznia январ",
    "feb februar veebruar febr vasari luty lutego феврал",
    "mar mär märt mart kov marz marc март",
    "apr april aprill aprīl baland kwiecień kwietnia апрел",
    "may mai maj maij geguž май мая мае",
    "jun juni juuni jūnij birž czerwiec czerwca июн",
    "jul juli juuli jūlij liep lipiec lipca июл",
    "aug august augus rugpjū sierpień sierpnia август",
    "sep sept rugsėj wrzesień września сентябр",
    "oct okt oktoober oktober oktobr spali spalio październik października октябр",
    "nov novem lapkri lapkrič listopad ноябр",
    "dec dets des decem gruod grudzień grudnia декабр",
)
_DASH = r"\s*(?:[-–—]|un|ir|ja|og|and|i|и|to|til|do|līdz|iki|kuni|по)\s*"
_DAY = r"(?P<day>\d{1,2})\.?"
_RANGE = rf"{_DAY}(?:(?:{_DASH})\d{{1,2}}\.?)?"
_WORD = r"(?P<month>[^\W\d_]{3,})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)",
        r"(?<![\d.])(?P<day>\d{1,2})[./](?P<number>\d{1,2})[./](?P<year>(?:19|20)\d\d)(?!\d)",
        rf"{_YEAR}\.?\s*(?:gada|g\.|m\.)\s*{_RANGE}\s*{_WORD}",
        rf"{_YEAR}\.?\s*(?:gada|g\.|m\.)\s*{_WORD}\s*{_RANGE}",
        rf"(?<!\d){_RANGE}\s*{_WORD}\.?,?\s*{_YEAR}",
        rf"(?<!\d){_DAY}\s*{_WORD}\s*{_DASH}\d{{1,2}}\.?\s*[^\W\d_]{{3,}}\.?,?\s*{_YEAR}",
        rf"{_WORD}\s+{_RANGE},?\s+{_YEAR}",
    )
)


@dataclass(frozen=True, slots=True)
class Details:
    title: str | None = None
    date: dt.date | None = None
    country: str | None = None
    organisation: str | None = None
    project: str | None = None


def read_details(reading: Reading) -> Details:
    """What the document states; each field is None where it states none, or several."""
    blocks = [Block(clean(block.text), block.kind, block.page) for block in reading.blocks[:_TOP]]
    lines = list(_lines(reading.blocks[:_TOP]))
    said = {name: _labelled(reading.stated, lines, name) for name in _LABELS}
    title = _title(reading, blocks)
    return Details(
        title=title,
        date=_date(said["date"], lines, title),
        country=country_in(said["country"]) if said["country"] else country_in(title or "", inflected=True),
        organisation=said["organisation"],
        project=said["project"],
    )


def mark_details(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, those near the top that only state a detail ("Country: Norway") marked as such."""
    return [
        replace(block, kind=Kind.DETAIL) if n < _TOP and block.kind is not Kind.HEADING and _is_detail(block) else block
        for n, block in enumerate(blocks)
    ]


def _is_detail(block: Block) -> bool:
    lines = [clean(line).lstrip("*•- ") for line in block.text.splitlines() if line.strip()]
    short = all(len(line) <= _LONGEST_DETAIL for line in lines)
    return short and all(any(label.match(line) for label in _LABELLED.values()) for line in lines)


def date_in(text: str) -> dt.date | None:
    """The first day of the first date, or range of dates, in a text; None where a day, month or year is lacking.

    >>> date_in("2023. gada 15.–18. maijs"), date_in("10.12.2019."), date_in("maijs 2020")
    (datetime.date(2023, 5, 15), datetime.date(2019, 12, 10), None)
    """
    found = [(match.start(), date) for form in _FORMS for match in form.finditer(text) if (date := _as_date(match))]
    return min(found, default=(0, None), key=lambda each: each[0])[1]


def country_in(text: str, *, inflected: bool = False) -> str | None:
    """The ISO 3166-1 code of the one country that a text names; None where it names none or several.

    >>> country_in("Norvēģija"), country_in("Norway and Sweden"), country_in("Vizīte Norvēģijā", inflected=True)
    ('NO', None, 'NO')
    """
    names = _countries()
    low = clean(text).casefold()
    found = {code for name, code in names.items() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", low)}
    if not found and len(low) == 2 and low.upper() in set(names.values()):
        found = {low.upper()}
    if inflected:
        found |= {code for word in re.findall(r"[^\W\d_]{4,}", low) for code in _by_stem(word)}
    return found.pop() if len(found) == 1 else None


def _title(reading: Reading, blocks: Sequence[Block]) -> str | None:
    stated = clean(reading.title or "")
    if stated:
        return stated[: 2 * _LONGEST_TITLE]
    first = blocks[0].text if blocks else ""
    headings = [block.text for block in blocks if block.kind is Kind.HEADING]
    if len(first) <= _LONGEST_TITLE and first and not first.rstrip('”“"»').endswith((".", ";", ":", ",")):
        return first.strip('„“”"«»') or None
    return headings[0] if headings else None


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    """Lines as they stand, and the cells of a row of two as a label and its value."""
    for block in blocks:
        for line in block.text.splitlines():
            words = clean(line)
            yield words.replace(" | ", ": ", 1) if block.kind is Kind.TABLE else words


def _labelled(stated: Mapping[str, str], lines: Sequence[str], name: str) -> str | None:
    if name in stated:
        return clean(stated[name]) or None
    for line in lines:
        if match := _LABELLED[name].match(line.lstrip("*•- ")):
            return match[1].strip(" .;") or None
    return None


def _date(labelled: str | None, lines: Sequence[str], title: str | None) -> dt.date | None:
    if labelled and (date := date_in(labelled)):
        return date
    for line in lines:
        if len(line) <= 40 and (date := date_in(line)) and not re.search(r"[^\W\d_]{4,}.*:", line):
            return date
    return date_in(title or "")


def _as_date(match: "re.Match[str]") -> dt.date | None:
    groups = match.groupdict()
    month = int(groups["number"]) if groups.get("number") else _month(groups["month"])
    try:
        return dt.date(int(groups["year"]), month, int(groups["day"])) if month else None
    except ValueError:
        return None


def _month(word: str) -> int | None:
    """The month that a word, in any of the languages and cases, names."""
    low = word.casefold()
    for number, stems in enumerate(_MONTHS, 1):
        for stem in stems.split():
            if low == stem or (len(stem) >= 3 and low.startswith(stem) and len(low) <= len(stem) + 5):
                return number
    return None


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Code by name, in lower case, in the languages the reports are in."""
    found: dict[str, str] = {}
    for name in _LOCALES:
        for code, country in Locale.parse(name).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ"}:
                found[country.casefold()] = code
    return found


def _by_stem(word: str) -> set[str]:
    return {
        code
        for name, code in _countries().items()
        if len(name) >= 5
        and " " not in name
        and word.startswith(name[: -1 if len(name) <= 6 else -2])
        and len(word) <= len(name) + 3
    }
