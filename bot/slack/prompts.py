"""`Prompts`: questions that a person can ask with one click where they write to the bot alone.

They are made from what the corpus holds, and each was answered before it is offered: the newest reports that the
person may see, and what is new. No more than four: https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts.
"""

import asyncio
import datetime as dt
import logging
from itertools import islice

from slack_sdk.web.async_client import AsyncWebClient

from bot import answering
from bot.answering import Outcome
from bot.rooms import Rooms
from bot.slack.blocks import TITLE, plain_message, shortened
from bot.slack.delivery import FAULTS, post, why
from bot.slack.people import People, language_of
from bot.words import country_name, voice
from corpus import Document, Narrowing, Status

_log = logging.getLogger("atzina.slack")
Prompt = dict[str, str]

_REPORTS = 3  # that are asked about
_TRIED = 12  # of the newest: each takes a search
_LABEL = 75  # characters of what is shown of a prompt
_RECENT = dt.timedelta(days=30)  # as `/lessons new` looks back
_EVER = dt.datetime.combine(dt.date(1970, 1, 1), dt.time.min)


class Prompts:
    """One for each application."""

    def __init__(self, rooms: Rooms, people: People) -> None:
        self._rooms, self._people = rooms, people
        self._made: dict[
            tuple[str, frozenset[str]], tuple[int, list[Prompt]]
        ] = {}  # with the version they were made at

    async def suggest(
        self, client: AsyncWebClient, team: str, channel: str, user: str, thread: str | None = None
    ) -> None:
        """Offers them to a person. `thread` is for apps of before June 2026: for the others, naming one shows none."""
        try:
            seen = await self._people.audiences(client, user)
            language = await asyncio.to_thread(language_of, self._rooms, team, user)
            prompts = await asyncio.to_thread(self._offered, language, seen)
            title = voice(language).gettext("You could ask:")
            place = {"channel_id": channel} | ({"thread_ts": thread} if thread else {})
            await client.assistant_threads_setSuggestedPrompts(**place, title=title, prompts=prompts)
        except FAULTS as fault:
            _log.info("Slack did not take questions to offer: %s", why(fault))
        except Exception:  # nobody has asked for them, so nobody is told
            _log.exception("Questions to offer could not be made.")

    async def greet(self, client: AsyncWebClient, team: str, channel: str, user: str, thread: str) -> None:
        """Begins a conversation in an app of before June 2026, where the bot has to: with a word, and what to ask."""
        try:
            say = voice(await asyncio.to_thread(language_of, self._rooms, team, user))
            greeting = plain_message(say.gettext("What would you like to know from our reports?"))
            await post(client, {"channel": channel, "thread_ts": thread}, greeting)
        except FAULTS as fault:
            _log.warning("Slack refused a message in %s: %s", channel, why(fault))
        await self.suggest(client, team, channel, user, thread)

    def _offered(self, language: str, seen: frozenset[str]) -> list[Prompt]:
        version = self._rooms.corpus.version()
        made = self._made.get((language, seen))
        if made and made[0] == version:
            return made[1]
        prompts = self._make(language, seen)
        if not self._rooms.behind():  # else some are answered only in a moment
            self._made[language, seen] = (version, prompts)
        return prompts

    def _make(self, language: str, seen: frozenset[str]) -> list[Prompt]:
        say, news = voice(language), self._rooms.corpus.news(_EVER, seen)
        titled = [document for document, _, _ in news if document.title]
        newest = sorted(titled, key=lambda document: document.status is not Status.VALIDATED)[:_TRIED]
        asked = (_about(document, language) for document in newest if self._is_answered(document, language, seen))
        prompts = list(islice(asked, _REPORTS))
        if news and news[0][1].date() >= (dt.datetime.now(dt.UTC) - _RECENT).date():
            prompts.append({"title": say.gettext("What is new?"), "message": say.gettext("new")})
        return prompts or [{"title": say.gettext("How can I ask?"), "message": say.gettext("help")}]

    def _is_answered(self, document: Document, language: str, seen: frozenset[str]) -> bool:
        """Whether the question about a document is answered from it."""
        question = _about(document, language)["message"]
        found = answering.answer(self._rooms, question, top=3, narrowing=Narrowing(audience=seen))
        shown = {each.document.id for first in found.shown for each in (first, *first.also)}
        return found.outcome is Outcome.FOUND and document.id in shown


def _about(document: Document, language: str) -> Prompt:
    """The question what a document says. Its title may be in another language than the question."""
    question = voice(language).gettext("What does the report “{title}” say?")
    known = [shortened(document.name, _LABEL - 20), country_name(document.country, language)]
    label = shortened(" · ".join(filter(None, known)), _LABEL)
    return {"title": label, "message": question.format(title=shortened(document.name, TITLE))}
