"""Messages: what somebody says to the bot, or sends it, in a channel or to it alone."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners.parts import Parts
from bot.slack.speech import is_persons, names_somebody, plain_question

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    inbox = parts.inbox

    async def take(event: Json, body: Json, client: AsyncWebClient) -> None:
        key, message = _key(body, event), _message(body, event)
        if event.get("files"):
            await parts.adding.take(client, key, message | {"files": event["files"]})
        else:
            await inbox.take(client, key, message)

    @app.event("app_mention")
    async def mentioned(event: Json, body: Json, client: AsyncWebClient) -> None:
        if is_persons(event):
            await take(event, body, client)

    @app.event("message")
    async def written(event: Json, body: Json, client: AsyncWebClient) -> None:
        if not is_persons(event):
            return
        if event.get("channel_type") == "im":
            await take(event, body, client)
        # in a channel a message that names the bot comes as app_mention too; one that names nobody may go on
        elif "thread_ts" in event and not event.get("files") and not names_somebody(event.get("text") or ""):
            await inbox.overhear(client, _key(body, event), _message(body, event))


def _message(body: Json, event: Json) -> Json:
    # every message is the root of a thread, in a channel as on the agent's page, so the answer goes into it
    thread, said = event.get("thread_ts") or event["ts"], plain_question(event.get("text") or "")
    message = {"channel": event["channel"], "thread": thread, "text": said, "ts": event["ts"]}
    return message | {"team": body.get("team_id"), "user": event["user"]}


def _key(body: Json, event: Json) -> str:
    """One for a message, however often and under whatever event it comes."""
    return f"{body.get('team_id')}:{event['channel']}:{event['ts']}"
