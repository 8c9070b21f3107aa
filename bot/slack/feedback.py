"""`Feedback`: what people say of an answer by two buttons, and why it was of no help, in a small form."""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.asks import Ballot
from bot.slack.blocks import plain_message
from bot.slack.delivery import FAULTS, fault_message, tell, why
from bot.slack.forms import REASONS, Origin, filled_in, why_form
from bot.words import voice
from corpus import Under

_log = logging.getLogger("atzina.slack")
Json = dict[str, Any]


class Feedback:
    """Keeps one vote a person a message, which they can change. One for each application."""

    def __init__(self, rooms: Rooms, metrics: Metrics) -> None:
        self._rooms, self._metrics = rooms, metrics

    async def judge(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Keeps whether an answer was helpful to who pressed a button; asks why, or thanks them."""
        language, thread = None, None
        try:
            ballot = Ballot.read(action.get("value"))
            language, origin = ballot.language, Origin.of(body, ballot.language, ballot.reference)
            thread = origin.thread
            # a form opens for three seconds after the click, so before anything that may have to wait
            asked = not ballot.helpful and await self._ask_why(client, body, origin)
            under = Under(origin.team, origin.channel, origin.message, body["user"]["id"])
            vote = self._rooms.corpus.questions.vote
            await asyncio.to_thread(vote, under, helpful=ballot.helpful, reference=ballot.reference or None)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language), thread=thread)
            return
        if not asked:
            await self._thank(respond, origin)

    async def explain(self, body: Json, view: Json) -> None:
        """Keeps why an answer was not helpful, and thanks who said so."""
        origin = Origin.read(view)
        respond = AsyncRespond(response_url=origin.url)
        try:
            reason = filled_in(view, "reason")
            if reason is None or reason not in REASONS:
                raise ValueError(f"{reason!r} is no reason of ours")
            under = Under(origin.team, origin.channel, origin.message, body["user"]["id"])
            explain, remark = self._rooms.corpus.questions.explain, filled_in(view, "words")
            await asyncio.to_thread(explain, under, reason=reason, words=remark, reference=origin.about or None)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, origin.language), thread=origin.thread)
            return
        await self._thank(respond, origin)

    async def _ask_why(self, client: AsyncWebClient, body: Json, origin: Origin) -> bool:
        """Whether the form was opened; where it was not, the vote counts without a reason."""
        view = why_form(origin, remark=self._rooms.settings.questions_days > 0)
        try:
            await client.views_open(trigger_id=body["trigger_id"], view=view)
        except FAULTS as fault:
            _log.warning("A form could not be opened: %s", why(fault))
            return False
        return True

    async def _thank(self, respond: AsyncRespond, origin: Origin) -> None:
        thanks = voice(origin.language).gettext("Thank you. This helps to make the answers better.")
        await tell(respond, plain_message(thanks), thread=origin.thread)
