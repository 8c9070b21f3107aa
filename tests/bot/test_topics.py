"""Questions that nothing answers are put together by what they ask, whatever language they are in."""

import datetime as dt
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
from programs import ROOT

from bot.rooms import Rooms
from bot.topics import Topic, topics
from corpus import Unanswered
from index.embedder import Vectors, unit
from index.fairness import Subspace

AT = dt.datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the corpus keeps UTC without saying so


def _asked(text: str, handover: int | None = None) -> Unanswered:
    return Unanswered(AT, text, "lv", handover)


def test_questions_of_one_topic_come_together_in_seven_languages() -> None:
    """With the real model: the script ends with 1 below its floors."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "topics.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_most_asked_topic_stands_first(rooms: Rooms) -> None:
    asked = [_asked("viens"), _asked("savanoriai lanko", 7), _asked("savanoriai lanko", 9), _asked("savanoriai")]
    found = topics(rooms, asked)
    assert sum(len(each.questions) for each in found) == 4
    assert len(found[0].questions) >= 2
    assert found[0].handover == 7
    assert [each.text for each in found[-1].questions] == ["viens"]
    assert found[-1].handover is None


def test_the_language_of_a_question_puts_nothing_together() -> None:
    """Two languages, each with a direction of its own that is far longer than what is meant."""
    meant, language = {"mentor": 0, "prison": 1}, {"lv": 2, "lt": 3}

    def question(text: str) -> Vectors:
        vector = np.zeros(4, np.float32)
        vector[meant[text.split()[0]]], vector[language[text.split()[1]]] = 1, 3
        return unit(vector)

    subspace = Subspace(np.eye(4, dtype=np.float32)[2:])
    rooms: Any = SimpleNamespace(index=SimpleNamespace(subspace=subspace), embedder=SimpleNamespace(question=question))
    asked = [_asked(f"{what} {code}") for what in meant for code in language]
    assert [[each.text for each in topic.questions] for topic in topics(rooms, asked)] == [
        ["mentor lv", "mentor lt"],
        ["prison lv", "prison lt"],
    ]


def test_there_are_none_without_questions(rooms: Rooms) -> None:
    assert topics(rooms, []) == []
    assert topics(rooms, [_asked("viens")]) == [Topic((_asked("viens"),))]
