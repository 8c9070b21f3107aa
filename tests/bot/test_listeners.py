"""What Slack's users can do, through real Bolt, against a small Web API that records what it is told."""

import asyncio
import json
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot import answering, delivery, desk, slack_door
from bot.listeners import is_persons, plain_question
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.smalltalk import smalltalk
from bot.words import voice
from corpus import Corpus, Unavailable

ROOT = Path(__file__).parent.parent.parent
QUESTION = "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem?"

NOW = timedelta(0)
DAY = timedelta(days=1)
KEY = "T1:C1:1.1"
MESSAGE = {"channel": "C1", "thread": "1.1", "text": QUESTION, "ts": "1.1"}
_CUT = 0


class Api:
    """The methods the bot calls, recorded; `refuse` names methods that answer with an error.

    `fail` holds for a method what befalls its next calls: a status of HTTP, or _CUT for a connection that is cut.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuse: dict[str, str] = {}
        self.fail: dict[str, list[int]] = {}
        self.came = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        self.calls.append((method, body))
        self.came.set()
        if failing := self.fail.get(method):
            status = failing.pop(0)
            if status == _CUT and request.transport:
                request.transport.close()
            return web.Response(status=status or 500, text="<html>", content_type="text/html")
        if method in self.refuse:
            return web.json_response({"ok": False, "error": self.refuse[method]})
        return web.json_response(
            {"ok": True, "ts": f"{len(self.calls)}.0", "user_id": "UBOT", "bot_id": "B1", "team_id": "T1"}
        )

    def made(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.calls if name == method]

    async def until(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """Waits for calls, without a guess at how long they take."""
        async with asyncio.timeout(30):
            while len(self.made(method)) < count:
                self.came.clear()
                await self.came.wait()
        return self.made(method)


@pytest_asyncio.fixture
async def api() -> AsyncIterator[tuple[Api, str]]:
    recorded = Api()
    app = web.Application()
    app.router.add_post("/api/{method}", recorded.handle)
    app.router.add_post("/respond/{method}", recorded.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield recorded, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def door(rooms: Rooms, api: tuple[Api, str]) -> slack_door.Door:
    settings = replace(
        rooms.settings,
        slack_bot_token="xoxb-1",
        slack_app_token="xapp-1",
        slack_signing_secret="secret",
        slack_api_url=f"{api[1]}/api/",
    )
    return slack_door.build(replace(rooms, settings=settings), "http://web", Metrics())


@pytest.fixture
def client(api: tuple[Api, str]) -> AsyncWebClient:
    """Slack's client without the SDK's own tries, which take their time."""
    return AsyncWebClient("xoxb-1", base_url=f"{api[1]}/api/", retry_handlers=[])


@pytest.fixture
def other_desk(door: slack_door.Door) -> Iterator[desk.Desk]:
    """The desk of another process on the same database."""
    corpus = Corpus.open(door.rooms.settings.database_url)
    yield desk.Desk(replace(door.rooms, corpus=corpus), "http://web", Metrics())
    corpus.close()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, no search ends."""
    let_go, real = threading.Event(), answering.answer

    def slow(*arguments: Any, **options: Any) -> Any:
        assert let_go.wait(30)
        return real(*arguments, **options)

    monkeypatch.setattr(answering, "answer", slow)
    yield let_go
    let_go.set()


def _event(
    kind: str = "app_mention", text: str = f"<@UBOT> {QUESTION}", ts: str = "1.1", **more: str
) -> dict[str, Any]:
    event = {"type": kind, "user": "U1", "text": text, "ts": ts, "channel": "C1", **more}
    return {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{ts}", "event": event}


async def _send(door: slack_door.Door, body: dict[str, Any]) -> int:
    response = await door.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    return response.status


async def test_a_mention_gets_a_sign_of_life_and_then_the_answer(door: slack_door.Door, api: tuple[Api, str]) -> None:
    assert await _send(door, _event()) == 200
    updated = (await api[0].until("chat.update"))[0]
    posted = api[0].made("chat.postMessage")
    assert [(p["channel"], p["thread_ts"], p["text"]) for p in posted] == [("C1", "1.1", "Meklēju…")]
    assert "Elektroniskā uzraudzība" in updated["text"]
    assert updated["ts"]


async def test_an_event_is_answered_once(door: slack_door.Door, api: tuple[Api, str], rooms: Rooms) -> None:
    for _ in range(3):
        await _send(door, _event())
    await _send(door, _event(ts="2.2"))
    await api[0].until("chat.update", 2)
    assert len(api[0].made("chat.postMessage")) == 2


async def test_what_was_left_unanswered_is_answered_without_a_restart(
    door: slack_door.Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process dies while this one runs on: its sign of life becomes the answer, and nothing is posted anew.

    What it left before this one started is answered at the start, the rest later.
    """
    monkeypatch.setattr(slack_door, "_LOOK", 0.01)
    async with slack_door.connect(_over_http(door)):
        door.rooms.corpus.claim("T1:C1:0.1", MESSAGE | {"sign": "6.6"}, lease=NOW)
        assert (await api[0].until("chat.update"))[0]["ts"] == "6.6"
        door.rooms.corpus.claim(KEY, MESSAGE | {"sign": "7.7"}, lease=NOW)
        assert (await api[0].until("chat.update", 2))[1]["ts"] == "7.7"
    assert api[0].made("chat.postMessage") == []
    await _send(door, _event())
    await _send(door, _event(ts="2.2"))
    assert len(await api[0].until("chat.update", 3)) == 3


def _over_http(door: slack_door.Door) -> slack_door.Door:
    """The door with no Socket Mode to be opened."""
    settings = replace(door.rooms.settings, slack_app_token=None)
    return replace(door, rooms=replace(door.rooms, settings=settings))


async def test_what_a_process_works_on_no_other_one_answers(
    door: slack_door.Door,
    other_desk: desk.Desk,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
) -> None:
    """A second process starts, and is told of the same message, while the first one is at work on it."""
    first = asyncio.create_task(door.desk.take(client, KEY, MESSAGE))
    await api[0].until("chat.postMessage")
    await other_desk.take_up(client)
    await other_desk.take(client, KEY, MESSAGE)
    held.set()
    await first
    await other_desk.take_up(client)
    assert [name for name, _ in api[0].calls] == ["chat.postMessage", "chat.update"]


async def test_a_process_that_ends_leaves_one_message(
    door: slack_door.Door,
    other_desk: desk.Desk,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
) -> None:
    """It ends after its sign of life: the next one puts the answer in that place, and does not wait for a lease."""
    first = asyncio.create_task(door.desk.take(client, KEY, MESSAGE))
    await _until(lambda: "sign" in json.dumps(_payload(door)))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    held.set()
    await other_desk.take_up(client)
    assert [name for name, _ in api[0].calls] == ["chat.postMessage", "chat.update"]
    assert api[0].made("chat.update")[0]["ts"] == "1.0"


async def test_a_lease_is_renewed_while_an_answer_is_worked_on(
    door: slack_door.Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    held: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk, "_RENEWED", 0.001)
    first, corpus = asyncio.create_task(door.desk.take(client, KEY, MESSAGE)), door.rooms.corpus
    await _until(lambda: "sign" in json.dumps(_payload(door)))
    await asyncio.to_thread(corpus.hold, KEY, lease=NOW)
    await _until(lambda: not corpus.unsettled(younger_than=DAY))
    held.set()
    await first
    assert _payload(door) is None


def _payload(door: slack_door.Door) -> Any:
    """What the database holds of the message that waits to be answered."""
    with sqlite3.connect(door.rooms.settings.database_url.removeprefix("sqlite:///")) as database:
        row = database.execute("SELECT payload FROM events WHERE key = ?", [KEY]).fetchone()
    database.close()
    return json.loads(row[0]) if row and row[0] else None


async def _until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(look):  # noqa: ASYNC110 - what is looked at is a database
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("status", [_CUT, 503, 429])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_what_the_network_loses_is_said_again(
    door: slack_door.Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    status: int,
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", (0, 0))
    api[0].fail[method] = [status, status]
    await door.desk.take(client, KEY, MESSAGE)
    assert "Elektroniskā" in api[0].made("chat.update")[-1]["text"]
    assert len(api[0].made(method)) == 3
    assert _payload(door) is None


@pytest.mark.parametrize("status", [_CUT, 503])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_what_cannot_be_said_now_is_said_later(
    door: slack_door.Door,
    api: tuple[Api, str],
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    status: int,
) -> None:
    """Slack is out of reach for longer than is waited: the message stays unsettled, and is answered in one place."""
    monkeypatch.setattr(delivery, "_PAUSES", ())
    api[0].fail[method] = [status]
    await door.desk.take(client, KEY, MESSAGE)
    assert _payload(door)["text"] == QUESTION
    await asyncio.to_thread(door.rooms.corpus.hold, KEY, lease=NOW)
    await door.desk.take_up(client)
    assert {each["ts"] for each in api[0].made("chat.update")} == {f"{len(api[0].made('chat.postMessage'))}.0"}
    assert _payload(door) is None


@pytest.mark.parametrize(
    "event",
    [
        _event("message", QUESTION, channel_type="channel"),
        _event("message", QUESTION, channel_type="im", bot_id="B2"),
        _event("message", QUESTION, channel_type="im", subtype="message_changed"),
        _event("message", QUESTION, channel_type="im", subtype="message_deleted"),
        _event(bot_id="B2"),
    ],
)
async def test_what_is_not_asked_of_the_bot_is_let_be(
    door: slack_door.Door, api: tuple[Api, str], event: dict[str, Any]
) -> None:
    assert await _send(door, event) == 200
    await _send(door, _event(ts="9.9"))
    await api[0].until("chat.update")
    assert len(api[0].made("chat.postMessage")) == 1


@pytest.mark.parametrize("kind", [{}, {"subtype": "thread_broadcast"}, {"subtype": "me_message"}])
async def test_a_direct_message_is_answered_in_its_thread(
    door: slack_door.Door, api: tuple[Api, str], kind: dict[str, str]
) -> None:
    await _send(door, _event("message", QUESTION, channel_type="im", **kind))
    await api[0].until("chat.update")
    assert api[0].made("chat.postMessage")[0]["thread_ts"] == "1.1"


HOW = (
    "Ask a question in any language, and I show what our reports say about it, word for word and with the source. "
    "Name me in a channel, write to me directly, or type /lessons and your question."
)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("", "lv"),
        ("?", "lv"),
        ("help", "en"),
        ("palīdzība", "lv"),
        ("abi", "et"),
        ("Pagalba!", "lt"),
        ("Aitäh 🙏", "et"),
    ],
)
async def test_who_asks_nothing_is_told_how_to_ask(
    door: slack_door.Door, api: tuple[Api, str], said: str, language: str
) -> None:
    """In a channel, directly and by the command, in the language of what was said; nothing is searched for."""
    await _send(door, _event(text=f"<@UBOT> {said}"))
    await _send(door, _event("message", said, ts="2.2", channel_type="im"))
    expected = voice(language).gettext(HOW)
    assert [each["text"] for each in await api[0].until("chat.postMessage", 2)] == [expected] * 2
    assert (await _command(door, api[1], said))["text"] == expected
    assert {name for name, _ in api[0].calls} == {"auth.test", "chat.postMessage"}


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("hi", "en"),
        ("Labdien, paldies!", "lv"),
        ("ačiū", "lt"),
        ("takk skal du ha", "nb"),
        ("dziękuję", "pl"),
        ("Спасибо :pray:", "ru"),
        ("sveiki", "lv"),
        ("help with housing", None),
        ("paldies kam", None),
        ("hi " * 1000, None),
    ],
)
def test_smalltalk_is_told_from_a_question(said: str, language: str | None) -> None:
    assert smalltalk(said, ("lv", "lt", "en")) == language


@pytest.mark.parametrize(
    ("fault", "said"),
    [(RuntimeError("secret detail"), "atsauci"), (Unavailable("no model"), "vēl neesmu gatavs")],
)
async def test_whatever_breaks_something_is_said(
    door: slack_door.Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(answering, "answer", break_down)
    await _send(door, _event())
    text = (await api[0].until("chat.update"))[0]["text"]
    assert said in text
    assert "secret detail" not in text
    assert "Traceback" not in text


async def test_an_answer_whose_place_is_gone_is_posted_anew(door: slack_door.Door, api: tuple[Api, str]) -> None:
    api[0].refuse["chat.update"] = "message_not_found"
    await _send(door, _event())
    assert "Elektroniskā" in (await api[0].until("chat.postMessage", 2))[1]["text"]


async def test_a_refusal_to_post_is_logged_once_and_is_no_loop(
    door: slack_door.Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture
) -> None:
    api[0].refuse["chat.postMessage"] = "not_in_channel"
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        await _send(door, _event())
        await api[0].until("chat.postMessage")
    await _until(lambda: _payload(door) is None)  # what was refused is settled: it is not tried for ever
    assert [r.getMessage() for r in caplog.records] == ["Slack refused a message in C1: not_in_channel"]
    assert len(api[0].made("chat.postMessage")) == 1


async def test_a_slow_search_delays_no_acknowledgement(
    door: slack_door.Door, api: tuple[Api, str], held: threading.Event
) -> None:
    """The acknowledgement comes while the search is still held up, and is true also when the answer stands below."""
    assert await _send(door, _event()) == 200
    sign = await _command(door, api[1], QUESTION)
    assert sign["response_type"] == "ephemeral"
    assert QUESTION in sign["text"]
    assert "Meklēju" not in sign["text"]
    assert api[0].made("chat.update") == []
    held.set()
    await api[0].until("chat.update")
    answer = (await api[0].until("one"))[0]
    assert answer["response_type"] == "ephemeral"
    assert [e["action_id"] for e in answer["blocks"][-1]["elements"]][-1] == "share"


async def test_the_answer_to_a_command_is_sent_again(
    door: slack_door.Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", (0, 0))
    api[0].fail["one"] = [503, 429]
    await _command(door, api[1], QUESTION)
    assert "Elektroniskā" in (await api[0].until("one", 3))[2]["text"]


async def _command(door: slack_door.Door, api: str, text: str) -> dict[str, Any]:
    """What the command is acknowledged with."""
    command = {"command": "/lessons", "text": text, "user_id": "U1", "response_url": f"{api}/respond/one"}
    response = await door.app.async_dispatch(AsyncBoltRequest(body=urlencode(command), mode="socket_mode"))
    assert response.status == 200
    acknowledged: dict[str, Any] = json.loads(response.body)
    return acknowledged


def _click(api: str, action: str, value: object, **user: object) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "name": "ann.smith", **user},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"message_ts": "5.5"},
        "message": {"ts": "5.5", "thread_ts": "1.1"},
        "response_url": f"{api}/respond/click",
        "actions": [{"type": "button", "block_id": "b", "action_id": action, "value": value}],
    }


def _value(offset: object = 0, private: int = 1) -> str:
    return json.dumps({"q": QUESTION, "o": offset, "p": private})


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({}, "ann.smith"),
        ({"real_name": "Ann Smith"}, "Ann Smith"),
        ({"profile": {"display_name": "", "real_name": "Ann Smith"}}, "Ann Smith"),
        ({"profile": {"display_name": "Annie", "real_name": "Ann Smith"}}, "Annie"),
        ({"name": None}, "U1"),
    ],
)
async def test_share_shows_the_answer_to_the_channel(
    door: slack_door.Door, api: tuple[Api, str], user: dict[str, object], name: str
) -> None:
    """Under the name by which colleagues know the person, where the payload holds one."""
    await _send(door, _click(api[1], "share", _value(), **user))
    shared = (await api[0].until("click"))[0]
    assert shared["response_type"] == "in_channel"
    assert shared["replace_original"] is False
    assert f"{name} " in shared["blocks"][0]["elements"][0]["elements"][0]["text"]
    assert shared["text"].startswith(f"{name} ")
    assert "share" not in json.dumps(shared["blocks"])


async def test_more_goes_on_in_the_thread(door: slack_door.Door, api: tuple[Api, str]) -> None:
    await _send(door, _click(api[1], "more", _value(3, private=0)))
    posted = (await api[0].until("chat.postMessage"))[0]
    assert (posted["channel"], posted["thread_ts"]) == ("C1", "1.1")


@pytest.mark.parametrize(("action", "private"), [("share", 1), ("more", 1), ("more", 0)])
async def test_a_button_does_once_what_it_is_for(
    door: slack_door.Door, api: tuple[Api, str], action: str, private: int
) -> None:
    """Pressed again it says so to who pressed it; under another message it is another button."""
    other = _click(api[1], action, _value(private=private)) | {"container": {"message_ts": "6.6"}}
    seen, first, again = ("chat.postMessage", 1, 1) if not private else ("click", 1, 2)
    await _send(door, _click(api[1], action, _value(private=private)))
    assert "Elektroniskā" in (await api[0].until(seen, first))[0]["text"]
    await _send(door, _click(api[1], action, _value(private=private)))
    told = (await api[0].until("click", again))[-1]
    assert told["response_type"] == "ephemeral"
    assert "Elektroniskā" not in told["text"]
    await _send(door, other)
    assert "Elektroniskā" in (await api[0].until(seen, again + 1))[-1]["text"]


async def test_a_button_that_failed_can_be_pressed_again(
    door: slack_door.Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", ())
    api[0].fail["click"] = [503]
    await _send(door, _click(api[1], "share", _value()))
    assert "atsauci" in (await api[0].until("click", 2))[1]["text"]
    await _send(door, _click(api[1], "share", _value()))
    assert (await api[0].until("click", 3))[2]["response_type"] == "in_channel"


@pytest.mark.parametrize("action", ["more", "share"])
@pytest.mark.parametrize("value", ["", "{}", "not json", '{"q": 1}', None])
async def test_a_value_that_is_not_ours_is_told_with_a_reference(
    door: slack_door.Door, api: tuple[Api, str], action: str, value: str | None
) -> None:
    await _send(door, _click(api[1], action, value))
    told = (await api[0].until("click"))[0]
    assert told["response_type"] == "ephemeral"
    assert "atsauci" in told["text"]


async def test_an_offset_before_the_first_passage_is_the_first(door: slack_door.Door, api: tuple[Api, str]) -> None:
    await _send(door, _click(api[1], "more", _value(-5)))
    assert '"1. Report lv"' in json.dumps((await api[0].until("click"))[0]["blocks"])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<@U1> Kas ir &lt;TOG&gt;?", "Kas ir <TOG>?"),
        ("<@U1|bot> <#C1|general> a", "#general a"),
        ("<!channel> <https://a.lv|šeit> &amp; <https://b.lv>", "šeit & https://b.lv"),
        ("  <@U1>\n ", ""),
    ],
)
def test_the_words_that_a_person_typed(typed: str, expected: str) -> None:
    assert plain_question(typed) == expected


def test_a_person_is_told_from_a_bot() -> None:
    assert is_persons({"user": "U1"})
    assert is_persons({"user": "U1", "subtype": "file_share"})
    assert is_persons({"user": "U1", "subtype": "thread_broadcast"})
    assert not is_persons({"user": "U1", "subtype": "bot_message"})
    assert not is_persons({})


def test_neither_way_in_is_told(rooms: Rooms) -> None:
    lone = replace(rooms, settings=replace(rooms.settings, slack_bot_token="xoxb-1"))
    with pytest.raises(Unavailable, match="SLACK_APP_TOKEN"):
        slack_door.build(lone, "http://web", Metrics())


def test_the_manifest_asks_for_what_the_code_uses(door: slack_door.Door) -> None:
    """Every event and command that is listened to, every scope that a called method needs, and no more."""
    manifest = json.loads((ROOT / "slack-manifest.json").read_text())
    code = "".join((ROOT / "bot" / name).read_text() for name in ("desk.py", "listeners.py", "slack_door.py"))
    events = {"message.im" if e == "message" else e for e in _named(code, "app.event")}
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == events
    assert {each["command"] for each in manifest["features"]["slash_commands"]} == _named(code, "app.command")
    needed = {"app_mention": "app_mentions:read", "message.im": "im:history"}
    scopes = {needed[event] for event in events} | {"commands", "chat:write"}
    agent = {"assistant:write"}  # what an app with `agent_view` has to ask for
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == scopes | agent
    methods = {name for name in dir(door.app.client) if f"client.{name}(" in code and "_" in name}
    assert methods == {"chat_postMessage", "chat_update"}  # both under chat:write


def _named(code: str, decorator: str) -> set[str]:
    return {part.split('"')[1] for part in code.split(f"@{decorator}(")[1:]}
