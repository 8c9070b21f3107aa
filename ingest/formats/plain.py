"""Plain text: paragraphs stand between empty lines."""

import codecs
import re

from charset_normalizer import from_bytes

from corpus import Unreadable
from ingest.reading import Block, Kind, Reading

_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_GUESSES = ["cp1257", "cp1251", "cp1252", "cp1250", "koi8_r", "utf_16_le", "utf_16_be"]
_ITEM = re.compile(r"\s*(?:[-*•–▪]\s+|\(?\d{1,2}[.)]\s+)")
_SHORT = 90  # characters: a line above a paragraph that is no longer, and does not end like a sentence, is a heading
_MOST_CONTROLS = 0.02  # share of control characters from which it is no text


def read(data: bytes) -> Reading:
    """Paragraphs, items and what look like headings."""
    return Reading(tuple(blocks(decoded(data))))


def decoded(data: bytes) -> str:
    """The text in the encoding it is in. Raises Unreadable where it is no text."""
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return _plausible(data.decode(encoding, errors="replace"))
    try:
        return _plausible(data.decode("utf-8"))
    except UnicodeDecodeError:
        best = from_bytes(data, cp_isolation=_GUESSES).best()
    if best is None:
        raise Unreadable("It is no text in an encoding that is known. Save it as UTF-8.")
    return _plausible(str(best))


def blocks(text: str) -> list[Block]:
    """The text's blocks; lines of a paragraph stay lines, for the cleaning to join."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        found += _parts(paragraph.strip("\n"))
    return [_with_kind(block, number) for number, block in enumerate(found) if block.text.strip()]


def _parts(paragraph: str) -> list[Block]:
    """A paragraph; a list is cut into its items."""
    parts: list[list[str]] = [[]]
    kinds = [Kind.PARAGRAPH]
    for line in paragraph.split("\n"):
        if _ITEM.match(line):
            parts.append([])
            kinds.append(Kind.ITEM)
        parts[-1].append(line)
    return [Block("\n".join(lines), kind) for lines, kind in zip(parts, kinds, strict=True) if lines]


def _with_kind(block: Block, number: int) -> Block:
    text = block.text.strip()
    heading = block.kind is Kind.PARAGRAPH and "\n" not in text and len(text) <= _SHORT and ": " not in text
    if heading and (number == 0 or not text.endswith((".", ",", ";", ":", "!", "?", "…", "”", "\""))):
        return Block(block.text, Kind.HEADING)
    return block


def _plausible(text: str) -> str:
    controls = sum(c < " " and c not in "\t\n\r\f" for c in text)
    if controls > _MOST_CONTROLS * len(text):
        raise Unreadable("It is no text: it holds bytes that no text has. Is the suffix right?")
    return text
