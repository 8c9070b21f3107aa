"""How the fake reaches the bot: Socket Mode or signed requests; what is not confirmed is sent again.

https://docs.slack.dev/apis/events-api/using-socket-mode and https://docs.slack.dev/apis/events-api/#retries: an event
that is not confirmed within three seconds is sent up to three times more: at once, after a minute, after five minutes.
Here the pauses are shorter, by what a test says. A command, a click and a form are sent once.
"""

import asyncio
import contextlib
import itertools
import json
import time
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType, web
from slack_sdk.signature import SignatureVerifier

Json = dict[str, Any]

CONFIRM_WITHIN = 3.0  # seconds
PAUSES = (0.0, 1.0, 3.0)  # seconds before each delivery but the first
_HEARTBEAT = 10.0  # seconds from one ping to the next


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery: of what, which of its tries, and how many seconds its confirmation took; None: there was none."""

    kind: str
    attempt: int
    seconds: float | None
    reached: bool  # whether a connection was open to send it over
    payload: Json


class Delivery:
    """Used by the server's event loop alone. With `request_url` it sends requests, else it waits for connections."""

    def __init__(self, secret: str, request_url: str | None, pauses: Sequence[float] = PAUSES) -> None:
        self.sent: list[Sent] = []
        self.opened = 0  # connections so far
        self.connections: list[web.WebSocketResponse] = []
        self._secret, self._request_url, self._pauses = secret, request_url, pauses
        self._turn = itertools.count()
        self._tickets: set[str] = set()
        self._confirmed: dict[str, asyncio.Future[Json | None]] = {}
        self._over: dict[web.WebSocketResponse, set[str]] = {}  # envelopes that were sent over it
        self._tasks: set[asyncio.Task[Any]] = set()
        self._client: ClientSession | None = None

    def keep(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begins something that goes on until it is done, or the server stops."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in self.connections), return_exceptions=True)
        if self._client:
            await self._client.close()

    # -- connections

    def ticket(self) -> str:
        """With which one connection can be opened, once."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A connection of Socket Mode, for as long as it is open."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPUnauthorized
        self._tickets.remove(ticket)
        connection = web.WebSocketResponse(heartbeat=_HEARTBEAT)
        await connection.prepare(request)
        self._over[connection] = set()
        info = {"host": "fake", "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.connections) + 1, "debug_info": info}
        await connection.send_json(hello | {"connection_info": {"app_id": "A0ATZINA"}})
        self.connections.append(connection)
        self.opened += 1
        try:
            with contextlib.suppress(ConnectionError):  # it broke while something was written
                async for frame in connection:
                    if frame.type is WSMsgType.TEXT:
                        self._confirm(json.loads(frame.data))
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
            for envelope_id in self._over.pop(connection):
                self._confirm({"envelope_id": envelope_id, "lost": True})
        return connection

    async def disconnect(self, reason: str) -> None:
        """Tells every connection that it ends; `warning` leaves it open, `refresh_requested` closes it."""
        told = list(self.connections)
        if reason != "warning":
            self.connections.clear()
        for connection in told:
            await connection.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})
            if reason != "warning":
                await connection.close()

    async def cut(self) -> None:
        """Every connection breaks without a word."""
        for connection in list(self.connections):
            self.connections.remove(connection)
            if transport := connection._req.transport if connection._req else None:
                transport.abort()

    # -- deliveries

    async def deliver(self, kind: str, payload: Json, *, attempt: int = 0) -> Json | None:
        """What the bot has confirmed it with; None where it never did. `kind`: events_api, interactive, slash_commands.

        An attempt above 0 is a delivery that Slack repeats.
        """
        most = len(self._pauses) if kind == "events_api" else 0
        for turn in range(attempt, most + 1):
            if turn > attempt:
                await asyncio.sleep(self._pauses[turn - 1])
            began = time.monotonic()
            answer, reached = await self._send(kind, payload, turn)
            seconds = time.monotonic() - began if answer is not None else None
            self.sent.append(Sent(kind, turn, seconds, reached, payload))
            if answer is not None:
                return answer
        return None

    async def _send(self, kind: str, payload: Json, attempt: int) -> tuple[Json | None, bool]:
        if self._request_url:
            return await self._request(self._request_url, kind, payload, attempt)
        if not self.connections:
            return None, False
        connection = self.connections[next(self._turn) % len(self.connections)]  # exactly one of them
        envelope_id = str(uuid.uuid4())
        waiting = self._confirmed[envelope_id] = asyncio.get_running_loop().create_future()
        self._over[connection].add(envelope_id)
        again = {"retry_attempt": attempt, "retry_reason": "timeout"} if kind == "events_api" else {}
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        try:
            await connection.send_json(envelope | again)
            return await asyncio.wait_for(waiting, CONFIRM_WITHIN), True
        except (TimeoutError, ConnectionError):
            return None, True
        finally:
            del self._confirmed[envelope_id]
            self._over.get(connection, set()).discard(envelope_id)

    def _confirm(self, told: Json) -> None:
        waiting = self._confirmed.get(str(told.get("envelope_id")))
        if waiting and not waiting.done():
            waiting.set_result(None if told.get("lost") else told.get("payload") or {})

    async def _request(self, url: str, kind: str, payload: Json, attempt: int) -> tuple[Json | None, bool]:
        """https://docs.slack.dev/authentication/verifying-requests-from-slack: signed, with the retry's number."""
        form = {"slash_commands": payload, "interactive": {"payload": json.dumps(payload)}}
        body = urlencode(form[kind]) if kind in form else json.dumps(payload)
        now = str(int(time.time()))
        signature = SignatureVerifier(self._secret).generate_signature(timestamp=now, body=body) or ""
        headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
        headers["Content-Type"] = "application/x-www-form-urlencoded" if kind in form else "application/json"
        headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"} if attempt else {}
        self._client = self._client or ClientSession(timeout=ClientTimeout(CONFIRM_WITHIN))
        try:
            async with self._client.post(url, data=body.encode(), headers=headers) as answer:
                said = await answer.text()
                if answer.status != 200:
                    return None, True
                return json.loads(said) if said.startswith("{") else ({"text": said} if said else {}), True
        except (ClientError, TimeoutError, OSError):
            return None, False
