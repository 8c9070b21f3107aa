"""`Handovers`: a question that nothing answers goes to the curators, and what they say comes back to who asked it."""

import asyncio
import datetime as dt
import logging
from dataclasses import asdict
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import curation
from bot.answering import Shown, in_document
from bot.curation import Person
from bot.language import question_language, reply_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.asks import Ask
from bot.slack.blocks import Message, plain_message
from bot.slack.delivery import (
    FAULTS,
    delivered,
    fault_message,
    is_locked_out,
    passes,
    post,
    post_marked,
    posted,
    reach,
    tell,
    why,
)
from bot.slack.forms import Origin, answer_form, filled_in, read_document
from bot.slack.home import Home
from bot.slack.leases import LEASE, held
from bot.slack.notices import answered_notice, handed_over_notice
from bot.slack.people import People, presser
from bot.words import noted, spoken, usual_language, voice
from corpus import Handover, Under

_log = logging.getLogger("atzina.slack")
Json = dict[str, Any]

_TRIED = dt.timedelta(days=1)  # an answer that could not be told yet
_HANDED = noted("The curators have the question now. Whoever asked it is told when it has been answered.")
_HANDED_ALREADY = noted("The curators have this question already.")
_ANSWERED = noted("Whoever asked the question has been told.")
_ANSWERED_ALREADY = noted("This question has been answered already.")


class Handovers:
    """Takes questions to the curators and back. One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics, people: People, home: Home) -> None:
        self._rooms, self._base, self._metrics, self._people = rooms, base, metrics, people
        self._home = home
        self._questions, self._settings = rooms.corpus.questions, rooms.settings

    async def hand_over(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Keeps a question for the curators, once a message, and shows it to them."""
        language, thread = self._usual, None
        try:
            ask = Ask.read(action.get("value"))
            language = reply_language(ask.question, self._settings.languages)
            origin = Origin.of(body, language, ask.reference)
            thread = origin.thread
            handed = await asyncio.to_thread(self._keep, ask, origin, body["user"]["id"])
            if handed:
                await self._show(client, handed)
            said = plain_message(voice(language).gettext(_HANDED if handed else _HANDED_ALREADY))
        except Exception as fault:
            said = fault_message(self._metrics, fault, language)
        await tell(respond, said, thread=thread)

    async def open(self, client: AsyncWebClient, body: Json, action: Json) -> None:
        """Asks a curator for the answer to a question; anybody else is refused."""
        origin = Origin.of(body, self._usual, str(action.get("value")))
        try:
            curation.may_answer(await self._person(client, body))
            await client.views_open(trigger_id=body["trigger_id"], view=answer_form(origin))
        except Exception as fault:
            said = fault_message(self._metrics, fault, origin.language)
            await reach(client, origin.url, str(body["user"]["id"]), said)

    async def answer(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Takes what a curator has filled in to who asked; what became of it is said to the curator."""
        origin = Origin.read(view)
        try:
            said = plain_message(voice(origin.language).gettext(await self._answer(client, body, view, origin)))
        except Exception as fault:
            said = fault_message(self._metrics, fault, origin.language)
        await reach(client, origin.url, str(body["user"]["id"]), said)

    async def _answer(self, client: AsyncWebClient, body: Json, view: Json, origin: Origin) -> str:
        """What is said to the curator. Whoever answers first answers: the question is theirs before it is told."""
        person, number = await self._person(client, body), int(origin.about)
        curation.may_answer(person)  # before anything is looked up for them
        named, said = filled_in(view, "document"), filled_in(view, "words")
        asked = await asyncio.to_thread(self._questions.handover, number)
        shown = await asyncio.to_thread(self._shown, asked, named)
        kept = {"origin": asdict(origin), "document": named, "words": said}
        about = (person, number, shown.document.id if shown else None, kept)
        handed = await asyncio.to_thread(curation.answer_question, self._rooms, *about, lease=LEASE)
        if handed is None:
            return _ANSWERED_ALREADY
        await self._tell(client, handed)
        if not origin.message:
            await self._home.open(client, *presser(body))
        return _ANSWERED

    async def take_up(self, client: AsyncWebClient) -> None:
        """Tells what was answered and is told nowhere any more: a process died, or Slack could not be reached."""
        for handed in await asyncio.to_thread(self._questions.untold, lease=LEASE):
            try:
                await self._tell(client, handed, left=True)
            except Exception as fault:
                _log.warning("The answer to question %s could not be told: %s", handed.id, why(fault))

    async def _tell(self, client: AsyncWebClient, handed: Handover, *, left: bool = False) -> None:
        """Tells who asked what is kept for them, once, under this process's lease; then marks the question.

        `left`: by another process, which may have told them. What cannot be told is open again; only what was left is
        tried for a day, since there is nobody who could be told that it failed.
        """
        kept = handed.payload or {}
        async with held(lambda lease: self._questions.hold(handed.id, lease=lease)):
            try:
                shown = await asyncio.to_thread(self._shown, handed, kept["document"])
                if not (left and await self._stands(client, handed)):
                    await self._tell_asker(client, handed, shown, kept["words"])
            except Exception as fault:
                may_pass = isinstance(fault, FAULTS) and (passes(fault) or is_locked_out(fault))
                if not (left and may_pass and handed.answered_at and handed.answered_at > _now() - _TRIED):
                    await asyncio.to_thread(self._questions.reopen, handed.id)
                raise
            await asyncio.to_thread(self._questions.told, handed.id)
        origin = Origin(**kept["origin"])
        if origin.message:  # else it was answered from a Home
            await self._mark(client, origin, handed, shown)

    def _shown(self, handed: Handover, named: str | None) -> Shown | None:
        """The passage of the document that was named, if one was. Raises NotFound."""
        chosen = read_document(named) if named else None
        return in_document(self._rooms, handed.text or "", *chosen) if chosen else None

    def _keep(self, ask: Ask, origin: Origin, presser: str) -> Handover | None:
        languages = self._settings.languages
        return self._questions.hand_over(
            # a colleague may press the button too: who asked is told, as far as that is known
            Under(origin.team, origin.channel, origin.message, ask.asker or presser),
            thread=None if ask.private else origin.thread or origin.message,
            text=ask.question,
            language=question_language(ask.question, languages, self._usual),
            reference=ask.reference or None,
        )

    async def _show(self, client: AsyncWebClient, handed: Handover) -> None:
        """Shows a question to the curators; where that cannot be, it is kept all the same."""
        if self._settings.curators_channel:
            message = handed_over_notice(handed, None, self._base, self._usual)
            try:
                await post(client, {"channel": self._settings.curators_channel}, message)
            except FAULTS as fault:
                said = "Question %s could not be shown to the curators (%s); `atzina questions` lists it."
                _log.warning(said, handed.id, why(fault))

    async def _mark(self, client: AsyncWebClient, origin: Origin, handed: Handover, shown: Shown | None) -> None:
        """Puts under the question, where the curators see it, who has answered it, in place of the button."""
        message = handed_over_notice(handed, shown.document if shown else None, self._base, self._usual)
        try:
            await delivered(
                lambda: client.chat_update(
                    channel=origin.channel, ts=origin.message, text=message.text, blocks=message.blocks
                )
            )
        except FAULTS as fault:
            _log.warning("Question %s could not be marked as answered: %s", handed.id, why(fault))

    async def _tell_asker(
        self, client: AsyncWebClient, handed: Handover, shown: Shown | None, said: str | None
    ) -> None:
        """Says the answer where the question was asked; to the asker directly where only they saw it, or none can."""
        language = spoken(handed.language, self._settings.languages)
        message = answered_notice(handed, shown, said, self._base, language)
        if handed.thread and await self._told_there(client, handed, handed.thread, message):
            return
        await post(client, {"channel": handed.asker}, message)

    async def _stands(self, client: AsyncWebClient, handed: Handover) -> bool:
        """Whether the answer was posted in the thread of the question; Slack shows us no other place without its id."""
        thread = handed.thread
        return bool(thread and await posted(client, handed.channel, thread, handed.message, _named(handed)))

    async def _told_there(self, client: AsyncWebClient, handed: Handover, thread: str, message: Message) -> bool:
        """Whether the thread of the question took the answer: the bot may have been removed from the channel."""
        where = {"channel": handed.channel, "thread_ts": thread}
        try:
            await post_marked(client, where, message, _named(handed))
        except SlackApiError as fault:
            if passes(fault):
                raise
            _log.warning("An answer could not be posted in %s: %s", handed.channel, why(fault))
            return False
        return True

    async def _person(self, client: AsyncWebClient, body: Json) -> Person:
        """Who clicks, or has sent a form, now."""
        return await self._people.person(client, *presser(body))

    @property
    def _usual(self) -> str:
        """The language in which the curators are spoken to."""
        return usual_language(self._settings.languages)


def _named(handed: Handover) -> str:
    """By which the answer to a question is found in its thread."""
    return f"handover:{handed.id}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
