"""The Slack door's two ways in: Socket Mode where there is an app token, signed HTTP otherwise."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import Desk, left_over, register, resume
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Unavailable

_log = logging.getLogger("atzina.slack")
_TIMESTAMP = re.compile(r"\d{1,12}")
_PAUSES = (1, 2, 5, 10, 30, 60)  # seconds between tries to connect
_RETRIES = 3  # after a 429


@dataclass(frozen=True, slots=True)
class Door:
    app: AsyncApp
    desk: Desk
    rooms: Rooms


def build(rooms: Rooms, base: str, metrics: Metrics) -> Door:
    """The application with its listeners. Raises Unavailable where neither way in is set up."""
    settings = rooms.settings
    if not settings.slack_app_token and not settings.slack_signing_secret:
        raise Unavailable(
            "SLACK_BOT_TOKEN is set, but neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP). "
            "Set one of them, or serve with --no-slack."
        )
    app = AsyncApp(
        client=_client(settings, settings.slack_bot_token or ""),
        signing_secret=settings.slack_signing_secret or "",
        logger=logging.getLogger("atzina.slack.bolt"),
    )
    desk = Desk(rooms, base, metrics)
    register(app, desk)
    return Door(app, desk, rooms)


@asynccontextmanager
async def connect(door: Door) -> AsyncIterator[None]:
    """Slack is listened to inside; the web page is served meanwhile, also while Slack cannot be reached."""
    tasks = [asyncio.create_task(_resume(door, await left_over(door.rooms)))]
    if door.rooms.settings.slack_app_token:
        tasks.append(asyncio.create_task(_listen(door, door.rooms.settings.slack_app_token)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _resume(door: Door, pending: dict[str, Any]) -> None:
    try:
        await resume(door.desk, door.app.client, pending)
    except Exception:
        _log.exception("What was left from before the restart could not be answered.")


async def _listen(door: Door, token: str) -> None:
    """Opens Socket Mode, trying again until Slack can be reached; the SDK keeps it open from then on."""
    handler = AsyncSocketModeHandler(door.app, token, web_client=_client(door.rooms.settings, token))
    try:
        for attempt in range(10**9):
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
                _log.info("Connected to Slack by Socket Mode.")
                await asyncio.Event().wait()
            except (TimeoutError, SlackApiError, OSError) as fault:
                if attempt == 0:
                    reason = fault.response.get("error") if isinstance(fault, SlackApiError) else fault
                    _log.warning("Slack cannot be reached (%s); trying again. `atzina doctor` tells more.", reason)
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
    finally:
        with contextlib.suppress(Exception):
            await handler.close_async()  # type: ignore[no-untyped-call]


def routes(door: Door) -> APIRouter:
    """POST /slack/events for events, commands and buttons, signed by Slack."""
    handler, found = AsyncSlackRequestHandler(door.app), APIRouter(include_in_schema=False)

    @found.post("/slack/events")
    async def slack(request: Request) -> Response:
        """What Slack sends. Anything that is not well signed is refused before it is looked at."""
        # Bolt 1.30 answers 500 to a timestamp that is no number, and to a body that is no JSON before it is verified
        if not _TIMESTAMP.fullmatch(request.headers.get("x-slack-request-timestamp", "")):
            return _refused(401, "The request is not signed by Slack.")
        body = await request.body()
        if not _verified(door.rooms.settings, request, body):
            return _refused(401, "The request is not signed by Slack.")
        try:
            return await handler.handle(request)
        except ValueError:
            return _refused(400, "The body is not what Slack sends.")

    return found


def _verified(settings: Settings, request: Request, body: bytes) -> bool:
    return SignatureVerifier(settings.slack_signing_secret or "").is_valid(
        body=body,
        timestamp=request.headers.get("x-slack-request-timestamp", ""),
        signature=request.headers.get("x-slack-signature", ""),
    )


def _refused(status: int, message: str) -> JSONResponse:
    code = {400: "invalid", 401: "unsigned"}.get(status, "error")
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def _client(settings: Settings, token: str) -> AsyncWebClient:
    client = AsyncWebClient(token, base_url=settings.slack_api_url)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=_RETRIES))
    return client
