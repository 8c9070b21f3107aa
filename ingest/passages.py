"""From blocks to a document's text and its passages: spans aligned to paragraphs and sentences. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus import Span, sentences
from ingest.cleaning import clean
from ingest.reading import Block, Kind

_BETWEEN = "\n\n"
_WITHIN = "\n"  # between the items of a list and the rows of a table
_GOAL = 700  # characters of a passage
_MOST = 1100
_LEAST = 200  # what is shorter joins its neighbour


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, or some sentences of a long one, with its place in the text."""

    start: int
    end: int
    kind: Kind
    page: int | None
    heading: str | None
    confidence: float | None = None


def compose(blocks: Sequence[Block]) -> tuple[str, tuple[Span, ...]]:
    """The document's text, and the spans that can be answers, in order and without overlap.

    Every word below a heading, or before the first one, is in exactly one span; so is the heading itself, unless
    nothing follows it. Details are in the text, and in no span.
    """
    cleaned = [Block(text, block.kind, block.page, block.confidence) for block in blocks if (text := clean(block.text))]
    text, pieces = _lay_out(cleaned)
    return text, tuple(_spans([part for piece in pieces for part in _cut(text, piece)]))


def _lay_out(blocks: Sequence[Block]) -> tuple[str, list[_Piece]]:
    parts: list[str] = []
    pieces: list[_Piece] = []
    position, heading, before = 0, None, None
    for block in blocks:
        if parts:
            same = block.kind in {Kind.ITEM, Kind.TABLE, Kind.DETAIL} and before is block.kind
            parts.append(_WITHIN if same else _BETWEEN)
            position += len(parts[-1])
        heading = block.text if block.kind is Kind.HEADING else heading
        end = position + len(block.text)
        pieces.append(_Piece(position, end, block.kind, block.page, heading, block.confidence))
        parts.append(block.text)
        position, before = position + len(block.text), block.kind
    return "".join(parts), pieces


def _cut(text: str, piece: _Piece) -> Iterator[_Piece]:
    """The piece, or a long one's sentences in groups; a sentence that is too long itself is cut at spaces."""
    if piece.end - piece.start <= _MOST:
        yield piece
        return
    start = end = piece.start
    for _, stop in _short_parts(text, piece):
        if end > start and stop - start > _GOAL:
            yield replace(piece, start=start, end=end)
            start = end + len(text[end:stop]) - len(text[end:stop].lstrip())
        end = stop
    yield replace(piece, start=start)


def _short_parts(text: str, piece: _Piece) -> Iterator[tuple[int, int]]:
    for a, b in sentences(text[piece.start : piece.end]):
        start, end = piece.start + a, piece.start + b
        while end - start > _MOST:
            space = text.rfind(" ", start + 1, start + _MOST)
            cut = space if space > start else start + _MOST
            yield start, cut
            start = cut
        yield start, end


def _spans(pieces: Sequence[_Piece]) -> Iterator[Span]:
    held: list[_Piece] = []
    for piece in pieces:
        if held and _begins(held, piece):
            if any(each.kind is not Kind.HEADING for each in held):
                yield _span(held)
            held = []
        if piece.kind is not Kind.DETAIL:
            held.append(piece)
    if held and any(piece.kind is not Kind.HEADING for piece in held):
        yield _span(held)


def _begins(held: Sequence[_Piece], piece: _Piece) -> bool:
    """Whether a new passage begins with `piece`."""
    if piece.kind is Kind.DETAIL:
        return True
    if all(each.kind is Kind.HEADING for each in held):
        return False  # a heading leads what follows
    if piece.kind is Kind.HEADING or piece.page != held[-1].page:  # a passage is on one page, which is named with it
        return True
    size, with_it = held[-1].end - held[0].start, piece.end - held[0].start
    if with_it > _MOST:
        return True
    leads = held[-1].kind is Kind.PARAGRAPH and piece.kind in {Kind.ITEM, Kind.TABLE}
    short = piece.end - piece.start < _LEAST or size < _LEAST
    return with_it > _GOAL and not leads and not short


def _span(held: Sequence[_Piece]) -> Span:
    said = next(piece for piece in held if piece.kind is not Kind.HEADING)
    sure = [piece.confidence for piece in held if piece.confidence is not None]
    least = min(sure, default=None)
    return Span(start=held[0].start, end=held[-1].end, page=said.page, heading=said.heading, confidence=least)
