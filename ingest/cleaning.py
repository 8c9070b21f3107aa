"""Text as it is stored: NFC, without what cannot be seen, its broken words and lines joined. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_HYPHENATED = re.compile(r"(?<=[^\W_])(?:[-‐\u00ad]|(?<=\d)–(?=\n\s*\d))\n\s*(?=[^\W_])")
_JOINERS = re.compile("[\u200c\u200d]+")  # they shape letters of some scripts; elsewhere they are not seen
_INVISIBLE: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e")),
    **dict.fromkeys(map(ord, "\t\n\f\v"), " "),
}
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(  # "3", "- 3 -", "Page 3 of 7", "3/7"; not "61 35", which is the last row of a table
    r"\W*(?:[^\W\d]{1,10}\W+)?\d{1,4}(?:\s*(?:[/|–-]|[^\W\d]{1,10}\.?)\s*\d{1,4})?\W*"
)
_EDGE = 2  # lines at the top and at the bottom of a page that can be running ones


def clean(text: str) -> str:
    r"""One paragraph on one line; a word that was hyphenated at the end of a line is whole again.

    A hyphen stays where it may be the word's own: before a capital, at a number, after a single letter.

    >>> clean("Proba-\ncijas  dienests\nun\u00a0policija"), clean("2014-\n2021"), clean("e-\npasts")
    ('Probacijas dienests un policija', '2014-2021', 'e-pasts')
    """
    joined = _HYPHENATED.sub(_join, text.replace("\r\n", "\n").replace("\r", "\n"))
    seen = joined.translate(_INVISIBLE)
    if not seen.isprintable():  # most lines are
        seen = "".join(c for c in seen if not _is_control(c))
    return " ".join(unicodedata.normalize("NFC", _JOINERS.sub(_joiners, seen)).split())


def running_lines(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Page and line numbers, from 0, of running headers, footers and page numbers.

    A line at a page's edge is one if, numbers aside, it stands at the edge of more than half of the pages and of
    three at least, or of both of two.

    >>> sorted(running_lines([["Report", "a", "1"], ["Report", "b", "2"], ["Report", "c", "3"]]))
    [(0, 0), (0, 2), (1, 0), (1, 2), (2, 0), (2, 2)]
    """
    edges = [{n for n in range(len(page)) if n < _EDGE or n >= len(page) - _EDGE} for page in pages]
    seen = Counter(key for page, edge in zip(pages, edges, strict=True) for key in {_same(page[n]) for n in edge})
    least = 2 if len(pages) == 2 else max(3, len(pages) // 2 + 1)
    return {
        (p, n)
        for p, (page, edge) in enumerate(zip(pages, edges, strict=True))
        for n in edge
        if seen[_same(page[n])] >= least or (n == len(page) - 1 and _PAGE_NUMBER.fullmatch(page[n]))
    }


def _same(line: str) -> str:
    return _NUMBER.sub("#", " ".join(line.split()).casefold())


def _join(match: "re.Match[str]") -> str:
    following = match.string[match.end() : match.end() + 1]
    before = match.string[max(0, match.start() - 2) : match.start()]  # one letter is the "e" of e-mail, or the like
    if following.islower() and before[-1].islower() and before[:-1].isalpha():
        return ""
    return match.group().strip("\n ").rstrip() or "-"


def _joiners(match: "re.Match[str]") -> str:
    around = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    return match.group() if all(c and unicodedata.category(c)[0] in "LM" for c in around) else ""


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}
