"""What stands with an answer: its next passages, its filters, how it was understood, and showing it to all."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import WITHOUT
from bot.slack.forms import filter_faults
from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    desk, narrower, corrector = parts.desk, parts.narrower, parts.corrector

    @app.action("more")
    async def wanted_more(
        ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        await desk.more(client, respond, body, action)

    @app.action("share")
    async def shared(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await desk.share(client, respond, body, action)

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

    @app.action("only")
    async def typed(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await desk.only(client, respond, body, action)

    @app.action("correct")
    async def wrong(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await corrector.open(client, respond, body, action)

    @app.view("corrected")
    async def corrected(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await corrector.apply(client, body, view)
