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
from index import Index, concepts, syncing
from index.confidence import probability
from index.embedder import Vectors
from index.fusion import Weighing, named
from index.terms import fold


def _rows(name: str) -> list[list[str]]:
    text = resources.files("index").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


def _vocabulary() -> list[list[str]]:
    return [row for name in concepts.FILES for row in _rows(name)[1:]]


def _labels() -> Iterator[list[tuple[str, str]]]:
    """Of each concept, every label in small letters, with its language."""
    languages = _rows(concepts.FILES[0])[0]
    for row in _vocabulary():
        cells = zip(languages, row, strict=True)
        yield [(one, label.strip().casefold()) for one, cell in cells for label in cell.split(";")]


@pytest.mark.parametrize("name", concepts.FILES)
def test_every_concept_has_a_label_in_every_language(name: str) -> None:
    assert _rows(name)[0] == ["lv", "lt", "et", "en", "nb", "pl", "ru"]
    for row in _rows(name):
        assert len(row) == 7, row
        assert all(re.search(r"[^\W_]", label) for cell in row for label in cell.split(";")), row


def test_what_only_looks_like_a_label_is_a_word_that_would_be_taken_for_it() -> None:
    """No line is left of a label that is gone, or that has been changed."""
    named = {(language, label) for languages in _labels() for language, label in languages}
    header, *rows = _rows("lookalikes.tsv")
    assert header == ["language", "label", "words"]
    for language, label, words in rows:
        assert (language, label) in named, label
        for word in words.split():
            stem, more = concepts.stem(fold(label))
            assert word == word.casefold() != label, word
            assert fold(word).startswith(stem), (label, word)
            assert len(fold(word)) <= len(stem) + more, (label, word)


@pytest.mark.parametrize(
    ("language", "text", "concept"),
    [
        ("en", "Every child was asked, since the least of them knew.", "Chile"),
        ("nb", "Så har vi det.", "hair"),  # hår
        ("et", "See kestis ühe aasta.", "season"),  # aastaaeg
        ("en", "They met in Drammen.", "drama"),
    ],
    ids=["a word that only looks alike", "other marks", "a nearer label", "a place"],
)
def test_another_word_that_begins_alike_does_not_name_the_concept(language: str, text: str, concept: str) -> None:
    (number,) = (n for n, row in enumerate(_vocabulary()) if row[3].split(";")[0].strip() == concept)
    own = _vocabulary()[number][_rows("concepts.tsv")[0].index(language)].split(";")[0]
    assert number in concepts.concepts(own, language)
    assert number not in concepts.concepts(text, language)


def test_of_labels_in_all_languages_too_only_the_nearest_count() -> None:
    """Latvian for probation is no inflection of what is Polish for an attempt."""
    attempt = set(concepts.concepts("próba", "pl"))
    assert attempt
    assert not attempt & set(concepts.concepts("izdegšana probācijā"))


def test_who_asks_may_leave_marks_out_and_so_may_a_whole_text() -> None:
    assert set(concepts.concepts("izdegsana")) & set(concepts.concepts("izdegšana", "lv"))
    assert set(concepts.concepts("izdegsanas profilakse", "lv")) & set(concepts.concepts("izdegšana", "lv"))


def test_a_sentence_without_marks_in_a_text_that_has_them_is_well_written_too() -> None:
    (roots,) = (number for number, row in enumerate(_vocabulary()) if row[3].split(";")[0].strip() == "roots")
    found = concepts.concepts_by_sentence(["Planten har lange røtter.", "Kjelleren er full av rotter."], "nb")
    assert roots in found[0]
    assert roots not in found[1]
    assert roots in concepts.concepts("Kjelleren er full av rotter.", "nb")


def test_no_two_concepts_have_one_name() -> None:
    """In English, by which a topic is kept."""
    names = [row[3].split(";")[0].strip() for name in concepts.FILES for row in _rows(name)[1:]]
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_a_topic_is_told_by_a_label_of_the_language_though_one_of_another_is_nearer() -> None:
    assert "family" in concepts.topics("case managment with families, small expenses", "en")


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
        ("Kopenhāgenā", "в Копенгагене"),
        ("Kaunase", "w Kownie"),
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


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index", Level())


def _add(corpus: Corpus, text: str, language: str, title: str | None = None) -> int:
    """The id of the one passage of a new document."""
    span, hashed = Span(start=0, end=len(text), language=language), text_hash(text)
    source = f"/{language}/{title}"
    draft = Draft(source=source, kind="txt", content_hash=hashed, text=text, title=title, passages=(span,))
    return corpus.spans(corpus.add(draft, "me").id)[0].id


def test_a_concept_lifts_a_passage_in_any_language(corpus: Corpus, index: Index) -> None:
    lithuanian = _add(corpus, "Perdegimas prasideda tyliai.", "lt")
    _add(corpus, "Kontor avatakse kell kaheksa.", "et")
    _add(corpus, "Mape ir zila.", "lv")
    index.sync(corpus)
    hits = index.search("burnout in prisons", 3)
    assert hits[0].passage_id == lithuanian
    # of two words that name a concept ("in" is too short to count) it leaves out one, the others both
    assert [hit.unnamed for hit in hits] == [0.5, 1.0, 1.0]


def test_a_passage_that_speaks_of_both_in_one_place_is_before_one_that_speaks_of_each_elsewhere(
    corpus: Corpus, index: Index
) -> None:
    apart = "Perdegimas prasideda tyliai. Tai ilga istorija. Ji dar nesibaigė. Kalėjimas stovi prie upės."
    scattered = _add(corpus, apart, "lt", "Zzzz")
    together = _add(corpus, "Tai ilga istorija. Perdegimas kalėjime prasideda tyliai. Ji dar nesibaigė.", "lt", "Xxxx")
    index.sync(corpus)
    hits = index.search("burnout in prisons", 2)
    assert [hit.passage_id for hit in hits] == [together, scattered]
    assert [hit.unnamed for hit in hits] == [0.0, 0.0]


def test_a_passage_names_what_its_title_names(corpus: Corpus, index: Index) -> None:
    below, other = _add(corpus, "Tas ilgst gadu.", "lv", "Izdegšana"), _add(corpus, "Tas ilgst gadu.", "lv", "Mape")
    index.sync(corpus)
    assert {hit.passage_id: hit.unnamed for hit in index.search("burnout", 2)} == {below: 0.0, other: 1.0}


def test_a_passage_names_concepts_by_labels_of_its_own_language(corpus: Corpus, index: Index) -> None:
    lithuanian, english = _add(corpus, "Perdegimas.", "lt"), _add(corpus, "Perdegimas.", "en")
    index.sync(corpus)
    assert {hit.passage_id: hit.unnamed for hit in index.search("burnout", 2)} == {lithuanian: 0.0, english: 1.0}
    # where the language is not known, by those of any
    assert concepts.concepts("Perdegimas.", "") == concepts.concepts("Perdegimas.", "lt") != []


@pytest.mark.parametrize(("constant", "syncs"), [("_SMALL", 4), ("_BATCH", 1)], ids=["parts", "batches"])
def test_what_a_passage_names_stays_when_parts_or_batches_become_one(
    corpus: Corpus, index: Index, monkeypatch: pytest.MonkeyPatch, constant: str, syncs: int
) -> None:
    monkeypatch.setattr(syncing, constant, 1)
    added = []
    for number, title in enumerate(("Izdegšana", "Mape", "Izdegšana un mape", "Zila mape"), 1):
        added.append(_add(corpus, "Tas ilgst gadu.", "lv", title))
        if syncs > 1 or number == 4:
            index.sync(corpus)
    found = {hit.passage_id: hit.unnamed for hit in index.search("burnout", 9)}
    assert found == dict(zip(added, [0.0, 1.0, 0.0, 1.0], strict=True))


def test_what_a_sentence_names_stays_when_parts_are_merged_in_which_ids_alternate(corpus: Corpus, index: Index) -> None:
    """Sentences and concepts of unequal number, in the order of ids after a passage has come back."""
    texts = ["Mape. Zila mape. Perdegimas kalėjime.", "Perdegimas. Mape ir zila.", "Mape. Kalėjimas. Mape."]
    added = [
        _add(corpus, text, "lt", f"Zzzz {number}") for number, text in enumerate(["Mape.", "Zila."] * 4 + texts[:2])
    ]
    index.sync(corpus)
    added.append(_add(corpus, texts[2], "lt"))
    index.sync(corpus)
    (_, document) = corpus.passages([added[8]])[added[8]]
    corpus.retire(document.id, "me", "no reason")
    index.sync(corpus)
    corpus.restore(document.id, "me")
    index.sync(corpus)
    found = {hit.passage_id: hit.unnamed for hit in index.search("burnout in prisons", 11)}
    assert found == dict(zip(added, [*[1.0] * 8, 0.0, 0.5, 0.5], strict=True))


def test_what_stands_behind_the_last_sentence_that_is_embedded_is_named_too(corpus: Corpus, index: Index) -> None:
    long = _add(corpus, "Zzzz zzzz. " * 70 + "Perdegimas kalėjime.", "lt")
    index.sync(corpus)
    (hit,) = index.search("burnout in prisons", 1)
    assert (hit.passage_id, hit.unnamed) == (long, 0.0)


def test_a_language_that_is_not_covered_loses_nothing() -> None:
    names = np.array([[True], [False], [False], [False]])
    said, _ = named(
        names, np.arange(5), np.ones(1), np.array([[True], [False]]), np.array(["lv", "lv", "de", "de"]), {"lv"}
    )
    assert said[2] == said[3] == said.max()
    assert said[1] < said[0]


def test_where_all_lack_a_concept_a_language_that_is_not_covered_is_as_the_best() -> None:
    said, _ = named(
        np.zeros((2, 1), bool), np.arange(3), np.ones(1), np.ones((1, 1), bool), np.array(["lv", "de"]), {"lv"}
    )
    assert said[0] == said[1] < 0


def test_a_word_counts_once_however_many_concepts_have_it() -> None:
    """The vocabulary has rows that overlap: who wrote one more must not change what a word weighs."""
    one, _ = named(
        np.eye(2, dtype=bool), np.arange(3), np.ones(2), np.eye(2, dtype=bool), np.array(["lv", "lv"]), {"lv"}
    )
    names, words = np.array([[1, 1, 0], [0, 0, 1]], bool), np.array([[1, 1, 0], [0, 0, 1]], bool)
    two, _ = named(names, np.arange(3), np.ones(3), words, np.array(["lv", "lv"]), {"lv"})
    assert one.tolist() == two.tolist()
    assert one[0] == one[1]


def test_a_concept_of_two_words_weighs_as_one_of_one_word() -> None:
    words = np.array([[1, 0], [1, 0], [0, 1]], bool)
    names, usual = np.eye(2, dtype=bool), Weighing(whole=0.0)
    said, _ = named(names, np.arange(3), np.ones(2), words, np.array(["lv", "lv"]), {"lv"}, usual)
    assert said[0] == pytest.approx(said[1])


def test_what_is_named_in_sentences_beside_each_other_says_more_than_what_is_named_here_and_there() -> None:
    """Of two words: in one sentence, in two beside each other, in the first and the third, in those of two passages."""
    one, two, apart = [[0, 0], [1, 1]], [[1, 0], [0, 1]], [[1, 0], [0, 0], [0, 1]]
    names, starts = np.array([*one, *two, *apart, [1, 0], [0, 1]], bool), np.array([0, 2, 4, 7, 8, 9])
    said, left = named(names, starts, np.ones(2), np.eye(2, dtype=bool), np.array(["lv"] * 5), {"lv"})
    assert said[0] == said[1] > said[2] > said[3] == said[4]
    assert left.tolist() == [0.0, 0.0, 0.0, 0.5, 0.5]


def test_a_passage_that_leaves_out_what_is_asked_is_less_sure() -> None:
    assert probability(0.6, 0.5, 0.5, first=True) < probability(0.6, 0.5, 0.0, first=True)


def test_of_two_passages_with_one_score_that_which_is_meant_is_surer_than_that_which_names_all() -> None:
    assert probability(0.6, 0.6, 0.0, first=True) > probability(0.6, 0.3, 0.0, first=True)


def test_what_a_passage_names_changes_its_score_and_not_how_near_it_is(corpus: Corpus, index: Index) -> None:
    _add(corpus, "Perdegimas prasideda tyliai.", "lt")
    _add(corpus, "Mape ir zila.", "lv")
    index.sync(corpus)
    first, second = index.search("burnout", 2)
    assert first.score > second.score
    assert first.meant == second.meant == pytest.approx(1.0, abs=0.01)


def test_a_passage_in_a_language_that_is_not_covered_is_as_sure_as_the_best() -> None:
    """What it names is not known, which must not count against it."""

    def left(names: list[list[int]], languages: list[str], words: int = 2) -> object:
        asked = np.eye(2, dtype=bool)[:words, :words]
        every = np.array(names, bool)
        return named(every, np.arange(len(every) + 1), np.ones(words), asked, np.array(languages), {"lv"})[1].tolist()

    assert left([[1, 0], [0, 0], [0, 0], [0, 0]], ["lv", "lv", "de", ""]) == [0.5, 1.0, 0.5, 0.5]
    assert left([[0, 0]], ["de"]) == [0.0]
    assert left([[]], ["lv"], words=0) == [0.0]
