"""Bytes of a known kind to a `Reading`: a table from suffix to reader."""

from collections.abc import Callable

from corpus import Unreadable
from ingest.formats import docx, html, markdown, pdf, plain
from ingest.reading import Reading

READERS: dict[str, Callable[[bytes], Reading]] = {
    ".txt": plain.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".docx": docx.read,
    ".pdf": pdf.read,
}
_MAGIC = {b"%PDF-": ".pdf", b"PK\x03\x04": ".docx", b"\xd0\xcf\x11\xe0": "an old Office file", b"\x89PNG": "a picture"}


def read(data: bytes, suffix: str) -> Reading:
    """What a file of this suffix holds. Raises Unreadable, with the reason, for whatever cannot be read."""
    kind = suffix.lower()
    if kind not in READERS:
        raise Unreadable(f"Files of the kind {suffix or 'without a suffix'} cannot be read; {', '.join(READERS)} can.")
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    _refuse_other_kind(data, kind)
    reading = READERS[kind](data)
    if not any(character.isalnum() for block in reading.blocks for character in block.text):
        raise Unreadable("There are no words in it.")
    return reading


def _refuse_other_kind(data: bytes, kind: str) -> None:
    for magic, real in _MAGIC.items():
        if data.startswith(magic) and real != kind:
            raise Unreadable(f"Its name ends in {kind}, but inside it is {real}. Give it the right suffix.")
