"""Exact terms are found without regard to case, diacritics and endings; nothing in a question is syntax."""

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Narrowing, Status
from index.facets import Facets
from index.terms import fold, terms
from index.words import Worded, Words

_KNOWN = Facets("lv", "NO", "reports", "validated", "everyone", dt.date(2020, 5, 1))


def _worded(number: int, text: str, named: Sequence[int] = ()) -> Worded:
    return Worded(number, text, named, _KNOWN)


@pytest.fixture
def words(tmp_path: Path) -> Words:
    found = Words(tmp_path / "words")
    texts = ["Projekts SPORE, 2014-2021, TOG sistēma.", "Uzraudzība Norvēģijā.", "Tukša lapa."]
    found.update([], [_worded(number, text) for number, text in enumerate(texts, 1)])
    return found


@pytest.mark.parametrize(
    ("question", "first"),
    [("spore", 1), ("TOG?", 1), ("2014", 1), ("uzraudzibas", 2), ("NORVĒĢIJA", 2), ('"Uzraudzība" AND -x:*', 2)],
)
def test_a_term_finds_its_passage(words: Words, question: str, first: int) -> None:
    scores = words.best(question, 10, None)
    assert max(scores, key=lambda i: scores[i]) == first


def test_an_exact_word_scores_higher_than_its_beginning(tmp_path: Path) -> None:
    words = Words(tmp_path / "words")
    words.update([], [_worded(1, "uzraudzība"), _worded(2, "uzraugi"), _worded(3, "cits")])
    scores = words.best("uzraudzība", 10, None)
    assert scores[1] > scores.get(2, 0)


def test_what_is_taken_out_is_not_found(words: Words) -> None:
    words.update([1], [])
    assert words.best("spore", 10, None) == {}
    assert len(words) == 2


def test_passages_are_found_by_concepts(tmp_path: Path) -> None:
    words = Words(tmp_path / "words")
    words.update([], [_worded(1, "x", [7, 12]), _worded(2, "x", [1, 2])])
    assert set(words.best_by_concepts([12, 5], 10, None)) == {1}


@pytest.mark.parametrize(("passages", "taken_for"), [(5, 150), (200, 200)])
def test_a_concept_that_few_passages_name_is_rare(tmp_path: Path, passages: int, taken_for: int) -> None:
    """In a small corpus as in one of 150 passages, so that the first reports are found as surely as later ones."""
    words = Words(tmp_path / "words")
    words.update([], [_worded(n, "x", [3, 5] if n == 1 else [5]) for n in range(1, passages + 1)])
    expected = [(taken_for - n + 0.5) / (n + 0.5) for n in (1, passages)]
    assert words.rarity([3, 5]) == pytest.approx([math.log(1 + each) for each in expected])


def test_the_score_of_chosen_passages_is_the_same(words: Words) -> None:
    """Asked for by id, a passage scores what it scores among all."""
    everything = words.best("uzraudzība SPORE", 10, None)
    assert words.scores("uzraudzība SPORE", [1, 3]) == {1: pytest.approx(everything[1])}


@pytest.mark.parametrize(
    ("narrowing", "right"),
    [
        (Narrowing(), {1, 2, 3}),
        (Narrowing(language="lv"), {1, 2}),
        (Narrowing(country="NO"), {1, 3}),
        (Narrowing(collections=frozenset({"notes"})), {2}),
        (Narrowing(collections=frozenset({"notes", "visits"})), {2}),
        (Narrowing(status=Status.VALIDATED), {1}),
        (Narrowing(since=dt.date(2020, 5, 1)), {1}),
        (Narrowing(audience=frozenset({"staff"})), {3, 4}),
        (Narrowing(audience=frozenset({"staff", "everyone"}), language="lt"), {3, 4}),
        (Narrowing(country="DK"), set()),
    ],
)
def test_a_narrowing_is_inside_the_search(tmp_path: Path, narrowing: Narrowing, right: set[int]) -> None:
    """Only what it lets through is found, and a filter adds nothing to the score."""
    words, text = Words(tmp_path / "words"), "Mentors tiekas ar jaunieti."
    known = [
        _KNOWN,
        Facets("lv", "", "notes", "draft", "everyone", dt.date(2019, 1, 1)),
        Facets("lt", "NO", "reports", "draft", "everyone\nstaff", None),
        Facets("lt", "", "reports", "draft", "staff", None),
    ]
    words.update([], [Worded(number, text, (), facets) for number, facets in enumerate(known, 1)])
    everything, found = words.best("mentors", 10, None), words.best("mentors", 10, narrowing)
    assert set(found) == right
    assert all(score == pytest.approx(everything[i]) for i, score in found.items())


@given(st.text(max_size=200))
def test_any_text_has_terms_that_are_folded(text: str) -> None:
    for forms in terms(text):
        assert forms[0]
        assert fold(forms[0]) == forms[0]
        assert not any(" " in form for form in forms)
