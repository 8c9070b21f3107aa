"""PDF by pypdfium2: lines with their place and size on the page become paragraphs and headings."""

import ctypes
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from corpus import Unreadable
from ingest.cleaning import clean, running_lines
from ingest.formats import ocr
from ingest.formats.legible import is_legible
from ingest.formats.picture import paragraphs
from ingest.reading import Block, Kind, Reading, Unread

_MOST_PAGES = 2_000
_LARGER = 1.12  # times the size of the body: a heading
_BOLD = 600  # font weight
_GAP = 1.3  # times the usual distance of lines: a new paragraph
_MOST_LEAD = 1.6  # times the size of the letters: lines that are further apart belong to no heading
_SHORT = 0.85  # of the width of the text: a line that ends here may be a paragraph's last
_LONGEST_HEADING = 150  # characters
_LITTLE = 40  # characters: a page with a picture and fewer is taken for a scan
_COVERED = 0.5  # of the page: a picture that covers so much may be a scan
_MOST_PIXELS = 6_000  # along the longer side of a page that is drawn
_ASKED = 50  # characters of a page that are asked which way they run
_HYPHEN = "\x02"  # what PDFium gives for a hyphen at the end of a line, in place of both
_BULLETS = frozenset("\uf0b7\uf0a7\uf0d8\uf0fc")  # of the fonts Symbol and Wingdings
_ITEM = re.compile(r"(?:[-*•–▪●◦‣⁃]|\(?\d{1,2}[.)])\s+\S")
_NUMBERED = re.compile(r"\(?\d{1,2}[.)]\s")
_ENDED = re.compile(r"[.!?:;…][\"'”“’»)\]]*\s*\Z")
_MEANINGLESS = re.compile(r"untitled|microsoft word|document\d*|\.(docx?|odt|pdf|html?|md)$", re.IGNORECASE)

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


@dataclass(frozen=True, slots=True)
class _Line:
    """Points, from the lower left corner of the page."""

    text: str
    left: float
    right: float
    bottom: float
    size: float
    bold: bool


Page = Sequence[_Line | ocr.Line]

_pdfium = threading.Lock()  # PDFium is not safe in threads, not even for two documents (pypdfium2's README)


def read(data: bytes) -> Reading:
    """Paragraphs, items and headings with their pages; a page whose text cannot be read is recognised (OCR).

    Safe in threads, one document at a time. Raises Unreadable: encrypted, cut off, too long, or not one page can be
    read.
    """
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as fault:
            raise Unreadable(_reason(str(fault))) from fault
        try:
            return _read(document)
        except pypdfium2.PdfiumError as fault:
            raise Unreadable("A page of it is damaged. Print it to a new PDF, and try once more.") from fault
        finally:
            document.close()


def _read(document: pypdfium2.PdfDocument) -> Reading:
    if not 0 < len(document) <= _MOST_PAGES:
        raise Unreadable(f"It has {len(document)} pages; 1 to {_MOST_PAGES} are read.")
    pages, unread = _pages(document)
    running = running_lines([[line.text for line in page] for page in pages])
    kept = [[line for n, line in enumerate(page) if (p, n) not in running] for p, page in enumerate(pages)]
    blocks = tuple(sorted([*_written(kept), *_scanned(kept)], key=lambda block: block.page or 0))
    return Reading(blocks, _title(document, blocks), unread=tuple(unread))


def _written(pages: Sequence[Page]) -> Iterator[Block]:
    """The blocks of the pages that have a text layer."""
    written = [[line for line in page if isinstance(line, _Line)] for page in pages]
    body = Counter(round(line.size, 1) for page in written for line in page for _ in line.text).most_common(1)
    size = body[0][0] if body else 0.0
    groups = [(number, lines) for number, page in enumerate(written, 1) for lines in _groups(page)]
    return (_block(lines, number, size) for number, lines in _rejoined(groups, size))


def _scanned(pages: Sequence[Page]) -> Iterator[Block]:
    """The blocks of the pages that were recognised."""
    for number, page in enumerate(pages, 1):
        yield from paragraphs([line for line in page if isinstance(line, ocr.Line)], number)


def _pages(document: pypdfium2.PdfDocument) -> tuple[list[Page], list[Unread]]:
    """The lines of each page, and the pages that could not be read."""
    pages: list[Page] = []
    unread: list[Unread] = []
    for number in range(len(document)):
        page = document[number]
        try:
            pages.append(_page(page, " ".join(line.text for lines in pages[-2:] for line in lines)))
        except Unreadable as fault:
            pages.append([])
            unread.append(Unread(number + 1, str(fault)))
        finally:
            page.close()
    return pages, unread


def _page(page: pypdfium2.PdfPage, before: str) -> Page:
    """The lines of the text layer or, where that is missing or broken, of what is recognised on the page."""
    lines = _lines(page)
    text = "\n".join(line.text for line in lines)
    if is_legible(text) and (len(text) >= _LITTLE or not _is_picture(page)):
        return lines
    if not lines and not any(True for _ in page.get_objects(max_depth=2)):
        return []  # an empty page
    found = _recognised(page, before)
    better = sum(len(line.text) for line in found) > len(text) or not is_legible(text)
    return found if better and found else lines


def _is_picture(page: pypdfium2.PdfPage) -> bool:
    """Whether a picture covers most of the page."""
    whole = page.get_width() * page.get_height()
    for shown in page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = shown.get_bounds()
        if (right - left) * (top - bottom) >= _COVERED * whole:
            return True
    return False


def _recognised(page: pypdfium2.PdfPage, before: str) -> Page:
    """The page drawn, and what Tesseract sees on it. Raises Unreadable."""
    scale = min(ocr.DPI / 72, _MOST_PIXELS / max(page.get_width(), page.get_height(), 1))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        grey = bitmap.to_numpy()
        image = b"P5 %d %d 255\n" % (grey.shape[1], grey.shape[0]) + grey.tobytes()  # PGM: netpbm's format
    finally:
        bitmap.close()
    return ocr.recognised(image, round(72 * scale), like=before or None)


def _reason(said: str) -> str:
    if "assword" in said:
        return "It is encrypted. Save it without a password, and try once more."
    return "It is no whole PDF: it is cut off or damaged."


def _title(document: pypdfium2.PdfDocument, blocks: Sequence[Block]) -> str | None:
    """The first heading near the top or the title that is stated; of a scan None, where its first line may be it."""
    first = next((block.text for block in blocks[:5] if block.kind is Kind.HEADING), None)
    scanned = bool(blocks) and blocks[0].confidence is not None and blocks[0].kind is not Kind.HEADING
    if first and not scanned:
        return clean(first)
    stated = str(document.get_metadata_dict().get("Title", "")).strip()
    return stated if stated and not scanned and not _MEANINGLESS.search(stated) else None


def _lines(page: pypdfium2.PdfPage) -> list[_Line]:
    shown = page.get_rotation()
    page.set_rotation(_upright(page))  # PDFium orders lines as they are shown
    text = page.get_textpage()
    try:
        turned = _turned(page, _quarter(text))
        return [line for span in _line_spans(text) if (line := _line(text, span, turned)) is not None]
    finally:
        text.close()
        page.set_rotation(shown)


def _upright(page: pypdfium2.PdfPage) -> int:
    """How far, in degrees, the page has to be turned for most of its lines to run to the right."""
    page.set_rotation(0)
    text = page.get_textpage()
    try:
        return _quarter(text) * 270 % 360
    finally:
        text.close()


def _quarter(text: pypdfium2.PdfTextPage) -> int:
    """Which way most characters run, in quarters of a turn, clockwise, as the page was written."""
    step = max(1, text.count_chars() // _ASKED)
    angles = [pdfium.FPDFText_GetCharAngle(text, n) for n in range(0, text.count_chars(), step)]
    quarters = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0).most_common(1)
    return quarters[0][0] if quarters else 0


def _turned(page: pypdfium2.PdfPage, quarter: int) -> Callable[[Box], Box]:
    """What takes a box of the page as it was written to where it stands when most lines run to the right."""
    _, _, width, height = page.get_mediabox()
    if quarter == 1:
        return lambda box: (height - box[3], box[0], height - box[1], box[2])
    if quarter == 2:
        return lambda box: (width - box[2], height - box[3], width - box[0], height - box[1])
    if quarter == 3:
        return lambda box: (box[1], width - box[2], box[3], width - box[0])
    return lambda box: box


def _line_spans(text: pypdfium2.PdfTextPage) -> Iterator[list[tuple[int, str]]]:
    """The characters of each line: number on the page, and the character."""
    held: list[tuple[int, str]] = []
    for number in range(text.count_chars()):
        character = chr(pdfium.FPDFText_GetUnicode(text, number))
        if character in "\r\n":
            yield held
            held = []
        elif character == _HYPHEN:  # what follows stands on the next line
            yield [*held, (number, "-")]
            held = []
        elif character in _BULLETS:
            held.append((number, "•"))
        elif character != "\0":
            held.append((number, character))
    yield held


def _line(text: pypdfium2.PdfTextPage, span: Sequence[tuple[int, str]], turned: Callable[[Box], Box]) -> _Line | None:
    seen = [(number, character) for number, character in span if not character.isspace()]
    if not seen:
        return None
    left, bottom, _, _ = turned(text.get_charbox(seen[0][0], loose=True))
    right = turned(text.get_charbox(seen[-1][0], loose=True))[2]
    middle = seen[len(seen) // 2][0]
    size = pdfium.FPDFText_GetFontSize(text, middle) * _scale(text, middle)
    bold = pdfium.FPDFText_GetFontWeight(text, middle) >= _BOLD
    return _Line("".join(character for _, character in span).strip(), left, right, bottom, size, bold)


def _scale(text: pypdfium2.PdfTextPage, number: int) -> float:
    """How much the text is scaled: browsers print with a font size of 1 and a matrix."""
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFText_GetMatrix(text, number, ctypes.byref(matrix)):
        return 1.0
    return abs(matrix.d) or abs(matrix.b) or 1.0


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """The lines of a page, those of a block together."""
    if not lines:
        return
    steps = [a.bottom - b.bottom for a, b in zip(lines, lines[1:], strict=False) if a.bottom > b.bottom]
    usual, right = median(steps) if steps else 0.0, max(line.right for line in lines)
    left = min(line.left for line in lines)
    lead = min(usual / (median(line.size for line in lines) or 1.0), _MOST_LEAD)
    held = [lines[0]]
    for line in lines[1:]:
        if _breaks(held[-1], line, usual, lead, left + _SHORT * (right - left)):
            yield held
            held = []
        held.append(line)
    yield held


def _rejoined(groups: Sequence[tuple[int, list[_Line]]], body: float) -> Iterator[tuple[int, list[_Line]]]:
    """Page and lines of each block; a paragraph that was cut by the end of a page or column is whole again."""
    held: tuple[int, list[_Line]] | None = None
    for number, lines in groups:
        if held is not None and _is_cut(held, number, lines, body):
            held[1].extend(lines)
            continue
        if held is not None:
            yield held
        held = (number, list(lines))
    if held is not None:
        yield held


def _is_cut(held: tuple[int, list[_Line]], number: int, lines: Sequence[_Line], body: float) -> bool:
    """Whether the lines go on with what is held: after the end of a page or column, within a sentence."""
    last, first = held[1][-1], lines[0]
    moved = number != held[0] or first.bottom > last.bottom + first.size
    alike = abs(last.size - first.size) <= 0.1 * first.size and last.bold == first.bold
    if not moved or not alike or _ENDED.search(last.text) or not first.text[:1].islower():
        return False
    return _block(held[1], held[0], body).kind is not Kind.HEADING


def _breaks(above: _Line, line: _Line, usual: float, lead: float, short: float) -> bool:
    """Whether a new block begins with `line`; `usual` is the distance of lines, `lead` the same in their sizes."""
    gap = above.bottom - line.bottom
    if gap > _GAP * max(usual, line.size, line.size * lead) or gap < -line.size:
        return True
    if abs(above.size - line.size) > 0.1 * line.size or (above.bold != line.bold and above.right < short):
        return True
    ended = above.text.endswith((".", "!", "?", ":", ";", "…")) and above.right < short
    return ended or bool(_ITEM.match(line.text))


def _block(lines: Sequence[_Line], number: int, body: float) -> Block:
    text = "\n".join(line.text for line in lines)
    large = lines[0].size > _LARGER * body
    bold = lines[0].bold and not text.rstrip().endswith((".", ":", ";", ","))
    item = _ITEM.match(text) is not None
    numbered = _NUMBERED.match(text) and (large or all(line.bold for line in lines))  # as "3. Conditions"
    if len(text) <= _LONGEST_HEADING and (large or bold) and (numbered or not item):
        return Block(text, Kind.HEADING, number)
    return Block(text, Kind.ITEM if item else Kind.PARAGRAPH, number)
