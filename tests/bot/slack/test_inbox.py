"""Whatever fails or dies on the way, a message in Slack is answered once, and in one place."""

import asyncio
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_api import CUT, QUESTION, Api, event, send
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.slack import delivery, inbox
from bot.slack import door as slack_door
from bot.slack.door import Door
from bot.slack.inbox import Inbox
from bot.slack.listeners import Parts
from corpus import Corpus, Unavailable
from corpus.events import Events

NOW = timedelta(0)
DAY = timedelta(days=1)
KEY = "T1:C1:1.1"
MESSAGE = {"channel": "C1", "thread": "1.1", "text": QUESTION, "ts": "1.1"}


@pytest.fixture
def client(api: tuple[Api, str]) -> AsyncWebClient:
    """Slack's client without the SDK's own tries, which take their time."""
    return AsyncWebClient("xoxb-1", base_url=f"{api[1]}/api/", retry_handlers=[])


@pytest.fixture
def other_inbox(door: Door) -> Iterator[Inbox]:
    """The inbox of another process on the same database."""
    corpus = Corpus.open(door.rooms.settings.database_url)
    yield Parts.of(replace(door.rooms, corpus=corpus), "http://web", Metrics()).inbox
    corpus.close()


async def test_what_was_left_unanswered_is_answered_without_a_restart(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process dies while this one runs on: its sign of life becomes the answer, and nothing is posted anew.

    What it left before this one started is answered at the start, the rest later.
    """
    monkeypatch.setattr(slack_door, "_LOOK", 0.01)
    async with slack_door.connect(_over_http(door)):
        door.rooms.corpus.events.claim("T1:C1:0.1", MESSAGE | {"sign": "6.6"}, lease=NOW)
        assert (await api[0].until("chat.update"))[0]["ts"] == "6.6"
        door.rooms.corpus.events.claim(KEY, MESSAGE | {"sign": "7.7"}, lease=NOW)
        assert (await api[0].until("chat.update", 2))[1]["ts"] == "7.7"
    assert api[0].made("chat.postMessage") == []
    await send(door, event())
    await send(door, event(ts="2.2"))
    assert len(await api[0].until("chat.update", 3)) == 3


def _over_http(door: Door) -> Door:
    """The door with no Socket Mode to be opened."""
    settings = replace(door.rooms.settings, slack_app_token=None)
    return replace(door, rooms=replace(door.rooms, settings=settings))


async def test_what_a_process_works_on_no_other_one_answers(
    door: Door,
    other_inbox: Inbox,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
) -> None:
    """A second process starts, and is told of the same message, while the first one is at work on it."""
    first = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await api[0].until("chat.postMessage")
    await other_inbox.take_up(client)
    await other_inbox.take(client, KEY, MESSAGE)
    held.set()
    await first
    await other_inbox.take_up(client)
    assert [name for name, _ in api[0].calls] == ["chat.postMessage", "chat.update"]


async def test_a_process_that_ends_leaves_one_message(
    door: Door,
    other_inbox: Inbox,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
) -> None:
    """It ends after its sign of life: the next one puts the answer in that place, and does not wait for a lease."""
    first = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE))
    await _until(lambda: "sign" in json.dumps(_payload(door)))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    held.set()
    await other_inbox.take_up(client)
    assert [name for name, _ in api[0].calls] == ["chat.postMessage", "chat.update"]
    assert api[0].made("chat.update")[0]["ts"] == "1.0"


async def test_a_lease_is_renewed_while_an_answer_is_worked_on(
    door: Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox, "_RENEWED", 0.001)
    first, corpus = asyncio.create_task(door.parts.inbox.take(client, KEY, MESSAGE)), door.rooms.corpus
    await _until(lambda: "sign" in json.dumps(_payload(door)))
    await asyncio.to_thread(corpus.events.hold, KEY, lease=NOW)
    await _until(lambda: not corpus.events.unsettled(younger_than=DAY))
    held.set()
    await first
    assert _payload(door) is None


def _payload(door: Door) -> Any:
    """What the database holds of the message that waits to be answered."""
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        row = database.execute("SELECT payload FROM events WHERE key = ?", [KEY]).fetchone()
    database.close()
    return json.loads(row[0]) if row and row[0] else None


async def _until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(look):  # noqa: ASYNC110 - what is looked at is a database
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("status", [CUT, 503, 429])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_what_the_network_loses_is_said_again(
    door: Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    status: int,
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", (0, 0))
    api[0].fail[method] = [status, status]
    await door.parts.inbox.take(client, KEY, MESSAGE)
    assert "Elektroniskā" in api[0].made("chat.update")[-1]["text"]
    assert len(api[0].made(method)) == 3
    assert _payload(door) is None


@pytest.mark.parametrize("status", [CUT, 503])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_what_cannot_be_said_now_is_said_later(
    door: Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    status: int,
) -> None:
    """Slack is out of reach for longer than is waited: the message stays unsettled, and is answered in one place."""
    monkeypatch.setattr(delivery, "_PAUSES", ())
    api[0].fail[method] = [status]
    await door.parts.inbox.take(client, KEY, MESSAGE)
    assert _payload(door)["text"] == QUESTION
    await asyncio.to_thread(door.rooms.corpus.events.hold, KEY, lease=NOW)
    await door.parts.inbox.take_up(client)
    assert {each["ts"] for each in api[0].made("chat.update")} == {f"{len(api[0].made('chat.postMessage'))}.0"}
    assert _payload(door) is None


async def test_a_database_that_is_away_is_said(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be noted cannot be answered later, so the person must ask again."""

    def away(*_: object, **__: object) -> bool:
        raise Unavailable("The database cannot be used: refused.")

    monkeypatch.setattr(Events, "claim", away)
    await door.parts.inbox.take(client, KEY, MESSAGE)
    (said,) = api[0].made("chat.postMessage")
    assert "vēl neesmu gatavs" in said["text"]
    assert (said["channel"], said["thread_ts"]) == ("C1", "1.1")


async def test_an_answer_whose_place_is_gone_is_posted_anew(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["chat.update"] = "message_not_found"
    await send(door, event())
    assert "Elektroniskā" in (await api[0].until("chat.postMessage", 2))[1]["text"]


async def test_a_refusal_to_post_is_logged_once_and_is_no_loop(
    door: Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture
) -> None:
    api[0].refuse["chat.postMessage"] = "not_in_channel"
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        await send(door, event())
        await api[0].until("chat.postMessage")
    await _until(lambda: _payload(door) is None)  # what was refused is settled: it is not tried for ever
    assert [r.getMessage() for r in caplog.records] == ["Slack refused a message in C1: not_in_channel"]
    assert len(api[0].made("chat.postMessage")) == 1
