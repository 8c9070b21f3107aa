"""`Authors`: a curator's question about a document to who wrote it, and the answer that comes back."""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot import curation
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.asks import Item
from bot.slack.blocks import plain_message
from bot.slack.delivery import fault_message, post, reach
from bot.slack.forms import Json, Origin, filled_in
from bot.slack.people import People, language_of, presser
from bot.slack.review_blocks import asking_message, replied_message
from bot.slack.review_forms import reply_form
from bot.words import noted, voice
from corpus import NotAllowed

_ASKED = noted("The question was sent. The answer will come to you directly.")
_REPLIED = noted("Your answer was sent.")
_NOT_ASKED = noted("Nobody has asked you about this report.")


class Authors:
    """One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics, people: People) -> None:
        self._rooms, self._base, self._metrics, self._people = rooms, base, metrics, people

    async def ask(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Sends a curator's question about a document to the person who was chosen."""
        origin, (team, user) = Origin.read(view), presser(body)
        try:
            curation.may_review(await self._people.person(client, team, user))
            item, whom, said = Item.read(origin.about), filled_in(view, "whom") or "", filled_in(view, "words") or ""
            reviews = self._rooms.corpus.reviews
            document = await asyncio.to_thread(self._rooms.corpus.document, item.document)
            language = await asyncio.to_thread(language_of, self._rooms, team, whom)
            await asyncio.to_thread(reviews.ask, document.id, team, whom, user, said)
            await post(client, {"channel": whom}, asking_message(document, item, user, said, self._base, language))
            message = plain_message(voice(origin.language).gettext(_ASKED))
        except Exception as fault:
            message = fault_message(self._metrics, fault, origin.language)
        await reach(client, origin.url, user, message)

    async def open_reply(self, client: AsyncWebClient, body: Json, action: Json) -> None:
        """Asks a person for their answer to a curator's question; only who was asked."""
        team, user = presser(body)
        language = await asyncio.to_thread(language_of, self._rooms, team, user)
        origin = Origin.of(body, language, str(action.get("value")))
        try:
            await asyncio.to_thread(self._asked, Item.read(origin.about).document, team, user)
            await client.views_open(trigger_id=body["trigger_id"], view=reply_form(origin))
        except Exception as fault:
            await reach(client, origin.url, user, fault_message(self._metrics, fault, language))

    async def reply(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Takes an answer to the curator who asked."""
        origin, (team, user) = Origin.read(view), presser(body)
        try:
            item = Item.read(origin.about)
            by, asked = await asyncio.to_thread(self._asked, item.document, team, user)
            document = await asyncio.to_thread(self._rooms.corpus.document, item.document)
            language, said = await asyncio.to_thread(language_of, self._rooms, team, by), filled_in(view, "words") or ""
            await post(client, {"channel": by}, replied_message(document, user, asked, said, self._base, language))
            message = plain_message(voice(origin.language).gettext(_REPLIED))
        except Exception as fault:
            message = fault_message(self._metrics, fault, origin.language)
        await reach(client, origin.url, user, message)

    def _asked(self, document_id: int, team: str, user: str) -> tuple[str, str]:
        """Who has asked, and what. Raises NotAllowed."""
        found = self._rooms.corpus.reviews.asked(document_id, team, user)
        if found is None:
            raise NotAllowed(_NOT_ASKED)
        return found
