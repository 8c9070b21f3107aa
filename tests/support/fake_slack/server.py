"""`FakeSlack`: the server in a thread of its own, what people do at it, and what a test can let go wrong."""

import asyncio
import copy
import threading
import time
from collections.abc import Coroutine, Sequence
from typing import Any, Self, TypeVar

from aiohttp import web
from block_kit import button
from workspace import (
    APP_TOKEN,
    ASKER,
    BOT,
    BOT_TOKEN,
    COLLEAGUE,
    CURATOR,
    CURATORS,
    GENERAL,
    QUIET,
    SECRET,
    TEAM,
    Mode,
    Workspace,
)

from fake_slack import payloads
from fake_slack.delivery import PAUSES, Delivery
from fake_slack.faults import Faults
from fake_slack.office import Office, RefusedError
from fake_slack.web_api import WebApi, read_body, said

Json = dict[str, Any]
T = TypeVar("T")

_SHOWN = {"invalid_arguments", "invalid_blocks", "invalid_blocks_format", "msg_too_long", "no_text"}


class FakeSlack(Workspace):
    """A context manager. `scopes`: of the bot's token, else all; `pauses`: before each redelivery of an event."""

    def __init__(
        self,
        mode: Mode,
        *,
        asker: str = ASKER,
        people: Sequence[str] = (),
        scopes: set[str] | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        super().__init__(mode, asker)
        everybody = list(dict.fromkeys([asker, COLLEAGUE, CURATOR, *people]))
        channels = {GENERAL: everybody, QUIET: everybody, CURATORS: [CURATOR]}
        self.office = Office(TEAM, BOT, everybody, channels)
        self.faults = Faults(scopes)
        self.delivery = Delivery(SECRET, self.request_url if mode == "http" else None, pauses)
        self.api = WebApi(self.office, self.faults)
        self._log: list[Json] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake slack", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # What people do

    def command(self, text: str, command: str = "/lessons", channel: str = GENERAL, *, user: str | None = None) -> None:
        self._do(self._command(text, command, channel, user or self.asker))

    def click(self, message: Json, action_id: str, user: str | None = None, half: str | None = None) -> None:
        pressed = button(message["blocks"], action_id)
        if half:
            pressed |= {"value": pressed[f"{half}_button"]["value"]}
        self._do(self._click(message, pressed, user or self.asker))

    def form(self) -> Json:
        shown = self.wait_for(lambda: list(self.office.open_forms), "a form to open")
        return copy.deepcopy(self.office.views[shown[-1]])

    def fill_in(self, user: str | None = None, **fields: str) -> None:
        view = payloads.filled(self.form(), fields)
        self._do(self._submit(view, user or self.asker))

    def open_home(self, user: str | None = None, tab: str = "home") -> None:
        """Somebody (else the asker) opens the bot's page: its Home, or its messages."""
        self._do(self._open_home(user or self.asker, tab))

    def shortcut(self, callback_id: str, ts: str, channel: str = GENERAL, user: str | None = None) -> None:
        """Somebody (else the asker) chooses one of the bot's shortcuts on a message."""
        self._do(self._shortcut(callback_id, ts, channel, user or self.asker))

    def click_home(self, action_id: str, user: str | None = None, typed: str | None = None) -> None:
        """`typed`: what stands in the field of the Home meanwhile."""
        home = self.home(user)
        assert home, "no Home has been published"
        self._do(self._click_home(payloads.entered(home, typed), action_id, user or self.asker))

    def delete(self, ts: str, channel: str = GENERAL) -> None:
        """Somebody deletes a message, whosever it is."""
        self._do(self._delete(channel, ts))

    def post_as_bot(self, text: str, thread: str, channel: str = GENERAL) -> str:
        return str(self._do(self._post(channel, BOT, text, thread))["ts"])

    # What people see

    def home(self, user: str | None = None) -> Json | None:
        """What the bot has published as the Home of somebody (else the asker)."""
        return copy.deepcopy(self.office.views.get(user or self.asker))

    # What went over the wire

    def log(self) -> list[Json]:
        return list(self._log)

    def connections(self) -> int:
        return self.delivery.opened

    def refusals(self) -> list[str]:
        refused = [each for each in self._log if each["kind"] == "refusal" and each["summary"] in _SHOWN]
        return [f"{each['summary']}: {each['detail']}" for each in refused]

    # What Slack does

    def redeliver(self, ts: str) -> None:
        """Sends the events of a message again, as Slack does when it saw no confirmation; waits for the bot's."""
        bodies = self.events(ts)
        assert bodies, f"no event was sent for the message {ts}"
        for body in bodies:
            confirmed = self._do(self.delivery.deliver("events_api", body, attempt=1))
            assert confirmed is not None, "the event sent again was not confirmed"

    def renew_connections(self, reason: str = "refresh_requested") -> None:
        """Asks the bot for a new Socket Mode connection, as Slack does every few hours."""
        self._do(self.delivery.disconnect(reason))

    def cut_connections(self) -> None:
        """The connections break."""
        self._do(self.delivery.cut())

    def remove_bot(self, channel: str = GENERAL) -> None:
        """Somebody removes the bot from a channel."""
        self.office.members[channel].discard(BOT)

    # -- inside

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open_connection)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/respond/{id}", self._respond)
        app.router.add_get("/link/", self.delivery.link)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self.delivery.stop()
        await self._runner.cleanup()

    async def _open_connection(self, request: web.Request) -> web.Response:
        """https://docs.slack.dev/reference/methods/apps.connections.open: only with an app-level token."""
        if request.headers.get("Authorization") != f"Bearer {APP_TOKEN}":
            return web.json_response({"ok": False, "error": "not_allowed_token_type"})
        address = f"{self.url.replace('http', 'ws', 1)}/link/?ticket={self.delivery.ticket()}"
        return web.json_response({"ok": True, "url": address})

    async def _call(self, request: web.Request) -> web.Response:
        """https://docs.slack.dev/apis/web-api/#responses: a refusal is HTTP 200 with `ok: false`."""
        method = request.match_info["method"]
        body: Json = {}
        try:
            body = await read_body(request)
            self._note("from_bot", "web_api", method, body)
            wait = self.faults.wait(method, str(body.get("channel")))
            if wait is not None:
                return web.json_response(
                    {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(max(1, round(wait)))}
                )
            _check_token(request, body)
            answer = self.api.call(method, body)
            if method in {"chat.postMessage", "chat.update"}:
                self._tell_of_own(method, answer["message"])
        except RefusedError as refused:
            answer = refused.answer
            self._note("to_bot", "refusal", answer["error"], {"method": method, "answer": answer, "body": body})
        granted = ",".join(sorted(self.faults.scopes or ()))
        return web.json_response(answer, headers={"x-oauth-scopes": granted} if granted else {})

    async def _respond(self, request: web.Request) -> web.Response:
        """https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
        body = await read_body(request)
        self._note("from_bot", "response_url", request.path, body)
        place = self.office.use_response_path(request.path)
        if place is None:
            return web.Response(status=404, text="used_url")
        try:
            self._answer(place, body)
        except RefusedError as refused:
            self._note("to_bot", "refusal", refused.answer["error"], {"answer": refused.answer, "body": body})
            return web.json_response(refused.answer, status=400)
        return web.Response(text="ok")

    def _answer(self, place: Json, body: Json) -> None:
        """Shows what a command or a click is answered with: to the person alone unless it says `in_channel`."""
        text, blocks = said(body)
        source = place["source"]
        if body.get("delete_original") and source in self.office.messages[place["channel"]]:
            self.office.messages[place["channel"]].remove(source)
        elif body.get("replace_original") and source:
            self.office.changed(source, text=text, blocks=blocks)
        else:
            alone = {"subtype": "ephemeral", "ephemeral_to": place["user"]}
            seen = {} if body.get("response_type") == "in_channel" else alone
            self.office.post(place["channel"], BOT, text, blocks=blocks, thread_ts=body.get("thread_ts"), **seen)

    # -- what people do, in the loop

    def _say(self, channel: str, text: str, thread: str | None = None, user: str | None = None) -> Json:
        message = self._do(self._post(self._do(self._channel(channel)), user or self.asker, text, thread))
        self._do(self._tell(message))
        return message

    def say_as(self, user: str, text: str, channel: str = GENERAL) -> str:
        """Somebody mentions the bot, without waiting for anything. Returns the message's ts."""
        message = self._do(self._post(channel, user, f"<@{BOT}> {text}", None))
        self._do(self._tell(message))
        return str(message["ts"])

    async def _post(self, channel: str, user: str, text: str, thread: str | None) -> Json:
        return dict(self.office.post(channel, user, text, thread_ts=thread))

    async def _channel(self, named: str) -> str:
        return self.office.channel(named)

    async def _tell(self, message: Json) -> None:
        """The events of a message that somebody wrote, as far as the manifest asks for them."""
        for event in payloads.events_of(message):
            self._send_event(event)

    def _tell_of_own(self, method: str, message: Json) -> None:
        """A bot is told of its own direct messages too: https://docs.slack.dev/reference/events/message.im."""
        own = dict(message) | {"bot_id": f"B{BOT[1:]}"}
        changed = {"type": "message", "subtype": "message_changed", "channel": message["channel"], "message": own}
        for event in payloads.events_of(
            own if method == "chat.postMessage" else changed | {"ts": f"{time.time():.6f}"}
        ):
            self._send_event(event)

    def _send_event(self, event: Json) -> None:
        body = payloads.event_callback(event)
        self._note("to_bot", "events_api", event["type"], body)
        self.delivery.keep(self.delivery.deliver("events_api", body))

    async def _command(self, text: str, command: str, channel: str, user: str) -> None:
        path = self.office.response_path(channel, user, None)
        sent = payloads.slash_command(command, text, channel, user, f"{self.url}{path}", self.office.trigger())
        self._note("to_bot", "slash_commands", command, sent)
        self.delivery.keep(self._answered(sent, "slash_commands", path))

    async def _answered(self, sent: Json, kind: str, path: str) -> None:
        """What a command is confirmed with is shown as an answer to it."""
        answer = await self.delivery.deliver(kind, sent)
        if answer is None:
            self._note("to_bot", "refusal", "operation_timeout", sent)
        place = self.office.use_response_path(path) if answer and (answer.get("text") or answer.get("blocks")) else None
        if answer and place:
            self._answer(place, answer)

    async def _click(self, message: Json, pressed: Json, user: str) -> None:
        path = self.office.response_path(message["channel"], user, self._source(message))
        sent = payloads.block_actions(message, pressed, user, f"{self.url}{path}", self.office.trigger())
        self._note("to_bot", "interactive", pressed["action_id"], sent)
        self.delivery.keep(self.delivery.deliver("interactive", sent))

    async def _shortcut(self, callback_id: str, ts: str, channel: str, user: str) -> None:
        message = dict(self.office.message(channel, ts))
        message |= {"bot_id": f"B{BOT[1:]}"} if message["user"] == BOT else {}
        path = self.office.response_path(message["channel"], user, None)
        sent = payloads.message_action(callback_id, message, user, f"{self.url}{path}", self.office.trigger())
        self._note("to_bot", "interactive", callback_id, sent)
        self.delivery.keep(self.delivery.deliver("interactive", sent))

    async def _click_home(self, home: Json, action_id: str, user: str) -> None:
        sent = payloads.home_actions(home, button(home["blocks"], action_id), user, self.office.trigger())
        self._note("to_bot", "interactive", action_id, sent)
        self.delivery.keep(self.delivery.deliver("interactive", sent))

    def _source(self, message: Json) -> Json | None:
        return next((m for m in self.office.messages[message["channel"]] if m["ts"] == message["ts"]), None)

    async def _submit(self, view: Json, user: str) -> None:
        sent = payloads.view_submission(view, user, self.office.trigger())
        self._note("to_bot", "interactive", view["callback_id"], sent)
        answer = await self.delivery.deliver("interactive", sent)
        assert answer is not None, "the form was not confirmed"
        if answer.get("response_action") == "errors":
            self.office.views[view["id"]]["errors"] = answer["errors"]
        elif view["id"] in self.office.open_forms:
            self.office.open_forms.remove(view["id"])

    async def _open_home(self, user: str, tab: str) -> None:
        event = {"type": "app_home_opened", "user": user, "channel": self.office.channel(user), "tab": tab}
        view = {"view": self.office.views[user]} if tab == "home" and user in self.office.views else {}
        for each in payloads.events_of(event | view):
            self._send_event(each)

    async def _delete(self, channel: str, ts: str) -> None:
        self.office.messages[channel].remove(self.office.message(channel, ts))

    def _note(self, direction: str, kind: str, summary: str, detail: Json) -> None:
        self._log.append(
            {"direction": direction, "kind": kind, "summary": summary, "detail": detail, "at": time.monotonic()}
        )

    def _messages(self, channel: str) -> list[Json]:
        return [copy.deepcopy(each) for each in list(self.office.messages.get(channel, []))]

    def _channels(self) -> list[Json]:
        members = {channel: sorted(self.office.members[channel]) for channel in list(self.office.messages)}
        return [{"id": c, "is_im": c.startswith("D"), "members": those} for c, those in members.items()]


def _check_token(request: web.Request, body: Json) -> None:
    """https://docs.slack.dev/reference/methods/auth.test#errors"""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ") or body.get("token")
    if not given:
        raise RefusedError("not_authed")
    if given == APP_TOKEN:
        raise RefusedError("not_allowed_token_type")
    if given != BOT_TOKEN:
        raise RefusedError("invalid_auth")
