"""What a document states of itself: title, date of the experience, country, organisation, project.

Read from its own fields (front matter, properties), from labelled lines near its top ("Valsts: Norvēģija"), a
date also from days on a line of their own, date and country also from the title. When in doubt nothing is said:
None, never a guess.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.cleaning import clean
from ingest.countries import country_named, country_observed
from ingest.dates import date_in, day_in_title, days_of
from ingest.reading import Block, Kind, Reading
from ingest.titles import title_of

_TOP = 20  # blocks from the start in which a document speaks of itself
_LONGEST_DETAIL = 160  # characters
_FULL_LINE = 60  # characters from which a line may have been wrapped before a capital

_LABELS = {
    "country": """country observed country|country|valsts|apmeklētā valsts|šalis|aplankyta šalis|riik|külastatud riik
        |land|besøkt land|vertsland|maa|kohdemaa|kraj|odwiedzany kraj|страна""",
    "date": """date|dates|date of visit|dates of visit|visit dates|when|datum|zeitraum|zeit
        |tid för besöket|besöksdatum|datums|laiks|norises laiks|vizītes datums
        |vizītes laiks|data|datos|laikas|vizito data|vizito laikas|kuupäev|aeg|toimumisaeg|visiidi aeg|dato|datoer
        |tid|tidspunkt|tidsrom|besøksdato|termin|data wizyty|дата|даты|время|период|дата визита|даты визита
        |время проведения|дата проведения|apmeklējuma datums|pasākuma datums|semināra datums|renginio data
        |seminaro data|seminari aeg|seminari kuupäev|dato for besøket|päivämäärä
        |aika|ajankohta|vierailun aika|termin wizyty|дата семинара""",
    "organisation": """organisation|organization|host organisation|organizācija|iestāde|organizacija|įstaiga
        |organisatsioon|asutus|organisaatio|organisasjon|etat|virksomhet|organizacja|instytucja|организация|учреждение""",
    "project": "project|projekts|projektas|projekt|projekti|prosjekt|проект",
}


def _joined(words: str) -> str:
    return re.sub(r"\s*\n\s*", "", words)


_LABELLED = {name: re.compile(rf"(?:{_joined(words)})\s*:\s*(.+)", re.IGNORECASE) for name, words in _LABELS.items()}

_ENDS_OPEN = re.compile(r"\s[^\W\d_A-ZĀ-Ž]{1,3}$")  # a preposition, or "and": something must follow
_ANY_LABEL = re.compile(r"[^\W\d_][^\n:.!?]{1,38}:\s+\S")  # a short phrase and a colon: a label that may be unknown


@dataclass(frozen=True, slots=True)
class Details:
    """`evidence`: of each field that rules have found, the words that say it; none where the file's own fields do."""

    title: str | None = None
    date: dt.date | None = None
    country: str | None = None
    organisation: str | None = None
    project: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)


def read_details(reading: Reading, language: str | None) -> Details:
    """What the document, whose text is in `language`, states; each field is None where it states none, or several."""
    lines = [line for block in reading.blocks[:_TOP] for line in _entries(block)]
    stated = {name: _stated(reading, name) for name in _LABELS}
    read = {name: _labelled(lines, name) for name in _LABELS if not stated[name]}
    said = {name: stated[name] or read[name] for name in _LABELS}
    title = title_of(reading, language)
    date, days = _date(said["date"], lines, title)
    country = country_named(said["country"]) if said["country"] else country_observed(title or "")
    words = {"title": title} if "title" not in reading.stated else {}
    words |= {"date": days} if not (stated["date"] and days == stated["date"]) else {}
    words |= {"country": read["country"] or title} if not stated["country"] else {}
    words |= {name: read.get(name) for name in ("organisation", "project")}
    values = {"title": title, "date": date, "country": country}
    values |= {name: said[name] for name in ("organisation", "project")}
    return Details(**values, evidence={n: w for n, w in words.items() if w and values[n] is not None})  # type: ignore[arg-type]


def mark_details(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, those near the top that only state details ("Country: Norway") marked as such.

    A label that is not known counts beside two that are: among the lines of a block, or as a block between them.
    """
    top = [_labels(block) for block in blocks[:_TOP]]
    marked = {n for n, (known, unknown) in enumerate(top) if known and (not unknown or known > 1)}
    for n, (_, unknown) in enumerate(top):
        if unknown == 1 and n - 1 in marked and n + 1 in marked:
            marked.add(n)
    return [replace(block, kind=Kind.DETAIL) if n in marked else block for n, block in enumerate(blocks)]


def _labels(block: Block) -> tuple[int, int]:
    """How many of a block's lines have a label that is known, and one that is not; 0, 0 if it says anything else."""
    lines = list(_entries(block)) if block.kind not in {Kind.HEADING, Kind.TABLE} else []
    known = sum(any(label.match(line) for label in _LABELLED.values()) for line in lines)
    if any(len(line) > _LONGEST_DETAIL or not _is_labelled(line) for line in lines):
        return 0, 0
    return known, len(lines) - known


def _entries(block: Block) -> Iterator[str]:
    """The block's lines; one that goes on in the next is whole, and cells of a row of two are a label and a value."""
    held = ""
    for line in filter(None, map(clean, block.text.splitlines())):
        words = (line.replace(" | ", ": ", 1) if block.kind is Kind.TABLE else line).lstrip("*•- ")
        if held and _goes_on(held, words):
            held = clean(f"{held}\n{words}")
        else:
            yield from [held] if held else []
            held = words
    yield from [held] if held else []


def _goes_on(line: str, following: str) -> bool:
    """Whether a labelled line was wrapped, and `following` is its rest."""
    if not _is_labelled(line) or _is_labelled(following) or len(line) + len(following) >= _LONGEST_DETAIL:
        return False
    if following[:1].islower() or _ENDS_OPEN.search(line):
        return True
    return len(line) >= _FULL_LINE and not f"{line} {following}".endswith(".")


def _is_labelled(line: str) -> bool:
    return _ANY_LABEL.match(line) is not None or any(label.match(line) for label in _LABELLED.values())


def _stated(reading: Reading, name: str) -> str | None:
    return clean(reading.stated.get(name, "")) or None


def _labelled(lines: Sequence[str], name: str) -> str | None:
    for line in lines:
        if match := _LABELLED[name].match(line):
            return match[1].strip(" .;") or None
    return None


def _date(said: str | None, lines: Sequence[str], title: str | None) -> tuple[dt.date | None, str | None]:
    """The date that is labelled, or of days on a line of their own, or in the title; and the words that say it."""
    if said and (date := date_in(said)):
        return date, said
    for line in lines:
        if date := days_of(line):
            return date, line
    return day_in_title(title or ""), title
