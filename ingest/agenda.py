"""The sources that are read again and again: `sources.toml` in ATZINA_HOME.

[[source]]
place = "/srv/reports"          # a folder, a file, or an address
collection = "visits"           # all below is optional
audience = ["everyone"]
status = "draft"
every = "6h"                    # how often a watcher reads it; minutes (m), hours (h) or days (d)
at = "03:30"                    # or when, each day, by the clock of the place
pages = 50                      # of a feed or a section of a site, at most
gone = "retire"                 # or forget: what becomes of what is gone from it
"""

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Invalid, Status
from ingest.asked import Source, Wanted
from ingest.web import is_address

NAME = "sources.toml"
_KNOWN = ("place", "collection", "audience", "status", "every", "at", "pages", "gone")
_EVERY = re.compile(r"(\d{1,4})\s*([mhd])")
_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A source, and after how many seconds, or at which time of the day, it is read again."""

    source: Source
    every: int = 24 * 3600
    at: dt.time | None = None

    def next(self, now: dt.datetime) -> dt.datetime:
        """When it is read again, if it was read `now`, a time by the clock of the place."""
        if self.at is None:
            return now + dt.timedelta(seconds=self.every)
        today = dt.datetime.combine(now.date(), self.at, now.tzinfo)
        return today if today > now else today + dt.timedelta(days=1)


def read_agenda(path: Path, *, forgets: bool = False) -> list[Scheduled]:
    """The sources of a file, in its order; `forgets` is what holds where a source says nothing of what is gone.

    Raises Invalid, naming the file and what is wrong in it.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as fault:
        raise Invalid(f"There is no {path}. Name a file, folder or address, or write your sources there.") from fault
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Invalid(f"{path} cannot be read: {fault}.") from fault
    tables = said.get("source", [])
    if set(said) - {"source"} or not isinstance(tables, list) or not tables:
        raise Invalid(f"{path} is a list of tables [[source]], each with a place; it has something else, or none.")
    return [_scheduled(table, f"Source {n} in {path}", path.parent, forgets) for n, table in enumerate(tables, 1)]


def _scheduled(table: Any, name: str, home: Path, forgets: bool) -> Scheduled:
    if not isinstance(table, dict) or (unknown := sorted(set(table) - set(_KNOWN))):
        raise Invalid(
            f"{name} has {unknown[0]!r}. What it can have: {', '.join(_KNOWN)}." if table else f"{name}: empty"
        )
    place = _word(table, "place", name)
    if place is None:
        raise Invalid(f"{name} has no place.")
    if not is_address(place):
        place = str(home / Path(place).expanduser())
    audience, pages, gone = table.get("audience"), table.get("pages", 1), table.get("gone")
    if audience is not None and not (isinstance(audience, list) and audience and all(map(_is_word, audience))):
        raise Invalid(f'{name}: audience is a list of words, such as ["everyone"].')
    if not isinstance(pages, int) or not 1 <= pages <= _MOST_PAGES:
        raise Invalid(f"{name}: pages is a number from 1 to {_MOST_PAGES}.")
    if gone not in (None, "retire", "forget"):
        raise Invalid(f"{name}: gone is {gone!r}; it can be retire or forget.")
    wanted = Wanted(
        _word(table, "collection", name), tuple(sorted(set(audience))) if audience else None, _status(table, name)
    )
    source = Source(place, wanted, pages, forgets if gone is None else gone == "forget")
    return Scheduled(source, _every(table, name), _at(table, name))


def _word(table: dict[str, Any], field: str, name: str) -> str | None:
    value = table.get(field)
    if value is not None and not _is_word(value):
        raise Invalid(f"{name}: {field} is {value!r}; it must be a word.")
    return str(value).strip() if value is not None else None


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _status(table: dict[str, Any], name: str) -> Status | None:
    value = table.get("status")
    if value not in (None, Status.DRAFT.value, Status.VALIDATED.value):
        raise Invalid(f"{name}: status is {value!r}; it can be draft or validated.")
    return Status(value) if value else None


def _every(table: dict[str, Any], name: str) -> int:
    value = table.get("every", "1d")
    match = _EVERY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise Invalid(f"{name}: every is {value!r}; it is a time such as 30m, 6h or 1d.")
    return int(match[1]) * _SECONDS[match[2]]


def _at(table: dict[str, Any], name: str) -> dt.time | None:
    if (value := table.get("at")) is None:
        return None
    if "every" in table:
        raise Invalid(f"{name} says every and at: it can say one of them.")
    match = _AT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise Invalid(f'{name}: at is {value!r}; it is a time of the day such as "03:30".')
    return dt.time(int(match[1]), int(match[2]))
