"""A Socket Mode server before local-slack that does what Slack does and local-slack does not.

Web API calls are handed on. Envelopes come from local-slack; here each goes to exactly one of the bot's connections,
and an event that is not confirmed is sent again. What is imitated, and where it is written:

- apps.connections.open takes an app-level token and returns a wss address that can be used once; `hello`, envelopes,
  acknowledgements by `envelope_id`, several connections of which any may get a payload, `disconnect` with a reason:
  https://docs.slack.dev/apis/events-api/using-socket-mode
- an event not confirmed within three seconds is sent up to three times more:
  https://docs.slack.dev/apis/events-api/#retries; in Socket Mode the envelope then holds `retry_attempt` and
  `retry_reason` (slack_sdk.socket_mode.request.SocketModeRequest, bolt-python issue 1484).
"""

import asyncio
import json
import threading
import uuid
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

Json = dict[str, Any]
T = TypeVar("T")

CONFIRM_WITHIN = 3.0  # seconds
_MOST_RETRIES = 3
_NOT_HANDED_ON = {"host", "content-length", "transfer-encoding", "connection"}


class SocketMode:
    """A context manager; while it is open, a thread serves `url`."""

    def __init__(self, upstream: str, app_token: str) -> None:
        self.url = ""
        self.opened = 0  # connections so far
        self._upstream, self._app_token = upstream, app_token
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="socket mode", daemon=True)
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._confirmed: dict[str, asyncio.Future[Json]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def redeliver(self, payload: Json) -> None:
        """Sends an event once more and waits until it is confirmed. Raises AssertionError if it never is."""
        envelope = {"type": "events_api", "payload": payload, "accepts_response_payload": False}
        assert self._do(self._deliver(envelope, retries=1)) is not None, "the event sent again was not confirmed"

    def refresh(self) -> None:
        """Asks the bot to open a new connection, as Slack does every few hours, and closes those it has."""
        self._do(self._refresh())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open_connection)
        app.router.add_route("*", "/api/{method}", self._hand_on)
        app.router.add_get("/link/", self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._client = ClientSession(headers={"Authorization": f"Bearer {self._app_token}"})
        async with self._client.post(f"{self._upstream}/api/apps.connections.open") as answer:
            source = await self._client.ws_connect((await answer.json())["url"])
        self._keep(self._take_from(source))

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in self._connections))
        await self._client.close()
        await self._runner.cleanup()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open_connection(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self._app_token}":
            return web.json_response({"ok": False, "error": "not_allowed_token_type"})
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        address = f"{self.url.replace('http', 'ws', 1)}/link/?ticket={ticket}"
        return web.json_response({"ok": True, "url": address})

    async def _hand_on(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_HANDED_ON}
        address = f"{self._upstream}{request.path_qs}"
        async with self._client.request(request.method, address, headers=headers, data=await request.read()) as answer:
            return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPUnauthorized
        self._tickets.remove(ticket)
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        self._connections.append(connection)
        info = {"host": "socket-mode", "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self._connections), "debug_info": info}
        await connection.send_json(hello | {"connection_info": {"app_id": "A0ATZINA"}})
        self.opened += 1
        async for frame in connection:
            if frame.type is WSMsgType.TEXT:
                self._note(json.loads(frame.data))
        if connection in self._connections:
            self._connections.remove(connection)
        return connection

    def _note(self, told: Json) -> None:
        waiting = self._confirmed.get(told.get("envelope_id", ""))
        if waiting and not waiting.done():
            waiting.set_result(told)

    async def _take_from(self, source: ClientWebSocketResponse) -> None:
        async for frame in source:
            envelope = json.loads(frame.data)
            if "envelope_id" in envelope:
                self._keep(self._deliver_and_confirm(envelope, source))

    async def _deliver_and_confirm(self, envelope: Json, source: ClientWebSocketResponse) -> None:
        confirmation = await self._deliver(envelope)
        if confirmation is not None:
            await source.send_json(confirmation | {"envelope_id": envelope["envelope_id"]})

    async def _deliver(self, envelope: Json, retries: int = 0) -> Json | None:
        """The bot's confirmation of an envelope; None if there was none, however often it was sent."""
        most = _MOST_RETRIES if envelope["type"] == "events_api" else 0
        for attempt in range(retries, most + 1):
            again = {"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {}
            confirmation = await self._send(envelope | again)
            if confirmation is not None:
                return confirmation
        return None

    async def _send(self, envelope: Json) -> Json | None:
        envelope_id = str(uuid.uuid4())
        waiting = self._confirmed[envelope_id] = self._loop.create_future()
        if self._connections:
            await self._connections[-1].send_json(envelope | {"envelope_id": envelope_id})
        try:
            return await asyncio.wait_for(waiting, CONFIRM_WITHIN)
        except TimeoutError:
            return None
        finally:
            del self._confirmed[envelope_id]

    async def _refresh(self) -> None:
        refreshed, self._connections = self._connections, []
        for connection in refreshed:
            await connection.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
            await connection.close()
