"""Slack's Web API as far as the bot calls it, recorded, and what Slack sends to the bot, through real Bolt."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from slack_bolt.async_app import AsyncBoltRequest
from waiting import DEADLINE

from bot.slack.door import Door

QUESTION = "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem?"
CUT = 0


class Api:
    """The methods the bot calls, recorded; `refuse` names methods that answer with an error, and
    `refuse_in` channels in which nothing can be said.

    `fail` holds for a method what befalls its next calls: a status of HTTP, or CUT for a connection that is cut.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuse: dict[str, str] = {}
        self.refuse_in: dict[str, str] = {}
        self.fail: dict[str, list[int]] = {}
        self.groups: dict[str, list[str]] = {}  # members of user groups
        self.seen: dict[str, list[dict[str, Any]]] = {}  # what people see: the blocks of each message, by its ts
        self.streaming: set[str] = set()  # the ts of messages that are open
        self.status: dict[str, str] = {}  # what is said to be done, by thread
        self.files: dict[str, tuple[dict[str, Any], bytes]] = {}  # what Slack says of a file, and its bytes
        self.downloads: list[str] = []  # with which token each file was asked for
        self.came = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        typed = request.content_type == "application/json"
        body = dict(request.query) | (await request.json() if typed else dict(await request.post()))
        self.calls.append((method, body))
        self.came.set()
        if failing := self.fail.get(method):
            status = failing.pop(0)
            if status == CUT and request.transport:
                request.transport.close()
            return web.Response(status=status or 500, text="<html>", content_type="text/html")
        if refused := self.refuse.get(method) or self.refuse_in.get(body.get("channel", "")):
            lacking = {"needed": "chat:write"} if refused == "missing_scope" else {}
            return web.json_response({"ok": False, "error": refused, **lacking})
        if method == "usergroups.users.list":
            return web.json_response({"ok": True, "users": self.groups.get(body["usergroup"], [])})
        if method == "conversations.replies":
            shown = [{"ts": ts, "blocks": blocks} for ts, blocks in self.seen.items()]
            return web.json_response({"ok": True, "messages": shown})
        if method == "files.info":
            known = self.files.get(body["file"])
            return web.json_response({"ok": True, "file": known[0]} if known else _NO_FILE)
        if method in {"views.open", "views.update"}:
            return web.json_response({"ok": True, "view": {"id": "V1"}})
        ts = body.get("ts") or f"{len(self.calls)}.0"
        if refused := self._show(method, ts, body):
            return web.json_response({"ok": False, "error": refused})
        channel = f"D{body.get('channel', '')[1:]}" if body.get("channel", "").startswith("U") else body.get("channel")
        known = {"channel": channel} if channel else {}
        return web.json_response({"ok": True, "ts": ts, "user_id": "UBOT", "bot_id": "B1", "team_id": "T1", **known})

    def _show(self, method: str, ts: str, body: dict[str, Any]) -> str | None:
        """What a call makes people see; why it is refused, if it is. As the pages of the methods say:

        - a status goes with the next message: https://docs.slack.dev/reference/methods/assistant.threads.setStatus
        - the blocks of the end stand below what was streamed, and a message that is not open cannot be closed:
          https://docs.slack.dev/reference/methods/chat.stopStream
        - one that is open cannot be changed: https://docs.slack.dev/reference/methods/chat.update#errors
        """
        blocks = body.get("blocks") or []
        blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
        if method == "assistant.threads.setStatus":
            self.status[body["thread_ts"]] = body["status"]
        elif method in {"chat.postMessage", "chat.startStream"}:
            self.seen[ts] = [*body.get("chunks", []), *blocks]
            self.streaming |= {ts} if method == "chat.startStream" else set()
            self.status.pop(body.get("thread_ts", ""), None)
        elif method == "chat.stopStream":
            if ts not in self.streaming:
                return "message_not_in_streaming_state"
            self.streaming.remove(ts)
            self.seen[ts] = [*body.get("chunks", []), *blocks]
        elif method == "chat.update":
            if ts in self.streaming:
                return "streaming_state_conflict"
            self.seen[ts] = blocks
        return None

    def share(self, host: str, name: str, data: bytes, file_id: str = "F1", **more: Any) -> dict[str, Any]:
        """A file that lies in this Slack, as an event tells of it."""
        known = {"id": file_id, "name": name, "size": len(data), "url_private_download": f"{host}/files/{file_id}"}
        self.files[file_id] = (known | more, data)
        return known | more

    async def download(self, request: web.Request) -> web.Response:
        self.downloads.append(request.headers.get("Authorization", ""))
        return web.Response(body=self.files[request.match_info["file"]][1])

    def made(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.calls if name == method]

    async def until(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """Waits for calls, without a guess at how long they take."""
        async with asyncio.timeout(DEADLINE):
            while len(self.made(method)) < count:
                self.came.clear()
                await self.came.wait()
        return self.made(method)


_NO_FILE = {"ok": False, "error": "file_not_found"}


def event(kind: str = "app_mention", text: str = f"<@UBOT> {QUESTION}", ts: str = "1.1", **more: Any) -> dict[str, Any]:
    """The body of an event: somebody wrote a message."""
    event = {"type": kind, "user": "U1", "text": text, "ts": ts, "channel": "C1", **more}
    return {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{ts}", "event": event}


async def send(door: Door, body: dict[str, Any]) -> int:
    """Status with which the bot acknowledges what Slack sends."""
    response = await door.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    return response.status


async def type_command(door: Door, api: str, text: str, user: str = "U1", channel: str = "C1") -> dict[str, Any]:
    """What `/lessons` with these words behind it is acknowledged with; the rest is answered under `one`."""
    place = {"team_id": "T1", "channel_id": channel, "user_id": user, "response_url": f"{api}/respond/one"}
    place |= {"trigger_id": "1.2.3"}
    body = urlencode({"command": "/lessons", "text": text, **place})
    response = await door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert response.status == 200
    acknowledged: dict[str, Any] = json.loads(response.body or "{}")
    return acknowledged


def press(api: str, action: str, value: object, *, kind: str = "button", **others: Any) -> dict[str, Any]:
    """The body of a click on a button under a message of the bot in a thread."""
    return {
        "type": "block_actions",
        "user": {"id": "U1", "name": "ann.smith"},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"message_ts": "5.5"},
        "message": {"ts": "5.5", "thread_ts": "1.1"},
        "trigger_id": "1.2.3",
        "response_url": f"{api}/respond/click",
        "actions": [{"type": kind, "block_id": "b", "action_id": action, "value": value}],
        **others,
    }


def submit(view: dict[str, Any], user: str = "U1", **filled: str) -> dict[str, Any]:
    """The body of a form that was filled in and sent: fields as Slack fills them, by their names."""
    kinds = {block["block_id"]: block["element"]["type"] for block in view["blocks"] if block["type"] == "input"}
    values = {name: {name: {"type": kind} | _entered(kind, filled.get(name))} for name, kind in kinds.items()}
    sent = view | {"id": "V1", "state": {"values": values}}
    return {"type": "view_submission", "user": {"id": user}, "team": {"id": "T1"}, "view": sent}


def _entered(kind: str, entered: str | None) -> dict[str, Any]:
    if kind == "plain_text_input":
        return {"value": entered}
    if kind == "checkboxes":
        return {"selected_options": [{"value": entered}] if entered else []}
    if kind == "multi_static_select":
        return {"selected_options": [{"value": each} for each in (entered or "").split(",") if each]}
    if kind == "multi_users_select":
        return {"selected_users": [each for each in (entered or "").split(",") if each]}
    if kind in {"datepicker", "users_select"}:
        return {"selected_date" if kind == "datepicker" else "selected_user": entered}
    return {"selected_option": {"value": entered} if entered else None}
