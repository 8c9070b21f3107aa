"""A channel that an administrator has chosen, and what they have filled in for it."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel_forms import settings_faults
from bot.slack.forms import Target
from bot.slack.listeners.parts import Parts
from bot.slack.people import presser

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    settings, home = parts.settings, parts.home

    @app.action("home_settings")
    async def chosen(ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await settings.open_chosen(client, body, action)

    @app.view("channel_set")
    async def filled_in(ack: AsyncAck, body: Json, view: Json, client: AsyncWebClient) -> None:
        if wrong := settings_faults(view):
            await ack(response_action="errors", errors=wrong)
        else:
            await ack()
            await settings.set(client, body, view)
            if not Target.read(view).url:  # it was opened in a Home, which shows it now
                await home.open(client, *presser(body))
