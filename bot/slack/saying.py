"""Saying that a question is worked on, and then its answer, in one place.

In a conversation with the bot alone Slack has a line of its own for what an agent is doing. It is used there, and the
answer comes as a message of its own, so that people are notified of it and not of "Searching…". An answer comes whole,
so nothing is gained by showing it in pieces; only where a search takes long is a message streamed, which says so, can
be stopped, and gets the answer when there is one. In a channel, and wherever Slack refuses that line, a message is
posted and becomes the answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import Block, Message, plain_message
from bot.slack.delivery import FAULTS, delivered, is_locked_out, passes, post, post_marked, posted, why
from bot.slack.places import DIRECT
from bot.words import voice

_log = logging.getLogger("atzina.slack")
T = TypeVar("T")
Json = dict[str, Any]

_LONG = 5.0  # seconds from which on a search takes long
_ANSWER, _SIGN = "answer", "sign"  # what is found again in a thread


@dataclass(frozen=True, slots=True)
class Sign:
    """What shows that a question is worked on: the message that `ts` names, or else Slack's own line.

    `streamed`: the message is open, and is closed with the answer.
    """

    ts: str | None = None
    streamed: bool = False

    @classmethod
    def of(cls, message: Json) -> "Sign | None":
        """The one that was kept with a message that waits for its answer."""
        return cls(message["sign"], bool(message.get("streamed"))) if "sign" in message else None

    def kept(self) -> Json:
        """What is kept with the message, so that another process finds it."""
        return {"sign": self.ts, "streamed": self.streamed}


async def answer(
    client: AsyncWebClient,
    message: Json,
    language: str,
    work: Callable[[], Coroutine[Any, Any, Message]],
    keep: Callable[[Json], Awaitable[bool]],
) -> None:
    """Shows a sign of life, then in its place what the work comes to. Raises one of FAULTS.

    `message`: channel, thread, ts, team, user, and the sign that another process has left, if any; `left_over`: where
    another process may have worked on it. `keep` notes it anew, and says whether it still waits for an answer: whoever
    stops it in between gets none.
    """
    sign = Sign.of(message)
    if sign and sign.ts is None and message.get("answered") and await _posted(client, message, _ANSWER):
        await _status(client, message, "")
        return
    if sign is None or sign.ts is None:
        # one may have been posted by a process that died before it could note that
        lost = await _posted(client, message, _SIGN) if sign is None and message.get("left_over") else None
        sign = Sign(lost) if lost else await begin(client, message, language)
        if not await keep(message | sign.kept()):
            await end(client, message, sign, stopped(language), language)
            return

    async def go_on() -> None:
        nonlocal sign
        if sign and sign.ts is None and (streaming := await _open(client, message, language)):
            sign = streaming
            if not await keep(message | sign.kept()):  # stopped while it was opened: it must not stay open
                await end(client, message, sign, stopped(language), language)

    said = await _with_patience(work(), go_on)
    # from here on it is too late to stop it
    if await keep(message | sign.kept() | {"answered": True}):
        await end(client, message, sign, said, language)


async def begin(client: AsyncWebClient, message: Json, language: str) -> Sign:
    """The first sign that a question is worked on."""
    searching = voice(language).gettext("Searching…")
    if message["channel"].startswith(DIRECT) and await _status(client, message, searching):
        return Sign()
    return Sign(await post_marked(client, _where(message), plain_message(searching), _mark(message, _SIGN)))


async def end(client: AsyncWebClient, message: Json, sign: Sign, said: Message, language: str) -> None:
    """Says in a sign's place what there is to say; anew, where that place is gone."""
    try:
        if sign.streamed and await _close(client, message, sign, said, language):
            return
        if sign.ts:
            await _replace(client, message, sign.ts, said)
        else:
            await post_marked(client, _where(message), said, _mark(message, _ANSWER))
    finally:
        if sign.streamed or sign.ts is None:
            await _status(client, message, "")


async def leave(client: AsyncWebClient, channel: str, thread: str) -> None:
    """Tells Slack that nothing is worked on here any more, which it does not conclude by itself when it is stopped.

    https://docs.slack.dev/reference/events/agent_session_stopped
    """
    try:
        await client.agents_sessions_setStatus(channel_id=channel, thread_ts=thread, status="active")
    except FAULTS as fault:
        _log.info("Slack did not take that a search has stopped: %s", why(fault))


def stopped(language: str) -> Message:
    """What is said in the place of an answer that somebody has stopped."""
    return plain_message(voice(language).gettext("Stopped."))


async def _with_patience(work: Coroutine[Any, Any, T], go_on: Callable[[], Awaitable[None]]) -> T:
    """What the work comes to; `go_on` is done once where that takes long."""
    task = asyncio.create_task(work)
    try:
        if not (await asyncio.wait({task}, timeout=_LONG))[0]:
            await go_on()
        return await task
    finally:
        task.cancel()


async def _status(client: AsyncWebClient, message: Json, status: str) -> bool:
    """Whether Slack shows what is being done; with no words it stops showing it.

    https://docs.slack.dev/reference/methods/assistant.threads.setStatus: it is gone with the next message too, and
    after two minutes.
    """
    where = {"channel_id": message["channel"], "thread_ts": message["thread"]}
    try:
        await client.assistant_threads_setStatus(**where, status=status, loading_messages=[status] if status else None)
    except FAULTS as fault:
        _log.info("Slack did not show what is being done: %s", why(fault))
        return False
    return True


async def _open(client: AsyncWebClient, message: Json, language: str) -> Sign | None:
    """A message that is streamed; None where Slack refuses it.

    https://docs.slack.dev/reference/methods/chat.startStream: a recipient has to be named outside of a direct message.
    """
    recipient: Json = {"recipient_user_id": message.get("user"), "recipient_team_id": message.get("team")}
    task = _task(voice(language).gettext("Searching…"), "in_progress")
    try:
        opened = await client.chat_startStream(**_where(message), **recipient, chunks=[task])
    except FAULTS as fault:
        _log.info("Slack did not let a message be streamed: %s", why(fault))
        return None
    return Sign(str(opened["ts"]), streamed=True)


async def _close(client: AsyncWebClient, message: Json, sign: Sign, said: Message, language: str) -> bool:
    """Whether the streamed message now holds what is said.

    https://docs.slack.dev/reference/methods/chat.stopStream: the blocks stand below what was streamed. Slack closes
    a stream by itself after some minutes, and when somebody stops it (`message_not_in_streaming_state`).
    """
    done = _task(voice(language).gettext("The search is done."), "complete")
    place = {"channel": message["channel"], "ts": sign.ts or ""}
    try:
        await delivered(lambda: client.chat_stopStream(**place, chunks=[done], blocks=said.blocks))
    except SlackApiError as fault:
        if passes(fault) or is_locked_out(fault):
            raise
        _log.info("Slack did not let a streamed message be closed: %s; changing it.", why(fault))
        return False
    return True


async def _posted(client: AsyncWebClient, message: Json, what: str) -> str | None:
    return await posted(client, message["channel"], message["thread"], message["ts"], _mark(message, what))


def _mark(message: Json, what: str) -> str:
    return f"{what}:{message['ts']}"


async def _replace(client: AsyncWebClient, message: Json, ts: str, said: Message) -> None:
    try:
        await delivered(
            lambda: client.chat_update(channel=message["channel"], ts=ts, text=said.text, blocks=said.blocks)
        )
    except SlackApiError as fault:
        if passes(fault) or is_locked_out(fault):
            raise
        _log.warning("Slack did not let a message be changed: %s; posting anew.", why(fault))
        await post(client, _where(message), said)


def _where(message: Json) -> Json:
    return {"channel": message["channel"], "thread_ts": message["thread"]}


def _task(title: str, status: str) -> Block:
    """What is being done, as a chunk of a stream: words of ours, which Slack shows as they are."""
    return {"type": "task_update", "id": "search", "title": title, "status": status}
