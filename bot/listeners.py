"""What Slack's users can do: thin listeners that acknowledge, parse, ask and say.

Each message is claimed in the corpus's database before anything is posted, so it is answered once, whether Slack
delivers it again or another process gets it too; what was claimed and not settled is answered after a restart.
"""

import asyncio
import html
import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import answering
from bot.blocks import SHOWN, Ask, Message, answer_message, plain_message
from bot.faults import BROKEN, told
from bot.language import question_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.settings import PENDING_FOR
from bot.words import voice
from corpus import Unavailable

_log = logging.getLogger("atzina.slack")
T = TypeVar("T")
Json = dict[str, Any]

_AT_ONCE = 4  # questions worked on; the others wait their turn
_SILENT: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
_NAMED = re.compile(r"<([@#!])([^>|]*)(?:\|([^>]*))?>")
_LINK = re.compile(r"<([^>|]+)(?:\|([^>]*))?>")
_HELP_WORDS = {"", "help", "palīdzība", "pagalba", "abi", "hjelp", "pomoc", "помощь"}


class Desk:
    """Takes a question from Slack to its answer. One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics) -> None:
        self._rooms, self._base, self._metrics = rooms, base, metrics
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def take(self, client: AsyncWebClient, key: str, message: Json) -> None:
        """Answers a message that has not been answered yet. `message`: channel, thread, text, ts."""
        if await asyncio.to_thread(self._rooms.corpus.claim, key, message):
            await self.answer_claimed(client, key, message)

    async def answer_claimed(self, client: AsyncWebClient, key: str, message: Json) -> None:
        """Shows a sign of life, then the answer in its place; whatever happens, something is said."""
        where = {"channel": message["channel"], "thread_ts": message["thread"]}
        question = plain_question(message["text"])
        say = voice(self.language(question))
        try:
            if not question:
                await self._post(client, where, self.help(question))
            else:
                sign = await self._post(client, where, plain_message(say.gettext("Searching…")))
                reply = await self.reply(Ask(question))
                await self._replace(client, where, sign, reply)
        except SlackApiError as fault:
            # posting failed: there is nowhere left to say so but the log, once
            _log.warning("Slack refused a message in %s: %s", message["channel"], fault.response.get("error"))
        await asyncio.to_thread(self._rooms.corpus.settle, key)

    async def reply(self, ask: Ask, *, shared_by: str | None = None) -> Message:
        """The answer to a question as a message; where it fails, the reason."""
        self._rooms.catch_up_soon()
        try:
            top = min(ask.offset + SHOWN + 1, answering.MOST)
            with self._metrics.seconds.labels("slack").time():
                found = await self._work(lambda: answering.answer(self._rooms, ask.question, top=top))
        except Exception as fault:
            return self._fault(fault, ask.question)
        self._metrics.questions.labels("slack", found.outcome.value).inc()
        return answer_message(found, self._base, ask, shared_by=shared_by)

    def help(self, question: str) -> Message:
        """How to ask."""
        say = voice(self.language(question) if question else self._rooms.settings.languages[0])
        return plain_message(
            say.gettext(
                "Ask a question in any language, and I show what our reports say about it, word for word and with "
                "the source. Name me in a channel, write to me directly, or type /lessons and your question."
            )
        )

    def language(self, question: str) -> str | None:
        return question_language(question, self._rooms.settings.languages)

    async def _work(self, work: Callable[[], T]) -> T:
        async with self._turn:
            return await asyncio.to_thread(work)

    def _fault(self, fault: Exception, question: str) -> Message:
        said, say = told(fault), voice(self.language(question))
        self._metrics.errors.labels(said.code).inc()
        if said.reference:
            return plain_message(say.gettext(BROKEN).format(reference=said.reference))
        if isinstance(fault, Unavailable):
            _log.warning("%s", fault)
            return plain_message(say.gettext("I am not ready yet. Please ask again in a minute."))
        return plain_message(say.gettext(said.sentence))

    async def _post(self, client: AsyncWebClient, where: Json, message: Message) -> str:
        posted = await client.chat_postMessage(**where, text=message.text, blocks=message.blocks, **_SILENT)
        return str(posted["ts"])

    async def _replace(self, client: AsyncWebClient, where: Json, ts: str, message: Message) -> None:
        try:
            await client.chat_update(channel=where["channel"], ts=ts, text=message.text, blocks=message.blocks)
        except SlackApiError as fault:
            _log.warning("Slack did not let a message be changed: %s; posting anew.", fault.response.get("error"))
            await self._post(client, where, message)


def register(app: AsyncApp, desk: Desk) -> None:
    """Binds every listener. What is bound here stands in slack-manifest.json too; a test compares them."""

    @app.event("app_mention")
    async def mentioned(event: Json, body: Json, client: AsyncWebClient) -> None:
        if is_persons(event):
            await desk.take(client, _key(body, event), _message(event))

    @app.event("message")
    async def written(event: Json, body: Json, client: AsyncWebClient) -> None:
        # in a channel the same words come as app_mention, and whoever did not name the bot is let be
        if event.get("channel_type") == "im" and is_persons(event):
            await desk.take(client, _key(body, event), _message(event))

    @app.command("/lessons")
    async def commanded(ack: AsyncAck, command: Json, respond: AsyncRespond) -> None:
        question = plain_question(command.get("text") or "")
        if question.casefold() in _HELP_WORDS:
            helping = desk.help(question if question != "help" else "")
            await ack(response_type="ephemeral", text=helping.text, blocks=helping.blocks)
            return
        sign = voice(desk.language(question)).gettext("Searching…")
        await ack(response_type="ephemeral", text=sign)
        await _respond(respond, await desk.reply(Ask(question, private=True)))

    @app.action("more")
    async def wanted_more(
        ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        ask = Ask.read(action["value"])
        reply = await desk.reply(ask)
        if ask.private:
            await _respond(respond, reply)
            return
        message = body.get("message") or {}
        thread = message.get("thread_ts") or message.get("ts") or (body.get("container") or {}).get("message_ts")
        channel = body["channel"]["id"]
        await client.chat_postMessage(
            channel=channel, thread_ts=thread, text=reply.text, blocks=reply.blocks, **_SILENT
        )

    @app.action("share")
    async def shared(ack: AsyncAck, body: Json, action: Json, respond: AsyncRespond) -> None:
        await ack()
        ask, user = Ask.read(action["value"]), body["user"]
        name = str(user.get("name") or user["id"])
        reply = await desk.reply(Ask(ask.question, ask.offset), shared_by=name)
        await respond(
            response_type="in_channel", replace_original=False, text=reply.text, blocks=reply.blocks, **_SILENT
        )


async def left_over(rooms: Rooms) -> dict[str, Json]:
    """What was claimed before a crash or a restart and never settled. Asked before anything new is claimed."""
    return await asyncio.to_thread(rooms.corpus.unsettled, younger_than=PENDING_FOR)


async def resume(desk: Desk, client: AsyncWebClient, pending: dict[str, Json]) -> None:
    """Answers what was left over."""
    for key, message in pending.items():
        await desk.answer_claimed(client, key, message)


async def _respond(respond: AsyncRespond, message: Message) -> None:
    await respond(
        response_type="ephemeral", replace_original=False, text=message.text, blocks=message.blocks, **_SILENT
    )


def is_persons(event: Json) -> bool:
    """Whether a person wrote it just now: no bot, no edit, no deletion. A message with a file is one."""
    return not event.get("bot_id") and event.get("subtype") in {None, "file_share"} and bool(event.get("user"))


def plain_question(text: str) -> str:
    """The words a person typed: without mentions of anybody, links by their label, Slack's escapes undone.

    >>> plain_question("<@U1> Kas ir &lt;TOG&gt; <https://a.lv|šeit>?")
    'Kas ir <TOG> šeit?'
    """
    without = _NAMED.sub(lambda m: f"#{m[3]}" if m[1] == "#" and m[3] else " ", text)
    labelled = _LINK.sub(lambda m: m[2] or m[1], without)
    return " ".join(html.unescape(labelled).split())


def _message(event: Json) -> Json:
    # every message is the root of a thread, in a channel as on the agent's page, so the answer goes into it
    thread = event.get("thread_ts") or event["ts"]
    return {"channel": event["channel"], "thread": thread, "text": event.get("text") or "", "ts": event["ts"]}


def _key(body: Json, event: Json) -> str:
    """One for a message, however often and under whatever event it comes."""
    return f"{body.get('team_id')}:{event['channel']}:{event['ts']}"
