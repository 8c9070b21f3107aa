"""Exact terms are found without regard to case, diacritics and endings; nothing in a question is syntax."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.terms import fold, terms
from index.words import Words


@pytest.fixture
def words(tmp_path: Path) -> Words:
    found = Words(tmp_path / "words")
    texts = ["Projekts SPORE, 2014-2021, TOG sistēma.", "Uzraudzība Norvēģijā.", "Tukša lapa."]
    found.update([], [(number, text, text) for number, text in enumerate(texts, 1)])
    return found


@pytest.mark.parametrize(
    ("question", "first"),
    [("spore", 1), ("TOG?", 1), ("2014", 1), ("uzraudzibas", 2), ("NORVĒĢIJA", 2), ('"Uzraudzība" AND -x:*', 2)],
)
def test_a_term_finds_its_passage(words: Words, question: str, first: int) -> None:
    scores = words.scores(question, 10)
    assert max(scores, key=lambda i: scores[i]) == first


def test_an_exact_word_scores_higher_than_its_beginning(tmp_path: Path) -> None:
    words = Words(tmp_path / "words")
    words.update([], [(1, "uzraudzība", ""), (2, "uzraugi", ""), (3, "cits", "")])
    assert words.scores("uzraudzība", 10)[1] > words.scores("uzraudzība", 10).get(2, 0)


def test_what_is_taken_out_is_not_found(words: Words) -> None:
    words.update([1], [])
    assert words.scores("spore", 10) == {}
    assert len(words) == 2


def test_concepts_are_found_in_the_context_too(tmp_path: Path) -> None:
    words = Words(tmp_path / "words")
    words.update([], [(1, "Tas ilgst gadu.", "Perdegimas. Tas ilgst gadu."), (2, "Mape.", "Mape.")])
    (scores,) = words.concept_scores("burnout", 10).values()
    assert set(scores) == {1}


def test_a_concept_that_few_passages_name_is_rare(tmp_path: Path) -> None:
    words = Words(tmp_path / "words")
    words.update([], [(n, "x", "izdegšana cietums" if n == 1 else "cietums") for n in range(1, 6)])
    burnout, prison = (words.rarity(next(iter(words.concept_scores(word, 5)))) for word in ("perdegimas", "kalėjimas"))
    assert burnout == pytest.approx(math.log(1 + 4.5 / 1.5))
    assert prison == pytest.approx(math.log(1 + 0.5 / 5.5))


@given(st.text(max_size=200))
def test_any_text_has_terms_that_are_folded(text: str) -> None:
    for forms in terms(text):
        assert forms[0]
        assert fold(forms[0]) == forms[0]
        assert not any(" " in form for form in forms)
