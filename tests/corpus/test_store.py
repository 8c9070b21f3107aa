"""The corpus keeps what it is told, tells what happened, and forgets what it must."""

import datetime as dt
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from corpus import (
    Corpus,
    Draft,
    Invalid,
    Narrowing,
    NotAllowed,
    NotFound,
    Span,
    Status,
    Unavailable,
    statements,
    text_hash,
)
from corpus.database import connect
from corpus.schema import metadata


def _draft(source: str = "/reports/a.txt", text: str = "Pirmais teikums. Otrais teikums.", **fields: object) -> Draft:
    spans = (Span(start=0, end=16, page=1, heading="H", language="lv"), Span(start=17, end=len(text)))
    known = {"source": source, "kind": "txt", "content_hash": text_hash(text), "text": text, "passages": spans}
    return Draft(**known | fields)  # type: ignore[arg-type]


def test_passages_are_the_texts_of_their_spans(corpus: Corpus) -> None:
    """What goes in as an offset comes out as the words at that offset."""
    document = corpus.add(_draft(title="Atskaite", country="NO", date=dt.date(2023, 5, 15)), "me")
    first, second = corpus.spans(document.id)
    assert (first.text, first.page, first.heading, first.language) == ("Pirmais teikums.", 1, "H", "lv")
    assert second.text == "Otrais teikums."
    assert corpus.text(document.id)[second.start : second.end] == second.text
    assert (document.title, document.country, document.date) == ("Atskaite", "NO", dt.date(2023, 5, 15))
    assert document.organisation is None


def test_a_document_that_was_read_before_is_as_it_is_now(
    corpus: Corpus, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is remembered of a document serves only as long as nobody, in any process, has changed it."""
    document = corpus.add(_draft(title="Vizīte"), "ann")
    ids = [passage.id for passage in corpus.spans(document.id)]

    def held() -> set[tuple[str | None, Status, tuple[str, ...], int]]:
        found = corpus.passages(ids).values()
        return {(each.title, each.status, each.audience, each.passages) for _, each in found}

    assert held() == {("Vizīte", Status.DRAFT, ("everyone",), 2)}
    other = Corpus.open(database_url)
    for change in (
        lambda: other.change(document.id, "ben", title="Brauciens"),
        lambda: other.change(document.id, "ben", audience=("staff",)),
        lambda: other.validate(document.id, "ben"),
    ):
        changed = change()
        assert held() == {(changed.title, changed.status, changed.audience, 2)}
    with monkeypatch.context() as broken:  # nothing has changed: it is not read again
        broken.setattr(statements, "read_documents", None)
        assert held() == {("Brauciens", Status.VALIDATED, ("staff",), 2)}
    other.replace(document.id, _draft(text="Pirmais teikums. Trešais."), "ben")
    ids = [passage.id for passage in other.spans(document.id)]
    assert [passage.text for passage, _ in corpus.passages(ids).values()] == ["Pirmais teikums.", "Trešais."]
    assert {status for _, status, *_ in held()} == {Status.DRAFT}
    other.forget(document.id, "ben")
    assert held() == set()
    other.close()


@pytest.mark.parametrize(("most", "reads"), [(2, 2), (1, 3)])
def test_no_more_documents_are_remembered_than_that(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, most: int, reads: int
) -> None:
    """One, then another, then the first one again: read anew only where there was no room for both."""
    first, second = (
        [passage.id for passage in corpus.spans(corpus.add(_draft(source, title=source), "me").id)]
        for source in ("/a.txt", "/b.txt")
    )
    asked, read = [], statements.read_documents
    monkeypatch.setattr(statements, "_REMEMBERED", most)
    monkeypatch.setattr(statements, "read_documents", lambda *given: asked.append(given) or read(*given))  # type: ignore[func-returns-value]
    other = Corpus(corpus._engine)
    for ids, title in ((first, "/a.txt"), (second, "/b.txt"), (first, "/a.txt")):
        assert {document.title for _, document in other.passages(ids).values()} == {title}
    assert len(asked) == reads


def test_migrations_make_the_schema(database_url: str) -> None:
    """A database made by the migrations is the one that the code expects."""
    engine = connect(database_url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert found == []


def test_every_change_is_in_the_journal_with_before_and_after(corpus: Corpus) -> None:
    """Who, what, when, before and after, for each verb."""
    document = corpus.add(_draft(title="Vizīte", date=dt.date(2023, 5, 15)), "ann")
    corpus.change(document.id, "ben", country="NO", tags=("em",))
    corpus.validate(document.id, "cat")
    corpus.retire(document.id, "outdated", "dan")
    corpus.restore(document.id, "eve")
    replaced = corpus.replace(document.id, _draft(text="Pavisam cits teksts ir šeit.", title="Cita"), "job")
    told = [(c.who, c.what, c.before, c.after) for c in corpus.journal(document.id)]
    added = {
        "source": "/reports/a.txt",
        "kind": "txt",
        "title": "Vizīte",
        "date": "2023-05-15",
        "collection": "reports",
        "audience": ["everyone"],
        "status": "draft",
        "content_hash": document.content_hash,
        "passages": 2,
    }
    old = {"title": "Vizīte", "date": "2023-05-15", "status": "validated", "content_hash": document.content_hash}
    new = {"title": "Cita", "date": None, "status": "draft", "content_hash": replaced.content_hash}
    assert told == [
        ("ann", "added", {}, added),
        ("ben", "changed", {"country": None, "tags": []}, {"country": "NO", "tags": ["em"]}),
        ("cat", "validated", {"status": "draft"}, {"status": "validated"}),
        ("dan", "retired", {"status": "validated", "reason": None}, {"status": "retired", "reason": "outdated"}),
        ("eve", "restored", {"status": "retired", "reason": "outdated"}, {"status": "validated", "reason": None}),
        ("job", "replaced", old, new),
    ]


def test_only_live_passages_answer(corpus: Corpus) -> None:
    """A retired document's passages are not live, whatever ids somebody still holds."""
    document = corpus.add(_draft(), "me")
    ids = sorted(corpus.live_ids(Narrowing()))
    corpus.retire(document.id, "old", "me")
    assert corpus.live_ids(Narrowing()) == frozenset()
    assert corpus.passages(ids) == {}
    assert corpus.live_hashes() == {}
    corpus.restore(document.id, "me")
    assert list(corpus.passages(ids)) == ids


@pytest.mark.parametrize(
    ("narrowing", "expected"),
    [
        (Narrowing(), {"a", "b"}),
        (Narrowing(country="NO"), {"a"}),
        (Narrowing(collections=frozenset({"visits"})), {"b"}),
        (Narrowing(status=Status.DRAFT), {"a"}),
        (Narrowing(status=Status.VALIDATED), {"b"}),
        (Narrowing(since=dt.date(2020, 1, 1)), {"a"}),
        (Narrowing(language="lv"), {"a", "b"}),
        (Narrowing(language="lt"), {"b"}),
        (Narrowing(audience=frozenset({"leaders"})), {"c"}),
        (Narrowing(country="SE"), set()),
    ],
)
def test_narrowing(corpus: Corpus, narrowing: Narrowing, expected: set[str]) -> None:
    """Each narrowing leaves the passages that match; a document for others is never among them."""
    corpus.add(_draft("a", country="NO", date=dt.date(2023, 1, 1), language="lv"), "me")
    second = corpus.add(_draft("b", collection="visits", date=dt.date(2014, 1, 1), language="lt"), "me")
    corpus.validate(second.id, "me")
    corpus.add(_draft("c", audience=("leaders",)), "me")
    found = corpus.passages(corpus.live_ids(narrowing)).values()
    assert {document.source for _, document in found} == expected


def test_collections_are_those_of_documents_that_are_not_retired(corpus: Corpus) -> None:
    assert corpus.collections() == []
    for n, name in enumerate(["visits", "notes", "visits", "former"]):
        corpus.add(_draft(f"/reports/{n}.txt", collection=name), "me")
    corpus.retire(4, "old", "me")
    assert corpus.collections() == ["notes", "visits"]


def test_replacing_keeps_what_a_curator_set_and_asks_for_validation_again(corpus: Corpus) -> None:
    """A file that is read again does not undo a person's work, nor keep a confirmation of other words."""
    document = corpus.add(_draft(title="Read", country="SE"), "job")
    corpus.change(document.id, "cat", country="NO", audience=("leaders",))
    corpus.validate(document.id, "cat")
    before = corpus.live_ids(Narrowing(audience=frozenset({"leaders"})))
    replaced = corpus.replace(
        document.id, _draft(text="Pavisam cits teksts ir šeit.", title="Again", country="DK"), "job"
    )
    assert (replaced.title, replaced.country, replaced.audience) == ("Again", "NO", ("leaders",))
    assert replaced.status is Status.DRAFT
    assert not before & corpus.live_ids(Narrowing(audience=frozenset({"leaders"})))  # ids are never used again


def test_what_a_curator_has_confirmed_is_kept_like_what_they_have_set(corpus: Corpus) -> None:
    """A value that was right already is theirs from then on, and the journal says so, once."""
    document = corpus.add(_draft(title="Read", country="NO"), "job")
    for _ in range(2):
        corpus.change(document.id, "cat", country="NO")
    assert [(c.what, c.before, c.after) for c in corpus.journal(document.id)[1:]] == [
        ("changed", {"country": "NO"}, {"country": "NO"})
    ]
    replaced = corpus.replace(document.id, _draft(text="Pavisam cits teksts ir šeit.", country="DK"), "job")
    assert (replaced.title, replaced.country) == (None, "NO")


def test_replacing_keeps_a_retired_document_retired(corpus: Corpus) -> None:
    """And when it comes back, nobody has confirmed its new text."""
    document = corpus.add(_draft(), "job")
    corpus.validate(document.id, "cat")
    corpus.retire(document.id, "wrong", "cat")
    assert corpus.replace(document.id, _draft(text="Pavisam cits teksts ir šeit."), "job").status is Status.RETIRED
    assert corpus.restore(document.id, "cat").status is Status.DRAFT


def test_only_restoring_leaves_retirement_and_nothing_is_done_twice(corpus: Corpus) -> None:
    """A retired document keeps its status and its reason, whoever confirms it or retires it again."""
    document = corpus.add(_draft(), "me")
    with pytest.raises(NotAllowed, match="Document 1 is not retired; its status is draft."):
        corpus.restore(document.id, "me")
    corpus.validate(document.id, "me")
    with pytest.raises(NotAllowed, match="Document 1 is already validated."):
        corpus.validate(document.id, "me")
    retired = corpus.retire(document.id, "outdated", "me")
    with pytest.raises(NotAllowed, match="bring it back first: atzina documents restore 1."):
        corpus.validate(document.id, "me")
    with pytest.raises(NotAllowed, match="Document 1 is already retired."):
        corpus.retire(document.id, "wrong", "me")
    assert corpus.document(document.id) == retired
    assert corpus.restore(document.id, "me").status is Status.VALIDATED


def test_forgetting_leaves_hashes_only(corpus: Corpus, tmp_path: Path) -> None:
    """After a forgetting no byte of the text is in the database's files."""
    document = corpus.add(_draft(text="Slepens vards Xyzzyplugh. Otrais teikums.", title="Xyzzyplugh"), "me")
    receipt = corpus.forget(document.id, "me")
    assert receipt["content_hash"] == document.content_hash
    with pytest.raises(NotFound):
        corpus.document(document.id)
    (line,) = corpus.journal(document.id)
    assert (line.what, line.after["passages"]) == ("forgotten", receipt["passages"])
    corpus.close()
    assert all(b"Xyzzyplugh" not in path.read_bytes() for path in tmp_path.iterdir())


def test_ids_are_never_used_again(corpus: Corpus) -> None:
    """An old link can not open another document."""
    first = corpus.add(_draft("a"), "me")
    corpus.forget(first.id, "me")
    assert corpus.add(_draft("b"), "me").id > first.id


def test_the_version_grows_with_every_change(corpus: Corpus) -> None:
    versions = [corpus.version()]
    document = corpus.add(_draft(), "me")
    versions.append(corpus.version())
    corpus.retire(document.id, "old", "me")
    versions.append(corpus.version())
    corpus.forget(document.id, "me")
    versions.append(corpus.version())
    assert versions == sorted(set(versions))


def test_refusals_say_why(corpus: Corpus) -> None:
    document = corpus.add(_draft(), "me")
    with pytest.raises(Invalid, match="in the corpus already"):
        corpus.add(_draft(), "me")
    with pytest.raises(Invalid, match="colour cannot be set"):
        corpus.change(document.id, "me", colour="red")
    with pytest.raises(Invalid, match="with a reason"):
        corpus.retire(document.id, " ", "me")
    for nothing in ({"source": None}, {"collection": ""}, {"audience": ()}):
        with pytest.raises(Invalid, match="A document has "):
            corpus.change(document.id, "me", **nothing)
    other = corpus.add(_draft("b"), "me")
    with pytest.raises(Invalid, match="a.txt is in the corpus already"):
        corpus.change(other.id, "me", source="/reports/a.txt")
    for unknown in (99, 2**63, -(2**70)):
        for verb in (corpus.document, corpus.text, lambda i: corpus.restore(i, "me"), lambda i: corpus.forget(i, "me")):
            with pytest.raises(NotFound, match=f"no document {unknown}"):
                verb(unknown)
        assert corpus.spans(unknown) == corpus.journal(unknown) == []
    with pytest.raises(Invalid, match="outside its text"):
        corpus.add(
            Draft(source="x", kind="txt", content_hash="h", text="short", passages=(Span(start=0, end=9),)), "me"
        )
    assert corpus.documents() == [document, other]  # what was refused left nothing behind


def test_a_key_is_claimed_once_by_many_at_a_time(database_url: str) -> None:
    """Of many threads with connections of their own, one wins."""
    corpora = [Corpus.open(database_url) for _ in range(8)]
    won: list[bool] = []
    threads = [
        threading.Thread(target=lambda c=c: won.append(c.events.claim("T1:Ev1", {"text": "?"}))) for c in corpora
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    hour = dt.timedelta(hours=1)
    assert corpora[0].events.unsettled(younger_than=hour) == {"T1:Ev1": {"text": "?"}}
    corpora[0].events.settle("T1:Ev1")
    assert corpora[0].events.unsettled(younger_than=hour) == {}
    assert not corpora[0].events.claim("T1:Ev1", {})
    for corpus in corpora:
        corpus.close()


def test_writers_wait_for_each_other(database_url: str) -> None:
    """Two processes that read and then write do not fail with "database is locked"."""
    corpora = [Corpus.open(database_url) for _ in range(4)]
    faults: list[Exception] = []

    def write(number: int) -> None:
        try:
            for turn in range(10):
                corpora[number].add(_draft(f"{number}/{turn}"), "me")
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(corpora[0].documents()) == 40
    for corpus in corpora:
        corpus.close()


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(Unavailable, match="damaged.db cannot be used"):
        Corpus.open(f"sqlite:///{damaged}")
    newer = tmp_path / "newer.db"
    Corpus.open(f"sqlite:///{newer}").close()
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Unavailable, match="newer.db cannot be used"):
        Corpus.open(f"sqlite:///{newer}")


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    Corpus.open(f"sqlite:///{tmp_path / 'a.db'}").close()
    assert (tmp_path / "a.db").stat().st_mode & 0o077 == 0


def test_sqlite_runs_in_wal_mode(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


def test_the_extent_is_what_may_answer(corpus: Corpus) -> None:
    """Documents by language, most first: not the retired, not those for others, not those without a passage."""
    for number, language in enumerate(["lv", "lt", "lt", "en", "et"]):
        corpus.add(_draft(f"/reports/{number}.txt", language=language), "me")
    corpus.add(_draft("/reports/empty.txt", language="ru", passages=()), "me")
    corpus.retire(4, "old", "me")
    corpus.change(5, "me", audience=("leaders",))
    assert list(corpus.extent(Narrowing()).items()) == [("lt", 2), ("lv", 1)]


def test_news_is_what_was_added_or_validated(corpus: Corpus) -> None:
    """Each document once, with what happened to it last; nothing that is retired, or for others."""
    began = statements.now()
    for number in range(4):
        corpus.add(_draft(f"/reports/{number}.txt"), "me")
    corpus.validate(1, "me")
    corpus.change(2, "me", title="A")
    corpus.retire(3, "old", "me")
    corpus.change(4, "me", audience=("leaders",))
    everyone = frozenset({"everyone"})
    assert [(d.id, what) for d, _, what in corpus.news(began, everyone)] == [(1, "validated"), (2, "added")]
    assert corpus.news(statements.now(), everyone) == []
