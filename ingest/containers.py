"""Files in files: what an archive or a mail holds is read as other files are, and it is done with when the last one is.

How much may come out of one file is counted at all depths, so that archives in archives cannot add up.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from corpus import FileState
from ingest.asked import Source
from ingest.formats import READERS
from ingest.pruning import INSIDE, outermost
from ingest.reading import Inner
from ingest.sources import Item, spelt

_MOST = 500_000_000  # bytes unpacked from one file, at all depths
_TOO_MUCH = f"What is unpacked from the file around it is more than {_MOST / 1e6:,.0f} MB: it is not read."


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read, the source that it was listed by, and the container that it lies in."""

    item: Item
    source: Source
    container: str | None = None


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of a container: files to read, places that are too much, and files of other kinds by suffix."""

    tasks: list[Task]
    refused: list[FileState]
    ignored: Counter[str]


@dataclass(slots=True)
class _Open:
    state: FileState
    left: int
    above: str | None


class Containers:
    """The archives and mails whose files are being read."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._bytes: Counter[str] = Counter()

    def open(self, task: Task, state: FileState, inner: Sequence[Inner]) -> Unpacked:
        """What a container holds. Its own state waits until all of it is done."""
        found = Unpacked([], [], Counter())
        for name, each in _named(inner).items():
            source, suffix = f"{state.source}{INSIDE}{name}", PurePosixPath(name).suffix
            self._bytes[outermost(state.source)] += len(each.data)
            if suffix.lower() not in READERS:
                found.ignored[suffix.lower()] += 1
            elif self._bytes[outermost(state.source)] > _MOST:
                found.refused.append(
                    FileState(source=source, content_hash="", signature="", reader="", reason=_TOO_MUCH)
                )
            else:
                found.tasks.append(Task(Item(source, suffix, partial(bytes, each.data)), task.source, state.source))
        self._open[state.source] = _Open(state, len(found.tasks), task.container)
        return found

    def emptied(self, container: str) -> Iterator[FileState]:
        """The states of the container, if nothing of it is left to read, and of those around it that end with it."""
        held = self._open[container]
        if held.left == 0:
            del self._open[container]
            yield held.state
            yield from self.finished(held.above)

    def finished(self, container: str | None) -> Iterator[FileState]:
        """One file in a container is done: the states of the containers, outwards, of which it was the last one."""
        if container is not None:
            self._open[container].left -= 1
            yield from self.emptied(container)


def _named(inner: Sequence[Inner]) -> dict[str, Inner]:
    """The files by their names; of several with one name, the later ones are numbered."""
    found: dict[str, Inner] = {}
    for each in inner:
        name, number = spelt(each.name), 1
        path = PurePosixPath(name)
        while name in found:
            number += 1
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        found[name] = each
    return found
