"""`Queue`: the documents that wait for a curator, as that curator sees them."""

import asyncio
import datetime as dt

from slack_sdk.web.async_client import AsyncWebClient

from bot import curation
from bot.phrases import is_public, today
from bot.rooms import Rooms
from bot.slack.blocks import Block, Message
from bot.slack.people import People
from bot.slack.review_blocks import PAGE, PAGE_AT_HOME, Entry, queue_blocks, queue_message
from corpus import EVERYONE, Document, Waiting

_LATELY = dt.timedelta(days=90)  # what was shown in them is asked for
_READ = 2000  # characters of a document, of which the beginning is shown
_ALL = frozenset({EVERYONE})


class Queue:
    """One for each application."""

    def __init__(self, rooms: Rooms, base: str, people: People) -> None:
        self._rooms, self._base, self._people = rooms, base, people

    async def message(self, client: AsyncWebClient, team: str, user: str, language: str) -> Message:
        """The beginning of a curator's queue. Raises NotAllowed."""
        return queue_message(await self.blocks(client, team, user, language), language)

    async def blocks(
        self, client: AsyncWebClient, team: str, user: str, language: str, offset: int = 0, *, at_home: bool = False
    ) -> list[Block]:
        """A curator's queue from an entry on, some at a time; from the first, where there are fewer. Raises NotAllowed.

        `at_home`: it stands in their Home, and not in a message.
        """
        curation.may_review(await self._people.person(client, team, user))
        everybody = await self._people.members(
            client, self._rooms.settings.curators | self._rooms.settings.administrators
        )
        seen = await self._people.audiences(client, user)

        def look_up() -> list[Block]:
            now = today()
            waiting = self._rooms.corpus.reviews.waiting(team, now, now - _LATELY)
            theirs = [each for each in waiting if user not in each.passed or everybody <= each.passed]
            first = offset if offset < len(theirs) else 0
            entries = [
                self.entry(each, seen, alone=bool(everybody) and everybody <= each.passed)
                for each in theirs[first : first + (PAGE_AT_HOME if at_home else PAGE)]
            ]
            return queue_blocks(entries, len(theirs), self._base, language, first, at_home=at_home)

        return await asyncio.to_thread(look_up)

    def look_up(self, document_id: int, team: str) -> Waiting:
        """One document, whether it waits or not. Raises NotFound."""
        now = today()
        return self._rooms.corpus.reviews.seen(document_id, team, now, now - _LATELY)

    def entry(self, waiting: Waiting, seen: frozenset[str] = _ALL, *, alone: bool = False) -> Entry:
        """A document that waits, with its beginning for those of its audience alone."""
        return Entry(waiting, self._beginning(waiting.document, seen), alone)

    def _beginning(self, document: Document, seen: frozenset[str]) -> str | None:
        allowed = is_public(document) or not seen.isdisjoint(document.audience)
        return self._rooms.corpus.text(document.id)[:_READ].strip() or None if allowed else None
