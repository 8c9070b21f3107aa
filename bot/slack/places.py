"""`Places`: what may be shown where an answer appears, and in which language the bot speaks there.

In a channel everybody reads an answer, so it holds what an administrator has said that all of them may see, whoever
asks. What one person alone sees holds what that person may see.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.curation import Role
from bot.slack.people import People
from bot.words import spoken
from corpus import Channel, Corpus, Narrowing

DIRECT = "D"  # begins the id of a conversation with one person


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer appears, for whom, and what holds there."""

    channel: Channel
    audience: frozenset[str]
    may_ask: bool

    @property
    def narrowing(self) -> Narrowing:
        """What a search may find here."""
        return Narrowing(audience=self.audience, collections=self.channel.collections)

    def language(self, usual: str, languages: Sequence[str]) -> str:
        """In which language the bot speaks here, where it would speak `usual` elsewhere."""
        return spoken(self.channel.language, languages) if self.channel.language else usual


class Places:
    """One for each application."""

    def __init__(self, corpus: Corpus, people: People) -> None:
        self._corpus, self._people = corpus, people

    async def of(self, client: AsyncWebClient, team: str, channel: str, user: str, *, private: bool) -> Place:
        """What holds for an answer to a person in a channel; `private`: only they will see it."""
        known = await asyncio.to_thread(self._corpus.channels.of, team, channel)
        alone = private or channel.startswith(DIRECT)
        audience = await self._people.audiences(client, user) if alone else known.audiences
        return Place(known, audience, await self._may_ask(client, known, team, user))

    async def _may_ask(self, client: AsyncWebClient, channel: Channel, team: str, user: str) -> bool:
        if not channel.askers or await self._people.among(client, user, channel.askers):
            return True
        return (await self._people.person(client, team, user)).role >= Role.CURATOR
