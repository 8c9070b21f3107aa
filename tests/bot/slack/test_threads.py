"""In a thread a further question needs no mention, and follows what its asker has asked there, and nothing else."""

import asyncio
import datetime as dt
import sqlite3
import threading
from dataclasses import replace
from typing import Any

import pytest
from block_kit import button, faults, has_button, view_faults, words
from slack_api import QUESTION, Api, event, press, send, submit

from bot.metrics import Metrics
from bot.slack import door as slack_door
from bot.slack.asks import Ask
from bot.slack.door import Door
from corpus import Channel

IN_DENMARK = "Elektroniskā uzraudzība Dānijā ilgst līdz sešiem mēnešiem?"


def said(text: str, ts: str, thread: str | None = "1.1", **more: str) -> dict[str, Any]:
    """Somebody writes in a channel without a mention; U1 in the thread of the first question unless told otherwise."""
    place = {"thread_ts": thread} if thread else {}
    return event("message", text, ts, **{"channel_type": "channel"} | place | more)


def understood(message: dict[str, Any]) -> str | None:
    """As what a message says that the question was understood."""
    lines = [line for line in words(message).split("\n") if "“" in line]
    return lines[0].partition("“")[2].rpartition("”")[0] if lines and "apratu" in lines[0] else None


def kept(door: Door) -> list[str]:
    """The words of the questions that were noted."""
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        rows = database.execute("SELECT text FROM questions ORDER BY id").fetchall()
    database.close()
    return [row[0] for row in rows]


async def answers(api: tuple[Api, str], count: int) -> list[dict[str, Any]]:
    return await api[0].until("chat.update", count)


async def only_answers(door: Door, api: tuple[Api, str], count: int) -> None:
    """There are as many answers, and no more are on their way: the next one is that to another question."""
    await send(door, event(ts="99.9", text="<@UBOT> Savanoriai lanko jaunuolius?", user="U9"))
    assert len(await answers(api, count + 1)) == count + 1
    assert len(api[0].made("chat.postMessage")) == count + 1


@pytest.mark.parametrize("kind", ["channel", "group"])
async def test_a_further_question_needs_no_mention(door: Door, api: tuple[Api, str], kind: str) -> None:
    """It is answered in the thread, and how it was understood is shown, with two ways to have it otherwise."""
    await send(door, event())
    first = (await answers(api, 1))[0]
    assert understood(first) is None
    assert not has_button(first, "only")
    await send(door, said("un Dānijā?", "1.2", channel_type=kind))
    answer = (await answers(api, 2))[1]
    assert [each["thread_ts"] for each in api[0].made("chat.postMessage")] == ["1.1", "1.1"]
    assert understood(answer) == IN_DENMARK
    assert button(answer["blocks"], "only")["text"]["text"] == "Tikai: un Dānijā?"
    assert has_button(answer, "correct")
    assert faults(answer["blocks"]) == []
    assert kept(door) == [QUESTION, IN_DENMARK]


async def test_a_chain_of_questions(door: Door, api: tuple[Api, str]) -> None:
    """Each follows what the one before was understood as, in whatever language, and is answered in its own."""
    await send(door, event())
    await answers(api, 1)
    for number, text in enumerate(("and in Denmark?", "o Lietuvoje?", "un tikai apstiprinātie"), 2):
        await send(door, said(text, f"1.{number}"))
        await answers(api, number)
    assert kept(door)[1:] == [
        IN_DENMARK,
        IN_DENMARK.replace("Dānijā", "Lietuvā"),
        f"{IN_DENMARK.replace('Dānijā', 'Lietuvā')[:-1]}, tikai apstiprinātie",
    ]
    leads = [words(each).split("\n")[0].partition(" ")[0] for each in api[0].made("chat.update")[1:]]
    assert leads == ["Understood", "Supratau", "Sapratu"]


@pytest.mark.parametrize(
    "unasked",
    [
        said("un Dānijā?", "1.2", user="U2"),
        said("un Dānijā?", "1.2", thread="7.7"),
        said("un Dānijā?", "1.2", thread=None),
        said("un Dānijā?", "1.2", channel="C2"),
        said("<@U2> un Dānijā?", "1.2"),
        said("un Dānijā, <@U2>?", "1.2"),
        said("<!subteam^S1> un Dānijā?", "1.2"),
        said("<!here> un Dānijā?", "1.2"),
        said("Paldies!", "1.2"),
        said("un paldies?", "1.2"),
        said("Mēs tur bijām pērn.", "1.2"),
        said("", "1.2", subtype="file_share"),
        said("un Dānijā?", "1.2", subtype="message_changed"),
        said("un Dānijā?", "1.2", bot_id="B2"),
    ],
)
async def test_what_is_not_said_to_the_bot_is_let_be(door: Door, api: tuple[Api, str], unasked: dict[str, Any]) -> None:
    await send(door, event())
    await answers(api, 1)
    await send(door, unasked)
    await only_answers(door, api, 1)


async def test_what_others_are_asked_while_an_answer_is_on_its_way_is_let_be(
    door: Door, api: tuple[Api, str], held: threading.Event
) -> None:
    await send(door, event())
    await send(door, said("un Dānijā?", "1.2", user="U2"))
    await send(door, said("un Dānijā?", "1.3"))
    held.set()
    assert understood((await answers(api, 2))[1]) == IN_DENMARK
    await only_answers(door, api, 2)
    assert not door.rooms.corpus.events.unsettled(younger_than=dt.timedelta(days=1))


@pytest.mark.parametrize(
    "other",
    [
        event(text="<@UBOT> un Dānijā?", ts="1.2", thread_ts="1.1", user="U2"),
        event(text="<@UBOT> un Dānijā?", ts="1.2", thread_ts="7.7"),
        event(text="<@UBOT> un Dānijā?", ts="1.2"),
        event(text="<@UBOT> un Dānijā?", ts="1.2", thread_ts="1.1", channel="C2"),
        event("message", "un Dānijā?", "1.2", thread_ts="1.1", channel="D1", channel_type="im"),
    ],
)
async def test_nothing_leaks_from_what_others_asked_or_elsewhere(
    door: Door, api: tuple[Api, str], other: dict[str, Any]
) -> None:
    api[0].refuse["assistant.threads.setStatus"] = "unknown_method"  # else a direct message is answered by a new one
    await send(door, event())
    await answers(api, 1)
    await send(door, other)
    answer = (await answers(api, 2))[1]
    assert understood(answer) is None
    assert kept(door)[1] == "un Dānijā?"


@pytest.mark.parametrize("text", ["<@UBOT> un Dānijā?", "un <@UBOT> Dānijā"])
async def test_a_mention_follows_too_and_is_answered_once(door: Door, api: tuple[Api, str], text: str) -> None:
    """Slack tells of it twice, by two events."""
    await send(door, event())
    await answers(api, 1)
    await send(door, said(text, "1.2"))
    await send(door, event(text=text, ts="1.2", thread_ts="1.1"))
    await send(door, said(text, "1.2"))
    assert understood((await answers(api, 2))[1]) == IN_DENMARK
    await only_answers(door, api, 2)


async def test_an_event_without_a_mention_that_comes_again_is_answered_once(door: Door, api: tuple[Api, str]) -> None:
    await send(door, event())
    await answers(api, 1)
    for _ in range(3):
        await send(door, said("un Dānijā?", "1.2"))
    await answers(api, 2)
    await only_answers(door, api, 2)


async def test_where_a_channel_wants_a_mention_one_is_needed(door: Door, api: tuple[Api, str]) -> None:
    door.rooms.corpus.channels.set("T1", "C1", Channel(follows=False), "test")
    await send(door, event())
    await answers(api, 1)
    await send(door, said("un Dānijā?", "1.2"))
    await send(door, event(text="<@UBOT> un Dānijā?", ts="1.3", thread_ts="1.1"))
    assert understood((await answers(api, 2))[1]) == IN_DENMARK
    await only_answers(door, api, 2)


async def test_a_direct_message_follows_in_its_thread_alone(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["assistant.threads.setStatus"] = "unknown_method"
    direct = {"channel": "D1", "channel_type": "im"}
    await send(door, event("message", QUESTION, **direct))
    await answers(api, 1)
    await send(door, event("message", "un Dānijā?", "2.2", **direct))
    assert understood((await answers(api, 2))[1]) is None
    await send(door, event("message", "un Dānijā?", "1.2", thread_ts="1.1", **direct))
    assert understood((await answers(api, 3))[2]) == IN_DENMARK
    await send(door, event("message", "Paldies!", "1.3", thread_ts="1.1", **direct))
    assert "Uzdodiet jautājumu" in (await api[0].until("chat.postMessage", 4))[3]["text"]


async def test_where_questions_are_not_kept_nothing_follows(door: Door, api: tuple[Api, str]) -> None:
    silent = replace(door.rooms, settings=replace(door.rooms.settings, questions_days=0))
    quiet = slack_door.build(silent, "http://web", Metrics())
    await send(quiet, event())
    await answers(api, 1)
    await send(quiet, said("un Dānijā?", "1.2"))
    await send(quiet, event(text="<@UBOT> un Dānijā?", ts="1.3", thread_ts="1.1"))
    assert understood((await answers(api, 2))[1]) is None
    await only_answers(quiet, api, 2)


async def test_a_follow_up_that_is_taken_up_again_follows_what_came_before_it(door: Door, api: tuple[Api, str]) -> None:
    """The process that had it died when it had noted the question, and had not answered it."""
    await send(door, event())
    await answers(api, 1)
    await send(door, said("un sievietēm?", "1.2"))
    await answers(api, 2)
    left = {"channel": "C1", "thread": "1.1", "text": "un sievietēm?", "ts": "1.2", "team": "T1", "user": "U1"}
    await asyncio.to_thread(door.rooms.corpus.events.claim, "again", left | {"sign": "5.0", "unnamed": True})
    await door.parts.inbox.take_up(door.app.client)
    again = (await answers(api, 3))[2]
    assert understood(again) == understood(api[0].made("chat.update")[1])
    assert "sievietēm sievietēm" not in words(again)


# -- to have it otherwise


def _value(answer: dict[str, Any], action: str) -> str:
    return str(button(answer["blocks"], action)["value"])


async def _followed(door: Door, api: tuple[Api, str]) -> dict[str, Any]:
    await send(door, event())
    await answers(api, 1)
    await send(door, said("un Dānijā?", "1.2"))
    return (await answers(api, 2))[1]


async def test_only_what_was_typed_is_asked_with_a_click(door: Door, api: tuple[Api, str]) -> None:
    """Once; and what follows it follows that."""
    answer = await _followed(door, api)
    for _ in range(2):
        await send(door, press(api[1], "only", _value(answer, "only")))
    alone = (await api[0].until("chat.postMessage", 3))[2]
    assert (alone["channel"], alone["thread_ts"], understood(alone)) == ("C1", "1.1", None)
    assert "Tas jau ir jautāts" in (await api[0].until("click"))[0]["text"]
    assert kept(door)[2:] == ["un Dānijā?"]
    await send(door, said("un Dānijā mentori?", "1.4"))
    assert understood((await answers(api, 3))[2]) != IN_DENMARK


async def test_what_was_meant_is_said_in_a_form(door: Door, api: tuple[Api, str]) -> None:
    answer = await _followed(door, api)
    await send(door, press(api[1], "correct", _value(answer, "correct")))
    view = (await api[0].until("views.open"))[0]["view"]
    assert view_faults(view) == []
    (field,) = (block["element"] for block in view["blocks"])
    assert field["initial_value"] == IN_DENMARK
    meant = "Kas palīdz rast darbu Dānijā?"
    await send(door, submit(view, question=meant))
    corrected = (await api[0].until("chat.postMessage", 3))[2]
    assert (corrected["channel"], corrected["thread_ts"], understood(corrected)) == ("C1", "1.1", meant)
    assert faults(corrected["blocks"]) == []
    assert kept(door)[2:] == [meant]
    await send(door, said("un Norvēģijā?", "1.4"))
    assert understood((await answers(api, 3))[2]) == meant.replace("Dānijā", "Norvēģijā")


async def test_a_filter_that_is_taken_off_asks_a_question(door: Door, api: tuple[Api, str]) -> None:
    """By who pressed it, in the thread: what they ask next follows that."""
    asked = f"{QUESTION[:-1]}, tikai apstiprinātie"
    await send(door, press(api[1], "without_status", Ask(asked, without=("status",)).value(), user={"id": "U3"}))
    answer = (await api[0].until("chat.postMessage"))[0]
    assert await asyncio.to_thread(kept, door) == [asked]
    reference = Ask.read(_value(answer, "narrow"))
    assert reference.asker == "U3"
    assert f"Atsauce: {reference.reference}" in words(answer)
    await send(door, said("un Dānijā?", "1.2", user="U3"))
    assert understood((await answers(api, 1))[0]) == asked.replace("Norvēģijā", "Dānijā")


async def test_what_one_person_alone_sees_is_followed_by_nothing(door: Door, api: tuple[Api, str]) -> None:
    value = Ask(QUESTION, private=True, without=("status",)).value()
    await send(door, press(api[1], "without_status", value))
    await api[0].until("click")
    await send(door, said("un Dānijā?", "1.2"))
    await only_answers(door, api, 0)


async def test_a_press_in_a_channel_that_is_shut_is_told_why(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["chat.postMessage"] = "is_archived"
    await send(door, press(api[1], "more", Ask(QUESTION, 3).value()))
    assert "arhivēts" in (await api[0].until("click"))[0]["text"]
