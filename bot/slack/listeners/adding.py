"""Adding to the corpus: the shortcut on a message, the buttons under what was read, and the form."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.fact_fields import date_faults
from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    adding = parts.adding

    @app.shortcut("add")
    async def wished(ack: AsyncAck, body: Json, client: AsyncWebClient, context: AsyncBoltContext) -> None:
        await ack()
        await adding.open(client, body, context.bot_id)

    @app.action("add")
    async def opened(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await adding.confirm(client, respond, body, action)

    @app.action("let_be")
    async def let_be(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await adding.let_be(client, respond, body, action)

    @app.view("adding")
    async def confirmed(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := date_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await adding.add(client, body, view)
