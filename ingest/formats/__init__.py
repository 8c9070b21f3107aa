"""Bytes of a known kind to a `Reading`: a table from suffix to reader."""

from collections.abc import Callable

from corpus import Unreadable
from ingest.formats import archive, docx, html, mail, markdown, office, opendocument, pdf, picture, plain, slides
from ingest.reading import Reading

READERS: dict[str, Callable[[bytes], Reading]] = {
    ".txt": plain.read,
    ".csv": plain.read_csv,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    ".mhtml": mail.read_page,
    ".mht": mail.read_page,
    ".docx": docx.read,
    ".doc": office.read_doc,
    ".odt": opendocument.read,
    ".rtf": office.read_rtf,
    ".epub": office.read_epub,
    ".xlsx": office.read_xlsx,
    ".ods": opendocument.read,
    ".odp": opendocument.read,
    ".xls": office.read_xls,
    ".pptx": slides.read,
    ".ppt": office.read_ppt,
    ".pdf": pdf.read,
    ".png": picture.read,
    ".jpg": picture.read,
    ".jpeg": picture.read,
    ".tif": picture.read,
    ".tiff": picture.read,
    ".eml": mail.read_eml,
    ".msg": mail.read_msg,
    ".zip": archive.read,
}
_ZIPPED = frozenset([".docx", ".odt", ".epub", ".xlsx", ".ods", ".odp", ".pptx", ".zip"])
_OLE = frozenset([".doc", ".xls", ".ppt", ".msg"])
_IMAGES = frozenset([".png", ".jpg", ".jpeg", ".tif", ".tiff"])
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the name of a stream: MS-OFFCRYPTO, 1.3.3
_MAGIC = {  # how a file begins, the kinds that begin so, and what it is
    b"%PDF-": (frozenset([".pdf"]), ".pdf"),
    b"PK\x03\x04": (_ZIPPED, "a zip file or an Office document"),
    b"\xd0\xcf\x11\xe0": (_OLE, "an old Office file"),
    b"{\\rtf": (frozenset([".rtf", ".doc"]), ".rtf"),
    b"\x89PNG": (_IMAGES, "a picture"),
    b"\xff\xd8\xff": (_IMAGES, "a picture"),
}


def read(data: bytes, suffix: str) -> Reading:
    """What a file of this suffix holds. Raises Unreadable, with the reason, for whatever cannot be read."""
    kind = suffix.lower()
    if kind not in READERS:
        raise Unreadable(f"Files of the kind {suffix or 'without a suffix'} cannot be read; {', '.join(READERS)} can.")
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    _refuse_other_kind(data, kind)
    if kind == ".doc" and data.startswith(b"{\\rtf"):  # as many programs name it
        kind = ".rtf"
    reading = READERS[kind](data)
    if reading.inner or any(character.isalnum() for block in reading.blocks for character in block.text):
        return reading
    if reading.unread:
        raise Unreadable(reading.unread[0].reason)
    raise Unreadable("There are no words in it.")


def _refuse_other_kind(data: bytes, kind: str) -> None:
    for magic, (kinds, real) in _MAGIC.items():
        if data.startswith(magic) and kind not in kinds:
            if kind in _ZIPPED and _ENCRYPTED in data:
                raise Unreadable("It is encrypted. Save it without a password, and try once more.")
            raise Unreadable(f"Its name ends in {kind}, but inside it is {real}. Give it the right suffix.")
