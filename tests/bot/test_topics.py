"""Questions that nothing answers are put together by what they ask, whatever language they are in."""

import datetime as dt
import subprocess
import sys

from programs import ROOT

from bot.rooms import Rooms
from bot.topics import Topic, topics
from corpus import Unanswered

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


def test_there_are_none_without_questions(rooms: Rooms) -> None:
    assert topics(rooms, []) == []
    assert topics(rooms, [_asked("viens")]) == [Topic((_asked("viens"),))]
