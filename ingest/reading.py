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
    """A piece of a document's text, in reading order. `page` counts from 1; None where there are no pages."""

    text: str
    kind: Kind = Kind.PARAGRAPH
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """`stated`: what the file says of itself in its own fields (front matter, properties), by name."""

    blocks: tuple[Block, ...]
    title: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
