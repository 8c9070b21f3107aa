"""`Feedback`: what people say of an answer by two buttons, and why it was of no help, in a small form."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.asks import Ballot
from bot.slack.blocks import plain_message
from bot.slack.delivery import FAULTS, fault_message, post, tell, why
from bot.slack.forms import FORBIDDEN, REASONS, Origin, filled_in, why_form
from bot.slack.notices import forbidden_notice
from bot.words import spoken, voice
from corpus import Document, Under

_log = logging.getLogger("atzina.slack")
Json = dict[str, Any]


class Feedback:
    """Keeps one vote a person a message, which they can change. One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics) -> None:
        self._rooms, self._base, self._metrics = rooms, base, metrics

    async def judge(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Keeps whether an answer was helpful to who pressed a button; asks why, or thanks them."""
        language, thread = None, None
        try:
            ballot = Ballot.read(action.get("value"))
            language, origin = ballot.language, Origin.of(body, ballot.language, ballot.value())
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

    async def explain(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Keeps why an answer was not helpful, and thanks who said so; what should not be here is told to curators."""
        origin = Origin.read(view)
        respond = AsyncRespond(response_url=origin.url)
        try:
            ballot, reason = Ballot.read(origin.about), filled_in(view, "reason")
            if reason is None or reason not in REASONS:
                raise ValueError(f"{reason!r} is no reason of ours")
            under = Under(origin.team, origin.channel, origin.message, body["user"]["id"])
            explain, remark = self._rooms.corpus.questions.explain, filled_in(view, "words")
            await asyncio.to_thread(explain, under, reason=reason, words=remark, reference=ballot.reference or None)
            if reason == FORBIDDEN:
                await self._warn(client, ballot, body["user"]["id"], remark)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, origin.language), thread=origin.thread)
            return
        await self._thank(respond, origin)

    async def _warn(self, client: AsyncWebClient, ballot: Ballot, person: str, remark: str | None) -> None:
        """Shows the curators which documents somebody says should not be here; without a channel, the log has it."""
        _log.warning("Of documents %s it is said that they should not be here for all to see.", ballot.documents)
        if not self._rooms.settings.curators_channel:
            return
        known = await asyncio.to_thread(self._named, ballot.documents)
        language = spoken(next(iter(self._rooms.settings.languages), None), self._rooms.settings.languages)
        message = forbidden_notice(known, person, remark, ballot.reference, self._base, language)
        try:
            await post(client, {"channel": self._rooms.settings.curators_channel}, message)
        except FAULTS as fault:
            _log.warning("The curators could not be told: %s", why(fault))

    def _named(self, document_ids: Sequence[int]) -> list[Document]:
        """Those of these documents that are still there."""
        wanted = set(document_ids)
        return [each for each in self._rooms.corpus.documents(retired=True) if each.id in wanted]

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
