"""A run over a folder: what is new, changed, gone, moved or back; one bad file is named and the rest goes on."""

import os
import shutil
from pathlib import Path

import pytest

from bot import terminal
from corpus import GONE, Corpus, Narrowing, Status
from ingest import Options, Report, Source, Wanted, ingest

pytestmark = pytest.mark.usefixtures("lasting_readers")
TEXT = "Kuratori tiekas ar jauniešiem reizi nedēļā. Katrs kurators pavada divus jauniešus. Ceļa izdevumus atmaksā.\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "reports"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "a.txt").write_text(f"Pirmā atskaite\n\n{TEXT}")
    (made / "deep" / "er" / "b.md").write_text(f"# Otrā atskaite\n\n{TEXT * 2}")
    (made / "picture.gif").write_bytes(b"GIF89a")
    (made / ".hidden.txt").write_text(TEXT)
    (made / "~$lock.docx").write_text(TEXT)
    return made


def _run(corpus: Corpus, *places: Path | str, options: Options = Options(), **wanted: object) -> Report:  # noqa: B008
    sources = [Source(str(place), Wanted(**wanted)) for place in places]  # type: ignore[arg-type]
    return ingest(corpus, sources, who="test", options=options)


def _counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.gone, len(report.failed)


def test_a_second_run_reads_nothing_again(corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _counts(_run(corpus, folder)) == (2, 0, 0, 0, 0)

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("ingest.isolation.Reader.read", refuse)
    version = corpus.version()
    assert _counts(_run(corpus, folder)) == (0, 0, 2, 0, 0)
    assert corpus.version() == version


def test_a_changed_file_replaces_its_passages(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder)
    before = corpus.live_ids(Narrowing())
    (folder / "a.txt").write_text("Pirmā atskaite\n\nPavisam cits saturs par sociālo darbu pašvaldībā.\n")
    assert _counts(_run(corpus, folder)) == (0, 1, 1, 0, 0)
    texts = [passage.text for passage, _ in corpus.passages(corpus.live_ids(Narrowing()) - before).values()]
    assert len(texts) == 1
    assert "Pavisam cits" in texts[0]


def test_a_file_that_is_gone_is_retired_and_comes_back(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder)
    corpus.validate(1, "cat")
    kept = (folder / "a.txt").read_bytes()
    (folder / "a.txt").unlink()
    assert _counts(_run(corpus, folder)) == (0, 0, 1, 1, 0)
    assert (corpus.document(1).status, corpus.document(1).reason) == (Status.RETIRED, GONE)
    assert _counts(_run(corpus, folder)) == (0, 0, 1, 0, 0)
    (folder / "a.txt").write_bytes(kept)
    assert _counts(_run(corpus, folder)) == (0, 0, 2, 0, 0)
    assert corpus.document(1).status is Status.VALIDATED


def test_a_file_that_comes_back_unreadable_stays_away(corpus: Corpus, folder: Path) -> None:
    """The old text is not revived by bytes that nobody can read; what can be read is live again, with its new text."""
    _run(corpus, folder)
    (folder / "a.txt").unlink()
    _run(corpus, folder)
    (folder / "a.txt").write_bytes(b"\0\1\2\3" * 50)
    assert _counts(_run(corpus, folder)) == (0, 0, 1, 0, 1)
    assert (corpus.document(1).status, corpus.document(1).reason) == (Status.RETIRED, GONE)
    (folder / "a.txt").write_text("Pirmā atskaite\n\nPavisam cits saturs par sociālo darbu pašvaldībā.\n")
    assert _counts(_run(corpus, folder, status=Status.VALIDATED)) == (0, 2, 0, 0, 0)
    assert corpus.document(1).status is Status.VALIDATED
    texts = [passage.text for passage, _ in corpus.passages(corpus.live_ids(Narrowing())).values()]
    assert any("Pavisam cits" in text for text in texts)


def test_what_a_curator_retired_stays_retired(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder)
    corpus.retire(1, "outdated", "cat")
    (folder / "a.txt").write_text(f"Pirmā atskaite, labota\n\n{TEXT}")
    _run(corpus, folder)
    assert (corpus.document(1).status, corpus.document(1).reason) == (Status.RETIRED, "outdated")


def test_a_moved_file_keeps_its_document(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder)
    corpus.validate(1, "cat")
    (folder / "a.txt").rename(folder / "deep" / "renamed.txt")
    assert _counts(_run(corpus, folder)) == (0, 0, 2, 0, 0)
    moved = corpus.document(1)
    assert moved.source.endswith("deep/renamed.txt")
    assert moved.status is Status.VALIDATED


def test_two_equal_files_that_are_gone_are_both_retired(corpus: Corpus, folder: Path) -> None:
    shutil.copy(folder / "a.txt", folder / "copy.txt")
    _run(corpus, folder)
    (folder / "a.txt").unlink()
    (folder / "copy.txt").unlink()
    assert _run(corpus, folder).gone == 2
    assert len(corpus.documents()) == 1


def test_one_unreadable_file_is_named_and_the_rest_goes_on(corpus: Corpus, folder: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 cut off")
    report = _run(corpus, folder)
    assert _counts(report) == (2, 0, 0, 0, 1)
    assert report.failed[0].source.endswith("bad.pdf")
    assert "no whole PDF" in report.failed[0].reason


def test_a_file_that_can_no_longer_be_read_keeps_its_document(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder)
    (folder / "a.txt").write_bytes(b"\0\1\2\3" * 50)
    report = _run(corpus, folder)
    assert _counts(report) == (0, 0, 1, 0, 1)
    assert corpus.document(1).status is Status.DRAFT


def test_a_folder_that_is_missing_prunes_nothing(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder)
    away = folder.rename(folder.with_name("unmounted"))
    assert _counts(_run(corpus, folder)) == (0, 0, 0, 0, 1)
    assert len(corpus.documents()) == 2
    assert away.is_dir()


def test_a_named_file_that_is_gone_is_retired(corpus: Corpus, folder: Path) -> None:
    _run(corpus, folder / "a.txt")
    (folder / "a.txt").unlink()
    assert _counts(_run(corpus, folder / "a.txt")) == (0, 0, 0, 1, 0)
    assert _counts(_run(corpus, folder / "never.txt")) == (0, 0, 0, 0, 1)


def test_options_are_applied_to_what_is_known(corpus: Corpus, folder: Path) -> None:
    """A document that is to be seen by fewer people is not left open because its file is the same."""
    _run(corpus, folder)
    options = {"audience": ("leaders",), "collection": "visits", "status": Status.VALIDATED}
    assert _counts(_run(corpus, folder, **options)) == (0, 2, 0, 0, 0)
    assert _counts(_run(corpus, folder, **options)) == (0, 0, 2, 0, 0)
    assert _counts(_run(corpus, folder)) == (0, 0, 2, 0, 0)
    found = corpus.document(1)
    assert (found.audience, found.collection, found.status) == (("leaders",), "visits", Status.VALIDATED)


def test_files_of_other_kinds_are_counted(corpus: Corpus, folder: Path, tmp_path: Path) -> None:
    for name in ("table.dbf", "old.wpd", "other.DBF", "Makefile"):
        (folder / "deep" / name).write_text(TEXT)
    report = _run(corpus, folder)
    assert report.ignored == {".gif": 1, ".dbf": 2, ".wpd": 1, "": 1}
    assert terminal.report(report).endswith(
        "5 files of kinds that cannot be read were left out: no suffix 1, .dbf 2, .gif 1, .wpd 1."
    )
    assert "ignored" not in report.as_json()
    (tmp_path / "empty").mkdir()
    assert terminal.report(_run(corpus, tmp_path / "empty")).endswith("\nThere are no files there.")


def test_links_do_not_lead_out_or_in_circles(corpus: Corpus, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(TEXT)
    (folder / "circle").symlink_to(folder)
    (folder / "out").symlink_to(tmp_path / "outside")
    assert _run(corpus, folder).new == 2


def test_a_pipe_and_a_name_that_is_no_text_do_not_stop_a_run(corpus: Corpus, folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / os.fsdecode(b"odd-\xff.txt")).write_text(TEXT)
    report = _run(corpus, folder, folder / "pipe.txt")
    assert report.new == 3
    assert [failure.reason for failure in report.failed] == ["It is no file, but a device or a pipe."]
    assert any("odd-\\xff.txt" in document.source for document in corpus.documents())


@pytest.mark.parametrize("name", ["nothing.exe", "no-suffix", "a\0b.txt"])
def test_what_is_no_report_is_named(corpus: Corpus, tmp_path: Path, name: str) -> None:
    if "\0" not in name:
        (tmp_path / name).write_text(TEXT)
    report = _run(corpus, tmp_path / name)
    assert _counts(report) == (0, 0, 0, 0, 1)
    assert report.failed[0].reason.endswith(".")


def test_a_huge_file_is_refused_unread(corpus: Corpus, tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(100_000_000)
    report = _run(corpus, tmp_path)
    assert report.failed[0].reason == "It has 100 MB; at most 50 MB are read. Split it."
