"""Runs: one at a time, journalled file by file; what is inside archives and mails; what is gone, and when it is not."""

import email.message
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from corpus import Corpus, Status, Unavailable
from ingest import Options, Report, Source, Wanted, ingest
from ingest.isolation import Reader
from ingest.job import _Run

pytestmark = pytest.mark.usefixtures("lasting_readers")
TEXT = "Kuratori tiekas ar jauniešiem reizi nedēļā. Katrs kurators pavada divus jauniešus. Ceļa izdevumus atmaksā."


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "reports"
    made.mkdir()
    return made


def _run(corpus: Corpus, folder: Path, *, forgets: bool = False, **options: object) -> Report:
    source = Source(str(folder), Wanted(), forgets=forgets)
    return ingest(corpus, [source], who="test", options=Options(**options))  # type: ignore[arg-type]


def _counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.gone, len(report.failed)


def _zip(files: dict[str, bytes | str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def _mail(*attached: tuple[str, bytes]) -> bytes:
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"] = "Vizīte Oslo", "Anna <anna@example.org>"
    mail.set_content(f"Labdien!\n\n{TEXT}\n")
    for name, data in attached:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def _sources(corpus: Corpus, folder: Path) -> list[str]:
    return sorted(document.source.removeprefix(f"{folder}/") for document in corpus.documents())


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing may be read."""

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Reader, "read", refuse)


# -- files in files


def test_what_is_in_an_archive_is_found_as_itself(corpus: Corpus, folder: Path) -> None:
    inner = _zip({"divi.txt": f"Otrā diena\n\n{TEXT}"})
    (folder / "a.zip").write_bytes(_zip({"mape/vizīte.txt": f"Pirmā diena\n\n{TEXT}", "b.zip": inner, "x.exe": "MZ"}))
    report = _run(corpus, folder)
    assert _counts(report) == (2, 0, 0, 0, 0)
    assert report.ignored == {".exe": 1}
    assert _sources(corpus, folder) == ["a.zip!/b.zip!/divi.txt", "a.zip!/mape/vizīte.txt"]


def test_an_archive_that_is_the_same_is_not_opened(
    corpus: Corpus, folder: Path, request: pytest.FixtureRequest
) -> None:
    (folder / "a.zip").write_bytes(_zip({"1.txt": TEXT, "bad.pdf": "%PDF-1.7 cut off"}))
    assert _counts(_run(corpus, folder)) == (1, 0, 0, 0, 1)
    request.getfixturevalue("unread")
    again = _run(corpus, folder)
    assert _counts(again) == (0, 0, 1, 0, 1)
    assert again.failed[0].source == f"{folder}/a.zip!/bad.pdf"


def test_what_an_archive_no_longer_has_is_gone(corpus: Corpus, folder: Path) -> None:
    files: dict[str, bytes | str] = {"1.txt": f"Viens\n\n{TEXT}", "2.txt": f"Divi\n\n{TEXT}"}
    (folder / "a.zip").write_bytes(_zip(files))
    _run(corpus, folder)
    (folder / "a.zip").write_bytes(_zip({"2.txt": files["2.txt"], "3.txt": f"Trīs\n\n{TEXT}"}))
    assert _counts(_run(corpus, folder)) == (1, 0, 1, 1, 0)
    assert _sources(corpus, folder) == ["a.zip!/2.txt", "a.zip!/3.txt"]
    (folder / "a.zip").unlink()
    assert _run(corpus, folder).gone == 2


def test_a_mail_and_what_is_attached_are_documents(corpus: Corpus, folder: Path) -> None:
    attached = _zip({"d.txt": f"Pielikums\n\n{TEXT}"})
    (folder / "m.eml").write_bytes(_mail(("programma.txt", f"Programma\n\n{TEXT}".encode()), ("arhīvs.zip", attached)))
    assert _counts(_run(corpus, folder)) == (3, 0, 0, 0, 0)
    assert _sources(corpus, folder) == ["m.eml", "m.eml!/arhīvs.zip!/d.txt", "m.eml!/programma.txt"]
    mail = next(d for d in corpus.documents() if d.source.endswith("m.eml"))
    assert mail.title == "Vizīte Oslo"
    assert "anna@example.org" in corpus.text(mail.id)
    assert all("anna" not in passage.text for passage in corpus.spans(mail.id))
    assert _counts(_run(corpus, folder)) == (0, 0, 3, 0, 0)


@pytest.mark.parametrize("name", ["a\0b.txt", "a\0b.pdf"])
def test_a_name_that_no_database_takes_is_spelt(corpus: Corpus, folder: Path, name: str) -> None:
    """It is a stranger's: it must not stop the run. The pdf cannot be read, and is named."""
    (folder / "m.eml").write_bytes(_mail((name, f"Programma\n\n{TEXT}".encode())))
    _run(corpus, folder)
    assert set(corpus.files()) == {f"{folder}/m.eml", f"{folder}/m.eml!/{name}".replace("\0", "\\0")}
    assert _run(corpus, folder).new == 0


def test_a_run_that_was_killed_inside_an_archive_goes_on(
    corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "m.eml").write_bytes(_mail(*((f"{n}.txt", f"{n}. diena\n\n{TEXT}".encode()) for n in range(4))))
    taken = _Run._take
    calls: list[object] = []

    def killed(run: _Run, *rest: object) -> None:
        calls.append(rest)
        if len(calls) == 3:
            raise KeyboardInterrupt
        taken(run, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(_Run, "_take", killed)
    with pytest.raises(KeyboardInterrupt):
        _run(corpus, folder)
    assert len(corpus.documents()) == 2
    assert [run.state for run in corpus.runs()] == ["stopped"]
    monkeypatch.setattr(_Run, "_take", taken)
    assert _counts(_run(corpus, folder)) == (3, 0, 2, 0, 0)
    assert len(_sources(corpus, folder)) == 5


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../out.txt", "leads out"),
        ("/etc/out.txt", "leads out"),
        ("a/../../out.txt", "leads out"),
        ("C:/out.txt", "leads out"),
    ],
)
def test_a_name_that_leads_out_is_refused(corpus: Corpus, folder: Path, name: str, why: str) -> None:
    (folder / "a.zip").write_bytes(_zip({name: TEXT, "good.txt": TEXT}))
    report = _run(corpus, folder)
    assert _counts(report) == (1, 0, 0, 0, 1)
    assert name in report.failed[0].reason
    assert why in report.failed[0].reason


def test_a_link_in_an_archive_is_refused(corpus: Corpus, folder: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", TEXT)
    (folder / "a.zip").write_bytes(held.getvalue())
    report = _run(corpus, folder)
    assert "It is a link" in report.failed[0].reason
    assert report.new == 1


def test_bombs_are_refused_with_the_reason(corpus: Corpus, folder: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"{n}.txt", b"0" * 45_000_000)
    (folder / "bomb.zip").write_bytes(held.getvalue())
    deep = _zip({"end.txt": TEXT})
    for _ in range(6):
        deep = _zip({"deeper.zip": deep})
    (folder / "deep.zip").write_bytes(deep)
    (folder / "many.zip").write_bytes(_zip({f"{n}.txt": "x" for n in range(5001)}))
    reasons = {f.source.removeprefix(f"{folder}/"): f.reason for f in _run(corpus, folder).failed}
    assert "Unpacked it would be 225 MB" in reasons["bomb.zip"]
    assert "5001 parts" in reasons["many.zip"]
    assert any("archives deep" in reason for reason in reasons.values())
    assert corpus.documents() == []


# -- what is gone


def test_a_source_that_lost_much_at_once_loses_nothing(corpus: Corpus, folder: Path) -> None:
    for n in range(6):
        (folder / f"{n}.txt").write_text(f"{n}. diena\n\n{TEXT}")
    _run(corpus, folder)
    for n in range(4):
        (folder / f"{n}.txt").unlink()
    report = _run(corpus, folder)
    assert _counts(report) == (0, 0, 2, 0, 1)
    assert report.failed[0].source == str(folder)
    assert "4 of its 6 files are gone at once" in report.failed[0].reason
    assert len(corpus.documents()) == 6
    assert _run(corpus, folder, most_gone=1.0).gone == 4
    assert len(corpus.documents()) == 2


def test_what_is_gone_is_forgotten_where_that_is_wanted(corpus: Corpus, folder: Path) -> None:
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.txt").write_text(f"Cita\n\n{TEXT}")
    _run(corpus, folder)
    (folder / "a.txt").unlink()
    assert _run(corpus, folder, forgets=True).gone == 1
    assert len(corpus.documents(retired=True)) == 1
    assert f"{folder}/a.txt" not in corpus.files()


# -- once


def test_a_file_that_could_not_be_read_is_named_and_not_read_again(
    corpus: Corpus, folder: Path, request: pytest.FixtureRequest
) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 cut off")
    first = _run(corpus, folder)
    request.getfixturevalue("unread")
    assert _run(corpus, folder).failed == first.failed
    with pytest.raises(AssertionError, match="read again"):
        _run(corpus, folder, again=True)


def test_a_better_reader_tries_again(corpus: Corpus, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "bad.txt").write_bytes(b"\0\1\2\3" * 50)
    assert len(_run(corpus, folder).failed) == 1
    monkeypatch.setattr("ingest.job.reader_version", lambda: "2:all")
    asked: list[bytes] = []
    monkeypatch.setattr(Reader, "read", lambda self, data, suffix: asked.append(data) or _raise())
    _run(corpus, folder)
    assert len(asked) == 1


def _raise() -> None:
    from corpus import Unreadable

    raise Unreadable("No.")


def test_a_second_run_at_the_same_time_is_refused(corpus: Corpus, folder: Path) -> None:
    (folder / "a.txt").write_text(TEXT)
    with corpus.alone():
        with pytest.raises(Unavailable, match="Another run is at work"):
            _run(corpus, folder)
        alone = ingest(corpus, [Source(str(folder / "a.txt"))], who="test")  # one file may come in meanwhile
    assert alone.new == 1


def test_a_dry_run_changes_nothing(corpus: Corpus, folder: Path) -> None:
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(f"{name}\n\n{TEXT}")
    _run(corpus, folder)
    (folder / "a.txt").write_text(f"a2\n\n{TEXT} Vēl.")
    (folder / "b.txt").unlink()
    (folder / "d.txt").write_text(f"d\n\n{TEXT}")
    before, files, version = corpus.documents(), corpus.files(), corpus.version()
    assert _counts(_run(corpus, folder, dry=True)) == (1, 1, 1, 1, 0)
    assert (corpus.documents(), corpus.files(), corpus.version(), len(corpus.runs())) == (before, files, version, 1)
    assert _counts(_run(corpus, folder)) == (1, 1, 1, 1, 0)


def test_runs_are_listed_with_what_they_did(corpus: Corpus, folder: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 cut off")
    _run(corpus, folder)
    _run(corpus, folder)
    latest, first = corpus.runs()
    assert (latest.id, latest.state, latest.who, latest.places) == (2, "done", "test", (str(folder),))
    assert json.loads(json.dumps(first.report))["failed"][0]["source"].endswith("bad.pdf")


def test_a_full_disk_ends_a_run_plainly_and_the_next_one_finishes_it(tmp_path: Path, folder: Path) -> None:
    for n in range(40):
        (folder / f"{n}.txt").write_text(f"{n}. diena\n\n{TEXT * 40} {n}")
    corpus = Corpus.open(f"sqlite:///{tmp_path / 'full.db'}")

    def fill(connection: Any, _: object) -> None:
        connection.execute("PRAGMA max_page_count=90")

    sa.event.listen(corpus._engine, "connect", fill)
    corpus._engine.dispose()
    with pytest.raises(Unavailable, match="disk is full"):
        _run(corpus, folder)
    held = len(corpus.documents())
    sa.event.remove(corpus._engine, "connect", fill)
    corpus._engine.dispose()
    assert 0 < held < 40
    assert _counts(_run(corpus, folder)) == (40 - held, 0, held, 0, 0)
    corpus.close()


# -- what a person wrote beside it


def test_a_sidecar_wins(corpus: Corpus, folder: Path) -> None:
    (folder / "r.md").write_text(f"# Vizīte Dānijā\n\nValsts: Dānija\n\n{TEXT}\n")
    (folder / "r.md.toml").write_text(
        'title = "Cits"\ncountry = "Norway"\ndate = 2021-04-20\naudience = ["leaders"]\nstatus = "validated"\n'
    )
    report = _run(corpus, folder)
    assert (_counts(report), report.ignored) == ((1, 0, 0, 0, 0), {})
    found = corpus.documents()[0]
    assert (found.title, found.country, str(found.date)) == ("Cits", "NO", "2021-04-20")
    assert (found.audience, found.status, dict(found.proposed)) == (("leaders",), Status.VALIDATED, {})
    (folder / "r.md.toml").write_text('title = "Vēl cits"\naudience = ["leaders"]\n')
    assert _counts(_run(corpus, folder)) == (0, 1, 0, 0, 0)
    assert corpus.documents()[0].title == "Vēl cits"
    assert corpus.documents()[0].status is Status.VALIDATED


@pytest.mark.parametrize("said", ["title = ", 'titel = "x"', "date = 5", 'audience = "x"', 'country = "Nowhere"'])
def test_a_broken_sidecar_keeps_its_document_out(corpus: Corpus, folder: Path, said: str) -> None:
    """It may have said who must not see it."""
    (folder / "r.md").write_text(TEXT)
    (folder / "r.md.toml").write_text(said)
    report = _run(corpus, folder)
    assert _counts(report) == (0, 0, 0, 0, 1)
    assert "r.md.toml beside it" in report.failed[0].reason


def test_what_rules_have_found_is_proposed_until_somebody_confirms(corpus: Corpus, folder: Path) -> None:
    (folder / "r.md").write_text(
        f"# Vizīte Dānijā\n\nValsts: Dānija\nProjekta Nr. 2019-1-LV01-KA204-060413\n\n{TEXT}\n"
    )
    _run(corpus, folder)
    found, text = corpus.documents()[0], corpus.text(1)
    said = {name: text[slice(*place)] if place else None for name, place in found.proposed.items()}
    assert (said["country"], said["funding"], said["title"]) == ("Dānija", "2019-1-LV01-KA204-060413", "Vizīte Dānijā")
    assert found.funding == "2019-1-LV01-KA204-060413"
    assert "country" not in corpus.change(1, "cat", country="DK").proposed
    assert dict(corpus.validate(1, "cat").proposed) == {}


def test_documents_that_are_nearly_the_same_are_linked(corpus: Corpus, folder: Path) -> None:
    body = " ".join(f"Teikums numur {n} par darbu ar jauniešiem." for n in range(30))
    (folder / "a.txt").write_text(f"Atskaite\n\n{body}")
    (folder / "b.txt").write_text(f"Atskaite, labota\n\n{body} Un vēl viens teikums beigās.")
    (folder / "c.txt").write_text(f"Kas cits\n\n{TEXT * 5}")
    assert _run(corpus, folder).alike == 2
    link = corpus.links()[0]
    assert (link.one, link.other, link.kind, link.decided) == (1, 2, "same", None)
    assert link.likeness > 0.8
    corpus.decide(2, 1, alike=False)
    (folder / "b.txt").write_text(f"Atskaite, vēlreiz labota\n\n{body} Un vēl viens teikums beigās.")
    _run(corpus, folder)
    assert [each.decided for each in corpus.links(1)] == ["no"]
