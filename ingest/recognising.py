"""What a file would be as a document, found out before anybody has decided that it becomes one."""

import datetime as dt
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.isolation import Reader
from ingest.sidecar import stated


@dataclass(frozen=True, slots=True)
class Recognised:
    """The fields that the file states or rules have found, each None where there is none. `inner`: files inside it."""

    title: str | None = None
    country: str | None = None
    date: dt.date | None = None
    language: str | None = None
    collection: str | None = None
    audience: tuple[str, ...] | None = None
    inner: int = 0


def recognise(data: bytes, name: str) -> Recognised:
    """What is in a file of this name. Nothing is kept of it. Raises Unreadable with the reason."""
    with Reader() as reader:
        held = reader.read(data, PurePosixPath(name).suffix)
    beside = stated(held.stated)
    return Recognised(
        title=held.details.title,
        country=held.details.country,
        date=held.details.date,
        language=held.language,
        collection=beside.get("collection"),
        audience=beside.get("audience"),
        inner=len(held.inner),
    )
