"""The bot as an agent: what is offered to who opens the conversation with it, and its stop button.

What is bound for `assistant_thread_…` serves apps that were made with `assistant_view`, before June 2026; new ones are
told of an open conversation by `app_home_opened`: https://docs.slack.dev/ai/migrating-to-agent-messaging.
"""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners.parts import Parts

Json = dict[str, Any]


async def _messages(event: Json) -> bool:
    return event.get("tab") == "messages"


def bind(app: AsyncApp, parts: Parts) -> None:
    inbox, prompts = parts.inbox, parts.prompts

    @app.event("app_home_opened", matchers=[_messages])
    async def opened(event: Json, body: Json, client: AsyncWebClient) -> None:
        await prompts.suggest(client, str(body.get("team_id")), event["channel"], event["user"])

    @app.event("agent_session_stopped")
    async def stopped(event: Json, body: Json, client: AsyncWebClient) -> None:
        if thread := event.get("thread_ts"):
            await inbox.stop(client, str(body.get("team_id")), event["channel"], thread)

    @app.event("assistant_thread_started")
    async def started(event: Json, body: Json, client: AsyncWebClient) -> None:
        team, thread = str(body.get("team_id")), event["assistant_thread"]
        await prompts.greet(client, team, thread["channel_id"], thread["user_id"], thread["thread_ts"])

    @app.event("assistant_thread_context_changed")
    async def changed() -> None:
        """What a person looks at beside the conversation changes no answer."""
