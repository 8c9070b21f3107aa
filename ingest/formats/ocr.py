"""Recognises the words of a picture with Tesseract, a program of its own: its lines with place and confidence.

https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html; the columns of its TSV are level, page_num,
block_num, par_num, line_num, word_num, left, top, width, height, conf, text.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from corpus import Unreadable
from ingest.language import detect

TESSDATA = {  # ISO 639-1 to the name that Tesseract knows the language by
    "lv": "lav",
    "lt": "lit",
    "et": "est",
    "en": "eng",
    "ru": "rus",
    "nb": "nor",
    "pl": "pol",
    "de": "deu",
    "fi": "fin",
    "sv": "swe",
    "da": "dan",
    "uk": "ukr",
}
DPI = 300  # at which pages are drawn: what Tesseract is trained for
MISSING = "It is a scan, and Tesseract, which recognises text, is not installed. atzina doctor says what to install."
_SECONDS = 50.0  # for one page
_SURE = 0.85  # mean confidence from which a language that was tried first is believed
_BELIEVED = 0.30  # confidence below which a word is a speck or a line of a drawing
_PERMITTED = {"lav", "lit", "est", "eng", "rus", "nor", "pol"}

ticking: Callable[[], None] = lambda: None  # noqa: E731 - the worker sets it: called after each try, it asks for more time


@dataclass(frozen=True, slots=True)
class Line:
    """A recognised line; places in pixels from the upper left corner, `confidence` from 0 to 1.

    `block` and `paragraph` number what Tesseract takes as such.
    """

    text: str
    confidence: float
    block: int
    paragraph: int
    left: int
    top: int
    width: int
    height: int


def languages() -> tuple[str, ...]:
    """The names of the languages that Tesseract has been given, of those that we know; () where it is missing."""
    return _installed()


def recognised(image: bytes, dpi: int | None = DPI, page: int | None = None, like: str | None = None) -> list[Line]:
    """The lines of a picture, in reading order; `page` picks one of a file that holds several, from 0.

    `like` is a text from the same document: its language is tried first. Without it, or where that fails, all
    languages are; if the words turn out to be in one of them, that one alone has the last word.
    Raises Unreadable where Tesseract is missing, fails, or takes too long.
    """
    if not _installed():
        raise Unreadable(MISSING)
    found = _in_own_language(image, [], dpi, page, like) if like else []
    if confidence(found) < _SURE:
        first = _lines(image, "+".join(_usual()), dpi, page)
        found = _in_own_language(image, first, dpi, page, " ".join(line.text for line in first))
    return found


def confidence(lines: list[Line]) -> float:
    """The mean confidence, weighed by length; 0 for no lines."""
    size = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / size if size else 0.0


def _in_own_language(image: bytes, lines: list[Line], dpi: int | None, page: int | None, like: str) -> list[Line]:
    """The lines again, recognised in the one language that `like` is in, if that is surer."""
    own = TESSDATA.get(detect(like) or "")
    if own is None or own not in _installed():
        return lines
    again = _lines(image, own, dpi, page)
    return again if confidence(again) >= confidence(lines) else lines


def _usual() -> list[str]:
    found = [name for name in _installed() if name in _PERMITTED]
    return found or list(_installed()[:4])


def _lines(image: bytes, language: str, dpi: int | None, page: int | None) -> list[Line]:
    command = [_program() or "tesseract", "stdin", "stdout", "-l", language, "--psm", "3"]
    command += ["--dpi", str(dpi)] if dpi else []
    command += ["-c", f"tessedit_page_number={page}"] if page is not None else []
    # one thread: there is a worker for each core, and the threads of one picture cost more than they win
    environ = os.environ | {"OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - the program that was found, no shell
            [*command, "tsv"], input=image, capture_output=True, timeout=_SECONDS, env=environ, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise Unreadable(f"Recognising a page took more than {_SECONDS:.0f} seconds.") from fault
    except OSError as fault:
        raise Unreadable(f"Tesseract cannot be started: {fault.strerror}.") from fault
    ticking()
    if done.returncode != 0:
        raise Unreadable("Tesseract could not read the picture; it may be damaged.")
    return list(_parsed(done.stdout.decode("utf-8", "replace")))


def _parsed(table: str) -> Iterator[Line]:
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    words = [row for row in rows if len(row) == 12 and row[0] == "5" and row[11].strip()]
    for _, group in groupby(words, key=lambda row: row[1:5]):
        said = [row for row in group if float(row[10]) >= 100 * _BELIEVED]
        if said:
            yield _line(said)


def _line(words: list[list[str]]) -> Line:
    places = [[int(number) for number in row[6:10]] for row in words]
    left, top = min(place[0] for place in places), min(place[1] for place in places)
    right, bottom = max(x + w for x, _, w, _ in places), max(y + h for _, y, _, h in places)
    sure = sum(float(row[10]) for row in words) / len(words) / 100
    text = " ".join(row[11] for row in words)
    return Line(text, sure, int(words[0][2]), int(words[0][3]), left, top, right - left, bottom - top)


def _program() -> str | None:
    return shutil.which("tesseract")


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    program = _program()
    if program is None:
        return ()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
        named = set((done.stdout + done.stderr).split())
        return tuple(name for name in TESSDATA.values() if name in named)
    return ()
