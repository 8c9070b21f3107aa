"""Word documents by python-docx: paragraphs, lists and tables, in the order of the body.

The text is read from the elements themselves, as a reader sees it with all changes accepted: python-docx leaves out
what stands in tracked insertions and content controls.
"""

import io
import re
from collections.abc import Iterator

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

from corpus import Unreadable
from ingest.formats.zipped import opened
from ingest.reading import Block, Kind, Reading

_HEADING = re.compile(
    r"^(heading|title|virsraksts|pealkiri|überschrift|nagłówek|заголовок|antraštė|overskrift)", re.IGNORECASE
)
_LIST = re.compile(r"list (bullet|number)", re.IGNORECASE)  # Word writes the names of its own styles in English
_DEEPEST_STYLE = 12  # styles that are based on each other; Word allows 11, a damaged file a circle
_AROUND = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag")))
_UNSEEN = frozenset(map(qn, ("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:txbxContent")))
_SPACES = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}


def read(data: bytes) -> Reading:
    """Headings by their style, items, rows of tables; the title from the properties or the first title."""
    opened(data, "Word document").close()
    try:
        document = Document(io.BytesIO(data))
        blocks = tuple(block for block in (*_blocks(document), *_notes(document)) if block.text.strip())
        stated = (document.core_properties.title or "").strip()
    except Exception as fault:  # python-docx raises whatever its parts raise
        raise Unreadable("It is no whole Word document. Open it in Word, save it again, and try once more.") from fault
    first = next((block.text for block in blocks if block.kind is Kind.HEADING), None)
    return Reading(blocks, first or stated or None)


def _blocks(document: WordDocument) -> Iterator[Block]:
    for element in _below(document.element.body, "w:p", "w:tbl"):
        if element.tag == qn("w:p"):
            yield Block(_words(element), _kind(Paragraph(element, document._body)))
        else:
            yield from _rows(element)


def _notes(document: WordDocument) -> Iterator[Block]:
    """The footnotes and endnotes, which stand in parts of their own."""
    for related in document.part.rels.values():
        if not related.is_external and related.reltype.endswith(("/footnotes", "/endnotes")):
            root = etree.fromstring(related.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
            for note in root:
                yield Block(" ".join(" ".join(map(_words, note.iter(qn("w:p")))).split()))


def _below(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The children of these names, also those that stand in a content control or a tracked insertion."""
    wanted = set(map(qn, names))
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag in _AROUND:
            yield from _below(child, *names)


def _words(element: etree._Element) -> str:
    if element.tag in _UNSEEN:
        return ""
    if element.tag == qn("w:t"):
        return element.text or ""
    return _SPACES.get(element.tag) or "".join(map(_words, element))


def _kind(paragraph: Paragraph) -> Kind:
    style = paragraph.style.name if paragraph.style is not None else ""
    if _HEADING.match(style or ""):
        return Kind.HEADING
    return Kind.ITEM if _LIST.match(style or "") or _is_numbered(paragraph) else Kind.PARAGRAPH


def _is_numbered(paragraph: Paragraph) -> bool:
    """Whether the paragraph, or the nearest of its styles that says anything of it, has a bullet or a number."""
    path = f"{qn('w:pPr')}/{qn('w:numPr')}"
    found, style = paragraph._p.find(path), paragraph.style
    for _ in range(_DEEPEST_STYLE):
        if found is None and style is not None:
            found, style = style.element.find(path), style.base_style
    number = found.find(qn("w:numId")) if found is not None else None
    taken_away = number is not None and number.get(qn("w:val")) == "0"
    return found is not None and not taken_away


def _rows(table: etree._Element) -> Iterator[Block]:
    """A row a block; what a cell holds, tables included, is its words."""
    for row in _below(table, "w:tr"):
        if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is None:
            cells = (" ".join(" ".join(map(_words, cell.iter(qn("w:p")))).split()) for cell in _below(row, "w:tc"))
            yield Block(" | ".join(filter(None, cells)), Kind.TABLE)
