"""`People`: who somebody in Slack is to us, asked anew for every click, of the one who clicks.

Roles and audiences stand in the settings as lists of ids: of people, and of Slack's user groups, whose members Slack
is asked for. A group that cannot be read has no members, so nobody gets a right by a fault.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.curation import Person, Role
from bot.language import reply_language
from bot.rooms import Rooms
from bot.settings import Settings
from bot.slack.delivery import FAULTS, why
from corpus import EVERYONE, Unavailable

_log = logging.getLogger("atzina.slack")
_GROUP = "S"  # begins the id of a user group
_KNOWN_FOR = 60.0  # seconds: so long a person who has left a group may keep what it gave them


@dataclass(frozen=True, slots=True)
class _Members:
    until: float
    ids: frozenset[str]


def presser(body: Mapping[str, Any]) -> tuple[str, str]:
    """The ids of workspace and person of who has pressed a button, sent a form or used a shortcut."""
    return str((body.get("team") or {}).get("id")), str(body["user"]["id"])


def language_of(rooms: Rooms, team: str, user: str) -> str:
    """The language of a person's latest question, as far as it is kept; else the first of the interface.

    That also where the database is away, so that the person can be told so.
    """
    try:
        latest = rooms.corpus.questions.mine(team, user, 1)
    except Unavailable:
        latest = []
    return reply_language(next((each.text for each in latest if each.text), ""), rooms.settings.languages)


class People:
    """One for each application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._groups: dict[str, _Members] = {}
        self._asking = asyncio.Lock()

    async def person(self, client: AsyncWebClient, team: str, user: str) -> Person:
        """A person with their role, as it is now, under the name by which the journal knows them."""
        for role, ids in ((Role.ADMINISTRATOR, self._settings.administrators), (Role.CURATOR, self._settings.curators)):
            if await self.among(client, user, ids):
                return Person(f"slack:{team}:{user}", role)
        return Person(f"slack:{team}:{user}", Role.STAFF)

    async def audiences(self, client: AsyncWebClient, user: str) -> frozenset[str]:
        """The audiences that a person belongs to, and so what they may see where they alone see it."""
        named = self._settings.audiences.items()
        return frozenset([EVERYONE, *[name for name, ids in named if await self.among(client, user, ids)]])

    async def among(self, client: AsyncWebClient, user: str, ids: Iterable[str]) -> bool:
        """Whether a person is one of these, or a member of one of these groups."""
        listed = set(ids)
        if user in listed:
            return True
        for group in sorted(each for each in listed if each.startswith(_GROUP)):
            if user in await self._members(client, group):
                return True
        return False

    async def members(self, client: AsyncWebClient, ids: Iterable[str]) -> frozenset[str]:
        """The ids of these people, and of those in these groups."""
        found: set[str] = set()
        for each in set(ids):
            found |= await self._members(client, each) if each.startswith(_GROUP) else {each}
        return frozenset(found)

    async def _members(self, client: AsyncWebClient, group: str) -> frozenset[str]:
        async with self._asking:
            known = self._groups.get(group)
            if known is None or known.until < time.monotonic():
                known = _Members(time.monotonic() + _KNOWN_FOR, await self._ask(client, group))
                self._groups[group] = known
            return known.ids

    async def _ask(self, client: AsyncWebClient, group: str) -> frozenset[str]:
        try:
            told = await client.usergroups_users_list(usergroup=group)
        except FAULTS as fault:
            _log.warning("The user group %s could not be read (%s): nobody counts as its member.", group, why(fault))
            return frozenset()
        return frozenset(map(str, told.get("users") or ()))
