"""Plain text: paragraphs stand between empty lines."""

import codecs
import csv
import re
from collections import Counter

from corpus import Unreadable
from ingest.language import detect
from ingest.reading import Block, Kind, Reading

_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Old encodings of the region, and the letters that a text in one of them has beyond ASCII. A general guesser
# (charset-normalizer 3.4) took Latvian in windows-1257 for another one.
_CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ–—«»№")
_OLD = {
    "cp1257": frozenset("āčēģīķļņšūžąęėįųäõöüåæøłśźńćóżĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÄÕÖÜÅÆØŁŚŹŃĆÓŻ–—„“”«»"),
    "cp1251": _CYRILLIC,
    "koi8_r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1250": frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻäöüßčěřšžáéíúýÄÖÜ–—„“”«»"),
    "iso8859_2": frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻäöüßčěřšžáéíúýÄÖÜ"),
    "cp775": frozenset("āčēģīķļņšūžąęėįųäõöüåæøłśźńćóżĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÄÕÖÜÅÆØŁŚŹŃĆÓŻ"),
    "cp1252": frozenset("äöüßåæøéèêçñáàíóúõÄÖÜÅÆØÉ–—„“”«»’"),
}
_TURNED = re.compile(r"[^\W\d_](?<=[a-zа-я])[A-ZА-Я]")
_NEARLY = 0.98  # of the best fit: so near, the letters of the language decide
_LETTERS = {
    "lv": frozenset("āčēģīķļņšūž"),
    "lt": frozenset("ąčęėįšųūž"),
    "et": frozenset("äõöüšž"),
    "nb": frozenset("æøåéò"),
    "da": frozenset("æøåé"),
    "sv": frozenset("åäöé"),
    "fi": frozenset("äöå"),
    "de": frozenset("äöüß"),
    "pl": frozenset("ąćęłńóśźż"),
    "fr": frozenset("àâçéèêëîïôùû"),
    "ru": frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
}
_MOST_BROKEN = 0.01  # share of characters that may be broken in a text that is otherwise UTF-8
_ITEM = re.compile(r"\s*(?:[-*•–▪]\s+|\(?\d{1,2}[.)]\s+)")
_SHORT = 90  # characters: a line above a paragraph that is no longer, and does not end like a sentence, is a heading
_MOST_CONTROLS = 0.02  # share of control characters from which it is no text


def read(data: bytes) -> Reading:
    """Paragraphs, items and what look like headings."""
    return Reading(tuple(blocks(decoded(data))))


def read_csv(data: bytes) -> Reading:
    """The rows of a table, whatever stands between its cells."""
    lines = [line for line in decoded(data).splitlines() if line.strip()]
    try:
        rows = max((list(csv.reader(lines, delimiter=sign)) for sign in ";\t,"), key=_evenness)
    except csv.Error as fault:
        raise Unreadable("It is no table that can be read: a cell of it has no end.") from fault
    cells = (" | ".join(filter(None, map(str.strip, row))) for row in rows)
    return Reading(tuple(Block(row, Kind.TABLE) for row in cells if row))


def _evenness(rows: list[list[str]]) -> float:
    """How much the rows look like those of a table: the share of them that have as many cells as most."""
    sizes = Counter(map(len, rows)).most_common(1)
    return sizes[0][1] / len(rows) if sizes and sizes[0][0] > 1 else 0.0


def decoded(data: bytes) -> str:
    """The text in the encoding it is in. Raises Unreadable where it is no text."""
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return _plausible(data.decode(encoding, errors="replace"))
    text = data.decode("utf-8", errors="replace")
    broken, letters = text.count("\ufffd"), sum(c > "\x7f" for c in text)
    if broken and (broken > _MOST_BROKEN * len(text) or 2 * broken > letters):
        text = _old(data)
    return _plausible(text)


def _old(data: bytes) -> str:
    """The text in the old encoding whose letters fit best. Raises Unreadable where none fits.

    Where several fit, as they do for "ø" and "ų", the one whose letters are those of the language that it then is in.
    """
    found = [(data.decode(name, errors="replace"), letters) for name, letters in _OLD.items()]
    fits = [sum(c in letters for c in text) / max(1, sum(c > "\x7f" for c in text)) for text, letters in found]
    if max(fits) < 0.5:
        raise Unreadable("It is no text in an encoding that is known. Save it as UTF-8.")
    best = [text for (text, _), fit in zip(found, fits, strict=True) if fit >= _NEARLY * max(fits)]
    return max(best, key=_at_home) if len(best) > 1 else best[0]


def _at_home(text: str) -> float:
    """The share of its letters beyond ASCII that belong to the language that it seems to be in."""
    own = _LETTERS.get(detect(text) or "", frozenset())
    marked = [c for c in text.casefold() if c > "\x7f" and c.isalpha()]
    turned = len(_TURNED.findall(text))  # an encoding of Cyrillic read as another one has capitals in its words
    return (sum(c in own for c in marked) - 2 * turned) / max(1, len(marked))


def blocks(text: str) -> list[Block]:
    """The text's blocks; lines of a paragraph stay lines, for the cleaning to join."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        found += _parts(paragraph.strip("\n"))
    written = [block for block in found if block.text.strip()]
    return [_with_kind(block, leads=n == 0 < len(written) - 1) for n, block in enumerate(written)]


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


def _with_kind(block: Block, *, leads: bool) -> Block:
    text = block.text.strip()
    heading = block.kind is Kind.PARAGRAPH and "\n" not in text and len(text) <= _SHORT and ": " not in text
    if heading and (leads or not text.endswith((".", ",", ";", ":", "!", "?", "…", "”", '"'))):
        return Block(block.text, Kind.HEADING)
    return block


def _plausible(text: str) -> str:
    controls = sum(c < " " and c not in "\t\n\r\f" for c in text)
    if controls > _MOST_CONTROLS * len(text):
        raise Unreadable("It is no text: it holds bytes that no text has. Is the suffix right?")
    return text
