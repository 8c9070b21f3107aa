"""Saying something to Slack: tried again where the network or Slack fails, and told apart from a refusal."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.faults import told, told_asker
from bot.metrics import Metrics
from bot.slack.blocks import Message, notice, plain_block, plain_message, quoted, rich
from bot.words import noted, voice
from corpus import Unavailable

_log = logging.getLogger("atzina.slack")
T = TypeVar("T")

SILENT: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
FAULTS = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
_PAUSES = (1.0, 3.0, 9.0)  # seconds between tries
# https://docs.slack.dev/reference/methods/chat.postMessage#errors: those that are Slack's own, and may be gone soon
_SLACKS_OWN = {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
# those of a token that holds no more: https://docs.slack.dev/reference/methods/auth.test#errors
_LOCKED_OUT = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
_NOT_THERE = noted(
    "I cannot write in the channel where you asked: I am not a member of it. "
    "Invite me there and ask again, or write to me directly."
)
_ARCHIVED = noted("I cannot write in the channel where you asked: it is archived. Write to me directly instead.")
_FORBIDDEN = noted(
    "I cannot write in the channel where you asked: its settings do not allow it. Write to me directly instead."
)
_SHUT = {  # those of a channel in which the bot cannot write, and what is said of it
    "not_in_channel": _NOT_THERE,
    "channel_not_found": _NOT_THERE,
    "is_archived": _ARCHIVED,
    "restricted_action": _FORBIDDEN,
    "restricted_action_non_threadable_channel": _FORBIDDEN,
    "restricted_action_read_only_channel": _FORBIDDEN,
    "restricted_action_thread_locked": _FORBIDDEN,
    "restricted_action_thread_only_channel": _FORBIDDEN,
}
_LOOKED_AT = 200  # messages of a thread
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


def is_locked_out(fault: Exception) -> bool:
    """Whether Slack takes the token no more, so that nothing can be said anywhere until it is replaced."""
    return isinstance(fault, SlackApiError) and why(fault) in _LOCKED_OUT


def shut_message(fault: Exception, question: str, language: str | None) -> Message | None:
    """Why a question cannot be answered in its channel, for its asker; None where it is no fault of the channel."""
    reason = _reason(fault, language)
    return notice([reason], [plain_block(reason), rich(quoted(question))]) if reason else None


def _reason(fault: Exception, language: str | None) -> str | None:
    sentence = _SHUT.get(str(why(fault))) if isinstance(fault, SlackApiError) else None
    return voice(language).gettext(sentence) if sentence else None


class Complaints:
    """What the log is told of what cannot be said: once for each cause and channel, until something can be said there.

    One for each application.
    """

    def __init__(self) -> None:
        self._made: dict[str, set[str]] = {}

    def make(self, fault: Exception, channel: str) -> None:
        """Logs why something could not be said in a channel."""
        # a token is the same in every channel
        place, cause = "" if is_locked_out(fault) else channel, str(why(fault))
        if cause in self._made.setdefault(place, set()):
            return
        self._made[place].add(cause)
        if is_locked_out(fault):
            _log.error("Slack refuses the token (%s): nothing can be said until SLACK_BOT_TOKEN is a valid one.", cause)
        elif passes(fault):
            _log.warning("Slack cannot be reached (%s); answers in %s wait.", cause, channel)
        elif cause == "missing_scope":
            _log.error(
                "Slack refused a message in %s: the app lacks the scope %s. Install it again with slack-manifest.json.",
                channel,
                _told(fault, "needed"),
            )
        else:
            _log.warning("Slack refused a message in %s: %s", channel, cause)

    def withdraw(self, channel: str) -> None:
        """Something could be said in a channel."""
        for place in ("", channel):
            self._made.pop(place, None)


def why(fault: Exception) -> object:
    """Slack's code for an error, or what the network says; None where Slack answered with no code, as from a proxy."""
    if not isinstance(fault, SlackApiError):
        return str(fault) or type(fault).__name__
    return _told(fault, "error")


def _told(fault: Exception, name: str) -> object:
    said = getattr(getattr(fault, "response", None), "data", None)
    return said.get(name) if isinstance(said, dict) else None


async def respond_with(
    respond: AsyncRespond,
    message: Message,
    *,
    to_channel: bool = False,
    thread: str | None = None,
    instead: bool = False,
) -> None:
    """Answers a command or a button by its response_url, to the person alone or to the channel, or in a thread.

    `instead`: in place of the message of the button.

    Raises one of FAULTS, or Unavailable where Slack takes no answer any more.
    """
    kind = "in_channel" if to_channel else "ephemeral"

    async def send() -> None:
        told = await respond(
            response_type=kind,
            replace_original=instead,
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


async def reach(client: AsyncWebClient, url: str, user: str, message: Message) -> None:
    """Says something to one person: where they have acted, if Slack gave a `url` for that and takes it; else directly.

    Where even that fails, to the log.
    """
    try:
        if url:
            await respond_with(AsyncRespond(response_url=url), message)
            return
    except (*FAULTS, Unavailable) as fault:
        _log.info("A reply to a button or a form could not be sent (%s); it goes as a direct message.", why(fault))
    try:
        await post(client, {"channel": user}, message)
    except FAULTS as fault:
        _log.warning("Somebody could not be told directly: %s", why(fault))


async def post(client: AsyncWebClient, where: Mapping[str, Any], message: Message) -> str:
    """The ts of a new message. Raises one of FAULTS."""
    answered = await delivered(
        lambda: client.chat_postMessage(**where, text=message.text, blocks=message.blocks, **SILENT)
    )
    return str(answered["ts"])


async def post_marked(client: AsyncWebClient, where: Mapping[str, Any], message: Message, mark: str) -> str:
    """The ts of a new message, under a mark by which `posted` finds it, should this process die before it is noted."""
    first, *others = message.blocks
    return await post(client, where, replace(message, blocks=[first | {"block_id": mark}, *others]))


async def posted(client: AsyncWebClient, channel: str, thread: str, oldest: str, mark: str) -> str | None:
    """The ts of what was posted in a thread under a mark by a process that died before it was noted; None if nothing.

    None also where Slack does not tell: https://docs.slack.dev/reference/methods/conversations.replies
    """
    place: dict[str, Any] = {"channel": channel, "ts": thread, "oldest": oldest, "limit": _LOOKED_AT}
    try:
        told = await delivered(lambda: client.conversations_replies(**place))
    except SlackApiError as fault:
        if passes(fault) or is_locked_out(fault):
            raise
        _log.info("Slack did not tell what was said in a thread: %s", why(fault))
        return None
    for each in told.get("messages") or ():
        if any(block.get("block_id") == mark for block in each.get("blocks") or ()):
            return str(each["ts"])
    return None


def fault_message(metrics: Metrics, fault: Exception, language: str | None) -> Message:
    """What somebody is told where something went wrong, which is counted."""
    if reason := _reason(fault, language):
        metrics.errors.labels(str(why(fault))).inc()
        return plain_message(reason)
    said = told(fault)
    metrics.errors.labels(said.code).inc()
    return plain_message(told_asker(fault, said, language))
