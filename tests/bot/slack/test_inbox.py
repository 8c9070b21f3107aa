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
from block_kit import faults, words
from slack_api import CUT, QUESTION, Api, event, send
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.slack import delivery, leases, saying, turns
from bot.slack import door as slack_door
from bot.slack.blocks import Message
from bot.slack.door import Door
from bot.slack.inbox import Inbox
from bot.slack.listeners import Parts
from corpus import Corpus, Unavailable
from corpus.events import Events
from corpus.intakes import Intakes
from corpus.questions import Questions

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


@pytest.mark.parametrize("told", [True, False])
async def test_a_sign_of_life_that_was_posted_before_its_process_died_becomes_the_answer(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """It was not noted any more; where Slack does not tell what stands in a thread, another one is posted."""
    real = Events.hold

    def dies(self: Events, key: str, **how: Any) -> bool:
        if how.get("payload"):
            raise RuntimeError("died")
        return real(self, key, **how)

    with monkeypatch.context() as dying:
        dying.setattr(Events, "hold", dies)
        with pytest.raises(RuntimeError):
            await door.parts.inbox.take(client, KEY, MESSAGE)
    if not told:
        api[0].refuse["conversations.replies"] = "missing_scope"
    door.rooms.corpus.events.hold(KEY, lease=NOW)
    await door.parts.inbox.take_up(client)
    signs = [ts for ts, blocks in api[0].seen.items() if "Meklēju" in json.dumps(blocks, ensure_ascii=False)]
    assert (len(api[0].made("chat.postMessage")), len(signs)) == ((1, 0) if told else (2, 1))
    assert "Elektroniskā uzraudzība" in words(api[0].made("chat.update")[0])


async def test_a_sign_of_life_that_was_found_again_can_be_stopped(
    door: Door, api: tuple[Api, str], client: AsyncWebClient
) -> None:
    """It is noted as one that was posted now is, so whoever stops the search finds it."""
    api[0].seen["7.7"] = [{"type": "section", "block_id": f"sign:{MESSAGE['ts']}"}]
    kept: list[dict[str, Any]] = []

    async def keep(payload: dict[str, Any]) -> bool:
        kept.append(payload)
        return False

    async def work() -> Message:
        raise AssertionError("nothing is searched for who has stopped it")

    await saying.answer(client, MESSAGE | {"left_over": True}, "lv", work, keep)
    assert [each["sign"] for each in kept] == ["7.7"]
    (changed,) = api[0].made("chat.update")
    assert (changed["ts"], changed["text"]) == ("7.7", "Apturēts.")


@pytest.mark.parametrize(
    "sent",
    [
        event(ts="2.2"),
        event("message", QUESTION, ts="2.2", channel_type="im"),
        event("message", "Un Dānijā?", ts="2.2", thread_ts="1.1", channel_type="channel"),
        event("message", "", ts="2.2", subtype="file_share", channel_type="im", files=[{"id": "F1", "name": "a.md"}]),
    ],
    ids=["mention", "direct", "further", "files"],
)
async def test_what_is_asked_is_confirmed_once_it_is_claimed(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch, sent: dict[str, Any]
) -> None:
    """What was confirmed is not sent again, so a process that is killed before it has claimed it would lose it."""
    await send(door, event())
    await api[0].until("chat.update")
    confirmed, too_early = threading.Event(), list[bool]()

    def slow(real: Callable[..., Any]) -> Callable[..., Any]:
        def claim(*which: Any, **how: Any) -> Any:
            too_early.append(confirmed.wait(0.3))
            return real(*which, **how)

        return claim

    monkeypatch.setattr(Events, "claim", slow(Events.claim))
    monkeypatch.setattr(Intakes, "begin", slow(Intakes.begin))
    assert await send(door, sent) == 200
    confirmed.set()
    await api[0].until("chat.postMessage", 2)
    assert too_early == [False]


async def test_what_only_waited_for_room_is_not_looked_for_in_slack(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it was said, and under load Slack would soon refuse to be asked; once it is begun it may have been."""
    monkeypatch.setattr(turns, "_MOST", 0)
    await door.parts.inbox.take(client, KEY, MESSAGE)
    monkeypatch.undo()
    assert api[0].made("chat.postMessage") == []
    await door.parts.inbox.take_up(client)
    assert (len(api[0].made("chat.update")), api[0].made("conversations.replies")) == (1, [])


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
    monkeypatch.setattr(leases, "_RENEWED", 0.001)
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
    assert {each["ts"] for each in api[0].made("chat.update")} == set(api[0].seen)
    assert len(api[0].seen) == 1
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
    api[0].fail["chat.postMessage"] = [503]
    async with asyncio.timeout(delivery._PAUSES[0]):  # or Slack would send it again, and the asker be told once more
        assert await send(door, event()) == 200


async def test_what_fails_before_it_is_claimed_is_sent_again_by_slack(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For Slack does that with what was not confirmed: a status other than 200."""
    await send(door, event())
    await _until(lambda: door.rooms.corpus.questions.last_in("T1", "C1", "1.1", "U1"))
    await _until(lambda: not door.parts.inbox._turns.busy(("C1", "1.1")))

    def away(*_: object, **__: object) -> str:
        raise Unavailable("The database cannot be used: refused.")

    further = event("message", "Un Dānijā?", ts="2.2", thread_ts="1.1", channel_type="channel")
    with monkeypatch.context() as faulty:
        faulty.setattr(Questions, "last_in", away)
        assert await send(door, further) == 500
    assert await send(door, further) == 200
    await api[0].until("chat.update", 2)


async def test_an_answer_whose_place_is_gone_is_posted_anew(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["chat.update"] = "message_not_found"
    await send(door, event())
    assert "Elektroniskā" in (await api[0].until("chat.postMessage", 2))[1]["text"]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ("not_in_channel", "neesmu tā dalībnieks"),
        ("channel_not_found", "neesmu tā dalībnieks"),
        ("is_archived", "arhivēts"),
        ("restricted_action_thread_locked", "neļauj tā iestatījumi"),
    ],
)
async def test_a_channel_that_is_shut_to_the_bot_is_told_who_asked_there(
    door: Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture, refusal: str, reason: str
) -> None:
    """Directly, with the question, for each one; logged once, and never tried again, until it goes well there."""
    api[0].refuse_in["C1"] = refusal
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        for ts in ("1.1", "2.2"):
            await send(door, event(ts=ts))
        await api[0].until("chat.postMessage", 4)
        await _until(lambda: not door.rooms.corpus.events.unsettled(younger_than=DAY))
        told = [each for each in api[0].made("chat.postMessage") if each["channel"] == "U1"]
        assert [reason in each["text"] for each in told] == [True, True]
        assert QUESTION in words(told[0])
        assert faults(told[0]["blocks"]) == []
        assert [r.getMessage() for r in caplog.records] == [f"Slack refused a message in C1: {refusal}"]
        del api[0].refuse_in["C1"]
        await door.parts.inbox.take(door.app.client, "T1:C1:3.3", MESSAGE | {"thread": "3.3", "ts": "3.3"})
        api[0].refuse_in["C1"] = refusal
        await door.parts.inbox.take(door.app.client, "T1:C1:4.4", MESSAGE | {"thread": "4.4", "ts": "4.4"})
    assert len(caplog.records) == 2


@pytest.mark.parametrize("refusal", ["thread_not_found", "message_not_found", "not_in_channel"])
async def test_who_cannot_be_told_is_told_nothing_for_ever(
    door: Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    """A question that was deleted meanwhile, or nobody who can be written to: that is logged, and is no loop."""
    api[0].refuse["chat.postMessage"] = refusal
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        await send(door, event())
        await api[0].until("chat.postMessage")
        await _until(lambda: _payload(door) is None)
        await door.parts.inbox.take_up(door.app.client)
    places = ["C1", "U1"] if refusal == "not_in_channel" else ["C1"]
    assert [r.getMessage() for r in caplog.records] == [f"Slack refused a message in {p}: {refusal}" for p in places]
    assert [each["channel"] for each in api[0].made("chat.postMessage")] == places


async def test_a_scope_that_is_lacking_is_named(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, caplog: pytest.LogCaptureFixture
) -> None:
    api[0].refuse["chat.postMessage"] = "missing_scope"
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        for number in ("1", "2"):
            await door.parts.inbox.take(client, f"{KEY}{number}", MESSAGE)
    (said,) = (r.getMessage() for r in caplog.records)
    assert "lacks the scope chat:write" in said
    assert not door.rooms.corpus.events.unsettled(younger_than=DAY)


@pytest.mark.parametrize("refusal", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_what_a_revoked_token_keeps_from_being_said_waits(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    """Until another one works; that is logged once, whatever was asked meanwhile."""
    api[0].refuse["chat.postMessage"] = refusal
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        for number in (1, 2):
            await door.parts.inbox.take(client, f"{KEY}{number}", MESSAGE | {"channel": f"C{number}"})
        await door.parts.inbox.take_up(client)
    assert len(caplog.records) == 1
    assert refusal in caplog.text
    del api[0].refuse["chat.postMessage"]
    await door.parts.inbox.take_up(client)
    assert sorted(each["channel"] for each in api[0].made("chat.update")) == ["C1", "C2"]
    assert not door.rooms.corpus.events.unsettled(younger_than=DAY)


@pytest.mark.parametrize("refusal", ["token_revoked", "internal_error"])
async def test_what_comes_before_slack_has_said_who_we_are_waits_too(
    door: Door, api: tuple[Api, str], refusal: str
) -> None:
    """A process that starts with a revoked token, or while Slack is not well."""
    api[0].refuse = {"auth.test": refusal, "chat.postMessage": refusal}
    assert await send(door, event()) == 200
    assert _payload(door)["text"] == QUESTION
    await api[0].until("chat.postMessage")
    api[0].refuse = {}
    await _until(lambda: not door.parts.inbox._turns._inside)
    await door.parts.inbox.take_up(door.app.client)
    await api[0].until("chat.update")
    assert len(api[0].made("auth.test")) == 1
    await send(door, event(ts="2.2"))
    await send(door, event(ts="3.3"))
    assert len(api[0].made("auth.test")) == 2


# -- in order, and no more than fits


async def test_a_thread_is_answered_in_its_order_and_others_meanwhile(
    door: Door, api: tuple[Api, str], held: threading.Event
) -> None:
    for ts, thread in (("1.1", None), ("1.2", "1.1"), ("2.2", None), ("1.3", "1.1")):
        await send(door, event(ts=ts, **({"thread_ts": thread} if thread else {})))
    await api[0].until("chat.postMessage", 2)
    held.set()
    await api[0].until("chat.update", 4)
    assert sorted(each["thread_ts"] for each in api[0].made("chat.postMessage")[:2]) == ["1.1", "2.2"]
    in_thread = [name for name, each in api[0].calls if each.get("thread_ts") == "1.1" or each.get("ts") in _signs(api)]
    assert in_thread == ["chat.postMessage", "chat.update"] * 3
    noted = await asyncio.to_thread(_noted, door)
    assert [ts for ts in noted if ts != "2.2"] == ["1.1", "1.2", "1.3"]


def _signs(api: tuple[Api, str]) -> set[str]:
    """What the messages in the thread 1.1 are known by."""
    calls = enumerate(api[0].calls, 1)
    return {f"{n}.0" for n, (name, each) in calls if name == "chat.postMessage" and each["thread_ts"] == "1.1"}


def _noted(door: Door) -> list[str]:
    """The messages that asked a question, in the order in which they were answered."""
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        rows = database.execute("SELECT message FROM questions ORDER BY id").fetchall()
    database.close()
    return [row[0] for row in rows]


async def test_what_there_is_no_room_for_waits_in_the_database(
    door: Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is acknowledged as any other, and taken up in order; nothing is lost, and nothing answered twice."""
    monkeypatch.setattr(turns, "_MOST", 2)
    times = [f"{number}.5" for number in range(1, 8)]
    for number, ts in enumerate(times, 1):
        assert await send(door, event(ts=ts)) == 200
        await _until(lambda number=number: _claimed(door) == number)
    assert len(api[0].made("chat.postMessage")) <= 2
    held.set()
    await api[0].until("chat.update", 2)
    await _until(lambda: len(_noted(door)) == 2)
    await _until(lambda: not door.parts.inbox._turns._inside)
    await send(door, event(ts="8.5"))  # there is room again, but others were there before it
    await _until(lambda: _claimed(door) == 8)
    await door.parts.inbox.take_up(client)
    await send(door, event(ts="9.9"))
    await api[0].until("chat.update", 9)
    order = _noted(door)
    assert sorted(order[2:4]) + sorted(order[4:6]) + sorted(order[6:8]) + order[8:] == [*times[2:], "8.5", "9.9"]
    assert len(api[0].made("chat.postMessage")) == len(api[0].made("chat.update")) == 9


def _claimed(door: Door) -> int:
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        (count,) = database.execute("SELECT count(*) FROM events").fetchone()
    database.close()
    return int(count)


async def test_what_comes_behind_a_message_that_waits_for_slack_waits_too(
    door: Door, api: tuple[Api, str], client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its thread; in another one it is answered."""
    monkeypatch.setattr(delivery, "_PAUSES", ())
    api[0].fail["chat.postMessage"] = [503]
    taken = [door.parts.inbox.take(client, f"{KEY}{n}", MESSAGE | {"ts": f"1.{n}"}) for n in (1, 2, 3)]
    await asyncio.gather(*taken[:2])
    await taken[2]
    assert api[0].made("chat.update") == []
    await door.parts.inbox.take(client, "T1:C1:8.8", MESSAGE | {"thread": "8.8", "ts": "8.8"})
    await door.parts.inbox.take_up(client)
    assert _noted(door) == ["8.8", "1.1", "1.2", "1.3"]
