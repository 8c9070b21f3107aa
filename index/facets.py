"""What passages can be narrowed by, a column for each facet, so that a filter is inside the search and not after it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.records import Document, Narrowing, Passage

_CODED = ("language", "country", "collection", "status", "audience")
COLUMNS = np.dtype([*((name, "<u2") for name in _CODED), ("date", "<i4")])
Columns = NDArray[np.void]
Mask = NDArray[np.bool_]
_UNKNOWN = 0  # of dates: day 0; a real day counts from 1 January of the year 1


@dataclass(frozen=True, slots=True)
class Facets:
    """Of one passage. "" and None: not known."""

    language: str
    country: str
    collection: str
    status: str
    audience: str  # the names, sorted, a line each
    date: dt.date | None

    @classmethod
    def of(cls, passage: Passage, document: Document) -> "Facets":
        language, audience = passage.language or document.language or "", "\n".join(sorted(document.audience))
        return cls(
            language, document.country or "", document.collection, document.status.value, audience, document.date
        )


class Coding:
    """Numbers for the values of each facet, given in the order in which they come."""

    def __init__(self, values: Mapping[str, Iterable[str]] | None = None) -> None:
        self._codes = {name: {v: n for n, v in enumerate((values or {}).get(name, ()))} for name in _CODED}

    def values(self) -> dict[str, list[str]]:
        """The values of each facet, by number."""
        return {name: list(codes) for name, codes in self._codes.items()}

    def encode(self, facets: Iterable[Facets]) -> Columns:
        """(n,) of COLUMNS; a new value gets the next number."""
        rows = []
        for each in facets:
            coded = [self._code(name, getattr(each, name)) for name in _CODED]
            rows.append((*coded, each.date.toordinal() if each.date else _UNKNOWN))
        return np.array(rows, COLUMNS)

    def take(self, columns: Columns, other: "Coding") -> Columns:
        """Columns coded by `other`, coded by this."""
        taken = np.array(columns)
        for name, codes in other._codes.items():
            mine = np.array([self._code(name, value) for value in codes], "<u2")
            if len(columns):
                taken[name] = mine[columns[name]]
        return taken

    def allowed(self, columns: Columns, narrowing: Narrowing) -> Mask | None:
        """(n,): which rows a narrowing lets through; None where it lets all of them through."""
        wanted = {name: {getattr(narrowing, name)} - {None} for name in ("language", "country", "status")}
        wanted["collection"] = set(narrowing.collections)
        codes = {
            name: [self._codes[name].get(each, -1) for each in values] for name, values in wanted.items() if values
        }
        seen = [n for names, n in self._codes["audience"].items() if narrowing.audience & set(names.split("\n"))]
        if len(seen) < len(self._codes["audience"]):
            codes["audience"] = seen
        if not codes and not narrowing.since:
            return None
        mask = np.ones(len(columns), bool)
        for name, right in codes.items():
            mask &= np.isin(columns[name], right)
        if narrowing.since:
            mask &= columns["date"] >= narrowing.since.toordinal()
        return mask

    def _code(self, name: str, value: str) -> int:
        return self._codes[name].setdefault(value, len(self._codes[name]))
