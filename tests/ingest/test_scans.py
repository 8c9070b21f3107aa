"""Scans where Tesseract is missing, and when it has come; what a broken text layer is."""

import shutil
from pathlib import Path

import pytest

from corpus import Corpus
from ingest import Source, ingest
from ingest.formats import ocr
from ingest.formats.legible import is_legible

FILES = Path(__file__).parent.parent / "files" / "made"
LATVIAN = "Pusceļa mājā dzīvo divpadsmit cilvēki, un katram ir sava istaba un atslēga, ko glabā pats. " * 12


def test_a_scan_is_named_until_it_can_be_read(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages with a text layer are found meanwhile; with Tesseract the next run reads the rest by itself."""
    folder = tmp_path / "reports"
    folder.mkdir()
    shutil.copy(FILES / "et-tampere-mixed.pdf", folder)
    shutil.copy(FILES / "lv-oslo-scan.png", folder)
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        ocr._installed.cache_clear()
        report = ingest(corpus, [Source(str(folder))], who="test")
        again = ingest(corpus, [Source(str(folder))], who="test")
    ocr._installed.cache_clear()
    assert (report.new, again.new, again.unchanged) == (1, 0, 1)
    assert report.failed == again.failed
    reasons = {Path(failure.source).name: failure.reason for failure in report.failed}
    assert reasons["et-tampere-mixed.pdf"].startswith("Page 2 could not be read: It is a scan, and Tesseract")
    assert "atzina doctor" in reasons["lv-oslo-scan.png"]
    assert {span.page for span in corpus.spans(1)} == {1}
    found = ingest(corpus, [Source(str(folder))], who="test")
    assert (found.new, found.changed, found.failed) == (1, 1, [])
    assert {span.page for span in corpus.spans(1)} == {1, 2}
    assert [span.confidence is None for span in corpus.spans(1) if span.page == 2] == [False] * sum(
        span.page == 2 for span in corpus.spans(1)
    )


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        (LATVIAN, True),
        (LATVIAN.translate(str.maketrans("āēīšžčģķļņū", "aeiszcgklnu")), False),  # letters that a font has lost
        (LATVIAN.replace("ī", "").replace("ē", ""), False),
        ("A page in English has no letters of that kind, and needs none of them at all. " * 12, True),
        ("\ufffd\ufffd\x01\x02 \ufffd\ufffd", False),
        ("P%r&b!c)j@s d!e#n$sts s^t(r&ā", False),
        ("", False),
    ],
)
def test_a_broken_text_layer_is_told_from_a_whole_one(text: str, legible: bool) -> None:
    assert is_legible(text) is legible
