"""What a reader gives: a document's text in blocks, in reading order, with what the file says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"
    DETAIL = "detail"  # a labelled line at the top, such as "Country: Norway": kept as a field, no answer by itself


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document's text, in reading order. `page` counts from 1; None where there are no pages.

    `confidence`, from 0 to 1, is how sure the recognition of a scan is of its words; None where nothing was recognised.
    """

    text: str
    kind: Kind = Kind.PARAGRAPH
    page: int | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A page, or a part by its name, that could not be read though the rest could, and why, in a sentence."""

    where: int | str
    reason: str


@dataclass(frozen=True, slots=True)
class Inner:
    """A file inside a file: in an archive, or attached to a mail. `name` may have folders, divided by "/"."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """`stated`: what the file says of itself in its own fields (front matter, properties), by name.

    An archive has no blocks but `inner` files; a mail has both.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[Inner, ...] = ()
    unread: tuple[Unread, ...] = ()
