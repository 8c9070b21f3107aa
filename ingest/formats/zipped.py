"""Archives, opened with care: what is in them is known, and measured, before it is unpacked.

Office documents and books are zip files as well, so their readers ask here first.
"""

import io
import zipfile

from corpus import Unreadable

_MOST_BYTES = 200_000_000  # unpacked
_MOST_FILES = 5_000
_ENCRYPTED = 0x1  # of the general purpose bit flag: APPNOTE.TXT, 4.4.4


def opened(data: bytes, what: str) -> zipfile.ZipFile:
    """The archive. Raises Unreadable where it is damaged, encrypted, or would be too large unpacked.

    `what` names it in the reason: "Word document".
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as fault:
        raise Unreadable(f"It is no whole {what}: it is cut off or damaged.") from fault
    size = sum(part.file_size for part in parts)
    if size > _MOST_BYTES or len(parts) > _MOST_FILES:
        raise Unreadable(f"Unpacked it would be {size / 1e6:,.0f} MB in {len(parts)} parts: more than is read.")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Unreadable("It is encrypted. Save it without a password, and try once more.")
    return archive


def unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int = _MOST_BYTES) -> bytes:
    """One file of an archive, at most so long as the archive says. Raises Unreadable."""
    if part.file_size > most:  # zipfile reads no more than that
        raise Unreadable(f"Unpacked it would be {part.file_size / 1e6:,.0f} MB: more than is read.")
    try:
        return archive.read(part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as fault:
        raise Unreadable("It is damaged inside its archive.") from fault
    except Exception as fault:  # what zlib, bz2 and lzma raise
        raise Unreadable("It is damaged inside its archive.") from fault
