"""Bytes of a known kind to a `Reading`: a table from suffix to reader."""

from collections.abc import Callable
from importlib import import_module

from corpus import Unreadable
from ingest.reading import Reading


def _reader(module: str, function: str = "read") -> Callable[[bytes], Reading]:
    """One whose module is imported when the first file of its kind comes: each brings libraries of its own.

    Every command would load them all, and so would every worker of a run, which reads of few kinds.
    """

    def reads(data: bytes) -> Reading:
        found: Reading = getattr(import_module(f"{__name__}.{module}"), function)(data)
        return found

    return reads


READERS: dict[str, Callable[[bytes], Reading]] = {
    ".txt": _reader("plain"),
    ".csv": _reader("plain", "read_csv"),
    ".md": _reader("markdown"),
    ".markdown": _reader("markdown"),
    ".html": _reader("html"),
    ".htm": _reader("html"),
    ".xhtml": _reader("html"),
    ".mhtml": _reader("mail", "read_page"),
    ".mht": _reader("mail", "read_page"),
    ".docx": _reader("docx"),
    ".doc": _reader("office", "read_doc"),
    ".odt": _reader("opendocument"),
    ".rtf": _reader("office", "read_rtf"),
    ".epub": _reader("office", "read_epub"),
    ".xlsx": _reader("office", "read_xlsx"),
    ".ods": _reader("opendocument"),
    ".odp": _reader("opendocument"),
    ".xls": _reader("office", "read_xls"),
    ".pptx": _reader("slides"),
    ".ppt": _reader("office", "read_ppt"),
    ".pdf": _reader("pdf"),
    ".png": _reader("picture"),
    ".jpg": _reader("picture"),
    ".jpeg": _reader("picture"),
    ".tif": _reader("picture"),
    ".tiff": _reader("picture"),
    ".eml": _reader("mail", "read_eml"),
    ".msg": _reader("mail", "read_msg"),
    ".zip": _reader("archive"),
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
