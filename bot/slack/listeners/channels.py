"""What an administrator has filled in for a channel."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel_forms import settings_faults
from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    settings = parts.settings

    @app.view("channel_set")
    async def filled_in(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := settings_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await settings.set(client, body, view)
