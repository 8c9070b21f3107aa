"""Where documents come from: files and folders; `ingest/web.py` has addresses."""

import contextlib
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from corpus import Unreadable
from ingest.formats import READERS
from ingest.sidecar import SUFFIX, read_sidecar

MAX_BYTES = 50_000_000
_SETTLED = 2_000_000_000  # nanoseconds: some file systems keep times in steps of two seconds
_TEMPORARY = ("~$", ".", "#")


@dataclass(frozen=True, slots=True)
class Known:
    """What a server gave to ask with the next time, word for word: whether the page has changed since."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be read: `load()` gives its bytes, or raises Unreadable with the reason.

    `signature` is that of the file and of its sidecar: as long as it stays, neither has changed; "" where nothing
    can be told without reading. `beside()` gives what the sidecar says. A page has `validators` to ask with the next
    time; one that a server has not sent again is `unchanged`, and has no bytes.
    """

    source: str
    suffix: str
    load: Callable[[], bytes]
    signature: str = ""
    beside: Callable[[], dict[str, Any]] = dict
    validators: Known = Known()
    unchanged: bool = False


@dataclass(slots=True)
class Listing:
    """What a place holds: items; what cannot be listed, with the reason; folders of which all is known.

    `blind` are those below which something could not be listed. `ignored` counts the files of kinds that cannot be
    read, by suffix. On the web only: `unchanged` are there but were not sent again; `validators` are by source;
    `gone` is an address that was asked for and that the server has no longer.
    """

    items: list[Item] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    unchanged: list[str] = field(default_factory=list)
    validators: dict[str, Known] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)


def list_place(place: str) -> Listing:
    """A file or, with all that lies below it, a folder. What is not there is a fault."""
    path = Path(os.path.abspath(Path(place).expanduser()))
    found = Listing()
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as fault:
        found.faults.append((readable(path), _why(fault)))
        return found
    if stat.S_ISDIR(mode):
        found.folders.append(readable(path))
        _walk(path, found)
    else:
        found.items.append(_item(path))
    return found


def readable(path: Path) -> str:
    """The path as a source: a name with bytes that are no UTF-8 is written with escapes, so that it can be kept."""
    return spelt(os.fsencode(path).decode("utf-8", "backslashreplace"))


def spelt(name: str) -> str:
    r"""A name whose characters are all text, as a database takes them.

    >>> spelt("čeki.txt"), spelt("a\0b.txt"), spelt("\ud800.txt")
    ('čeki.txt', 'a\\0b.txt', '\\ud800.txt')
    """
    return name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _walk(folder: Path, found: Listing) -> None:
    """Adds the files below a folder, in order. Links to folders are not followed: they can lead out, or in circles."""
    stack = [folder]
    while stack:
        here = stack.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as fault:
            found.faults.append((readable(here), _why(fault)))
            found.blind.append(readable(here))
            continue
        stack += [Path(e.path) for e in reversed(entries) if e.is_dir(follow_symlinks=False) and e.name[0] != "."]
        names = {entry.name for entry in entries}
        for entry in entries:
            if entry.is_file() and not entry.name.startswith(_TEMPORARY) and not _is_sidecar(entry.name, names):
                suffix = Path(entry.name).suffix.lower()
                if suffix in READERS:
                    found.items.append(_item(Path(entry.path)))
                else:
                    found.ignored[suffix] += 1


def _is_sidecar(name: str, names: Collection[str]) -> bool:
    of, suffix = name[: -len(SUFFIX)], name[-len(SUFFIX) :]
    return suffix == SUFFIX and of in names


def _item(path: Path) -> Item:
    beside = path.with_name(path.name + SUFFIX)
    signature = _signature(path)
    with contextlib.suppress(OSError, ValueError):
        if beside.is_file():
            known = f"{signature}+{_signature(beside)}" if signature else ""
            said = partial(_sidecar, beside)
            return Item(readable(path), path.suffix, partial(_load, path), known, said)
    return Item(readable(path), path.suffix, partial(_load, path), signature)


def _sidecar(path: Path) -> dict[str, Any]:
    return read_sidecar(_load(path), path.name)


def _signature(path: Path) -> str:
    """Size and times of a file; "" for one that was written just now, which can change again within one tick.

    A program can put the time of writing back, but not that of the last change of any kind.
    """
    try:
        state = path.stat()
    except (OSError, ValueError):
        return ""
    changed = max(state.st_mtime_ns, state.st_ctime_ns)
    if time.time_ns() - changed < _SETTLED:
        return ""
    return f"{state.st_size}-{state.st_mtime_ns}-{state.st_ctime_ns}"


def _load(path: Path) -> bytes:
    """The file's bytes. Opened without waiting, so that a pipe cannot hold the run up."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                raise Unreadable("It is no file, but a device or a pipe.")
            if state.st_size > MAX_BYTES:
                raise Unreadable(too_large(state.st_size))
            data = file.read(MAX_BYTES + 1)
    except OSError as fault:
        raise Unreadable(_why(fault)) from fault
    if len(data) > MAX_BYTES:
        raise Unreadable(too_large(len(data)))
    return data


def too_large(size: int) -> str:
    """The reason why something of this size is not read."""
    return f"It has {size / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB are read. Split it."


def _why(fault: OSError | ValueError) -> str:
    if isinstance(fault, FileNotFoundError):
        return "There is no such file or folder."
    if isinstance(fault, PermissionError):
        return "There is no right to read it."
    return f"It cannot be opened: {getattr(fault, 'strerror', None) or fault}."
