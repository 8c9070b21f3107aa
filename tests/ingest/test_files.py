"""Real files made by real programs (tests/files): what a person sees in them is what is read, on its page.

What is measured is the share of the expected words that are found in the text, each as often as it is there.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus import Unreadable
from ingest.formats import READERS
from ingest.isolation import Reader
from ingest.understanding import Understood

FILES = Path(__file__).parent.parent / "files"
EXPECTED: list[dict[str, Any]] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
_WORD = re.compile(r"[^\W_]+")
_LEAST = {"text": 0.99, "web page": 0.99, "mail": 0.99, "mixed": 0.97, "scan": 0.95, "noisy": 0.80}
_OTHERS = {"scan with text layer": 0.90, "broken text layer": 0.93}
_BY_LOOK = ("form", "abiword", "several-pages", "two-languages", ".ppt", ".txt", ".doc")  # headings that no style names
_SHEETS = {"xlsx", "xls", "ods", "csv"}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


def _of(*kinds: str) -> list[Any]:
    found = [each for each in EXPECTED if each["kind"] in kinds and f".{each['format']}" in READERS]
    return [pytest.param(each, id=each["file"]) for each in found]


def _read(reader: Reader, told: dict[str, Any]) -> Understood:
    path = FILES / "made" / told["file"]
    return reader.read(path.read_bytes(), path.suffix)


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _recovered(told: dict[str, Any], text: str) -> float:
    wanted = _words((FILES / told["text"]).read_text(encoding="utf-8"))
    return sum((wanted & _words(text)).values()) / sum(wanted.values())


def test_the_files_are_enough() -> None:
    """At least 120 files in 8 languages, and each of them is there."""
    assert len(EXPECTED) >= 120
    assert len({each["language"] for each in EXPECTED}) >= 8
    assert {each["file"] for each in EXPECTED} == {path.name for path in (FILES / "made").iterdir()}


@pytest.mark.parametrize("told", _of("text", "web page"))
def test_nearly_every_word_is_found(reader: Reader, told: dict[str, Any]) -> None:
    found = _read(reader, told)
    assert _recovered(told, found.text) >= _LEAST[told["kind"]]
    assert not found.unread
    assert not any(gone in found.text for gone in told.get("deleted", ()))
    if told["kind"] == "web page":
        assert not [around for around in told["furniture"] if " " in around and around in found.text]
    if told["format"] in _SHEETS:
        return
    assert found.details.title == told["title"]
    assert found.language in told.get("languages", [told["language"]])
    if not told["file"].endswith("form.pdf"):
        assert (found.details.country, str(found.details.date)) == (told["country"], told["date"])
    if not any(look in told["file"] for look in _BY_LOOK):
        headings = {span.heading for span in found.passages}
        assert set(told["headings"]) <= headings
    if told["format"] != "ppt":  # which does not tell where a slide ends
        _on_their_pages(told, found)


@pytest.mark.parametrize("told", _of("mail"))
def test_a_mail_is_its_words_and_what_is_attached(reader: Reader, told: dict[str, Any]) -> None:
    found = _read(reader, told)
    assert _recovered(told, found.text) >= _LEAST["mail"]
    assert found.details.title == told["title"]
    if told["file"].endswith("forwarded.msg"):  # what Outlook keeps of a mail in a mail is no file
        assert (len(found.unread), found.inner) == (1, ())
        return
    assert len(found.inner) == len(told.get("members", ()))
    for inner, member in zip(found.inner, told.get("members", ()), strict=True):
        assert Path(inner.name).stem == Path(member["name"]).stem
        if member["kind"] != "mail":
            assert inner.data == (FILES / "made" / member["same_as"]).read_bytes()


@pytest.mark.parametrize("told", _of("scan", "mixed", *_OTHERS))
def test_a_scan_is_recognised_page_by_page(reader: Reader, told: dict[str, Any]) -> None:
    found = _read(reader, told)
    noisy = "noisy" in told["file"] or told["format"] == "jpg"
    least = (_LEAST | _OTHERS)["noisy" if noisy else told["kind"]]
    assert _recovered(told, found.text) >= least
    assert found.language == told["language"]
    assert not found.unread
    sure = [span.confidence for span in found.passages]
    assert all(each is None or 0.5 < each <= 1 for each in sure)
    assert told["kind"] == "scan with text layer" or any(each is not None for each in sure)
    if told["kind"] == "mixed":
        assert None in sure


@pytest.mark.parametrize("told", _of("encrypted"))
def test_what_is_encrypted_is_named(reader: Reader, told: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="encrypted"):
        _read(reader, told)


@pytest.mark.parametrize("told", _of("archive"))
def test_what_is_inside_is_given_whole(reader: Reader, told: dict[str, Any]) -> None:
    found = {inner.name: inner.data for inner in _read(reader, told).inner}
    assert set(found) == {member["name"] for member in told["members"]}
    for member in told["members"]:
        assert found[member["name"]] == (FILES / "made" / member["same_as"]).read_bytes()


def _on_their_pages(told: dict[str, Any], found: Understood) -> None:
    for sentence, page in told.get("pages", {}).items():
        on = [s.page for s in found.passages if sentence[:35] in found.text[s.start : s.end]]
        assert page in on, sentence
