"""Of each question there is a line in the log without its words, and in the corpus what the settings allow."""

import json
import logging
import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from slack_api import QUESTION, Api, event, send

from bot import answering
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack import door as slack_door
from bot.slack.door import Door
from corpus import Invalid, Questions


def _rows(door: Door) -> list[tuple[Any, ...]]:
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        found = database.execute("SELECT language, outcome, team, channel, message, asker, text FROM questions")
        rows = found.fetchall()
    database.close()
    return rows


def _logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    lines = [r.getMessage() for r in caplog.records if r.name == "atzina.questions" and r.levelno == logging.INFO]
    return [json.loads(line.removeprefix("question ")) for line in lines]


async def test_a_question_is_logged_without_its_words_and_kept_with_them(
    door: Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture
) -> None:
    """The line has the reference that stands under the answer, and nothing of who asked."""
    with caplog.at_level(logging.INFO, "atzina.questions"):
        await send(door, event())
        answer = (await api[0].until("chat.update"))[0]
    (line,) = _logged(caplog)
    assert f"Atsauce: {line['reference']}" in json.dumps(answer["blocks"], ensure_ascii=False)
    assert line | {"reference": "", "seconds": 0, "passages": 0} == {
        "reference": "", "door": "slack", "language": "lv", "outcome": "found", "passages": 0, "seconds": 0,
    }  # fmt: skip
    assert line["passages"] > 0
    assert QUESTION not in caplog.text
    assert "U1" not in caplog.text
    assert _rows(door) == [("lv", "found", "T1", "C1", "1.1", "U1", QUESTION)]


async def test_what_may_not_be_kept_is_not(door: Door, api: tuple[Api, str]) -> None:
    silent = replace(door.rooms, settings=replace(door.rooms.settings, questions_days=0))
    await send(slack_door.build(silent, "http://web", Metrics()), event())
    await api[0].until("chat.update")
    assert _rows(door) == [("lv", "found", *(None,) * 5)]


async def test_a_question_that_failed_is_one_too(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(answering, "answer", break_down)
    with caplog.at_level(logging.INFO, "atzina.questions"):
        await send(door, event())
        await api[0].until("chat.update")
    assert [line["outcome"] for line in _logged(caplog)] == ["failed"]
    assert _rows(door)[0][1] == "failed"


async def test_an_answer_comes_though_its_question_cannot_be_kept(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Questions, "note", break_down)
    await send(door, event())
    assert "Elektroniskā" in (await api[0].until("chat.update"))[0]["text"]


async def test_old_questions_are_dropped_while_the_door_is_open(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the start on and again and again, as the settings say; a failure of it stops nothing."""
    import asyncio

    asked, enough = [], asyncio.Event()
    loop = asyncio.get_running_loop()

    def drop(_: Questions, days: int) -> None:
        asked.append(days)
        if len(asked) == 2:
            loop.call_soon_threadsafe(enough.set)
        raise RuntimeError

    monkeypatch.setattr(slack_door, "_TIDIED", 0.01)
    monkeypatch.setattr(Questions, "drop_texts", drop)
    settings = replace(door.rooms.settings, slack_app_token=None, questions_days=7)
    async with slack_door.connect(replace(door, rooms=replace(door.rooms, settings=settings))), asyncio.timeout(30):
        await enough.wait()
    assert set(asked) == {7}


def test_the_settings_of_questions_and_curators() -> None:
    usual = Settings.from_env({})
    assert (usual.questions_days, usual.curators, usual.curators_channel) == (30, frozenset(), None)
    environ = {"ATZINA_QUESTIONS_DAYS": "0", "ATZINA_CURATORS": "U1, U2,,", "ATZINA_CURATORS_CHANNEL": "C1"}
    chosen = Settings.from_env(environ)
    assert (chosen.questions_days, chosen.curators, chosen.curators_channel) == (0, frozenset({"U1", "U2"}), "C1")


@pytest.mark.parametrize("value", ["-1", "many", "1.5", "36501", "٣"])
def test_days_are_a_number(value: str) -> None:
    with pytest.raises(Invalid, match="ATZINA_QUESTIONS_DAYS"):
        Settings.from_env({"ATZINA_QUESTIONS_DAYS": value})
