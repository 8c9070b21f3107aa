"""What waits for a curator: its buttons and forms."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.fact_fields import date_faults
from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    reviews = parts.reviews

    @app.action("review_queue")
    async def wanted(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.open_queue(client, body)

    @app.action("review_on")
    @app.action("review_back")
    async def turned(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.turn(client, body, action)

    @app.action("review_confirm")
    @app.action("review_edit")
    @app.action("review_retire")
    @app.action("review_ask")
    async def opened(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.open(client, body, action)

    @app.action("review_pass")
    async def passed(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.pass_on(client, body, action)

    @app.view("review_confirmed")
    async def confirmed(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.confirm(client, body, view)

    @app.view("review_edited")
    async def edited(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := date_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await reviews.edit(client, body, view)

    @app.view("review_retired")
    async def retired(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await reviews.retire(client, body, view)
