"""Saying something to Slack: tried again where the network or Slack fails, and told apart from a refusal."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.faults import told, told_asker
from bot.metrics import Metrics
from bot.slack.blocks import Message, plain_message
from corpus import Unavailable

_log = logging.getLogger("atzina.slack")
T = TypeVar("T")

SILENT: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
FAULTS = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
_PAUSES = (1.0, 3.0, 9.0)  # seconds between tries
# https://docs.slack.dev/reference/methods/chat.postMessage#errors: those that are Slack's own, and may be gone soon
_SLACKS_OWN = {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
_TOO_MANY, _BAD, _BROKEN = 429, 400, 500  # statuses of HTTP


async def delivered(send: Callable[[], Awaitable[T]]) -> T:
    """What Slack answered. What passes is tried again after each pause; raises one of FAULTS after the last."""
    for pause in _PAUSES:
        try:
            return await send()
        except FAULTS as fault:
            if not passes(fault):
                raise
            await asyncio.sleep(pause)
    return await send()


def passes(fault: Exception) -> bool:
    """Whether it may be gone when it is tried again: the network's fault or Slack's own, and no refusal."""
    return not isinstance(fault, SlackApiError) or why(fault) in _SLACKS_OWN | {None}


def why(fault: Exception) -> object:
    """Slack's code for an error, or what the network says; None where Slack answered with no code, as from a proxy."""
    if not isinstance(fault, SlackApiError):
        return str(fault) or type(fault).__name__
    said = getattr(fault.response, "data", None)
    return said.get("error") if isinstance(said, dict) else None


async def respond_with(
    respond: AsyncRespond, message: Message, *, to_channel: bool = False, thread: str | None = None
) -> None:
    """Answers a command or a button by its response_url, to the person alone or to the channel, or in a thread.

    Raises one of FAULTS, or Unavailable where Slack takes no answer any more.
    """
    kind = "in_channel" if to_channel else "ephemeral"

    async def send() -> None:
        told = await respond(
            response_type=kind,
            replace_original=False,
            text=message.text,
            blocks=message.blocks,
            thread_ts=thread,
            **SILENT,
        )
        if told.status_code == _TOO_MANY or told.status_code >= _BROKEN:
            raise ConnectionError(f"status {told.status_code}")
        if told.status_code >= _BAD:
            raise Unavailable(f"Slack did not take a reply: status {told.status_code}.")

    await delivered(send)


async def tell(respond: AsyncRespond, message: Message, *, thread: str | None = None) -> None:
    """Says something to one person; where even that fails, to the log."""
    try:
        await respond_with(respond, message, thread=thread)
    except (*FAULTS, Unavailable) as fault:
        _log.warning("A reply to a command or a button could not be sent: %s", why(fault))


async def post(client: AsyncWebClient, where: Mapping[str, Any], message: Message) -> str:
    """The ts of a new message. Raises one of FAULTS."""
    posted = await delivered(
        lambda: client.chat_postMessage(**where, text=message.text, blocks=message.blocks, **SILENT)
    )
    return str(posted["ts"])


def fault_message(metrics: Metrics, fault: Exception, language: str | None) -> Message:
    """What somebody is told where something went wrong, which is counted."""
    said = told(fault)
    metrics.errors.labels(said.code).inc()
    return plain_message(told_asker(fault, said, language))
