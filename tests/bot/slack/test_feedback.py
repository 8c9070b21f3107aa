"""Two buttons under every answer: one vote a person a message, which can be changed, and a form that asks why."""

import json
import logging
import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from block_kit import button, faults, links, view_faults, words
from slack_api import Api, event, press, send, submit
from slack_bolt.async_app import AsyncBoltRequest

from bot.metrics import Metrics
from bot.slack import door as slack_door
from bot.slack import feedback
from bot.slack.asks import Ballot
from bot.slack.door import Door
from bot.slack.forms import REASONS, Origin, filled_in, why_form
from bot.words import TRANSLATED

Json = dict[str, Any]


def _votes(door: Door) -> list[tuple[Any, ...]]:
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        rows = database.execute("SELECT channel, message, voter, helpful, reason, words, reference FROM votes")
        found = rows.fetchall()
    database.close()
    return found


def _judged(api: str, *, helpful: bool, user: str = "U1", language: str = "lv") -> Json:
    value = Ballot(helpful, language, "REFERENC").value()
    return press(api, "judged", value, kind="feedback_buttons", user={"id": user})


async def test_an_answer_asks_whether_it_helped(door: Door, api: tuple[Api, str]) -> None:
    """Under an answer with passages, with the reference under which the question stands in the log."""
    await send(door, event())
    answer = (await api[0].until("chat.update"))[0]
    asked = button(answer["blocks"], "judged")
    positive, negative = (Ballot.read(asked[f"{half}_button"]["value"]) for half in ("positive", "negative"))
    assert (positive.helpful, negative.helpful, positive.language) == (True, False, "lv")
    mine = door.rooms.corpus.questions.mine("T1", "U1", 1)
    assert positive.reference == negative.reference == mine[0].reference
    assert f"Atsauce: {positive.reference}" in json.dumps(answer["blocks"], ensure_ascii=False)
    assert faults(answer["blocks"]) == []


async def test_helpful_is_kept_and_thanked_for(door: Door, api: tuple[Api, str]) -> None:
    await send(door, _judged(api[1], helpful=True))
    told = (await api[0].until("click"))[0]
    assert (told["response_type"], told["thread_ts"]) == ("ephemeral", "1.1")
    assert "Paldies" in told["text"]
    assert _votes(door) == [("C1", "5.5", "U1", 1, None, None, "REFERENC")]


async def test_not_helpful_asks_why_and_counts_before_that_is_said(door: Door, api: tuple[Api, str]) -> None:
    await send(door, _judged(api[1], helpful=False))
    view = (await api[0].until("views.open"))[0]["view"]
    await _until_votes(door, [("C1", "5.5", "U1", 0, None, None, "REFERENC")])
    assert view_faults(view) == []
    await send(door, submit(view, reason="outdated", words=" Likums ir mainīts. "))
    assert "Paldies" in (await api[0].until("click"))[0]["text"]
    assert _votes(door) == [("C1", "5.5", "U1", 0, "outdated", "Likums ir mainīts.", "REFERENC")]


async def test_what_should_not_be_here_is_shown_to_the_curators(door: Door, api: tuple[Api, str]) -> None:
    """Which documents it is about, who says so and in which words."""
    settings = replace(door.rooms.settings, curators_channel="C9")
    door = slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())
    value = Ballot(False, "lv", "REFERENC", (1, 3, 99)).value()
    await send(door, press(api[1], "judged", value, kind="feedback_buttons"))
    view = (await api[0].until("views.open"))[0]["view"]
    await send(door, submit(view, reason="forbidden", words="Tur ir vārdi."))
    told = (await api[0].until("chat.postMessage"))[0]
    assert told["channel"] == "C9"
    assert {"Report lv", "Report en", "Tur ir vārdi."} <= set(words(told).splitlines())
    assert '"user_id": "U1"' in json.dumps(told["blocks"])
    assert links(told["blocks"]) == ["http://web/documents/1", "http://web/documents/3"]
    assert faults(told["blocks"]) == []
    assert "Paldies" in (await api[0].until("click"))[0]["text"]


async def test_a_vote_can_be_changed_and_is_each_persons_own(door: Door, api: tuple[Api, str]) -> None:
    await send(door, _judged(api[1], helpful=False))
    view = (await api[0].until("views.open"))[0]["view"]
    await send(door, submit(view, reason="topic"))
    await api[0].until("click")
    await send(door, _judged(api[1], helpful=True, user="U2"))
    await api[0].until("click", 2)
    await send(door, _judged(api[1], helpful=True))
    await api[0].until("click", 3)
    assert sorted(_votes(door)) == [
        ("C1", "5.5", "U1", 1, None, None, "REFERENC"),
        ("C1", "5.5", "U2", 1, None, None, "REFERENC"),
    ]


async def test_a_form_that_does_not_open_loses_no_vote(
    door: Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture
) -> None:
    api[0].refuse["views.open"] = "expired_trigger_id"
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        await send(door, _judged(api[1], helpful=False))
        assert "Paldies" in (await api[0].until("click"))[0]["text"]
    assert _votes(door) == [("C1", "5.5", "U1", 0, None, None, "REFERENC")]
    assert "expired_trigger_id" in caplog.text


async def test_where_no_words_are_kept_none_are_asked_for(door: Door, api: tuple[Api, str]) -> None:
    settings = replace(door.rooms.settings, questions_days=0)
    silent = slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())
    await send(silent, _judged(api[1], helpful=False))
    view = (await api[0].until("views.open"))[0]["view"]
    assert [block["block_id"] for block in view["blocks"]] == ["reason"]


@pytest.mark.parametrize("value", ["", "{}", "[]", "not json", '{"h": 1}', None])
async def test_a_ballot_that_is_not_ours_is_told_with_a_reference(
    door: Door, api: tuple[Api, str], value: str | None
) -> None:
    await send(door, press(api[1], "judged", value, kind="feedback_buttons"))
    assert "reference" in (await api[0].until("click"))[0]["text"]
    assert _votes(door) == []


async def test_a_reason_that_is_not_ours_is_not_kept(door: Door, api: tuple[Api, str]) -> None:
    view = why_form(_origin(api[1]), remark=True)
    await send(door, submit(view, reason="<!channel>"))
    assert "atsauci" in (await api[0].until("click"))[0]["text"]
    assert _votes(door) == []


async def test_a_press_is_acknowledged_before_anything_else(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens afterwards may take its time, or fail."""

    def break_down(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(feedback.Ballot, "read", break_down)
    body = json.dumps(_judged(api[1], helpful=True))
    response = await door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert response.status == 200


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_the_form_is_one_that_slack_takes_in_every_language(language: str) -> None:
    view = why_form(replace(_origin("http://slack"), language=language), remark=True)
    assert view_faults(view) == []
    assert Origin.read(view) == replace(_origin("http://slack"), language=language)
    choices = [each["value"] for each in view["blocks"][0]["element"]["options"]]
    assert choices == list(REASONS)


def test_what_was_filled_in_is_read() -> None:
    chosen = {"reason": {"reason": {"type": "radio_buttons", "selected_option": {"value": "topic"}}}}
    typed = {"words": {"words": {"type": "plain_text_input", "value": "  "}}}
    view = {"state": {"values": chosen | typed}}
    assert (filled_in(view, "reason"), filled_in(view, "words"), filled_in(view, "other")) == ("topic", None, None)
    assert filled_in({}, "reason") is None
    with pytest.raises(ValueError, match="form"):
        Origin.read({"private_metadata": "[]"})


def _origin(api: str) -> Origin:
    return Origin("T1", "C1", "5.5", "1.1", f"{api}/respond/click", "lv", "REFERENC")


async def _until_votes(door: Door, expected: list[tuple[Any, ...]]) -> None:
    import asyncio

    async with asyncio.timeout(30):
        while await asyncio.to_thread(_votes, door) != expected:  # noqa: ASYNC110 - what is looked at is a database
            await asyncio.sleep(0.01)
