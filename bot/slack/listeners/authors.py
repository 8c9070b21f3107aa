"""A curator's question to the author of a document, and the answer."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    authors = parts.authors

    @app.action("review_reply")
    async def answering(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await authors.open_reply(client, body, action)

    @app.view("review_asked")
    async def asked(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await authors.ask(client, body, view)

    @app.view("review_replied")
    async def replied(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await authors.reply(client, body, view)
