"""Files that people upload: their copies in the home folder, whichever door they come through."""

import contextlib
import hashlib
import re
from pathlib import Path, PurePosixPath

_LONGEST_NAME = 120  # characters


def store(home: Path, name: str, data: bytes) -> str:
    """The path of an uploaded file's copy, under its hash: two offices' report.docx are two documents."""
    folder = _folder(home) / hashlib.sha256(data).hexdigest()[:16]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / _safe(name)
    beside = place.with_name(f".{place.name}.new")
    beside.write_bytes(data)
    beside.replace(place)
    return str(place)


def discard(home: Path, place: str) -> None:
    """Deletes an uploaded file's copy; a file that lies elsewhere is its owner's to delete."""
    stored = Path(place).resolve()
    if stored.is_relative_to(_folder(home).resolve()):
        stored.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another file with the same bytes may be there
            stored.parent.rmdir()


def named(home: Path, place: str) -> str:
    """What people call a place: a file that was uploaded by its name alone, any other as it is.

    >>> named(Path("/home"), "/home/uploads/5bd6/Atskaite.docx"), named(Path("/home"), "/srv/reports")
    ('Atskaite.docx', '/srv/reports')
    """
    inside = PurePosixPath(place).is_relative_to(PurePosixPath(_folder(home)))
    return PurePosixPath(place).name if inside else place


def _folder(home: Path) -> Path:
    return home / "uploads"


def _safe(name: str) -> str:
    r"""The last part of a file's name, without anything that means something to a file system.

    >>> _safe("../../etc/pass\\wd.txt"), _safe(".bashrc"), _safe("Atskaite 2023.docx")
    ('wd.txt', 'bashrc', 'Atskaite 2023.docx')
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = re.sub(r"[^\w .,()-]", "_", last.encode("utf-8", "replace").decode()).strip(" .~") or "file"
    stem, dot, suffix = plain.rpartition(".")
    return f"{(stem or 'file')[:_LONGEST_NAME]}{dot}{suffix[:10]}" if dot else plain[:_LONGEST_NAME]
