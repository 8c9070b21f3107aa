"""A question that goes to the curators, and their answer."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.forms import answer_faults
from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    handovers = parts.handovers

    @app.action("hand_over")
    async def handed_over(
        ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        await handovers.hand_over(client, respond, body, action)

    @app.action("answer")
    async def opened(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await handovers.open(client, body, action)

    @app.view("answered")
    async def answered(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := answer_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await handovers.answer(client, body, view)
