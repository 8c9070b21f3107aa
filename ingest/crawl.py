"""What an address stands for: a page, the pages that a feed names, or a section of a site; one request at a time."""

import os
import tempfile
import time
import weakref
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import IO

from corpus import AtzinaError, Unreadable
from ingest import feeds
from ingest.formats import READERS
from ingest.links import Outline, folder, is_below, outline, plain, suffix
from ingest.robots import Robots
from ingest.sources import Item, Known, Listing
from ingest.web import Fetched, NotThere, fetch

_SECONDS = 600.0  # for all pages of a place
_PAGES = frozenset([".html", ".htm"])  # what has links


class _Outside(Unreadable):
    """A page of the section redirects to one that is not in it."""


def listed(
    address: str,
    *,
    allow_private: bool,
    pages: int = 1,
    known: Mapping[str, Known] | None = None,
    seconds: float = _SECONDS,
) -> Listing:
    """What is at an address: the page; of a feed the pages of its entries; with more than one page, the site's section.

    At most `pages` pages are asked for. `known` is by source what earlier listings gave as `validators`. Items hold
    what was fetched. A section's folder is in `folders`; also in `blind` where not all of it was seen.
    """
    visit = _Visit(allow_private, known or {}, seconds)
    try:
        start = visit.fetch(address, conditional=pages == 1)
        named = _entries(start)
    except AtzinaError as fault:
        visit.found.faults.append((address, str(fault)))
        visit.found.gone += [address] if isinstance(fault, NotThere) else []
        visit.found.blind.append(folder(plain(address)) if pages > 1 else address)
        return visit.found
    if named is not None:
        _take_entries(visit, address, named[:pages])
    elif pages > 1:
        _Section(visit, address, start, pages).walk()
    else:
        visit.take(start, address)
    return visit.found


def _entries(start: Fetched) -> list[str] | None:
    """The addresses that a feed names; None if it is no feed."""
    data = start.item.load() if start.item else b""
    return feeds.entries(data, start.address) if feeds.is_feed(data) else None


class _Visit:
    """One run over a place on the web: what it has found, and the time that it has."""

    def __init__(self, allow_private: bool, known: Mapping[str, Known], seconds: float) -> None:
        self._allow_private, self._known, self._seconds = allow_private, known, seconds
        self._until = time.monotonic() + seconds
        self._robots = Robots(allow_private=allow_private, until=self._until)
        self._shelf = _Shelf()
        self.found = Listing()

    def fetch(self, address: str, *, conditional: bool, within: str = "") -> Fetched:
        """The page, if robots.txt and `within`, a folder, let it be asked for. Raises Unreadable."""

        def permit(hop: str) -> None:
            if within and not is_below(plain(hop), within):
                raise _Outside("It redirects to a page outside the section.")
            self._robots.permit(hop)

        known = self._known.get(address, Known()) if conditional else Known()
        return fetch(address, allow_private=self._allow_private, known=known, permit=permit, until=self._until)

    def take(self, fetched: Fetched, source: str) -> None:
        """Notes a page, or that it is unchanged, and what to ask with the next time."""
        if fetched.known != Known():
            self.found.validators[source] = fetched.known
        if fetched.item is None:
            self.found.unchanged.append(source)
        else:
            self.found.items.append(self._shelf.put(replace(fetched.item, source=source)))

    def over(self, start: str) -> bool:
        """Whether the time is over; that it is becomes a fault of the place."""
        if time.monotonic() < self._until:
            return False
        self.found.faults.append((start, f"Not all was read within {self._seconds:.0f} seconds. Read it in parts."))
        return True


class _Shelf:
    """Keeps what was fetched in a file without a name, so that a section need not fit into memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def put(self, item: Item) -> Item:
        """The same item, with its bytes in the file, if there is room."""
        data = item.load()
        try:
            file = self._opened()
            at = file.seek(0, os.SEEK_END)
            kept = file.write(data) == len(data)
        except OSError:  # the disk is full
            return item
        return replace(item, load=partial(self._take, file, at, len(data))) if kept else item

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed when no item is left
            weakref.finalize(self, self._file.close)
        return self._file

    def _take(self, file: IO[bytes], at: int, size: int) -> bytes:
        file.seek(at)
        return file.read(size)


def _take_entries(visit: _Visit, feed: str, entries: Iterable[str]) -> None:
    """Takes the pages of a feed's entries, wherever they are; one that cannot be fetched is a fault of its own."""
    for entry in entries:
        if visit.over(feed):
            return
        try:
            visit.take(visit.fetch(entry, conditional=True), entry)
        except AtzinaError as fault:
            visit.found.faults.append((entry, str(fault)))


class _Section:
    """The pages below the folder of a start, breadth first, in the order of their links."""

    def __init__(self, visit: _Visit, address: str, start: Fetched, pages: int) -> None:
        self._visit, self._address, self._start = visit, address, start
        self._folder = folder(plain(start.address))
        self._seen = {plain(start.address)}
        self._queue: deque[str] = deque()
        self._left = pages - 1
        self._whole = True

    def walk(self) -> None:
        """Takes the pages. The section is blind where not all of it was seen: nothing of it has gone for certain."""
        self._read(self._start)
        while self._queue:
            if self._visit.over(self._address):
                self._whole = False
                break
            self._left -= 1
            self._follow(self._queue.popleft())
        self._visit.found.folders.append(self._folder)
        if not self._whole:
            self._visit.found.blind.append(self._folder)

    def _follow(self, link: str) -> None:
        """Takes the page of a link. A link to what has gone, or leads away, is no fault of the section."""
        try:
            fetched = self._visit.fetch(link, conditional=suffix(link) not in {*_PAGES, ""}, within=self._folder)
        except (NotThere, _Outside):
            return
        except AtzinaError as fault:
            self._whole = False
            self._visit.found.faults.append((link, str(fault)))
            return
        where = plain(fetched.address)
        if where == link or where not in self._seen:
            self._seen.add(where)
            self._read(fetched)

    def _read(self, fetched: Fetched) -> None:
        """Takes a page, unless it asks not to be taken, and notes where it leads."""
        read = Outline()
        if fetched.item and fetched.item.suffix in _PAGES:
            read = outline(fetched.item.load(), fetched.address)
        if read.kept:
            self._visit.take(fetched, plain(fetched.address))
        self._whole = self._whole and read.whole
        for link in read.links:
            if link not in self._seen and is_below(link, self._folder):
                self._note(link)

    def _note(self, link: str) -> None:
        """Queues a link. What could never be asked for is not kept: a hostile site has endless links."""
        if suffix(link) and suffix(link) not in READERS:
            self._visit.found.ignored[suffix(link)] += 1
        elif len(self._queue) >= self._left:
            self._whole = False
            return
        else:
            self._queue.append(link)
        self._seen.add(link)
