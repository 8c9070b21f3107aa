"""Real files made by real programs (tests/files): what a person sees in them is what is read, on its page.

What is measured is the share of the words of the source that are found in the text, each as often as it is there.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus import Unreadable
from ingest.isolation import Reader
from ingest.understanding import Understood

FILES = Path(__file__).parent.parent / "files"
EXPECTED: list[dict[str, Any]] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
_WORD = re.compile(r"[^\W_]+")
_LEAST = {"text": 0.99, "page": 0.99, "mixed": 0.97, "scan": 0.95, "picture": 0.90, "noisy": 0.75}
_HEADED = {
    "docx",
    "odt",
    "rtf",
    "epub",
    "html",
    "md",
    "pdf",
    "doc",
}  # formats in which headings can be told for certain


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


def _of(*kinds: str) -> list[Any]:
    return [pytest.param(each, id=each["file"]) for each in EXPECTED if each["kind"] in kinds]


def _read(reader: Reader, told: dict[str, Any]) -> Understood:
    path = FILES / "made" / told["file"]
    return reader.read(path.read_bytes(), path.suffix)


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _recovered(told: dict[str, Any], text: str, of: str | None = None) -> float:
    wanted = _words(of if of is not None else told["text"])
    return sum((wanted & _words(text)).values()) / sum(wanted.values())


def test_the_files_are_enough() -> None:
    """At least 120 files in 8 languages, and each of them is there."""
    assert len(EXPECTED) >= 120
    assert len({each["language"] for each in EXPECTED}) >= 8
    assert {each["file"] for each in EXPECTED} == {path.name for path in (FILES / "made").iterdir()}


@pytest.mark.parametrize("told", _of("text", "page"))
def test_nearly_every_word_is_found(reader: Reader, told: dict[str, Any]) -> None:
    found = _read(reader, told)
    assert _recovered(told, found.text) >= _LEAST[told["kind"]]
    assert "NOISE" not in found.text
    assert not found.unread
    assert (found.details.title, found.language) == (told["title"], told["language"])
    if told["country"]:
        assert found.details.country == told["country"]
        assert str(found.details.date) == told["date"]
    kind = told["file"].rpartition(".")[2]
    if kind in _HEADED:
        assert [h for h in dict.fromkeys(span.heading for span in found.passages) if h] == told["headings"]
    _on_their_pages(told, found)


@pytest.mark.parametrize("told", _of("scan", "mixed"))
def test_a_scan_is_recognised_page_by_page(reader: Reader, told: dict[str, Any]) -> None:
    found = _read(reader, told)
    assert _recovered(told, found.text) >= _LEAST[told["kind"]]
    assert found.language == told["language"]
    assert not found.unread
    sure = [span.confidence for span in found.passages]
    assert all(each is None or 0.5 < each <= 1 for each in sure)
    assert any(each is not None for each in sure)
    if told["kind"] == "mixed":
        assert None in sure
    pages = {span.page for span in found.passages}
    assert pages == {1, 2}


@pytest.mark.parametrize("told", _of("picture", "noisy"))
def test_a_picture_is_recognised(reader: Reader, told: dict[str, Any]) -> None:
    """It is the first page of its report."""
    found = _read(reader, told)
    first = told["text"].split(told["headings"][-1])[0]
    assert _recovered(told, found.text, first) >= _LEAST[told["kind"]]
    assert {span.page for span in found.passages} == {1}


@pytest.mark.parametrize("told", _of("sheet"))
def test_a_sheet_is_rows_below_its_name(reader: Reader, told: dict[str, Any]) -> None:
    found = _read(reader, told)
    rows = [line for line in told["text"].splitlines() if "  " in line.strip()]
    assert rows
    for row in rows:
        assert " | ".join(filter(None, map(str.strip, row.split("  ")))) in found.text
    assert {span.heading for span in found.passages} <= set(told["headings"])


@pytest.mark.parametrize("told", _of("encrypted"))
def test_what_is_encrypted_is_named(reader: Reader, told: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="encrypted"):
        _read(reader, told)


@pytest.mark.parametrize("told", _of("archive"))
def test_what_is_inside_is_found(reader: Reader, told: dict[str, Any]) -> None:
    names = _inside(reader, _read(reader, told), "")
    assert list(names) == told["members"]
    for text in names.values():
        assert _recovered(told, text) >= 0.99


def _inside(reader: Reader, held: Understood, above: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for inner in held.inner:
        within = reader.read(inner.data, Path(inner.name).suffix)
        name = f"{above}{inner.name}"
        found |= {name: within.text} if within.text else _inside(reader, within, f"{name}!/")
    return found


def _on_their_pages(told: dict[str, Any], found: Understood) -> None:
    for sentence, page in told.get("pages", {}).items():
        on = [s.page for s in found.passages if sentence[:40] in found.text[s.start : s.end]]
        assert on == [page], sentence
