"""`Inbox`: messages that ask something, each answered once, in the order of its thread, whatever breaks on the way.

A message is claimed in the corpus's database before anything is posted, and held under a lease that is renewed for
as long as it is worked on. A process that dies holds it no longer, and one that cannot reach Slack gives it up; both
ways it is taken up again, in the place of the sign of life that was posted for it. What Slack refuses is not tried
again: the asker is told why, where that is possible.
"""

import asyncio
import datetime as dt
import logging
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.followups import asks, resolve
from bot.language import reply_language
from bot.rooms import Rooms
from bot.settings import PENDING_FOR
from bot.slack import saying
from bot.slack.asked import Asker
from bot.slack.asks import Ask
from bot.slack.blocks import Message
from bot.slack.delivery import FAULTS, Complaints, is_locked_out, passes, post, shut_message
from bot.slack.desk import Desk
from bot.slack.leases import LEASE, NO_LEASE, at_once, held
from bot.slack.lists import Lists
from bot.slack.places import DIRECT
from bot.slack.turns import Thread, Turns
from corpus import Unavailable

_log = logging.getLogger("atzina.slack")
Json = dict[str, Any]


class Inbox:
    """One for each application."""

    def __init__(self, rooms: Rooms, desk: Desk, lists: Lists) -> None:
        self._rooms, self._desk, self._lists = rooms, desk, lists
        self._languages = rooms.settings.languages
        self._turns, self._complaints = Turns(), Complaints()

    async def take(self, client: AsyncWebClient, key: str, message: Json, claimed: asyncio.Event | None = None) -> None:
        """Answers a message that nobody has taken yet, after those before it in its thread.

        `message`: channel, thread, text, ts, team, user; `unnamed`: where it does not name the bot.
        `claimed` is set as soon as the message is taken, here or elsewhere, or the asker is to be told that it is not.
        """
        if not self._turns.open:
            await self._claim(client, key, message | {"untouched": True}, NO_LEASE, claimed)
            self._turns.leave()
            return
        with self._turns.entered(_thread_of(message)) as turn:
            if await self._claim(client, key, message, LEASE, claimed):
                await self._answer_held(client, key, message, turn)

    async def overhear(
        self, client: AsyncWebClient, key: str, message: Json, claimed: asyncio.Event | None = None
    ) -> None:
        """Takes a message in a channel that names nobody where it goes on with what its author has asked there.

        `claimed` is set as in `take`, where it is taken.
        """
        if not asks(message["text"], self._languages):
            return
        unnamed = message | {"unnamed": True}
        # while something is answered in its thread, it is seen only then whether this follows it
        at_work = self._turns.busy(_thread_of(message))
        if at_work or await at_once(self._before, unnamed) is not None:
            await self.take(client, key, unnamed, claimed)

    async def take_up(self, client: AsyncWebClient) -> None:
        """Answers what was claimed and is at work nowhere any more, oldest first, as much at a time as there is room.

        A process died, or Slack could not be reached, or there was no room.
        """
        while room := self._turns.room:
            mark = self._turns.mark()
            left = await asyncio.to_thread(
                self._rooms.corpus.events.unsettled, younger_than=PENDING_FOR, lease=LEASE, limit=room
            )
            self._turns.taken_up(mark, all_of_it=len(left) < room)
            answering_them = (self._answer_left(client, key, message) for key, message in left.items())
            outcomes = await asyncio.gather(*answering_them, return_exceptions=True)
            for fault in outcomes:
                if isinstance(fault, Exception):
                    _log.error("A message that was left over could not be answered.", exc_info=fault)
            if len(left) < room or outcomes != [True] * room:  # what cannot be answered now is not tried at once again
                return

    async def _claim(
        self, client: AsyncWebClient, key: str, message: Json, lease: dt.timedelta, claimed: asyncio.Event | None
    ) -> bool:
        """Whether nobody has taken a message yet."""
        try:
            mine, refused = await at_once(self._rooms.corpus.events.claim, key, message, lease=lease), None
        except Unavailable as fault:
            mine, refused = False, fault
        if claimed:
            claimed.set()
        if refused:  # nothing can be kept, so nothing can be answered later: that is said
            where = {"channel": message["channel"], "thread_ts": message["thread"]}
            await post(client, where, self._desk.fault(refused, message["text"]))
        return mine

    async def _answer_left(self, client: AsyncWebClient, key: str, message: Json) -> bool:
        with self._turns.entered(_thread_of(message)) as turn:
            if message.pop("untouched", False):  # it waited for room: nothing of it can have been said
                await asyncio.to_thread(self._rooms.corpus.events.hold, key, lease=LEASE, payload=message)
            else:
                message["left_over"] = True
            return await self._answer_held(client, key, message, turn)

    async def _answer_held(self, client: AsyncWebClient, key: str, message: Json, turn: asyncio.Event) -> bool:
        """Answers and settles a message under this process's lease; False where it stays unsettled for now."""
        thread, events = _thread_of(message), self._rooms.corpus.events
        async with held(lambda lease: events.hold(key, lease=lease)):
            await turn.wait()
            if self._turns.stopped(thread) or not await self._is_answered(client, key, message):
                await asyncio.to_thread(events.hold, key, lease=NO_LEASE)
                self._turns.stop(thread)
                return False
            await asyncio.to_thread(events.settle, key)
            return True

    async def _is_answered(self, client: AsyncWebClient, key: str, message: Json) -> bool:
        """Answers a message; False where that may go well later. What Slack refuses for good is told its asker."""
        channel = message["channel"]
        try:
            await self._answer(client, key, message)
        except FAULTS as fault:
            self._complaints.make(fault, channel)
            if passes(fault) or is_locked_out(fault):
                return False
            await self._tell_refused(client, message, fault)
        else:
            self._complaints.withdraw(channel)
        return True

    async def _tell_refused(self, client: AsyncWebClient, message: Json, fault: Exception) -> None:
        """Tells the asker directly that their channel is shut to the bot, and why."""
        said = shut_message(fault, message["text"], reply_language(message["text"], self._languages))
        if not said or not message.get("user") or message["channel"].startswith(DIRECT):
            return
        try:
            await post(client, {"channel": message["user"]}, said)
        except FAULTS as another:
            self._complaints.make(another, message["user"])

    async def _answer(self, client: AsyncWebClient, key: str, message: Json) -> None:
        """Shows a sign of life, then the answer in its place; whatever happens, something is said."""
        team, channel, user = message.get("team") or "", message["channel"], message.get("user") or ""
        asker = Asker(team, channel, user, message.get("ts"), message["thread"])
        if not message.get("unnamed") and (said := await self._without_search(client, message["text"], asker)):
            await post(client, {"channel": channel, "thread_ts": message["thread"]}, said)
            return
        if not (ask := await asyncio.to_thread(self._understood, message)):
            return

        async def keep(payload: Json) -> bool:
            return await asyncio.to_thread(self._rooms.corpus.events.hold, key, lease=LEASE, payload=payload)

        language = self._desk.spoken(ask)
        await saying.answer(client, message, language, lambda: self._desk.reply(client, ask, asker), keep)

    async def _without_search(self, client: AsyncWebClient, said: str, asker: Asker) -> Message | None:
        """What is said to who asks for help, or for one of their lists."""
        return self._desk.help(said) or await self._lists.asked_for(client, said, asker)

    async def stop(self, client: AsyncWebClient, team: str, channel: str, thread: str) -> None:
        """Answers nothing more that was asked in a thread, in whichever process it is worked on."""
        place, languages = {"team": team, "channel": channel, "thread": thread, "answered": None}, self._languages
        try:
            for message in await asyncio.to_thread(self._rooms.corpus.events.withdraw, place):
                language = reply_language(str(message["text"]), languages)
                if sign := saying.Sign.of(message):  # else who works on it says so, as soon as it finds out
                    await saying.end(client, message, sign, saying.stopped(language), language)
        except FAULTS as fault:
            self._complaints.make(fault, channel)
        except Unavailable as fault:
            await post(client, {"channel": channel, "thread_ts": thread}, self._desk.fault(fault, ""))
        await saying.leave(client, channel, thread)

    def _understood(self, message: Json) -> Ask | None:
        """What a message asks, by the question before it in its thread; None where it is not said to the bot."""
        before = self._before(message)
        if message.get("unnamed") and before is None:
            return None
        understood = resolve(before, message["text"])
        return Ask(understood.question, typed=understood.typed if understood.completed else "")

    def _before(self, message: Json) -> str | None:
        """What the author of a message has asked before it in its thread; None where nothing follows that."""
        team, channel, thread, ts = message.get("team") or "", message["channel"], message["thread"], message.get("ts")
        if thread == ts or (message.get("unnamed") and not self._rooms.corpus.channels.of(team, channel).follows):
            return None
        return self._rooms.corpus.questions.last_in(team, channel, thread, message.get("user") or "", besides=ts)


def _thread_of(message: Json) -> Thread:
    return message["channel"], message["thread"]
