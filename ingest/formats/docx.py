"""Word documents by python-docx: paragraphs, lists and tables, in the order of the body."""

import io
import re
import zipfile
from collections.abc import Iterator

from docx import Document
from docx.document import Document as WordDocument
from docx.table import Table
from docx.text.paragraph import Paragraph

from corpus import Unreadable
from ingest.reading import Block, Kind, Reading

_MOST_BYTES = 200_000_000  # unpacked
_MOST_FILES = 5_000
_HEADING = re.compile(
    r"^(heading|title|virsraksts|pealkiri|überschrift|nagłówek|заголовок|antraštė|overskrift)", re.IGNORECASE
)
_LIST = re.compile(r"list|saraksts|loend|liste|lista|список|sąrašas|compact", re.IGNORECASE)


def read(data: bytes) -> Reading:
    """Headings by their style, items, rows of tables; the title from the properties or the first title."""
    _refuse_bombs(data)
    try:
        document = Document(io.BytesIO(data))
        blocks = tuple(block for block in _blocks(document) if block.text.strip())
        stated = (document.core_properties.title or "").strip()
    except Exception as fault:  # python-docx raises whatever its parts raise
        raise Unreadable("It is no whole Word document. Open it in Word, save it again, and try once more.") from fault
    first = next((block.text for block in blocks if block.kind is Kind.HEADING), None)
    return Reading(blocks, first or stated or None)


def _refuse_bombs(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        raise Unreadable("It is no whole Word document: it is cut off or damaged.") from fault
    size = sum(part.file_size for part in parts)
    if size > _MOST_BYTES or len(parts) > _MOST_FILES:
        raise Unreadable(f"Unpacked it would be {size / 1e6:,.0f} MB in {len(parts)} parts: more than is read.")


def _blocks(document: WordDocument) -> Iterator[Block]:
    for part in document.iter_inner_content():
        if isinstance(part, Paragraph):
            yield Block(part.text, _kind(part))
        elif isinstance(part, Table):
            yield from _rows(part)


def _kind(paragraph: Paragraph) -> Kind:
    style = paragraph.style.name if paragraph.style is not None else ""
    if _HEADING.match(style or ""):
        return Kind.HEADING
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    return Kind.ITEM if numbered or (_LIST.search(style or "") and numbered) else Kind.PARAGRAPH


def _rows(table: Table) -> Iterator[Block]:
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            words = " ".join(cell.text.split())
            if words and (not cells or cells[-1] != words):  # a merged cell comes once for each column it spans
                cells.append(words)
        yield Block(" | ".join(cells), Kind.TABLE)
