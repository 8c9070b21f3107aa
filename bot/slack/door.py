"""The Slack door's two ways in: Socket Mode where there is an app token, signed HTTP otherwise."""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.filters import read_filters
from bot.language import reply_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.settings import Settings
from bot.slack.delivery import FAULTS
from bot.slack.listeners import Parts, register
from corpus import Unavailable

_log = logging.getLogger("atzina.slack")
_TIMESTAMP = re.compile(r"\d{1,12}")
_PAUSES = (1, 2, 5, 10, 30, 60)  # seconds between tries to connect
_RETRIES = 3  # after a 429
_SOON = 1.0  # second: what comes has to be confirmed to Slack within three
# seconds between looks at whether the connection still stands: what Slack cannot deliver it sends again a minute later
_PING = 3
_TIDIED = 3600.0  # seconds from one tidying of old questions, or reminder, to the next
_WANTED = {  # of an event
    "app_mention": ("channel", "ts"),
    "message": ("channel", "ts"),
    "app_home_opened": ("channel", "user"),
    "agent_session_stopped": ("channel",),
}
_LOOK = 15.0  # seconds from one look at what was left over to the next


@dataclass(frozen=True, slots=True)
class Door:
    app: AsyncApp
    parts: Parts
    rooms: Rooms


def build(rooms: Rooms, base: str, metrics: Metrics) -> Door:
    """The application with its listeners. Raises Unavailable where neither way in is set up."""
    settings = rooms.settings
    if not settings.slack_app_token and not settings.slack_signing_secret:
        raise Unavailable(
            "SLACK_BOT_TOKEN is set, but neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP). "
            "Set one of them, or serve with --no-slack."
        )
    token = settings.slack_bot_token or ""
    app = AsyncApp(
        client=_client(settings, None),
        authorize=_identity(token),
        signing_secret=settings.slack_signing_secret or "",
        logger=logging.getLogger("atzina.slack.bolt"),
    )
    app.client.token = token  # afterwards: Bolt takes a client that has one for a reason to authorise in its own way
    parts = Parts.of(rooms, base, metrics)
    register(app, parts)
    return Door(app, parts, rooms)


@asynccontextmanager
async def connect(door: Door) -> AsyncIterator[None]:
    """Slack is listened to inside; the web page is served meanwhile, also while Slack cannot be reached."""
    await asyncio.to_thread(_load_words, door.rooms.settings)
    left = (door.parts.inbox.take_up, door.parts.adding.take_up, door.parts.handovers.take_up)
    tasks = [asyncio.create_task(_take_up(door, take_up)) for take_up in left]
    tasks += [asyncio.create_task(_tidy(door)), asyncio.create_task(_remind(door))]
    if door.rooms.settings.slack_app_token:
        tasks.append(asyncio.create_task(_listen(door, door.rooms.settings.slack_app_token)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _load_words(settings: Settings) -> None:
    """What tells languages and reads filters takes a second to load: not in the first question, which others wait for.

    It is Python at work, so nothing is confirmed to Slack meanwhile.
    """
    reply_language("Kas ir šeit, 2019?", settings.languages)
    read_filters("Kas ir šeit, 2019?")


async def _take_up(door: Door, take_up: Callable[[AsyncWebClient], Awaitable[None]]) -> None:
    """Does, from the start on and for ever, what another process or a fault of the network has left over."""
    while True:
        try:
            await take_up(door.app.client)
        except Exception:
            _log.exception("What was left over could not be done; it is tried again.")
        await asyncio.sleep(_LOOK)


async def _tidy(door: Door) -> None:
    """Drops, from the start on and for ever, what was kept of questions for as long as it may be."""
    while True:
        try:
            await asyncio.to_thread(door.rooms.corpus.questions.drop_texts, door.rooms.settings.questions_days)
        except Exception:
            _log.exception("Old questions could not be dropped; it is tried again.")
        await asyncio.sleep(_TIDIED)


async def _remind(door: Door) -> None:
    """Tells the curators, from the start on and for ever, of reports whose review date has passed."""
    while True:
        try:
            await door.parts.reviews.remind(door.app.client)
        except Exception:
            _log.exception("The curators could not be reminded; it is tried again.")
        await asyncio.sleep(_TIDIED)


async def _listen(door: Door, token: str) -> None:
    """Opens Socket Mode, trying again until Slack can be reached; the SDK keeps it open from then on."""
    client = _client(door.rooms.settings, token)
    handler = AsyncSocketModeHandler(door.app, token, web_client=client, ping_interval=_PING)
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
        if not is_slacks(body):
            return _refused(400, "The body is not what Slack sends.")
        return await handler.handle(request)

    return found


def is_slacks(body: bytes) -> bool:
    """Whether a body has the shape of what Slack sends: a JSON object, or a form with one, or a command.

    >>> is_slacks(b'{"type": "url_verification"}'), is_slacks(b"[]"), is_slacks(b"payload=nonsense")
    (True, False, False)
    """
    try:
        text = body.decode()
        if not text.startswith(("{", "[", '"')):
            form = dict(parse_qsl(text, strict_parsing=True, max_num_fields=100))
            if "payload" not in form:
                return {"command", "response_url", "user_id"} <= form.keys() or "ssl_check" in form
            text = form["payload"]
        sent = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(sent, dict) and isinstance(sent.get("type"), str) and _whole(sent)


def _whole(sent: dict[str, Any]) -> bool:
    """Whether the parts that listeners rely on are there."""
    if sent["type"] == "event_callback":
        event = sent.get("event")
        return isinstance(event, dict) and all(
            isinstance(event.get(name), str) for name in _WANTED.get(str(event.get("type")), ())
        )
    if sent["type"] == "block_actions":
        actions = sent.get("actions")
        return bool(actions) and isinstance(actions, list) and isinstance(sent.get("user"), dict)
    if sent["type"] == "message_action":
        parts = (sent.get("user"), sent.get("channel"), sent.get("message"))
        return all(isinstance(part, dict) for part in parts) and isinstance(sent.get("trigger_id"), str)
    if sent["type"] == "view_submission":
        view = sent.get("view")
        return isinstance(view, dict) and bool(view.get("private_metadata")) and isinstance(sent.get("user"), dict)
    return True


def _verified(settings: Settings, request: Request, body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False  # the verifier of slack_sdk 3.47 breaks on it
    return SignatureVerifier(settings.slack_signing_secret or "").is_valid(
        body=body,
        timestamp=request.headers.get("x-slack-request-timestamp", ""),
        signature=request.headers.get("x-slack-signature", ""),
    )


def _refused(status: int, message: str) -> JSONResponse:
    code = {400: "invalid", 401: "unsigned"}.get(status, "error")
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def _identity(token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Tells Bolt for each event who we are, as Slack says once it does.

    Bolt's own way confirms to Slack what comes before that, and drops it. Here it is taken like all else, and answered
    when Slack lets us. Until then our own messages are known by their `bot_id` alone.
    """
    known: list[AuthorizeResult] = []

    async def identity(client: AsyncWebClient, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        client.token = token
        if not known:
            try:
                told = await asyncio.wait_for(client.auth_test(), _SOON)
            except FAULTS:  # why, is logged when something is to be said
                return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)
            known.append(AuthorizeResult.from_auth_test_response(bot_token=token, auth_test_response=told))
        return known[0]

    return identity


def _client(settings: Settings, token: str | None) -> AsyncWebClient:
    client = AsyncWebClient(token, base_url=settings.slack_api_url)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=_RETRIES))
    return client
