"""What waits for a curator: its buttons and forms."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners.parts import Parts

Json = dict[str, Any]
_FORMS = re.compile("^review_(confirm|edit|retire|ask)$")
_TURNING = re.compile("^review_(on|back)$")


def bind(app: AsyncApp, parts: Parts) -> None:
    reviews = parts.reviews

    @app.action("review_queue")
    async def wanted(ack: AsyncAck, body: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await reviews.open_queue(client, respond, body)

    @app.action(_TURNING)
    async def turned(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await reviews.turn(client, respond, body, action)

    @app.action(_FORMS)
    async def opened(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await reviews.open(client, respond, body, action)

    @app.action("review_pass")
    async def passed(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await reviews.pass_on(client, respond, body, action)

    @app.view("review_confirmed")
    async def confirmed(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.confirm(client, body, view)

    @app.view("review_edited")
    async def edited(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.edit(client, body, view)

    @app.view("review_retired")
    async def retired(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.retire(client, body, view)
