"""OpenDocument texts, sheets and slides (ISO/IEC 26300) by lxml: their words stand in one file, `content.xml`.

kreuzberg reads them too, but loses the line breaks in a paragraph, which is how many a report has its labelled lines,
and refuses sheets of other programs than LibreOffice: docs/ingestion.md.
"""

from collections.abc import Iterator

from lxml import etree

from corpus import Unreadable
from ingest.formats.zipped import opened, unpacked
from ingest.reading import Block, Kind, Reading

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SHOWN = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_MOST_SPACES = 100
_DAMAGED = "It is no whole OpenDocument file. Open it, save it again, and try once more."
_UNSEEN = frozenset(
    (
        *(f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}forms", f"{_TEXT}sequence-decls"),
        *(
            f"{_TEXT}table-of-content",
            f"{_OFFICE}scripts",
            f"{_DRAW}object",
            f"{_TEXT}bookmark-ref",
            f"{_TEXT}page-number",
        ),
    )
)


def read(data: bytes) -> Reading:
    """Headings, paragraphs, items and rows in order; `page` is the slide, a sheet stands below its name."""
    with opened(data, "OpenDocument file") as archive:
        try:
            content = unpacked(archive, archive.getinfo("content.xml"))
        except KeyError as fault:
            raise Unreadable(_DAMAGED) from fault
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        body = etree.fromstring(content, parser).find(f"{_OFFICE}body")
    except etree.XMLSyntaxError as fault:
        raise Unreadable(_DAMAGED) from fault
    if body is None or not len(body):
        raise Unreadable(_DAMAGED)
    blocks = tuple(block for block in _blocks(body[0]) if block.text.strip())
    sheet = body[0].tag == f"{_OFFICE}spreadsheet"
    first = next((block.text for block in blocks if block.kind is Kind.HEADING and not sheet), None)
    return Reading(blocks, first)


def _blocks(root: etree._Element) -> Iterator[Block]:
    """Not by recursion: a hostile file nests deeper than Python does."""
    stack: list[tuple[etree._Element, Kind, int | None]] = [(root, Kind.PARAGRAPH, None)]
    slide = 0
    while stack:
        element, kind, page = stack.pop()
        tag = element.tag
        if tag in _UNSEEN or not isinstance(tag, str):
            continue
        if tag == f"{_DRAW}page":
            slide = page = slide + 1
        elif tag == f"{_TEXT}list-item":
            kind = Kind.ITEM
        elif element.get(f"{_SHOWN}class") == "title":
            kind = Kind.HEADING
        if tag in {f"{_TEXT}h", f"{_TEXT}p"}:
            yield Block(_words(element), Kind.HEADING if tag == f"{_TEXT}h" else kind, page)
        elif tag == f"{_TABLE}table-row":
            cells = (" ".join(" ".join(_words(p) for p in cell.iter(f"{_TEXT}p")).split()) for cell in element)
            yield Block(" | ".join(filter(None, cells)), Kind.TABLE, page)
        else:
            if tag == f"{_TABLE}table" and root.tag == f"{_OFFICE}spreadsheet":
                yield Block(element.get(f"{_TABLE}name", ""), Kind.HEADING)
            stack += [(child, kind, page) for child in reversed(element)]


def _words(element: etree._Element) -> str:
    """The words of a paragraph as they are seen, with its line breaks; of a footnote, its words in brackets."""
    found: list[str] = []
    stack: list[tuple[etree._Element, bool]] = [(element, False)]
    while stack:
        part, done = stack.pop()
        if done:
            found.append(")" if part.tag == f"{_TEXT}note-body" else "")
            found.append(part.tail or "" if part is not element else "")
            continue
        tag = part.tag
        if tag in _UNSEEN or not isinstance(tag, str) or tag == f"{_TEXT}note-citation":
            found.append(part.tail or "")
            continue
        if tag == f"{_TEXT}s":
            count = part.get(f"{_TEXT}c", "1")
            found.append(" " * min(int(count) if count.isdigit() else 1, _MOST_SPACES))
        found.append({f"{_TEXT}line-break": "\n", f"{_TEXT}tab": "\t", f"{_TEXT}note-body": " ("}.get(tag, ""))
        found.append(part.text or "")
        stack.append((part, True))
        stack += [(child, False) for child in reversed(part)]
    return "".join(found)
