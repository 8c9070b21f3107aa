"""Many questions at once while everything moves: the small version of `bench/slack.py`, which measures."""

from pathlib import Path

from slack import Load, under_load


def test_each_question_is_answered_once_whatever_breaks(own_home: Path, tmp_path: Path) -> None:
    """Connections end, the process is killed, reports are indexed meanwhile: nothing is lost, nothing is said twice."""
    broken = {"disconnects": 3, "kills": 1, "pauses": (0.0, 6.0, 40.0), "leases_end": True}
    load = Load(questions=30, seconds=6, people=10, **broken)
    found = under_load(own_home, tmp_path, load)

    assert (found["answered_once"], found["lost"], found["said_twice"]) == (load.questions, 0, 0), found
    assert found["refused"] == []
