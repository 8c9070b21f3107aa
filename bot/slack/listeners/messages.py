"""Messages: what somebody says to the bot, or sends it, in a channel or to it alone.

Bolt confirms an event to Slack before its listener runs, and what is confirmed is not sent again: a process that died
before it had claimed the message would lose it. A middleware runs before that, so the work is begun there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners.parts import Parts
from bot.slack.speech import is_persons, names_somebody, plain_question

Json = dict[str, Any]
Next = Callable[[], Awaitable[Any]]
_WORK = "work"  # in Bolt's context of an event: the task that does what was asked


def bind(app: AsyncApp, parts: Parts) -> None:
    inbox = parts.inbox

    async def take(client: AsyncWebClient, body: Json, event: Json, claimed: asyncio.Event) -> None:
        key, message = _key(body, event), _message(body, event)
        if event.get("files"):
            await parts.adding.take(client, key, message | {"files": event["files"]}, claimed)
        else:
            await inbox.take(client, key, message, claimed)

    async def consider(client: AsyncWebClient, body: Json, event: Json, claimed: asyncio.Event) -> None:
        if not is_persons(event):
            return
        if event["type"] == "app_mention" or event.get("channel_type") == "im":
            await take(client, body, event, claimed)
        # in a channel a message that names the bot comes as app_mention too; one that names nobody may go on
        elif "thread_ts" in event and not event.get("files") and not names_somebody(event.get("text") or ""):
            await inbox.overhear(client, _key(body, event), _message(body, event), claimed)

    async def claimed_first(
        context: AsyncBoltContext, client: AsyncWebClient, body: Json, event: Json, next_: Next
    ) -> None:
        claimed = asyncio.Event()
        context[_WORK] = work = asyncio.create_task(consider(client, body, event, claimed))
        work.add_done_callback(lambda _: claimed.set())  # what is not for us is not waited for
        await claimed.wait()
        if work.done():
            work.result()  # what has failed is not confirmed, so Slack sends it again
        await next_()

    @app.event("app_mention", middleware=[claimed_first])
    @app.event("message", middleware=[claimed_first])
    async def said(context: AsyncBoltContext) -> None:
        await context[_WORK]


def _message(body: Json, event: Json) -> Json:
    # every message is the root of a thread, in a channel as on the agent's page, so the answer goes into it
    thread, said = event.get("thread_ts") or event["ts"], plain_question(event.get("text") or "")
    message = {"channel": event["channel"], "thread": thread, "text": said, "ts": event["ts"]}
    return message | {"team": body.get("team_id"), "user": event["user"]}


def _key(body: Json, event: Json) -> str:
    """One for a message, however often and under whatever event it comes."""
    return f"{body.get('team_id')}:{event['channel']}:{event['ts']}"
