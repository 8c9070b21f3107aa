"""`Narrower`: the form in which a person narrows an answer, and the answer that it brings.

What is filled in becomes words behind the question, as a person could have typed them: one way to say it, whoever
reads it later, and nothing to be remembered.
"""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.filters import Filters, in_words, read_filters
from bot.held import Held
from bot.language import reply_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.asks import Ask
from bot.slack.delivery import fault_message, tell
from bot.slack.desk import Desk
from bot.slack.forms import Origin, filled_in, filter_form
from bot.subcommands import read_date
from corpus import Status

Json = dict[str, Any]


class Narrower:
    """One for each application."""

    def __init__(self, rooms: Rooms, metrics: Metrics, desk: Desk) -> None:
        self._rooms, self._metrics, self._desk = rooms, metrics, desk

    async def open(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Opens the form over an answer, with what narrows it already."""
        language = None
        try:
            ask = Ask.read(action.get("value"))
            language = reply_language(ask.question, self._rooms.settings.languages)
            origin = Origin.of(body, language, ask.value() or "")
            held = await asyncio.to_thread(Held.by, self._rooms.corpus)
            view = filter_form(origin, read_filters(ask.question, ask.without)[1], held)
            await client.views_open(trigger_id=body["trigger_id"], view=view)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))

    async def apply(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Answers once more, narrowed to what was filled in, where the first answer stands."""
        origin = Origin.read(view)
        respond = AsyncRespond(response_url=origin.url)
        try:
            ask, since, status = Ask.read(origin.about), filled_in(view, "since"), filled_in(view, "status")
            chosen = Filters(
                language=filled_in(view, "language"),
                country=filled_in(view, "country"),
                status=Status(status) if status else None,
                since=read_date(since) if since else None,
            )
            question = in_words(read_filters(ask.question)[0], chosen, origin.language)
            await self._desk.answer_form(client, origin, Ask(question, private=ask.private), str(body["user"]["id"]))
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, origin.language), thread=origin.thread)
