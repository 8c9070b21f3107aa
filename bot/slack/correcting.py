"""`Corrector`: the form in which a person says what they meant, where the bot went by the question before."""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.language import reply_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.asks import Ask
from bot.slack.delivery import fault_message, tell
from bot.slack.desk import Desk
from bot.slack.forms import Origin, correction_form, filled_in

Json = dict[str, Any]


class Corrector:
    """One for each application."""

    def __init__(self, rooms: Rooms, metrics: Metrics, desk: Desk) -> None:
        self._rooms, self._metrics, self._desk = rooms, metrics, desk

    async def open(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Opens the form over an answer, with the question as it was understood."""
        language = None
        try:
            ask = Ask.read(action.get("value"))
            language = reply_language(ask.question, self._rooms.settings.languages)
            origin = Origin.of(body, language, replace(ask, question="").value() or "")
            await client.views_open(trigger_id=body["trigger_id"], view=correction_form(origin, ask.question))
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))

    async def apply(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Answers the question as it was corrected, where the first answer stands."""
        origin = Origin.read(view)
        try:
            ask = Ask.read(origin.about)
            corrected = replace(ask, question=filled_in(view, "question") or "", offset=0, without=())
            await self._desk.answer_form(client, origin, corrected, str(body["user"]["id"]))
        except Exception as fault:
            respond = AsyncRespond(response_url=origin.url)
            await tell(respond, fault_message(self._metrics, fault, origin.language), thread=origin.thread)
