"""The command `/lessons`: a question that its asker alone sees, a list, or a form; and asking with a message."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.asked import Asker
from bot.slack.listeners.parts import Parts
from bot.slack.speech import plain_question

Json = dict[str, Any]


def bind(app: AsyncApp, parts: Parts) -> None:
    desk, lists = parts.desk, parts.lists

    @app.command("/lessons")
    async def commanded(ack: AsyncAck, command: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        question = plain_question(command.get("text") or "")
        helping = desk.help(question)
        if helping:
            await ack(response_type="ephemeral", text=helping.text, blocks=helping.blocks)
            return
        await ack()
        asker = Asker(command.get("team_id") or "", command.get("channel_id") or "", command["user_id"])
        if wished := lists.wished(question):
            await lists.show(client, respond, wished, asker, command.get("trigger_id") or "")
        else:
            await desk.answer_command(client, respond, question, asker)

    @app.shortcut("find")
    async def found(ack: AsyncAck, shortcut: Json, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await desk.answer_message(client, respond, shortcut)
