"""What SQLite does by itself and PostgreSQL has to be told: one writer, one moment, text that is text, no secrets."""

import datetime as dt
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres import PASSWORD, Postgres
from waiting import wait_for

from corpus import Corpus, Draft, FileState, Invalid, Link, Narrowing, NotFound, Span, Unavailable, database
from corpus.schema import documents
from corpus.statements import write_journal


def _draft(source: str = "a.txt", text: str = "Pirmais teikums.", **fields: object) -> Draft:
    known = {"source": source, "kind": "txt", "content_hash": "hash", "text": text}
    return Draft(**known | {"passages": (Span(start=0, end=len(text)),)} | fields)  # type: ignore[arg-type]


# -- what is held is the same


@pytest.mark.parametrize("wrong", ["a\0b", "half \ud83d of a pair"])
def test_what_is_not_text_is_refused_and_finds_nothing(corpus: Corpus, wrong: str) -> None:
    document = corpus.add(_draft(), "me")
    refused: list[Callable[[], object]] = [
        lambda: corpus.add(_draft("b.txt", f"Vārdi {wrong} vārdi."), "me"),
        lambda: corpus.change(document.id, "me", title=wrong),
        lambda: corpus.change(document.id, "me", audience=(wrong,)),
        lambda: corpus.retire(document.id, wrong, "me"),
        lambda: corpus.note_files([FileState(source=wrong, content_hash="", signature="", reader="")]),
        lambda: corpus.live_ids(Narrowing(collections=frozenset({wrong}))),
    ]
    for change in refused:
        with pytest.raises(Invalid, match="not text"):
            change()
    assert corpus.documents(retired=True) == [document]
    assert len(corpus.journal(document.id)) == 1


def test_what_a_message_holds_comes_back_as_it_was(corpus: Corpus) -> None:
    """It is kept as JSON, which has a way to write every character."""
    payload: dict[str, object] = {"text": "a\0b \ud83d č 🙂", "many": [1, 2.5, None, True]}
    assert corpus.events.claim("key", payload)
    assert corpus.events.unsettled(younger_than=dt.timedelta(hours=1)) == {"key": payload}


def test_what_is_unsettled_is_taken_up_oldest_first_and_once(corpus: Corpus) -> None:
    """As many as are asked for; what is leased, settled or too old is left."""
    hour, events = dt.timedelta(hours=1), corpus.events
    for key in ("b", "a", "d", "c"):
        assert events.claim(key, {"text": key})
    events.claim("held", {"text": "held"}, lease=hour)
    events.claim("settled", {"text": "settled"})
    events.settle("settled")
    assert list(events.unsettled(younger_than=dt.timedelta(0), limit=9)) == []
    assert list(events.unsettled(younger_than=hour, lease=hour, limit=0)) == []
    assert list(events.unsettled(younger_than=hour, lease=hour, limit=3)) == ["b", "a", "d"]
    assert events.unsettled(younger_than=hour, lease=hour, limit=3) == {"c": {"text": "c"}}
    assert events.unsettled(younger_than=hour, limit=3) == {}


def test_what_is_withdrawn_waits_for_nobody(corpus: Corpus) -> None:
    """By whatever a payload holds or lacks; who works on it is told when the lease is renewed."""
    events, lease = corpus.events, dt.timedelta(minutes=1)
    events.claim("one", {"thread": "1.1", "sign": None}, lease=lease)
    events.claim("two", {"thread": "1.1", "answered": True}, lease=lease)
    events.claim("three", {"thread": "2.2"}, lease=lease)
    assert events.hold("one", lease=lease, payload={"thread": "1.1", "sign": "5.5"})
    assert events.withdraw({"thread": "1.1", "answered": None}) == [{"thread": "1.1", "sign": "5.5"}]
    assert events.withdraw({"thread": "1.1", "answered": None}) == []
    assert [events.hold(key, lease=dt.timedelta(0)) for key in ("one", "two", "three")] == [False, True, True]
    assert set(events.unsettled(younger_than=lease)) == {"two", "three"}


def test_numbers_that_are_no_ids_are_not_found(corpus: Corpus) -> None:
    for number in (2**31, 2**40, 2**63, -(2**70)):
        with pytest.raises(NotFound):
            corpus.document(number)
        with pytest.raises(NotFound):
            corpus.decide(number, 1, alike=True)
        assert corpus.links(number) == []


def test_audiences_are_in_the_order_of_python(corpus: Corpus) -> None:
    """The state of a passage is a hash over them: the rules of a language would make another one of it."""
    names = ("Zeta", "alfa", "Čakste", "čeki", "ābols", "Beta", "_x", "dz")
    assert corpus.add(_draft(audience=names), "me").audience == tuple(sorted(names))


def test_bytes_times_and_floats_come_back_as_they_were(corpus: Corpus) -> None:
    spans = (Span(start=0, end=7, confidence=0.1 + 0.2),)
    before = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    one = corpus.add(_draft(sketch=bytes(range(256)), passages=spans), "me")
    two = corpus.add(_draft("b.txt", review_by=dt.date(2031, 2, 28)), "me")
    assert corpus.sketches() == {one.id: bytes(range(256))}
    assert corpus.spans(one.id)[0].confidence == 0.1 + 0.2
    assert before <= one.added_at <= dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert two.review_by == dt.date(2031, 2, 28)
    corpus.note_links([one.id], [Link(one=one.id, other=two.id, kind="same", likeness=1 / 3)])
    assert corpus.links()[0].likeness == 1 / 3


def test_a_link_with_what_was_forgotten_meanwhile_is_left_out(corpus: Corpus) -> None:
    one, two, lost = (corpus.add(_draft(name), "me").id for name in "abc")
    corpus.forget(lost, "me")
    found = [Link(one=one, other=other, kind="same", likeness=0.9) for other in (two, lost)]
    corpus.add_links(found)
    corpus.note_links([one], found)
    assert corpus.links() == found[:1]


# -- one writer, one moment


def test_two_curators_at_once_lose_nothing_of_each_other(database_url: str) -> None:
    """What a curator has set is noted in one list: whoever reads it and then writes must be alone."""
    corpora = [Corpus.open(database_url) for _ in range(4)]
    ids = [corpora[0].add(_draft(str(n)), "job").id for n in range(12)]
    fields = ("title", "country", "organisation", "project")

    def curate(corpus: Corpus, field: str) -> None:
        for number in ids:
            corpus.change(number, field, **{field: "X"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(curate, corpora, fields))
    for number in ids:
        again = corpora[0].replace(number, _draft(str(number), "Cits teikums."), "job")
        assert [getattr(again, field) for field in fields] == ["X"] * 4
        assert len(corpora[0].journal(number)) == 6
    for corpus in corpora:
        corpus.close()


def test_many_write_states_and_links_of_the_same_things(database_url: str) -> None:
    corpora = [Corpus.open(database_url) for _ in range(4)]
    ids = [corpora[0].add(_draft(str(n)), "job").id for n in range(4)]
    links = [Link(one=one, other=other, kind="same", likeness=0.9) for one in ids for other in ids if one < other]

    def write(corpus: Corpus) -> None:
        for turn in range(8):
            state = FileState(source="a", content_hash=str(turn), signature="", reader="")
            corpus.note_files([state])
            corpus.note_links(ids[:2], links)
            corpus.add_links(links)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, corpora))
    assert len(corpora[0].links()) == 6
    assert corpora[0].files()["a"].content_hash == "7"
    for corpus in corpora:
        corpus.close()


def test_who_follows_the_journal_misses_nothing(postgres: Postgres) -> None:
    """A writer that came first and takes its time keeps the next one waiting: ids become visible in their order."""
    with postgres.fresh() as url:
        corpus, other = Corpus.open(url), Corpus.open(url)
        slow, quick = (corpus.add(_draft(name), "me").id for name in ("slow", "quick"))
        version = corpus.version()
        thread = threading.Thread(target=other.validate, args=(quick, "quick"))
        with corpus._writing() as connection:
            write_journal(connection, slow, "slow", "changed", {}, {})
            thread.start()
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_for(lambda: postgres.execute(waits) != [(0,)] or not thread.is_alive(), "the other writer to wait")
            seen = other.version()
            assert seen == version
        thread.join()
        assert corpus.changed_since(seen) == [slow, quick]
        corpus.close()
        other.close()


def test_a_reader_sees_one_moment(database_url: str) -> None:
    """A document that is forgotten between two statements is in both, or in none."""
    corpus, other = Corpus.open(database_url), Corpus.open(database_url)
    corpus.add(_draft(), "me")
    count = sa.select(sa.func.count()).select_from(documents)
    with corpus._reading() as connection:
        assert connection.scalar(count) == 1
        other.add(_draft("b.txt"), "me")
        assert connection.scalar(count) == 1
    assert len(corpus.documents()) == 2
    corpus.close()
    other.close()


def test_a_writer_that_waits_too_long_is_told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY", 1)
    corpus, other = Corpus.open(database_url), Corpus.open(database_url)
    with corpus._writing():
        with pytest.raises(Unavailable, match="cannot be used.*try once more"):
            other.add(_draft(), "me")
        Corpus.open(database_url).close()  # who only reads waits for nobody
    assert other.add(_draft(), "me").id
    corpus.close()
    other.close()


def test_a_new_database_is_made_by_one_of_many(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for corpus in pool.map(Corpus.open, [database_url] * 4):
            assert corpus.documents() == []
            corpus.close()


# -- the run that is alone


def test_the_lock_of_a_run_keeps_no_transaction_open(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        corpus = Corpus.open(url)
        with corpus.alone():
            corpus.add(_draft(), "me")
            states = "SELECT state FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'"
            assert postgres.execute(states) == [("idle",)]
        assert postgres.execute(states) == []
        corpus.close()


def test_a_run_that_lost_its_lock_writes_nothing_more(postgres: Postgres) -> None:
    """Another one may be at work by now; it is told, and this one ends."""
    with postgres.fresh() as url:
        corpus, other = Corpus.open(url), Corpus.open(url)
        with corpus.alone():
            corpus.add(_draft(), "me")
            postgres.execute("SELECT pg_terminate_backend(pid, 9000) FROM pg_locks WHERE locktype = 'advisory'")
            with other.alone():
                with pytest.raises(Unavailable, match="cannot be used"):
                    corpus.add(_draft("b.txt"), "me")
                with pytest.raises(Unavailable, match="kept other runs away was lost"):
                    corpus.add(_draft("c.txt"), "me")
        assert len(corpus.documents()) == 1
        with corpus.alone():  # and nothing is left of it
            assert corpus.add(_draft("d.txt"), "me").id
        corpus.close()
        other.close()


def test_a_failure_lets_go_of_the_lock(corpus: Corpus) -> None:
    with pytest.raises(ZeroDivisionError), corpus.alone():
        raise ZeroDivisionError
    with corpus.alone():
        pass


# -- the server


def test_a_server_that_was_started_again_is_no_error(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        corpus = Corpus.open(url)
        corpus.add(_draft(), "me")
        postgres.stop()
        try:
            with pytest.raises(Unavailable, match="Connection refused.*What was done before is kept; try once more."):
                corpus.documents()
        finally:
            postgres.start()
        assert corpus.add(_draft("b.txt"), "me").id == 2
        corpus.close()


def test_a_database_that_can_only_be_read_is_told(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        corpus = Corpus.open(url)
        assert corpus.state() == (f"PostgreSQL {_version(postgres)} at 127.0.0.1:{postgres.port}/{_name(url)}", True)
        corpus.close()
        postgres.execute(f"ALTER DATABASE {_name(url)} SET default_transaction_read_only = on")
        corpus = Corpus.open(url)
        assert not corpus.state()[1]
        assert corpus.documents() == []
        with pytest.raises(Unavailable, match="read-only transaction"):
            corpus.add(_draft(), "me")
        corpus.close()


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _version(postgres: Postgres) -> str:
    return str(postgres.execute("SHOW server_version")[0][0]).split()[0]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_way_to_name_postgresql_is_understood(postgres: Postgres, scheme: str) -> None:
    with postgres.fresh() as url:
        Corpus.open(postgres.url(_name(url), scheme)).close()


def test_a_database_that_cannot_hold_every_letter_is_refused(postgres: Postgres) -> None:
    with (
        postgres.fresh("ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0") as url,
        pytest.raises(Unavailable, match="encoding is LATIN1"),
    ):
        Corpus.open(url)


def test_a_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Unavailable, match=r"not installed. Run: pip install 'psycopg\[binary\]'"):
        Corpus.open("postgresql://u@127.0.0.1/d")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:SECRET@127.0.0.1:1/d", "127.0.0.1:1/d cannot be used: .*refused"),
        ("postgresql://u@127.0.0.1:1/d?password=SECRET", "127.0.0.1:1/d cannot be used: .*refused"),
        ("postgresql://u:SECRET@127.0.0.1:x/d", "cannot be read. It looks like sqlite:////"),
        ("postgresql://u:12@SECRET@127.0.0.1/d", "an @ too many"),
        ("postgresql:/u:SECRET@127.0.0.1/d", "cannot be read. It looks like sqlite:////"),
        ("mysql://u:SECRET@127.0.0.1/d", "names mysql, which Atzina does not work on"),
    ],
)
def test_a_password_is_never_shown(url: str, said: str) -> None:
    with pytest.raises(Unavailable, match=said) as raised:
        Corpus.open(url)
    assert "SECRET" not in str(raised.value)


def test_a_wrong_password_is_told_and_not_shown(postgres: Postgres) -> None:
    with pytest.raises(Unavailable, match="password authentication failed") as raised:
        Corpus.open(postgres.url("postgres", password="SECRET"))
    assert "SECRET" not in str(raised.value)
    assert PASSWORD not in str(raised.value)


# -- forgetting


def test_forgetting_leaves_no_word_in_the_files_of_the_tables(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        corpus = Corpus.open(url)
        words = "Slepens vārds Xyzzyplugh. " + " ".join(f"{n * n:x}" for n in range(9000))
        kept = corpus.add(_draft("kept", "Paliek Quuxfoo."), "me")
        lost = corpus.add(_draft("Xyzzyplugh.txt", words, title="Xyzzyplugh"), "me")
        corpus.note_files([FileState(source="Xyzzyplugh.txt", content_hash="", signature="", reader="")])
        assert _files_with(postgres, url, b"Xyzzyplugh")
        assert "left" not in corpus.forget(lost.id, "me")
        assert _files_with(postgres, url, b"Xyzzyplugh") == []
        assert _files_with(postgres, url, b"Quuxfoo")
        assert corpus.documents() == [kept]
        corpus.close()


def _files_with(postgres: Postgres, url: str, word: bytes) -> list[Path]:
    """The files of the database's tables and indexes, as they are on the disk, that have a word in them."""
    postgres.execute("CHECKPOINT")
    number = postgres.execute(f"SELECT oid FROM pg_database WHERE datname = '{_name(url)}'")[0][0]
    return [path for path in (postgres.data / "base" / str(number)).iterdir() if word in path.read_bytes()]


def test_a_receipt_says_what_is_left_where_somebody_else_is_reading(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY", 1)
    with postgres.fresh() as url:
        corpus, other = Corpus.open(url), Corpus.open(url)
        document = corpus.add(_draft(), "me")
        with other._reading() as connection:
            connection.execute(sa.select(documents.c.id))
            assert "VACUUM (FULL) documents" in str(corpus.forget(document.id, "me")["left"])
        assert corpus.documents() == []
        corpus.close()
        other.close()
