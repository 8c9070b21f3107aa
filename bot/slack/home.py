"""`Home`: the bot's page in Slack, as it is for each person: what they can do, and what waits for them."""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.curation import Role
from bot.health import health
from bot.metrics import Metrics
from bot.phrases import today
from bot.rooms import Rooms
from bot.slack.blocks import QUOTE, Block, cut, heading, line, notice, person, plain_block, rich, shortened, words
from bot.slack.delivery import FAULTS, SILENT, delivered, fault_message, why
from bot.slack.forms import Json
from bot.slack.home_blocks import (
    asking_blocks,
    health_blocks,
    interest_blocks,
    role_blocks,
    run_blocks,
    settings_blocks,
    topic_blocks,
    typed_question,
)
from bot.slack.inbox import Inbox
from bot.slack.lists import Lists
from bot.slack.people import People, language_of, presser
from bot.slack.queue import Queue
from bot.slack.speech import plain_question
from bot.topics import topics
from bot.uploads import named
from bot.words import voice

_log = logging.getLogger("atzina.slack")

_UNANSWERED = 200  # of the latest questions are grouped
_INTERESTS, _LATELY = 10, dt.timedelta(days=90)
_RUNS = 5
_ECHO = 200  # characters of a question that are said again

Part = Callable[[], Awaitable[list[Block]]]


class Home:
    """One for each application."""

    def __init__(
        self, rooms: Rooms, metrics: Metrics, people: People, queue: Queue, lists: Lists, inbox: Inbox
    ) -> None:
        self._rooms, self._metrics, self._people = rooms, metrics, people
        self._queue, self._lists, self._inbox = queue, lists, inbox
        self._answering: set[asyncio.Task[None]] = set()  # kept, or they could be collected while at work

    async def open(self, client: AsyncWebClient, team: str, user: str) -> None:
        """Shows a person their Home; where Slack does not take it, the log is told."""
        await self._say(client, team, user, ())

    async def show(
        self, client: AsyncWebClient, team: str, user: str, *, offset: int = 0, said: Sequence[Block] = ()
    ) -> None:
        """Shows a person their Home anew, below what is said of what they did last.

        `offset`: how many of a curator's queue stand before those that are shown. Raises one of FAULTS.
        """
        language = await asyncio.to_thread(language_of, self._rooms, team, user)
        blocks = [*said, *asking_blocks(f"{time.time_ns()}", language)]
        role = (await self._people.person(client, team, user)).role
        told: set[str] = set()
        for title, part in self._parts(client, team, user, language, role, offset).items():
            try:
                made = await part()
            except Exception as fault:  # the other parts are shown all the same
                if str(fault) in told:  # nobody has to read ten times that the database is away
                    continue
                told.add(str(fault))
                made = fault_message(self._metrics, fault, language).blocks
            blocks += [{"type": "divider"}, heading(title), *made]
        await delivered(lambda: client.views_publish(user_id=user, view={"type": "home", "blocks": blocks}))

    async def ask(self, client: AsyncWebClient, body: Json) -> None:
        """Asks what stands in the field: the question goes to the person's direct messages, and its answer below it."""
        team, user = presser(body)
        language = await asyncio.to_thread(language_of, self._rooms, team, user)
        try:
            said = await self._ask(client, body, team, user, language)
        except Exception as fault:
            said = fault_message(self._metrics, fault, language).blocks
        await self._say(client, team, user, said)

    async def _ask(self, client: AsyncWebClient, body: Json, team: str, user: str, language: str) -> list[Block]:
        """What is said of it in the Home."""
        say, (mark, question) = voice(language), typed_question(body)
        question, key = plain_question(question), f"home:{team}:{user}:{mark}"
        if not question:
            return [plain_block(say.gettext("Write your question into the field first."))]
        if await asyncio.to_thread(self._rooms.corpus.events.claim, key):  # a second click asks nothing
            try:
                channel, ts = await self._begin(client, user, question, language)
            except BaseException:
                await asyncio.to_thread(self._rooms.corpus.events.disclaim, key)
                raise
            message = {"channel": channel, "thread": ts, "text": question, "ts": ts, "team": team, "user": user}
            answering = asyncio.create_task(self._inbox.take(client, f"{team}:{channel}:{ts}", message))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
        there = say.gettext("The answer to “{question}” comes under Messages.")
        return [plain_block(there.format(question=shortened(question, _ECHO)))]

    async def _begin(self, client: AsyncWebClient, user: str, question: str, language: str) -> tuple[str, str]:
        """Where a question of this person now stands in their direct messages: channel and ts."""
        asks = voice(language).gettext("asks:")
        # who is named in a thread follows it, and so is told of what comes in it
        root = rich(line(person(user), words(f" {asks} "), words(cut(question, QUOTE)[0], bold=True)))
        message = notice([f"{asks} {question}"], [root])
        posted = await delivered(
            lambda: client.chat_postMessage(channel=user, text=message.text, blocks=message.blocks, **SILENT)
        )
        return str(posted["channel"]), str(posted["ts"])

    async def _say(self, client: AsyncWebClient, team: str, user: str, said: Sequence[Block]) -> None:
        try:
            await self.show(client, team, user, said=said)
        except FAULTS as fault:
            _log.warning("The Home of somebody could not be shown: %s", why(fault))

    # -- the parts

    def _parts(
        self, client: AsyncWebClient, team: str, user: str, language: str, role: Role, offset: int
    ) -> dict[str, Part]:
        """What a person with this role sees below the field, by its heading."""
        say, parts = voice(language), dict[str, Part]()
        if role >= Role.CURATOR:
            parts[say.gettext("Reports that wait for review")] = lambda: self._queue.blocks(
                client, team, user, language, offset, at_home=True
            )
            parts[say.gettext("Questions without an answer")] = lambda: asyncio.to_thread(self._topics, team, language)
            parts[say.gettext("Asked about most in {n} days").format(n=_LATELY.days)] = lambda: asyncio.to_thread(
                self._interests, language
            )
            parts[say.gettext("The latest runs")] = lambda: asyncio.to_thread(self._runs, language)
        if role >= Role.ADMINISTRATOR:
            parts[say.gettext("Settings of channels")] = lambda: asyncio.to_thread(self._channels, team, language)
            parts[say.gettext("Roles")] = lambda: asyncio.to_thread(self._roles, language)
            parts[say.gettext("How things stand")] = lambda: asyncio.to_thread(self._health, language)
        parts[say.gettext("Your questions")] = lambda: self._mine(client, team, user, language)
        parts[say.gettext("What is new?")] = lambda: self._news(client, user, language)
        return parts

    async def _mine(self, client: AsyncWebClient, team: str, user: str, language: str) -> list[Block]:
        seen = await self._people.audiences(client, user)
        return (await asyncio.to_thread(self._lists.mine, team, user, seen, language)).blocks

    async def _news(self, client: AsyncWebClient, user: str, language: str) -> list[Block]:
        seen = await self._people.audiences(client, user)
        return (await asyncio.to_thread(self._lists.news, None, seen, language)).blocks

    def _topics(self, team: str, language: str) -> list[Block]:
        unanswered = self._rooms.corpus.questions.unanswered(team, _UNANSWERED)
        return topic_blocks(topics(self._rooms, unanswered), language)

    def _interests(self, language: str) -> list[Block]:
        return interest_blocks(self._rooms.corpus.questions.interests(today() - _LATELY, _INTERESTS), language)

    def _runs(self, language: str) -> list[Block]:
        return run_blocks(self._rooms.corpus.runs(_RUNS), partial(named, self._rooms.settings.home), language)

    def _channels(self, team: str, language: str) -> list[Block]:
        return settings_blocks(self._rooms.corpus.channels.all(team), str(time.time_ns()), language)

    def _roles(self, language: str) -> list[Block]:
        say, settings = voice(language), self._rooms.settings
        roles = {say.gettext("Administrators"): settings.administrators, say.gettext("Curators"): settings.curators}
        audience = say.gettext("Audience {name}")
        return role_blocks(roles | {audience.format(name=n): ids for n, ids in settings.audiences.items()}, language)

    def _health(self, language: str) -> list[Block]:
        return health_blocks(health(self._rooms, language), language)
