"""Slides by python-pptx: the title of each, its words from top to bottom, its tables, the speaker's notes."""

import io
from collections.abc import Iterator
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from corpus import Unreadable
from ingest.formats.zipped import opened
from ingest.reading import Block, Kind, Reading

_DEEPEST = 8  # groups in groups
_FOOTING = frozenset([13, 15, 16])  # PP_PLACEHOLDER: slide number, footer, date


def read(data: bytes) -> Reading:
    """Headings are the titles of slides; `page` is the number of the slide."""
    opened(data, "presentation").close()
    try:
        shown = Presentation(io.BytesIO(data))
        blocks = tuple(b for n, slide in enumerate(shown.slides, 1) for b in _slide(slide, n) if b.text.strip())
        stated = (shown.core_properties.title or "").strip()
    except Exception as fault:  # python-pptx raises whatever its parts raise
        raise Unreadable("It is no whole presentation. Open it, save it again, and try once more.") from fault
    first = next((block.text for block in blocks if block.kind is Kind.HEADING), None)
    return Reading(blocks, first or (stated if stated != "PowerPoint Presentation" else "") or None)


def _slide(slide: Any, number: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield Block(title.text_frame.text.replace("\v", " "), Kind.HEADING, number)
    rest = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    for shape in sorted(rest, key=lambda shape: (shape.top or 0, shape.left or 0)):
        yield from _shape(shape, number, 0)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for line in slide.notes_slide.notes_text_frame.text.splitlines():
            yield Block(line, Kind.PARAGRAPH, number)


def _shape(shape: Any, number: int, depth: int) -> Iterator[Block]:
    if shape.is_placeholder and shape.placeholder_format.type in _FOOTING:
        return
    if shape.shape_type == MSO_SHAPE_TYPE.GROUP and depth < _DEEPEST:
        for inner in shape.shapes:
            yield from _shape(inner, number, depth + 1)
    elif shape.has_table:
        for row in shape.table.rows:
            cells = (" ".join(cell.text_frame.text.split()) for cell in row.cells)
            yield Block(" | ".join(filter(None, cells)), Kind.TABLE, number)
    elif shape.has_text_frame:
        body = shape.is_placeholder
        paragraphs = [p for p in shape.text_frame.paragraphs if p.text.strip()]
        kind = Kind.ITEM if body and len(paragraphs) > 1 else Kind.PARAGRAPH
        for paragraph in paragraphs:
            yield Block(paragraph.text.replace("\v", "\n"), kind, number)
