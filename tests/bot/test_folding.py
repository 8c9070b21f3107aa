"""What says the same is one finding; what does not stays apart, however near it is."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.folding import folded, spread
from corpus import Passage

_NUMBERS = itertools.count(1)
_LV = "Mentors tiekas ar jaunieti 2 reizes nedēļā, 24 nedēļas. Ceļu apmaksā dienests: 12 eiro."
_LT = "Mentorius susitinka su jaunuoliu 2 kartus per savaitę, 24 savaites. Kelionę apmoka tarnyba: 12 eurų."
_OTHER = "Mentorius susitinka su jaunuoliu 1 kartą per mėnesį, 6 mėnesius. Kelionės neapmoka niekas: 0 eurų."


def _passage(document: int, text: str, language: str) -> Passage:
    return Passage(
        id=next(_NUMBERS),
        document_id=document,
        start=0,
        end=len(text),
        page=None,
        heading=None,
        language=language,
        text=text,
    )


def _near(*cosines: float) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Unit vectors, each with this cosine to the first."""
    rows = [[1.0, *[0.0] * len(cosines)]]
    for number, cosine in enumerate(cosines):
        row = [0.0] * (len(cosines) + 1)
        row[0], row[number + 1] = cosine, (1 - cosine**2) ** 0.5
        rows.append(row)
    return np.array(rows, np.float32)


def test_a_translation_is_folded() -> None:
    assert folded([_passage(1, _LV, "lv"), _passage(2, _LT, "lt")], _near(0.85)) == [[0, 1]]


def test_another_report_on_the_same_topic_is_not() -> None:
    """As near as a translation, but its numbers are others."""
    assert folded([_passage(1, _LV, "lv"), _passage(2, _OTHER, "lt")], _near(0.7)) == [[0], [1]]


def test_far_passages_are_not_versions_whatever_their_numbers() -> None:
    assert folded([_passage(1, _LV, "lv"), _passage(2, _LT, "lt")], _near(0.3)) == [[0], [1]]


def test_a_copy_is_folded_without_vectors() -> None:
    copies = [_passage(1, _LV, "lv"), _passage(2, _LV + " ", "lv"), _passage(3, _OTHER, "lt")]
    assert folded(copies, None) == [[0, 1], [2]]


def test_a_number_that_changed_makes_another_finding() -> None:
    """Nearly the same words, but 14 is not 12."""
    assert folded([_passage(1, _LV, "lv"), _passage(2, _LV.replace("12", "14"), "lv")], _near(0.99)) == [[0], [1]]


def test_passages_of_one_document_stay_apart() -> None:
    assert folded([_passage(1, _LV, "lv"), _passage(1, _LT, "lt"), _passage(1, _LV, "lv")], _near(0.9, 1.0)) == [
        [0],
        [1],
        [2],
    ]


@given(st.lists(st.integers(1, 4), max_size=40), st.integers(1, 9), st.integers(1, 3))
def test_nothing_is_lost_by_spreading(documents: list[int], first: int, most: int) -> None:
    """Every place once; a document is among the first more than `most` times only where there is nothing else."""
    order = spread(documents, first, most)
    assert sorted(order) == list(range(len(documents)))
    front = [documents[n] for n in order[:first]]
    if sum(min(documents.count(d), most) for d in set(documents)) >= first:
        assert max((front.count(d) for d in front), default=0) <= most


@pytest.mark.parametrize("count", [0, 1])
def test_few_are_as_they_are(count: int) -> None:
    passages = [_passage(1, _LV, "lv")][:count]
    assert folded(passages, np.ones((count, 3), np.float32)) == [[0]][:count]
