"""What an administrator has set for a channel is kept by ids, each channel and workspace apart."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from corpus import EVERYONE, Channel, Corpus, Setting

SET = Channel(
    language="lt",
    collections=frozenset({"visits", "notes"}),
    audiences=frozenset({EVERYONE, "leads"}),
    askers=frozenset({"U1", "S2"}),
    follows=False,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_set_holds_for_its_channel_alone(corpus: Corpus) -> None:
    corpus.channels.set("T1", "C1", SET, "slack:T1:U9")
    assert corpus.channels.of("T1", "C1") == SET
    assert corpus.channels.of("T1", "C2") == corpus.channels.of("T2", "C1") == Channel()
    assert corpus.channels.all("T1") == {"C1": SET}
    assert corpus.channels.all("T2") == {}


def test_what_is_set_later_holds(corpus: Corpus) -> None:
    for what in (SET, Channel(language="et")):
        corpus.channels.set("T1", "C1", what, "slack:T1:U9")
    assert corpus.channels.all("T1") == {"C1": Channel(language="et")}


def test_who_has_set_it_is_kept(corpus: Corpus) -> None:
    """Also where it is as usual again, which counts as nothing set."""
    assert corpus.channels.setting("T1", "C1") == Setting()
    corpus.channels.set("T1", "C1", SET, "slack:T1:U9")
    first = corpus.channels.setting("T1", "C1")
    assert (first.what, first.who, corpus.channels.count()) == (SET, "slack:T1:U9", 1)
    assert first.at
    corpus.channels.set("T1", "C1", Channel(), "slack:T1:U8")
    last = corpus.channels.setting("T1", "C1")
    assert (last.what, last.who) == (Channel(), "slack:T1:U8")
    assert last.at
    assert last.at >= first.at
    assert (corpus.channels.all("T1"), corpus.channels.count()) == ({}, 0)


def test_what_was_decided_on_something_else_is_not_kept(corpus: Corpus) -> None:
    usual = Channel().stamp()
    assert corpus.channels.set("T1", "C1", SET, "slack:T1:U9", usual)
    before = corpus.channels.setting("T1", "C1")
    assert not corpus.channels.set("T1", "C1", Channel(language="et"), "slack:T1:U8", usual)
    assert corpus.channels.setting("T1", "C1") == before
    assert corpus.channels.set("T1", "C1", Channel(language="et"), "slack:T1:U8", SET.stamp())


def test_of_several_at_once_one_is_kept(corpus: Corpus) -> None:
    usual = Channel().stamp()

    def work(n: int) -> bool:
        return corpus.channels.set("T1", "C1", Channel(askers=frozenset({f"U{n}"})), f"slack:T1:U{n}", usual)

    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(work, range(8)))
    assert kept.count(True) == 1
    assert corpus.channels.of("T1", "C1").askers == {f"U{kept.index(True)}"}


@pytest.mark.parametrize(
    "other",
    [
        {"language": None},
        {"collections": frozenset({"visits"})},
        {"audiences": frozenset({EVERYONE})},
        {"askers": frozenset({"U1"})},
        {"follows": True},
    ],
)
def test_a_stamp_is_that_of_all_that_holds(other: dict[str, object]) -> None:
    assert replace(SET, **other).stamp() != SET.stamp()  # type: ignore[arg-type]
    assert replace(SET, askers=frozenset(sorted(SET.askers, reverse=True))).stamp() == SET.stamp()
