"""Old text documents, books and sheets by kreuzberg: docs/ingestion.md has what it was compared with."""

import re

from kreuzberg import ExtractionConfig, KreuzbergError, extract_bytes_sync

from corpus import Unreadable
from ingest.formats import markdown, plain
from ingest.formats.zipped import opened
from ingest.reading import Block, Kind, Reading

_MARKDOWN = ExtractionConfig(use_cache=False, output_format="markdown")
_PLAIN = ExtractionConfig(use_cache=False, output_format="plain")
_BOLD_LINE = re.compile(r"^\*\*([^*\n]{1,150})\*\*$", re.MULTILINE)
_RTF, _DOC = "application/rtf", "application/msword"
_EPUB = "application/epub+zip"
_XLS, _PPT = "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_epub(data: bytes) -> Reading:
    """Headings, paragraphs, items and rows of a book."""
    opened(data, "book").close()
    return _read(data, _EPUB)


def read_xlsx(data: bytes) -> Reading:
    """The sheets, each below its name, as rows of a table."""
    opened(data, "Excel workbook").close()
    return _read(data, _XLSX)


def read_xls(data: bytes) -> Reading:
    """The same of an old workbook."""
    return _read(data, _XLS)


def read_ppt(data: bytes) -> Reading:
    """Titles and words of old slides."""
    return _read(data, _PPT)


def read_rtf(data: bytes) -> Reading:
    """Paragraphs, items and rows; a short paragraph that is bold as a whole is a heading, since RTF names none."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("It is no RTF file: it is damaged, or has the wrong suffix.")
    return _read(data, _RTF)


def read_doc(data: bytes) -> Reading:
    """Paragraphs of a Word 97 document; what looks like a heading is one, as in plain text."""
    text, _ = _extracted(data, _DOC, _PLAIN)
    return Reading(tuple(plain.blocks("\n\n".join(text.split("\n")))))


def _read(data: bytes, kind: str) -> Reading:
    text, stated = _extracted(data, kind, _MARKDOWN)
    blocks = tuple(markdown.blocks(_BOLD_LINE.sub(r"## \1", text)))
    first = next((block.text for block in blocks if block.kind is Kind.HEADING), None)
    if kind in {_XLSX, _XLS}:  # there, a heading is the name of a sheet
        return Reading(_without_rules(blocks), stated)
    return Reading(_without_rules(blocks), first or stated)


def _without_rules(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if any(c.isalnum() for c in block.text))


def _extracted(data: bytes, kind: str, config: ExtractionConfig) -> tuple[str, str | None]:
    """The text, and the title that the file's properties state."""
    try:
        found = extract_bytes_sync(data, kind, config=config)
    except (KreuzbergError, ValueError, RuntimeError, OSError) as fault:
        raise Unreadable(_reason(str(fault))) from fault
    title = found.metadata.get("title")
    return found.content, str(title).strip() or None if title else None


def _reason(said: str) -> str:
    if "assword" in said or "ncrypt" in said:
        return "It is encrypted. Save it without a password, and try once more."
    return "It is damaged, or no document of the kind that its name says. Open it, save it again, and try once more."
