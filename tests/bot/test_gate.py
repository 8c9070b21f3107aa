"""Golden questions: a large change that answers them worse is refused, with the counts."""

import json

import pytest

from bot import gate as gates
from bot.rooms import Rooms
from corpus import Invalid, Unavailable
from index import Hit


def _golden(rooms: Rooms, *lines: object) -> None:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (rooms.settings.home / gates.NAME).write_text(text, encoding="utf-8")


def _right(question: str, k: int) -> list[Hit]:
    """Always the first passage, that of /reports/lv.txt."""
    return [Hit(1, 1.0, 1.0, 0.0, (), None)]  # type: ignore[arg-type]


def _wrong(question: str, k: int) -> list[Hit]:
    return [Hit(2, 1.0, 1.0, 0.0, (), None)]  # type: ignore[arg-type]


LV = {"question": "Kas ir vajadzīgs?", "source": "lv.txt"}


def test_a_worse_index_is_refused_with_the_counts(rooms: Rooms) -> None:
    _golden(rooms, LV, "", LV)
    approve = gates.gate(rooms.settings.home, rooms.corpus)
    with pytest.raises(Unavailable, match="answers 0 of 2 golden questions, the former one answered 2"):
        approve(_wrong, _right, 200)
    approve(_right, _wrong, 200)
    approve(_wrong, _right, 199)  # too little has changed to ask
    approve(_wrong, None, 1000)  # nothing to compare with


def test_a_question_about_what_was_retired_does_not_count(rooms: Rooms) -> None:
    _golden(rooms, LV)
    rooms.corpus.retire(1, "outdated", "test")
    gates.gate(rooms.settings.home, rooms.corpus)(_wrong, _right, 200)


@pytest.mark.parametrize("line", ["{", '{"question": "x"}', "[]"])
def test_a_line_that_is_none_is_named(rooms: Rooms, line: str) -> None:
    _golden(rooms, LV, line)
    with pytest.raises(Invalid, match="Line 2"):
        gates.gate(rooms.settings.home, rooms.corpus)(_right, _right, 200)
