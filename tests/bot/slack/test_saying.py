"""In a conversation with the bot alone: what is shown while it works, and one answer whatever Slack refuses."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from block_kit import faults, quotes, words
from slack_api import CUT, QUESTION, Api, event, send
from slack_sdk.web.async_client import AsyncWebClient

from bot.rooms import Rooms
from bot.slack import delivery, saying
from bot.slack.door import Door
from bot.words import voice
from corpus import Draft, Span, Unavailable
from corpus.events import Events

SEARCHING = "Meklēju…"
STOPPED = voice("lv").gettext("Stopped.")
KEY = "T1:D1:1.1"
MESSAGE = {"channel": "D1", "thread": "1.1", "text": QUESTION, "ts": "1.1", "team": "T1", "user": "U1"}
TRAP = "Klientam <!channel> ir *vajadzīgs* [darbs](http://evil.example) un `mājas` <@U1>."


@pytest.fixture
def client(api: tuple[Api, str]) -> AsyncWebClient:
    """Slack's client without the SDK's own tries, which take their time."""
    return AsyncWebClient("xoxb-1", base_url=f"{api[1]}/api/", retry_handlers=[])


@pytest.fixture
def slow(held: threading.Event, monkeypatch: pytest.MonkeyPatch, api: tuple[Api, str]) -> threading.Event:
    """A search takes long: it ends when this is set."""
    monkeypatch.setattr(saying, "_LONG", 0.0)
    return held


def stop(channel: str = "D1", thread: str = "1.1", **more: Any) -> dict[str, Any]:
    """The body of an event, as https://docs.slack.dev/reference/events/agent_session_stopped has it."""
    told = {"channel": channel, "thread_ts": thread, "user": "U1", "streaming_message_ts": [], "event_ts": "9.9"}
    return {"type": "event_callback", "team_id": "T1", "event": {"type": "agent_session_stopped", **told, **more}}


def read(api: Api) -> list[str]:
    """The words of each message that people see."""
    return [words({"blocks": blocks}) for blocks in api.seen.values()]


def answers(api: Api) -> list[dict[str, Any]]:
    """The blocks of each message that quotes, which Slack would all take."""
    found = [[each for each in blocks if each["type"] != "task_update"] for blocks in api.seen.values()]
    assert [fault for blocks in found for fault in faults(blocks)] == []
    return [blocks for blocks in found if quotes(blocks)]  # type: ignore[misc]


def names(api: Api) -> list[str]:
    return [name for name, _ in api.calls if name != "auth.test"]


async def test_a_status_is_shown_and_the_answer_is_one_message(
    door: Door, api: tuple[Api, str], client: AsyncWebClient
) -> None:
    await door.parts.inbox.take(client, KEY, MESSAGE)
    assert names(api[0]) == ["assistant.threads.setStatus", "chat.postMessage", "assistant.threads.setStatus"]
    told = api[0].made("assistant.threads.setStatus")
    assert told[0] == {
        "channel_id": "D1",
        "thread_ts": "1.1",
        "status": SEARCHING,
        "loading_messages": [SEARCHING],
    }
    assert told[1]["status"] == ""
    assert (len(read(api[0])), len(answers(api[0]))) == (1, 1)
    assert "Elektroniskā" in api[0].made("chat.postMessage")[0]["text"]  # what people are notified of


async def test_in_a_channel_there_is_one_message_and_no_status(door: Door, api: tuple[Api, str]) -> None:
    await send(door, event())
    await api[0].until("chat.update")
    assert names(api[0]) == ["chat.postMessage", "chat.update"]


@pytest.mark.parametrize("refusal", ["unknown_method", "missing_scope", "invalid_thread_ts", "not_authorized"])
async def test_where_a_status_is_refused_a_message_says_so_and_becomes_the_answer(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, refusal: str
) -> None:
    api[0].refuse["assistant.threads.setStatus"] = refusal
    await door.parts.inbox.take(client, KEY, MESSAGE)
    assert api[0].made("chat.postMessage")[0]["text"] == SEARCHING
    assert names(api[0]) == ["assistant.threads.setStatus", "chat.postMessage", "chat.update"]
    assert (len(read(api[0])), len(answers(api[0]))) == (1, 1)


async def test_a_fault_is_told_and_the_status_is_gone(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("bot.answering.answer", broken)
    await door.parts.inbox.take(client, KEY, MESSAGE)
    assert "atsauci" in api[0].made("chat.postMessage")[0]["text"]
    assert api[0].status == {"1.1": ""}


async def test_an_answer_that_cannot_be_posted_leaves_no_status(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack is out of reach for longer than is waited: it is said later, once."""
    monkeypatch.setattr(delivery, "_PAUSES", ())
    api[0].fail["chat.postMessage"] = [CUT]
    await door.parts.inbox.take(client, KEY, MESSAGE)
    assert (api[0].status, api[0].seen) == ({"1.1": ""}, {})
    await asyncio.to_thread(door.rooms.corpus.events.hold, KEY, lease=timedelta(0))
    await door.parts.inbox.take_up(client)
    assert (len(read(api[0])), len(answers(api[0]))) == (1, 1)


@pytest.mark.parametrize("told", [True, False])
async def test_an_answer_that_was_posted_before_its_process_died_stands(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """It was not noted any more; where Slack does not tell what stands in a thread, it is rather said again."""
    with monkeypatch.context() as dying:
        dying.setattr(type(door.rooms.corpus.events), "settle", lambda *_: (_ for _ in ()).throw(RuntimeError("died")))
        with pytest.raises(RuntimeError):
            await door.parts.inbox.take(client, KEY, MESSAGE)
    assert len(answers(api[0])) == 1
    if not told:
        api[0].refuse["conversations.replies"] = "missing_scope"
    await asyncio.to_thread(door.rooms.corpus.events.hold, KEY, lease=timedelta(0))
    await door.parts.inbox.take_up(client)
    assert len(answers(api[0])) == (1 if told else 2)
    assert api[0].made("conversations.replies")[0]["ts"] == "1.1"
    await door.parts.inbox.take_up(client)
    assert len(answers(api[0])) == (1 if told else 2)


# -- a search that takes long


async def test_a_long_search_is_streamed_and_closed_with_the_answer(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event
) -> None:
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    (opened,) = await api[0].until("chat.startStream")
    chunk = {"type": "task_update", "id": "search", "title": SEARCHING, "status": "in_progress"}
    assert opened == {
        "channel": "D1",
        "thread_ts": "1.1",
        "recipient_user_id": "U1",
        "recipient_team_id": "T1",
        "chunks": [chunk],
    }
    slow.set()
    await taking
    (closed,) = api[0].made("chat.stopStream")
    assert [(each["id"], each["status"]) for each in closed["chunks"]] == [("search", "complete")]
    assert "feedback_buttons" in str(closed["blocks"])
    assert "markdown_text" not in closed
    assert (len(read(api[0])), len(answers(api[0])), api[0].streaming) == (1, 1, set())
    assert not {"chat.postMessage", "chat.update"} & set(names(api[0]))


async def test_a_stream_that_is_refused_is_done_without(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event
) -> None:
    api[0].refuse["chat.startStream"] = "channel_type_not_supported"
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.startStream")
    slow.set()
    await taking
    assert (len(read(api[0])), len(answers(api[0]))) == (1, 1)
    assert "chat.stopStream" not in names(api[0])


async def test_a_stream_that_has_expired_is_changed(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event
) -> None:
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.startStream")
    api[0].streaming.clear()
    slow.set()
    await taking
    assert [name for name in names(api[0]) if name.startswith("chat.")] == [
        "chat.startStream",
        "chat.stopStream",
        "chat.update",
    ]
    assert (len(read(api[0])), len(answers(api[0]))) == (1, 1)
    assert api[0].status["1.1"] == ""


async def test_a_stream_that_can_be_neither_closed_nor_changed_leaves_one_answer(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event
) -> None:
    api[0].refuse |= {"chat.stopStream": "internal_limit", "chat.update": "message_not_found"}
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.startStream")
    slow.set()
    await taking
    assert len(answers(api[0])) == 1


async def test_a_stream_of_a_process_that_died_is_closed_by_the_next(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event
) -> None:
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.startStream")
    events = door.rooms.corpus.events
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(events.withdraw, {"streamed": True}):  # noqa: ASYNC110 - it is a database
            await asyncio.sleep(0.01)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    slow.set()
    events.claim("again", MESSAGE | {"sign": next(iter(api[0].streaming)), "streamed": True})
    await door.parts.inbox.take_up(client)
    assert (len(read(api[0])), len(answers(api[0])), api[0].streaming) == (1, 1, set())


async def test_words_of_a_report_do_nothing_in_a_streamed_answer(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event, rooms: Rooms
) -> None:
    """They are quoted as they stand, in elements in which Slack reads no markup, and nowhere else."""
    spans = (Span(start=0, end=len(TRAP), language="lv"),)
    trap = Draft(source="/r/t.txt", kind="txt", content_hash="h", text=TRAP, passages=spans, title="*Slazds* <!here>")
    rooms.corpus.add(trap, "test")
    rooms.sync()
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE | {"text": "Kam ir vajadzīgs darbs?"}))
    await api[0].until("chat.startStream")
    slow.set()
    await taking
    (closed,) = api[0].made("chat.stopStream")
    assert TRAP in quotes(closed["blocks"])
    assert "mrkdwn" not in str(closed)
    assert all("<" not in each["title"] and "*" not in each["title"] for each in closed["chunks"])


# -- the stop button


@pytest.mark.parametrize("long", [False, True])
async def test_who_stops_a_search_gets_no_answer(
    door: Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    long: bool,
) -> None:
    """Slack closes what is streamed when the button is pressed; the bot has to say that nothing goes on."""
    monkeypatch.setattr(saying, "_LONG", 0.0 if long else 30.0)
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.startStream" if long else "assistant.threads.setStatus")
    await _kept(door, "streamed", long)
    api[0].streaming.clear()
    await send(door, stop(streaming_message_ts=list(api[0].seen)))
    (left,) = await api[0].until("agents.sessions.setStatus")
    held.set()
    await taking
    assert (left["channel_id"], left["thread_ts"], left["status"]) == ("D1", "1.1", "active")
    assert read(api[0]) == [STOPPED]
    assert api[0].status.get("1.1", "") == ""
    await door.parts.inbox.take_up(client)
    assert read(api[0]) == [STOPPED]


async def _kept(door: Door, name: str, value: object) -> None:
    """Waits until the database holds this of the message that is worked on."""
    query = "SELECT payload FROM events WHERE payload IS NOT NULL"
    async with asyncio.timeout(30):
        while True:
            with door.rooms.corpus.events._writing() as connection:
                payloads = list(connection.exec_driver_sql(query).scalars())
            if any(f'"{name}": {str(value).lower()}' in str(payload) for payload in payloads):
                return
            await asyncio.sleep(0.01)


async def test_a_search_that_is_stopped_before_its_sign_says_so_once(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, held: threading.Event
) -> None:
    """The event comes between the claim and the sign: who works on the question finds out."""
    door.rooms.corpus.events.claim(KEY, MESSAGE)
    await door.parts.inbox.stop(client, "T1", "D1", "1.1")
    assert read(api[0]) == []
    await door.parts.inbox._answer(client, KEY, MESSAGE)
    assert read(api[0]) == [STOPPED]


async def test_a_stream_that_is_opened_as_somebody_stops_it_does_not_stay_open(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = saying._open

    async def opened_late(*given: Any) -> saying.Sign | None:
        await door.parts.inbox.stop(client, "T1", "D1", "1.1")
        return await real(*given)

    monkeypatch.setattr(saying, "_open", opened_late)
    taking = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.stopStream")
    slow.set()
    await taking
    assert api[0].streaming == set()
    assert answers(api[0]) == []


async def test_a_stop_elsewhere_or_too_late_changes_nothing(
    door: Door, api: tuple[Api, str], client: AsyncWebClient
) -> None:
    await door.parts.inbox.take(client, KEY, MESSAGE)
    await door.parts.inbox.stop(client, "T1", "D1", "1.1")
    events = door.rooms.corpus.events
    events.claim("other", MESSAGE | {"thread": "2.2", "sign": None}, lease=timedelta(minutes=1))
    events.claim("posting", MESSAGE | {"sign": None, "answered": True}, lease=timedelta(minutes=1))
    await door.parts.inbox.stop(client, "T1", "D1", "1.1")
    assert (len(read(api[0])), len(answers(api[0]))) == (1, 1)
    assert len(events.withdraw({"team": "T1"})) == 2


async def test_a_stop_that_cannot_be_noted_is_told(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("The database cannot be used: refused.")

    monkeypatch.setattr(Events, "withdraw", away)
    await door.parts.inbox.stop(client, "T1", "D1", "1.1")
    assert "vēl neesmu gatavs" in api[0].made("chat.postMessage")[0]["text"]


# -- words that are no question


@pytest.mark.parametrize("said", ["jaunumi", "new", "manas", "uued kopš 2020"])
async def test_a_word_alone_shows_a_list_to_who_writes_to_the_bot_alone(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, said: str
) -> None:
    await door.parts.inbox.take(client, KEY, MESSAGE | {"text": said})
    (shown,) = api[0].made("chat.postMessage")
    assert shown["thread_ts"] == "1.1"
    assert names(api[0]) == ["chat.postMessage"]
    assert ("Report lv" in read(api[0])[0]) == (said != "manas")


async def test_in_a_channel_the_same_word_is_a_question(
    door: Door, api: tuple[Api, str], client: AsyncWebClient
) -> None:
    """What `new` and `mine` show is for one person's eyes."""
    await door.parts.inbox.take(client, KEY, MESSAGE | {"text": "jaunumi", "channel": "C1"})
    assert api[0].made("chat.update")
