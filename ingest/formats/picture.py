"""Scans that are pictures (PNG, JPEG, TIFF of one page or more): Tesseract recognises their words."""

import re
from collections.abc import Sequence
from itertools import groupby, zip_longest
from statistics import median

from corpus import Unreadable
from ingest.formats import ocr
from ingest.reading import Block, Kind, Reading, Unread

_MOST_PAGES = 200
_LONGEST_HEADING = 120  # characters
_LABEL = re.compile(r"[^\W\d_][^\n:.!?]{1,30}:\s+\S")
_LARGER = 1.3  # times the usual height of a line
_ITEM = re.compile(r"(?:[-*•–▪●◦‣⁃]|\(?\d{1,2}[.)])\s+\S")
_TIFF = (b"II*\0", b"MM\0*")


def read(data: bytes) -> Reading:
    """Paragraphs with their pages. Raises Unreadable where not one page could be recognised."""
    blocks: list[Block] = []
    unread: list[Unread] = []
    for number in range(_pages(data)):
        try:
            several = number if data.startswith(_TIFF) else None
            like = " ".join(block.text for block in blocks) or None
            blocks += paragraphs(ocr.recognised(data, None, several, like), number + 1)
        except Unreadable as fault:
            unread.append(Unread(number + 1, str(fault)))
    if not blocks and not unread:
        raise Unreadable("No words were recognised in the picture.")
    return Reading(tuple(blocks), unread=tuple(unread))


def paragraphs(lines: Sequence[ocr.Line], page: int) -> list[Block]:
    """The recognised lines, those of a paragraph together; a short one that leads a longer one is a heading."""
    usual = median(line.height for line in lines) if lines else 0
    whole = [list(group) for _, group in groupby(lines, key=lambda line: (line.block, line.paragraph))]
    groups = [part for group in whole for part in _parted(group, usual)]
    found: list[Block] = []
    for held, following in zip_longest(groups, groups[1:]):
        text = "\n".join(line.text for line in held)
        leads = following is not None and sum(len(line.text) for line in following) > len(text)
        kind = Kind.HEADING if _is_heading(held, text, usual, leads=leads) else Kind.PARAGRAPH
        kind = Kind.ITEM if _ITEM.match(text) and kind is Kind.PARAGRAPH else kind
        found.append(Block(text, kind, page, round(ocr.confidence(held), 3)))
    return found


def _parted(held: list[ocr.Line], usual: float) -> list[list[ocr.Line]]:
    """The lines of a paragraph; a title apart, which Tesseract joins to what stands close below it."""
    labels = [bool(_LABEL.match(line.text)) for line in held]
    large = 0
    while large < len(held) and held[large].height >= _LARGER * usual and not labels[large]:
        large += 1
    if not large and held and not labels[0]:  # a title of ordinary size, above labelled lines
        large = next((n for n, label in enumerate(labels[:4]) if label), 0)
    return [held[:large], held[large:]] if 0 < large < len(held) else [held]


def _is_heading(held: Sequence[ocr.Line], text: str, usual: float, *, leads: bool) -> bool:
    if len(held) > 3 or len(text) > _LONGEST_HEADING or text.endswith((".", ",", ";", ":", "!", "?", "…")):
        return False
    large = held[0].height >= _LARGER * usual
    return text[:1].isalpha() and (large or (leads and ": " not in text))


def _pages(data: bytes) -> int:
    """How many pictures there are: a TIFF is a chain of directories, each of which names the next (TIFF 6.0, 2)."""
    if not data.startswith(_TIFF):
        return 1
    order = "little" if data.startswith(b"II") else "big"
    place, seen = int.from_bytes(data[4:8], order), set[int]()  # type: ignore[arg-type]
    while place and place not in seen and place + 2 <= len(data) and len(seen) < _MOST_PAGES:
        seen.add(place)
        after = place + 2 + 12 * int.from_bytes(data[place : place + 2], order)  # type: ignore[arg-type]
        place = int.from_bytes(data[after : after + 4], order)  # type: ignore[arg-type]
    return max(1, len(seen))
