"""What Slack's users can do, through real Bolt, against a small Web API that records what it is told."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from slack_bolt.async_app import AsyncBoltRequest

from bot import answering, slack_door
from bot.listeners import is_persons, left_over, plain_question, resume
from bot.metrics import Metrics
from bot.rooms import Rooms
from corpus import Unavailable

ROOT = Path(__file__).parent.parent.parent
QUESTION = "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem?"

ASKED = f"<@UBOT> {QUESTION}"


class Api:
    """The methods the bot calls, recorded; `refuse` names methods that answer with an error."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuse: dict[str, str] = {}
        self.came = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        self.calls.append((method, body))
        self.came.set()
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


async def test_what_was_left_unanswered_is_answered_after_a_restart(
    door: slack_door.Door, api: tuple[Api, str]
) -> None:
    message = {"channel": "C1", "thread": "1.1", "text": QUESTION, "ts": "1.1"}
    door.rooms.corpus.claim("T1:C1:1.1", message)
    for _ in range(2):
        await resume(door.desk, door.app.client, await left_over(door.rooms))
    assert len(api[0].made("chat.update")) == 1
    await _send(door, _event())
    await _send(door, _event(ts="2.2"))
    assert len(await api[0].until("chat.update", 2)) == 2


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


async def test_a_direct_message_is_answered_in_its_thread(door: slack_door.Door, api: tuple[Api, str]) -> None:
    await _send(door, _event("message", QUESTION, channel_type="im"))
    await api[0].until("chat.update")
    assert api[0].made("chat.postMessage")[0]["thread_ts"] == "1.1"


async def test_nothing_asked_is_told_how_to_ask(door: slack_door.Door, api: tuple[Api, str]) -> None:
    await _send(door, _event(text="<@UBOT>  "))
    assert "/lessons" in (await api[0].until("chat.postMessage"))[0]["text"]


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
    while await left_over(door.rooms):  # noqa: ASYNC110 - what was refused is settled, in a thread; not tried for ever
        await asyncio.sleep(0.01)
    assert [r.getMessage() for r in caplog.records] == ["Slack refused a message in C1: not_in_channel"]
    assert len(api[0].made("chat.postMessage")) == 1


async def test_a_slow_search_delays_no_acknowledgement(
    door: slack_door.Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The acknowledgement comes while the search is still held up."""
    held, real = threading.Event(), answering.answer

    def slow(*arguments: Any, **options: Any) -> Any:
        assert held.wait(30)
        return real(*arguments, **options)

    monkeypatch.setattr(answering, "answer", slow)
    assert await _send(door, _event()) == 200
    command = {"command": "/lessons", "text": QUESTION, "user_id": "U1", "response_url": f"{api[1]}/respond/one"}
    body = "&".join(f"{k}={v}" for k, v in command.items())
    response = await door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert response.status == 200
    assert json.loads(response.body)["text"] == "Meklēju…"
    assert api[0].made("chat.update") == []
    held.set()
    await api[0].until("chat.update")
    answer = (await api[0].until("one"))[0]
    assert answer["response_type"] == "ephemeral"
    assert [e["action_id"] for e in answer["blocks"][-1]["elements"]][-1] == "share"


def _click(api: str, action: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "name": "ann"},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"message_ts": "5.5"},
        "message": {"ts": "5.5", "thread_ts": "1.1"},
        "response_url": f"{api}/respond/click",
        "actions": [{"type": "button", "block_id": "b", **action}],
    }


async def test_share_shows_the_answer_to_the_channel(door: slack_door.Door, api: tuple[Api, str]) -> None:
    await _send(door, _click(api[1], {"action_id": "share", "value": json.dumps({"q": QUESTION, "o": 0, "p": 1})}))
    shared = (await api[0].until("click"))[0]
    assert shared["response_type"] == "in_channel"
    assert shared["replace_original"] is False
    assert "ann" in json.dumps(shared["blocks"])
    assert "share" not in json.dumps(shared["blocks"])


async def test_more_goes_on_in_the_thread(door: slack_door.Door, api: tuple[Api, str]) -> None:
    await _send(door, _click(api[1], {"action_id": "more", "value": json.dumps({"q": QUESTION, "o": 3, "p": 0})}))
    posted = (await api[0].until("chat.postMessage"))[0]
    assert (posted["channel"], posted["thread_ts"]) == ("C1", "1.1")


async def test_a_button_that_is_not_ours_does_no_harm(door: slack_door.Door, api: tuple[Api, str]) -> None:
    for value in ("", "{}", "not json", '{"q": 1}'):
        await _send(door, _click(api[1], {"action_id": "more", "value": value}))
    await _send(door, _event())
    await api[0].until("chat.update")


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
    assert not is_persons({"user": "U1", "subtype": "bot_message"})
    assert not is_persons({})


def test_neither_way_in_is_told(rooms: Rooms) -> None:
    lone = replace(rooms, settings=replace(rooms.settings, slack_bot_token="xoxb-1"))
    with pytest.raises(Unavailable, match="SLACK_APP_TOKEN"):
        slack_door.build(lone, "http://web", Metrics())


def test_the_manifest_asks_for_what_the_code_uses(door: slack_door.Door) -> None:
    """Every event and command that is listened to, every scope that a called method needs, and no more."""
    manifest = json.loads((ROOT / "slack-manifest.json").read_text())
    code = "".join((ROOT / "bot" / name).read_text() for name in ("listeners.py", "slack_door.py"))
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
