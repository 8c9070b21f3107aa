"""The two buttons that judge an answer, and the form that asks why."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    feedback = parts.feedback

    @app.action("judged")
    async def judged(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await feedback.judge(client, respond, body, action)

    @app.view("why")
    async def explained(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        await ack()
        await feedback.explain(client, body, view)
