"""A document's text as HTML: headings, the passage set apart, the quote marked; whatever is in it is escaped."""

from collections.abc import Collection, Iterator
from itertools import pairwise

from markupsafe import Markup, escape

from bot.links import Place

_NOTHING = Markup()
_TAGS = {"h2": Markup("<h2>{}</h2>"), "p": Markup("<p>{}</p>")}
_MARK, _HERE = Markup("<mark>"), Markup('<mark id="here">')


def marked(text: str, place: Place | None, headings: Collection[str], note: Markup = _NOTHING) -> Markup:
    r"""The text in paragraphs, its lines that are `headings` as such; `note` stands right above the quote.

    >>> marked("Mērķis\n\nViens. Divi.", Place(8, 20, 15, 20, "v"), {"Mērķis"})
    Markup('<h2>Mērķis</h2><p><span class="passage">Viens. </span><mark id="here">Divi.</mark></p>')
    """
    said: list[Markup] = []
    waiting = place is not None and bool(note)
    for start, end, tag in _blocks(text, headings):
        cut = start
        if place and waiting and end > place.quote_start:
            waiting = False
            cut = max(start, place.quote_start) if tag == "p" else start
            said += [_element(tag, text, start, cut, place)] if cut > start else []
            said.append(note)
        said.append(_element(tag, text, cut, end, place))
    return Markup("").join(said).replace(_MARK, _HERE, 1)


def _blocks(text: str, headings: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and tag of each heading and of each run of lines between headings and blank lines."""
    begin = at = 0
    for line in [*text.splitlines(keepends=True), ""]:
        heading = line.strip() in headings
        if heading or not line.strip():
            if stripped := text[begin:at].rstrip():
                yield begin, begin + len(stripped), "p"
            if heading and line.strip():
                yield at, at + len(line.rstrip()), "h2"
            begin = at + len(line)
        at += len(line)


def _element(tag: str, text: str, start: int, end: int, place: Place | None) -> Markup:
    within = [place.start, place.quote_start, place.quote_end, place.end] if place else []
    cuts = sorted({start, end, *(cut for cut in within if start < cut < end)})
    pieces = Markup("").join(_piece(text[a:b], a, place) for a, b in pairwise(cuts))
    return _TAGS[tag].format(pieces)


def _piece(words: str, at: int, place: Place | None) -> Markup:
    """Words that lie wholly in the quote, in the rest of the passage, or outside it."""
    if place and place.quote_start <= at < place.quote_end:
        return Markup("<mark>{}</mark>").format(words)
    if place and place.start <= at < place.end:
        return Markup('<span class="passage">{}</span>').format(words)
    return escape(words)
