"""The bot's page in Slack. What stands on it of a queue or a question is pressed as where it stands elsewhere."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.home_blocks import QUESTION
from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


async def _home(event: Json) -> bool:
    return event.get("tab") == "home"


def bind(app: AsyncApp, parts: Parts) -> None:
    home = parts.home

    @app.event("app_home_opened", matchers=[_home])
    async def opened(event: Json, body: Json, client: AsyncWebClient) -> None:
        await home.open(client, str(body.get("team_id")), event["user"])

    @app.action("home_ask")
    @app.action(QUESTION)
    async def asked(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await home.ask(client, body)
