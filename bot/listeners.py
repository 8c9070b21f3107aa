"""What Slack's users can do: thin listeners that acknowledge, parse, and hand over to the desk."""

import html
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers import WITHOUT
from bot.asked import Asker
from bot.desk import Desk
from bot.feedback import Feedback
from bot.forms import answer_faults, filter_faults
from bot.handovers import Handovers
from bot.lists import Lists
from bot.narrowing import Narrower

Json = dict[str, Any]

_NAMED = re.compile(r"<([@#!])([^>|]*)(?:\|([^>]*))?>")
_LINK = re.compile(r"<([^>|]+)(?:\|([^>]*))?>")
# https://docs.slack.dev/reference/events/message#subtypes: those under which a person says something
_SAYING = {None, "file_share", "me_message", "thread_broadcast"}


def register(
    app: AsyncApp, desk: Desk, lists: Lists, feedback: Feedback, handovers: Handovers, narrower: Narrower
) -> None:
    """Binds every listener. What is bound here stands in slack-manifest.json too; a test compares them."""
    _bind_messages(app, desk)
    _bind_command(app, desk, lists)
    _bind_buttons(app, desk)
    _bind_feedback(app, feedback)
    _bind_handovers(app, handovers)
    _bind_narrowing(app, desk, narrower)


def _bind_messages(app: AsyncApp, desk: Desk) -> None:
    @app.event("app_mention")
    async def mentioned(event: Json, body: Json, client: AsyncWebClient) -> None:
        if is_persons(event):
            await desk.take(client, _key(body, event), _message(body, event))

    @app.event("message")
    async def written(event: Json, body: Json, client: AsyncWebClient) -> None:
        # in a channel the same words come as app_mention, and whoever did not name the bot is let be
        if event.get("channel_type") == "im" and is_persons(event):
            await desk.take(client, _key(body, event), _message(body, event))


def _bind_command(app: AsyncApp, desk: Desk, lists: Lists) -> None:
    @app.command("/lessons")
    async def commanded(ack: AsyncAck, command: Json, respond: AsyncRespond) -> None:
        question = plain_question(command.get("text") or "")
        helping = desk.help(question)
        if helping:
            await ack(response_type="ephemeral", text=helping.text, blocks=helping.blocks)
            return
        await ack()
        asker = Asker(command.get("team_id") or "", command.get("channel_id") or "", command["user_id"])
        if wished := lists.wished(question):
            await lists.show(respond, wished, asker)
        else:
            await desk.answer_command(respond, question, asker)


def _bind_buttons(app: AsyncApp, desk: Desk) -> None:
    @app.action("more")
    async def wanted_more(
        ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        await desk.more(client, respond, body, action)

    @app.action("share")
    async def shared(ack: AsyncAck, body: Json, action: Json, respond: AsyncRespond) -> None:
        await ack()
        await desk.share(respond, body, action)


def _bind_feedback(app: AsyncApp, feedback: Feedback) -> None:
    @app.action("judged")
    async def judged(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await feedback.judge(client, respond, body, action)

    @app.view("why")
    async def explained(ack: AsyncAck, body: Json, view: Json) -> None:
        await ack()
        await feedback.explain(body, view)


def _bind_handovers(app: AsyncApp, handovers: Handovers) -> None:
    @app.action("hand_over")
    async def handed_over(
        ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        await handovers.hand_over(client, respond, body, action)

    @app.action("answer")
    async def opened(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await handovers.open(client, respond, body, action)

    @app.view("answered")
    async def answered(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := answer_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await handovers.answer(client, body, view)


def _bind_narrowing(app: AsyncApp, desk: Desk, narrower: Narrower) -> None:
    @app.action(re.compile(f"^{WITHOUT}"))
    async def taken_off(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await desk.without(client, respond, body, action)

    @app.action("narrow")
    async def opened(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await narrower.open(client, respond, body, action)

    @app.view("narrowed")
    async def narrowed(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := filter_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await narrower.apply(client, body, view)


def is_persons(event: Json) -> bool:
    """Whether a person said it just now: no bot, no edit, no deletion. A message with a file is one."""
    return not event.get("bot_id") and event.get("subtype") in _SAYING and bool(event.get("user"))


def plain_question(text: str) -> str:
    """The words a person typed: without mentions of anybody, links by their label, Slack's escapes undone.

    >>> plain_question("<@U1> Kas ir &lt;TOG&gt; <https://a.lv|šeit>?")
    'Kas ir <TOG> šeit?'
    """
    without = _NAMED.sub(lambda m: f"#{m[3]}" if m[1] == "#" and m[3] else " ", text)
    labelled = _LINK.sub(lambda m: m[2] or m[1], without)
    return " ".join(html.unescape(labelled).split())


def _message(body: Json, event: Json) -> Json:
    # every message is the root of a thread, in a channel as on the agent's page, so the answer goes into it
    thread, said = event.get("thread_ts") or event["ts"], plain_question(event.get("text") or "")
    message = {"channel": event["channel"], "thread": thread, "text": said, "ts": event["ts"]}
    return message | {"team": body.get("team_id"), "user": event["user"]}


def _key(body: Json, event: Json) -> str:
    """One for a message, however often and under whatever event it comes."""
    return f"{body.get('team_id')}:{event['channel']}:{event['ts']}"
