"""The title of a document: what it states, or the first short line in the language of its text."""

from collections.abc import Sequence

from ingest.cleaning import clean
from ingest.language import detect
from ingest.reading import Block, Kind, Reading

_TOP = 5  # blocks among which a title is looked for
_LONGEST = 160  # characters
_ALIKE = frozenset(["nb", "da", "sv"])  # languages that are taken for each other in a line


def title_of(reading: Reading, language: str | None) -> str | None:
    """The title that is stated, or found; None where no line of the beginning can be one.

    A line in another language than `language`, the text's, such as the motto of a programme, yields to the next one
    that can be a title and is in that one.
    """
    blocks = [Block(clean(block.text), block.kind, block.page) for block in reading.blocks]
    found = clean(reading.title or "")[: 2 * _LONGEST] or _first_line(blocks)
    if found is None or "title" in reading.stated:
        return found
    line = detect(found) if language else None
    if line is None or line == language or {line, language} <= _ALIKE:
        return found
    lines = (_bare(block.text) for block in blocks[:_TOP] if _can_be_title(block))
    return next((words for words in lines if detect(words) == language), found)


def _first_line(blocks: Sequence[Block]) -> str | None:
    if blocks and _can_be_title(blocks[0]):
        return _bare(blocks[0].text) or None
    return next((block.text for block in blocks if block.kind is Kind.HEADING), None)


def _can_be_title(block: Block) -> bool:
    return 0 < len(block.text) <= _LONGEST and not block.text.rstrip('”“"»').endswith((".", ";", ":", ","))


def _bare(line: str) -> str:
    return line.strip('„“”«»"')
