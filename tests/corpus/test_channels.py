"""What an administrator has set for a channel is kept by ids, each channel and workspace apart."""

import pytest

from corpus import EVERYONE, Channel, Corpus

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
