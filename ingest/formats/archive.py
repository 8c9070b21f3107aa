"""Zip archives: the files in them, each to be read as itself."""

import stat
import zipfile
from pathlib import PurePosixPath

from corpus import Unreadable
from ingest.formats.zipped import opened, unpacked
from ingest.reading import Inner, Reading, Unread

_MOST_INNER = 50_000_000  # bytes of one file
_TEMPORARY = ("~$", ".", "#")
_OUTSIDE = "Its name leads out of the archive, so it is not read."
_LINK = "It is a link, and no file, so it is not read."


def read(data: bytes) -> Reading:
    """The archive's files, in the order of their names. What is refused is named in `unread`."""
    inner: list[Inner] = []
    unread: list[Unread] = []
    with opened(data, "zip archive") as archive:
        for part in sorted(archive.infolist(), key=lambda part: part.filename):
            name = _name(part)
            if part.is_dir() or _is_noise(name):
                continue
            try:
                inner.append(Inner(name, _checked(archive, part, name)))
            except Unreadable as fault:
                unread.append(Unread(name, str(fault)))
    if not inner and not unread:
        raise Unreadable("There are no files in it.")
    return Reading((), inner=tuple(inner), unread=tuple(unread))


def _checked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bytes:
    if name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:2] == ":":
        raise Unreadable(_OUTSIDE)
    if stat.S_ISLNK(part.external_attr >> 16):
        raise Unreadable(_LINK)
    return unpacked(archive, part, _MOST_INNER)


def _name(part: zipfile.ZipInfo) -> str:
    """The name as it was meant: old programs wrote the code page of their system, zipfile reads that as cp437."""
    name = part.filename
    if not part.flag_bits & 0x800 and not name.isascii():  # not said to be UTF-8
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "cp775", "cp866"):  # Baltic, Cyrillic
            try:
                return raw.decode(encoding).replace("\\", "/")
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or not parts or parts[-1].startswith(_TEMPORARY)
