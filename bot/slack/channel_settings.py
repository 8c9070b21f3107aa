"""`ChannelSettings`: how the bot works in a channel, set by an administrator in a form.

The form carries the stamp of what held when it opened: of two who set the same channel the later one changes nothing
and is told what the other one has set.
"""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot import curation
from bot.curation import Person
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.blocks import Message, plain_message
from bot.slack.channel_forms import Offered, chosen_channel, saved_message, set_meanwhile_message, settings_form
from bot.slack.delivery import fault_message, reach
from bot.slack.forms import Json, Target
from bot.slack.people import People, language_of, presser
from bot.slack.places import DIRECT
from bot.words import noted, voice
from corpus import Setting

_NO_CHANNEL = noted("Settings are those of a channel: type /lessons settings there.")


class ChannelSettings:
    """One for each application."""

    def __init__(self, rooms: Rooms, metrics: Metrics, people: People) -> None:
        self._rooms, self._metrics, self._people = rooms, metrics, people

    async def open(
        self,
        client: AsyncWebClient,
        team: str,
        user: str,
        channel: str,
        trigger_id: str,
        language: str,
        *,
        url: str = "",
    ) -> Message | None:
        """Opens the form for a channel. What to tell the person where it was not opened; None where it was.

        `url`: where the person is told what becomes of the form; without it that is a direct message.
        """
        try:
            curation.may_set(await self._people.person(client, team, user))
            if channel.startswith(DIRECT):
                return plain_message(voice(language).gettext(_NO_CHANNEL))
            setting, offered = await asyncio.to_thread(self._look_up, team, channel)
            target = Target(team, channel, setting.what.stamp(), language, url)
            await client.views_open(trigger_id=trigger_id, view=settings_form(target, setting, offered))
        except Exception as fault:
            return fault_message(self._metrics, fault, language)
        return None

    async def open_chosen(self, client: AsyncWebClient, body: Json, action: Json) -> None:
        """Opens the form for a channel that was chosen in a Home; where that cannot be, the person is told directly."""
        team, user = presser(body)
        language = await asyncio.to_thread(language_of, self._rooms, team, user)
        channel = str(action.get("selected_conversation"))
        if said := await self.open(client, team, user, channel, body["trigger_id"], language):
            await reach(client, "", user, said)

    async def set(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Sets what was filled in, with the rights of who has sent the form, and tells them what has become of it."""
        target, (team, user) = Target.read(view), presser(body)
        try:
            person = await self._people.person(client, team, user)
            message = await asyncio.to_thread(self._set, person, target, view)
        except Exception as fault:
            message = fault_message(self._metrics, fault, target.language)
        await reach(client, target.url, user, message)

    def _set(self, person: Person, target: Target, view: Json) -> Message:
        curation.may_set(person)  # also what holds is told to administrators alone
        setting, offered = self._look_up(target.team, target.channel)
        if setting.what.stamp() == target.before:
            what = chosen_channel(view, offered)
            if what == setting.what or curation.set_channel(
                self._rooms, person, target.team, target.channel, what, target.before
            ):
                return saved_message(target.channel, setting.what, what, target.language)
            setting = self._rooms.corpus.channels.setting(target.team, target.channel)
        return set_meanwhile_message(target.channel, setting, target.language)

    def _look_up(self, team: str, channel: str) -> tuple[Setting, Offered]:
        setting, settings = self._rooms.corpus.channels.setting(team, channel), self._rooms.settings
        held = self._rooms.corpus.collections()
        return setting, Offered.beside(setting.what, settings.languages, held, settings.audiences)
