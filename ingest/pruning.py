"""Which documents have gone from their sources, and when that is not believed. Pure.

A drive that is not mounted, or a server that lists half of its pages, looks like a folder from which everything was
deleted: a source that has lost much at once loses nothing, and says so.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ingest.report import Failure
from ingest.sources import Listing

INSIDE = "!/"  # between an archive or a mail and the name of what is in it
MOST_GONE = 0.5  # share of its files that a source may lose at once
_FEW = 3  # files: fewer may go from a small folder without a question


@dataclass(frozen=True, slots=True)
class Gone:
    """The sources that are gone, and why others that are not there were kept."""

    sources: tuple[str, ...]
    kept: tuple[Failure, ...]


def gone(known: Collection[str], listings: Iterable[Listing], present: Collection[str], most: float) -> Gone:
    """Which of the known sources lay below a listed folder and are not there. None below what could not be listed."""
    there = set(present)
    sources: dict[str, None] = {}
    kept: list[Failure] = []
    for listing in listings:
        for folder in listing.folders:
            mine = [s for s in known if is_below(s, folder) and not any(is_below(s, b) for b in listing.blind)]
            lost = [s for s in mine if outermost(s) not in there]
            files, of = len(set(map(outermost, lost))), len(set(map(outermost, mine)))
            if files >= _FEW and files > most * of:
                kept.append(Failure(folder, _too_many(files, of)))
            else:
                sources |= dict.fromkeys(lost)
    return Gone(tuple(sources), tuple(kept))


def _too_many(lost: int, of: int) -> str:
    return (
        f"{lost} of its {of} files are gone at once, so none was retired: is it whole, and mounted? "
        f"If they are gone for good: atzina ingest --accept-losses"
    )


def is_below(source: str, folder: str) -> bool:
    """Whether a source lies in a folder, or below it."""
    return source.startswith(folder.rstrip("/") + "/")


def outermost(source: str) -> str:
    """The file that a source lies in, if it lies in one.

    >>> outermost("/reports/2020.zip!/oslo.zip!/day1.docx"), outermost("/reports/a.txt")
    ('/reports/2020.zip', '/reports/a.txt')
    """
    return source.partition(INSIDE)[0]


def by_container(sources: Iterable[str]) -> Mapping[str, list[str]]:
    """What lies in each archive or mail, at any depth."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for container in _containers(source):
            found.setdefault(container, []).append(source)
    return found


def _containers(source: str) -> Iterator[str]:
    place = source.find(INSIDE)
    while place >= 0:
        yield source[:place]
        place = source.find(INSIDE, place + 1)
