"""What was sent to be added is taken in once, goes on where a process died, and leaves when nobody cares for it."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from corpus import Corpus, Intake, NotFound, Stage

MINUTE, NONE = dt.timedelta(minutes=1), dt.timedelta(0)


def _begun(corpus: Corpus, key: str = "T1:C1:1.1", lease: dt.timedelta = MINUTE, **payload: Any) -> Intake:
    intake = corpus.intakes.begin(key, "T1", "U1", payload, lease=lease)
    assert intake
    return intake


def test_what_is_sent_is_taken_in_once(corpus: Corpus) -> None:
    """Of eight that come at once, one begins; the payload comes back as it was."""
    with ThreadPoolExecutor(8) as threads:
        begun = list(
            threads.map(lambda n: corpus.intakes.begin("key", "T1", f"U{n}", {"a": "č\0"}, lease=MINUTE), range(8))
        )
    (first,) = filter(None, begun)
    assert corpus.intakes.intake(first.id) == first
    assert (first.stage, first.payload) == (Stage.READING, {"a": "č\0"})


def test_an_intake_moves_once(corpus: Corpus) -> None:
    """A form that is sent twice at once adds once; what is done holds nothing any more."""
    intake = _begun(corpus, files=["a"])
    assert corpus.intakes.move(intake.id, Stage.READING, Stage.WAITING)
    with ThreadPoolExecutor(4) as threads:
        moved = list(
            threads.map(
                lambda n: corpus.intakes.move(intake.id, Stage.WAITING, Stage.ADDING, {"n": n}, lease=MINUTE), range(4)
            )
        )
    (adding,) = filter(None, moved)
    assert adding.stage is Stage.ADDING
    done = corpus.intakes.move(intake.id, Stage.ADDING, Stage.DONE)
    assert done
    assert done.payload == {}
    assert corpus.intakes.live() == []
    assert corpus.intakes.begin("T1:C1:1.1", "T1", "U1", {}, lease=MINUTE) is None


def test_what_a_dead_process_held_is_left_to_one(corpus: Corpus) -> None:
    held, dead, waiting = _begun(corpus, "a"), _begun(corpus, "b", NONE), _begun(corpus, "c", NONE)
    moved = corpus.intakes.move(waiting.id, Stage.READING, Stage.WAITING)
    assert moved
    corpus.intakes.rest(moved)
    assert [each.id for each in corpus.intakes.left(lease=MINUTE)] == [dead.id]
    assert corpus.intakes.left(lease=MINUTE) == []
    corpus.intakes.hold(held, lease=NONE, payload={"sign": "1.2"})
    assert [each.payload for each in corpus.intakes.left(lease=MINUTE)] == [{"sign": "1.2"}]


def test_who_comes_late_changes_nothing(corpus: Corpus) -> None:
    """A process that still holds an earlier stage writes nothing over the next one."""
    reading = _begun(corpus, lease=NONE)
    adding = corpus.intakes.move(reading.id, Stage.READING, Stage.ADDING, {"choice": "a"}, lease=MINUTE)
    corpus.intakes.hold(reading, lease=NONE, payload={"choice": None})
    corpus.intakes.rest(reading)
    assert corpus.intakes.live() == [adding]
    assert corpus.intakes.left(lease=MINUTE) == []


def test_what_waits_too_long_leaves(corpus: Corpus) -> None:
    """With its payload, which tells what has to be deleted; it is taken up again if that was not finished."""
    intake = _begun(corpus, files=["a"])
    corpus.intakes.move(intake.id, Stage.READING, Stage.WAITING, lease=MINUTE)
    assert corpus.intakes.expire(MINUTE, lease=NONE) == []
    (leaving,) = corpus.intakes.expire(-MINUTE, lease=NONE)
    assert (leaving.stage, leaving.payload) == (Stage.LEAVING, {"files": ["a"]})
    assert corpus.intakes.move(intake.id, Stage.WAITING, Stage.ADDING) is None
    assert [each.id for each in corpus.intakes.left(lease=MINUTE)] == [intake.id]


@pytest.mark.parametrize("number", [7, 2**31, -(2**70)])
def test_an_intake_that_is_not_there_is_not_found(corpus: Corpus, number: int) -> None:
    with pytest.raises(NotFound):
        corpus.intakes.intake(number)
