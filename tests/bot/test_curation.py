"""Each verb does what it says for who may, in the corpus and in the index; what makes no sense is refused in words."""

from pathlib import Path

import pytest

from bot import curation
from bot.curation import Person, Role
from bot.rooms import Rooms
from corpus import Invalid, Status
from index import Synced
from ingest import Report, Source, Wanted

CURATOR = Person("test", Role.CURATOR)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"country": "se"}, "SE"),
        ({"country": "SE"}, "SE"),
        ({"language": "LV"}, "lv"),
        ({"language": "no"}, "nb"),
    ],
)
def test_a_code_is_taken_in_either_case(rooms: Rooms, fields: dict[str, str], expected: str) -> None:
    changed = curation.tag(rooms, CURATOR, 1, fields)
    assert [getattr(changed, name) for name in fields] == [expected]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"country": "ZZ"}, "country is 'ZZ'"),
        ({"country": "EU"}, "country is 'EU'"),
        ({"country": "Norway"}, "country is 'Norway'"),
        ({"language": "xx"}, "language is 'xx'"),
        ({"language": "lav"}, "language is 'lav'"),
        ({"title": "\ud800"}, "title holds characters that are not text"),
        ({"tags": "a, \udcff"}, "tags holds characters that are not text"),
        ({"collection": " "}, "has a collection"),
        ({"source": ""}, "has a source"),
        ({"audience": " , "}, "at least one audience"),
        ({"source": "/reports/lt.txt"}, "/reports/lt.txt is in the corpus already"),
    ],
)
def test_a_value_that_cannot_be_is_named(rooms: Rooms, fields: dict[str, str], said: str) -> None:
    before = rooms.corpus.document(1)
    with pytest.raises(Invalid, match=said):
        curation.tag(rooms, CURATOR, 1, fields)
    assert rooms.corpus.document(1) == before


def test_no_words_that_are_not_text_reach_the_corpus(rooms: Rooms, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Viens teikums.", encoding="utf-8")
    with pytest.raises(Invalid, match="reason holds"):
        curation.retire(rooms, CURATOR, 1, "\udcff")
    with pytest.raises(Invalid, match="collection holds"):
        curation.add(rooms, CURATOR, [Source(str(tmp_path), Wanted(collection="\udcff"))])
    with pytest.raises(Invalid, match="audience holds"):
        curation.add(rooms, CURATOR, [Source(str(tmp_path), Wanted(audience=("everyone", "\udcff")))])
    assert len(rooms.corpus.documents()) == 3


def test_the_seconds_of_a_report_are_those_of_reading_and_embedding(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]

    def reading(*_: object, **__: object) -> Report:
        clock[0] += 2
        return Report(seconds=2)

    def embedding(*_: object) -> Synced:
        clock[0] += 7
        return Synced(0, 0, 0, 7)

    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(curation, "ingest", reading)
    monkeypatch.setattr(rooms.index, "sync", embedding)
    assert curation.add(rooms, CURATOR, [Source("/reports")]).seconds == 9


def test_forgetting_takes_an_uploaded_file_and_leaves_every_other(rooms: Rooms, tmp_path: Path) -> None:
    """A copy that Atzina itself has made goes too; a source that a curator typed leads to no other file."""
    uploads = rooms.settings.home / "uploads"
    copy, own = uploads / "0a1b" / "a.txt", tmp_path / "own.txt"
    copy.parent.mkdir(parents=True)
    for number, path in enumerate((copy, own)):
        path.write_text(f"Teikums ar numuru {number} par darbu.", encoding="utf-8")
    assert curation.add(rooms, CURATOR, [Source(str(copy)), Source(str(own))]).new == 2
    receipts = [curation.forget(rooms, CURATOR, number) for number in (4, 5)]
    assert [receipt["source"] for receipt in receipts] == [str(copy), str(own)]
    assert (list(uploads.iterdir()), own.exists()) == ([], True)
    curation.tag(rooms, CURATOR, 1, {"source": f"{uploads}/../../own.txt"})
    curation.forget(rooms, CURATOR, 1)
    assert own.exists()


@pytest.mark.parametrize(
    ("role", "wanted", "expected"),
    [
        (Role.STAFF, Status.VALIDATED, Status.DRAFT),
        (Role.STAFF, None, Status.DRAFT),
        (Role.CURATOR, Status.VALIDATED, Status.VALIDATED),
        (Role.CURATOR, Status.DRAFT, Status.DRAFT),
    ],
)
def test_what_staff_offers_is_a_draft(
    rooms: Rooms, tmp_path: Path, role: Role, wanted: Status | None, expected: Status
) -> None:
    """With what the person says of it, whatever the file says: a file cannot make itself seen by all."""
    path = tmp_path / "visit.md"
    path.write_text("---\naudience: everyone\ncollection: notes\n---\n# Visit\n\nMentors meet weekly in Tartu.\n")
    source = Source(str(path), Wanted("visits", ("leads",), wanted))
    report = curation.offer(rooms, Person("slack:T1:U1", role), source, {"title": "Mentors", "country": "EE"})
    assert report.new == 1
    document = rooms.corpus.document(report.read[0])
    assert (document.status, document.added_by) == (expected, "slack:T1:U1")
    assert (document.audience, document.collection) == (("leads",), "visits")
    assert (document.title, document.country) == ("Mentors", "EE")
    assert not rooms.behind()
