"""The vocabulary: whole, in every language, found in any inflection, and fair to languages that it does not cover."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from toy import ToyEmbedder

from corpus import Corpus, Draft, Span, text_hash
from index import Index, concepts
from index.confidence import probability
from index.embedder import Vectors
from index.fusion import Weighing, named, unnamed

_FILES = ("concepts.tsv", "common.tsv")


def _rows(name: str) -> list[list[str]]:
    text = resources.files("index").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize("name", _FILES)
def test_every_concept_has_a_label_in_every_language(name: str) -> None:
    assert _rows(name)[0] == ["lv", "lt", "et", "en", "nb", "pl", "ru"]
    for row in _rows(name):
        assert len(row) == 7, row
        assert all(re.search(r"[^\W_]", label) for cell in row for label in cell.split(";")), row


def test_no_two_concepts_have_one_name() -> None:
    """In English, by which a topic is kept."""
    names = [row[3].split(";")[0].strip() for name in _FILES for row in _rows(name)[1:]]
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_a_common_word_is_no_topic() -> None:
    common = _rows("common.tsv")[1][0].split(";")[0]
    assert concepts.concepts(common)
    assert concepts.topics(common, "lv") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("izdegšanas profilakse", "perdegimo prevencija"),
        ("Elektrooniline valve Norras", "elektroniskās uzraudzības Norvēģijā"),
        ("vabatahtlikud", "savanorius"),
        ("megling", "медиации"),
        ("vardarbiba gimene", "perevägivald"),
        ("bezdomni", "HOMELESSNESS"),
    ],
)
def test_the_same_thing_in_two_languages_is_the_same_concept(one: str, other: str) -> None:
    assert set(concepts.concepts(one)) & set(concepts.concepts(other))


@pytest.mark.parametrize("text", ["", "zzzz", "…!", "many lawless", "42"])
def test_other_words_name_no_concept(text: str) -> None:
    assert concepts.concepts(text) == []


class Level(ToyEmbedder):
    """An embedder to which all texts are alike, so that nothing but concepts decides."""

    def passages(self, texts: Sequence[str]) -> Iterator[Vectors]:
        yield np.ones((len(texts), 4), np.float32) / 2

    def question(self, text: str) -> Vectors:
        return np.ones(4, np.float32) / 2


def test_a_concept_lifts_a_passage_in_any_language(corpus: Corpus, tmp_path: Path) -> None:
    texts = {"lt": "Perdegimas prasideda tyliai.", "et": "Kontor avatakse kell kaheksa.", "lv": "Mape ir zila."}
    for language, text in texts.items():
        span = Span(start=0, end=len(text), language=language)
        hashed = text_hash(text)
        corpus.add(Draft(source=f"/{language}", kind="txt", content_hash=hashed, text=text, passages=(span,)), "me")
    index = Index(tmp_path / "index", Level())
    index.sync(corpus)
    hits = index.search("burnout in prisons", 3)
    best = hits[0]
    assert corpus.passages([best.passage_id])[best.passage_id][0].language == "lt"
    # of two words that name a concept ("in" is too short to count) it leaves out one, the others both
    assert [hit.unnamed for hit in hits] == [0.5, 1.0, 1.0]


def test_a_language_that_is_not_covered_loses_nothing() -> None:
    said = named({"=1": {1}}, {"=1": 1.0}, [{"=1"}, set()], {1: "lv", 2: "lv", 3: "de", 4: "de"}, {"lv"})
    assert said[3] == said[4] == max(said.values())
    assert said[2] < said[1]


def test_a_word_counts_once_however_many_concepts_have_it() -> None:
    """The vocabulary has rows that overlap: who wrote one more must not change what a word weighs."""
    spoken, rarity = {1: "lv", 2: "lv"}, {"=1": 1.0, "=2": 1.0, "=3": 1.0}
    one = named({"=1": {1}, "=3": {2}}, rarity, [{"=1"}, {"=3"}], spoken, {"lv"})
    two = named({"=1": {1}, "=2": {1}, "=3": {2}}, rarity, [{"=1", "=2"}, {"=3"}], spoken, {"lv"})
    assert one == two
    assert one[1] == one[2]


def test_a_concept_of_two_words_weighs_as_one_of_one_word() -> None:
    spoken, rarity = {1: "lv", 2: "lv"}, {"=1": 1.0, "=2": 1.0}
    said = named({"=1": {1}, "=2": {2}}, rarity, [{"=1"}, {"=1"}, {"=2"}], spoken, {"lv"}, Weighing(whole=0.0))
    assert said[1] == pytest.approx(said[2])


def test_a_passage_that_leaves_out_what_is_asked_is_less_sure() -> None:
    assert probability(0.6, 0.5, first=True) < probability(0.6, 0.0, first=True)


def test_a_passage_in_a_language_that_is_not_covered_is_as_sure_as_the_best() -> None:
    """What it names is not known, which must not count against it."""
    asked, spoken = [{"=1"}, {"=2"}], {1: "lv", 2: "lv", 3: "de", 4: ""}
    assert unnamed({"=1": {1}, "=2": set()}, asked, spoken, {"lv"}) == {1: 0.5, 2: 1.0, 3: 0.5, 4: 0.5}
    assert unnamed({"=1": set(), "=2": set()}, asked, {3: "de"}, {"lv"}) == {3: 0.0}
    assert unnamed({}, [], {1: "lv"}, {"lv"}) == {1: 0.0}
