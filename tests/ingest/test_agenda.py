"""sources.toml: what it can say, and what is told of a line that cannot be."""

import datetime as dt
from pathlib import Path

import pytest

from corpus import Invalid, Status
from ingest import Source, Wanted, read_agenda


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_sources_are_read_in_order(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        '[[source]]\nplace = "reports"\ncollection = "visits"\naudience = ["b", "a"]\nstatus = "validated"\n'
        'every = "6h"\ngone = "forget"\n[[source]]\nplace = "https://example.org/x"\npages = 9\n',
    )
    first, second = read_agenda(path)
    assert first.source == Source(
        str(tmp_path / "reports"), Wanted("visits", ("a", "b"), Status.VALIDATED), forgets=True
    )
    assert (first.every, second.every) == (6 * 3600, 24 * 3600)
    assert second.source == Source("https://example.org/x", Wanted(), 9)
    assert read_agenda(path, forgets=True)[1].source.forgets


def test_a_source_is_read_again_when_it_says(tmp_path: Path) -> None:
    path = _written(tmp_path, '[[source]]\nplace = "a"\nat = "3:30"\n[[source]]\nplace = "b"\nevery = "30m"\n')
    nightly, often = read_agenda(path)
    evening = dt.datetime(2026, 11, 25, 22, 0, tzinfo=dt.UTC)
    night = evening + dt.timedelta(hours=3)
    due = dt.datetime(2026, 11, 26, 3, 30, tzinfo=dt.UTC)
    assert nightly.next(evening) == nightly.next(night) == due
    assert nightly.next(due) == due + dt.timedelta(days=1)
    assert often.next(evening) == evening + dt.timedelta(minutes=30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has something else, or none"),
        ("[[source]]\n", "Source 1 in .* has no place"),
        ('[[source]]\nplace = ""\n', "place is ''"),
        ('[[source]]\nplace = "a"\nwhere = "b"\n', "'where'"),
        ('[[source]]\nplace = "a"\nevery = "often"\n', "30m, 6h or 1d"),
        ('[[source]]\nplace = "a"\nevery = "0h"\n', "30m, 6h or 1d"),
        ('[[source]]\nplace = "a"\nat = "24:00"\n', "time of the day"),
        ('[[source]]\nplace = "a"\nat = 3\n', "time of the day"),
        ('[[source]]\nplace = "a"\nat = "03:00"\nevery = "1d"\n', "one of them"),
        ('[[source]]\nplace = "a"\npages = 0\n', "pages is a number"),
        ('[[source]]\nplace = "a"\naudience = "all"\n', "audience is a list"),
        ('[[source]]\nplace = "a"\nstatus = "retired"\n', "draft or validated"),
        ('[[source]]\nplace = "a"\ngone = "burn"\n', "retire or forget"),
        ("[[source]\n", "cannot be read"),
        ('source = "a"\n', "has something else, or none"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_agenda(_written(tmp_path, text))


def test_without_the_file_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="Name a file, folder or address, or write your sources there"):
        read_agenda(tmp_path / "sources.toml")
