"""One file, looked at: is it as it was, can it be read, and what does it hold? Runs in threads, and changes nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from corpus import AtzinaError, Document, FileState, Unreadable
from ingest.formats import ocr
from ingest.isolation import Reader
from ingest.pruning import INSIDE
from ingest.sources import Item
from ingest.understanding import Understood

_VERSION = 1  # of the readers: raised when they can read what they could not
_DEEPEST = 3  # archives in archives


class Found(StrEnum):
    SAME = "same"  # as it was when it was read last
    FAILED = "failed"  # cannot be read, now or as before
    READ = "read"
    MOVED = "moved"  # the same bytes as a document that has just gone from elsewhere
    DIFFERENT = "different"  # new or changed, but not to be read this time


@dataclass(frozen=True, slots=True)
class Look:
    """`state` is what to keep of the file; its hash is empty where it could not even be opened."""

    found: Found
    state: FileState
    held: Understood | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


def reader_version() -> str:
    """What files are read with: when this changes, those that could not be read are tried again."""
    return f"{_VERSION}:{'+'.join(ocr.languages())}"


@dataclass(frozen=True, slots=True)
class Looker:
    """What has to be known to look at a file: the corpus as it was, and hashes of what has just gone elsewhere.

    `again`: also what could not be read before is read again; `dry`: nothing is read.
    """

    documents: Mapping[str, Document]
    files: Mapping[str, FileState]
    away: Mapping[str, object]
    version: str
    again: bool = False
    dry: bool = False

    def look(self, reader: Reader, item: Item) -> Look:
        """What is to be done about a file."""
        state = self.files.get(item.source)
        if item.unchanged and state is not None:
            return Look(Found.SAME, state)
        if state is not None and item.signature and state.signature == item.signature and self._settled(state):
            return Look(Found.FAILED if state.reason else Found.SAME, state)
        try:
            if item.source.count(INSIDE) > _DEEPEST:
                raise Unreadable(f"It lies more than {_DEEPEST} archives deep, so it is not read.")
            data, beside = item.load(), item.beside()
        except AtzinaError as fault:
            return Look(Found.FAILED, self._state(item, "", reason=str(fault)))
        return self._looked(reader, item, state, data, beside)

    def _looked(
        self, reader: Reader, item: Item, state: FileState | None, data: bytes, beside: Mapping[str, Any]
    ) -> Look:
        content = hashlib.sha256(data).hexdigest()
        document = self.documents.get(item.source)
        if state is not None and state.content_hash == content and self._settled(state):
            kept = self._state(item, content, reason=state.reason, unread=state.unread)
            return Look(Found.FAILED if state.reason else Found.SAME, kept, beside=beside)
        if state is None and document is not None and document.content_hash == content:
            return Look(Found.SAME, self._state(item, content), beside=beside)
        if document is None and content in self.away:
            return Look(Found.MOVED, self._state(item, content), beside=beside)
        if self.dry:
            return Look(Found.DIFFERENT, self._state(item, content))
        try:
            held = reader.read(data, item.suffix)
        except AtzinaError as fault:
            return Look(Found.FAILED, self._state(item, content, reason=str(fault)))
        unread = tuple((each.where, each.reason) for each in held.unread)
        return Look(Found.READ, self._state(item, content, unread=unread), held, beside)

    def _settled(self, state: FileState) -> bool:
        """Whether reading it again would tell nothing new."""
        return not (state.reason or state.unread) or (state.reader == self.version and not self.again)

    def _state(
        self, item: Item, content: str, reason: str | None = None, unread: tuple[tuple[int | str, str], ...] = ()
    ) -> FileState:
        return FileState(
            source=item.source,
            content_hash=content,
            signature=item.signature,
            reader=self.version,
            reason=reason,
            unread=unread,
            validators={name: value for name, value in asdict(item.validators).items() if value},
        )
