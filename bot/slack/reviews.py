"""`Reviews`: documents that wait for a curator, and what a curator decides on each, in Slack.

Every button and form carries the document's version as it was shown: of two who act at once the later one changes
nothing and is told what has happened.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import curation
from bot.curation import Person
from bot.held import Held
from bot.metrics import Metrics
from bot.phrases import today
from bot.rooms import Rooms
from bot.slack.asks import Item
from bot.slack.blocks import Message, plain_block, plain_message
from bot.slack.delivery import FAULTS, delivered, fault_message, post, reach, respond_with, why
from bot.slack.forms import Json, Origin, filled_in
from bot.slack.home import Home
from bot.slack.people import People, language_of, presser
from bot.slack.queue import Queue
from bot.slack.review_blocks import (
    done_line,
    done_message,
    queue_message,
    quicker_message,
    reminder_message,
    waiting_message,
)
from bot.slack.review_forms import ask_author_form, confirm_form, edit_form, edited, retire_form
from bot.words import noted, usual_language, voice
from corpus import Conflict, Document, Status, Unavailable

_log = logging.getLogger("atzina.slack")

_PASSED_ON = noted("It is in the others' queue only.")


class Reviews:
    """One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics, people: People, queue: Queue, home: Home) -> None:
        self._rooms, self._base, self._metrics, self._people = rooms, base, metrics, people
        self._queue, self._home = queue, home

    # -- the queue

    async def open_queue(self, client: AsyncWebClient, body: Json) -> None:
        """Shows the queue to a curator who has pressed a button for it."""
        team, user = presser(body)
        language = await self._language(team, user)
        try:
            message = await self._queue.message(client, team, user, language)
        except Exception as fault:
            message = fault_message(self._metrics, fault, language)
        await self._tell(client, Origin.of(body, language, ""), user, message)

    async def turn(self, client: AsyncWebClient, body: Json, action: Json) -> None:
        """Shows other entries of the queue, in place of those that stand there."""
        team, user = presser(body)
        language = await self._language(team, user)
        origin = Origin.of(body, language, "")
        try:
            place = Item.QUEUE if origin.message else Item.HOME
            await self._redraw(client, origin, user, Item(0, 0, place, int(str(action.get("value")))), "")
        except Exception as fault:
            await self._tell(client, origin, user, fault_message(self._metrics, fault, language))

    # -- a document by itself

    async def announce(self, client: AsyncWebClient, document: Document) -> None:
        """Shows a document that has come in to the curators, where they have a channel; it is in their queue anyhow."""
        if channel := self._rooms.settings.curators_channel:
            waiting = await asyncio.to_thread(self._queue.look_up, document.id, "")
            entry = await asyncio.to_thread(self._queue.entry, waiting)
            try:
                await post(client, {"channel": channel}, waiting_message(entry, self._base, self._usual))
            except FAULTS as fault:
                _log.warning("Document %s could not be shown to the curators: %s", document.id, why(fault))

    async def remind(self, client: AsyncWebClient) -> None:
        """Tells the curators' channel, once, of documents whose review date has passed."""
        channel, reviews = self._rooms.settings.curators_channel, self._rooms.corpus.reviews
        if not channel:
            return
        due = await asyncio.to_thread(reviews.take_reminders, today())
        if not due:
            return
        try:
            await post(client, {"channel": channel}, reminder_message(due, self._base, self._usual))
        except FAULTS as fault:
            _log.warning("The curators could not be reminded of %s documents: %s", len(due), why(fault))
            await asyncio.to_thread(reviews.give_back, due)

    # -- what a curator decides

    async def open(self, client: AsyncWebClient, body: Json, action: Json) -> None:
        """Opens the form for what a curator wants to do with a document, unless somebody was quicker."""
        team, user = presser(body)
        language = await self._language(team, user)
        origin = Origin.of(body, language, str(action.get("value")))
        try:
            item = Item.read(origin.about)
            curation.may_review(await self._people.person(client, team, user))
            waiting = await asyncio.to_thread(self._queue.look_up, item.document, team)
            if waiting.version != item.version:
                await self._tell_conflict(client, origin, user, item)
                return
            view = await asyncio.to_thread(self._form, action["action_id"], origin, waiting.document)
            await client.views_open(trigger_id=body["trigger_id"], view=view)
        except Exception as fault:
            await self._tell(client, origin, user, fault_message(self._metrics, fault, language))

    def _form(self, action: str, origin: Origin, document: Document) -> Json:
        if action == "review_confirm":
            return confirm_form(origin, document, today())
        if action == "review_edit":
            return edit_form(origin, document, self._offered())
        if action == "review_retire":
            return retire_form(origin)
        by_slack = document.added_by.startswith(f"slack:{origin.team}:")
        return ask_author_form(origin, document.added_by.rpartition(":")[2] if by_slack else None)

    async def pass_on(self, client: AsyncWebClient, body: Json, action: Json) -> None:
        """Takes a document out of a curator's queue; it stays in those of the others."""
        team, user = presser(body)
        language = await self._language(team, user)
        origin = Origin.of(body, language, str(action.get("value")))
        try:
            item = Item.read(origin.about)
            curation.may_review(await self._people.person(client, team, user))
            await asyncio.to_thread(self._rooms.corpus.reviews.pass_on, item.document, team, user)
            said = voice(language).gettext(_PASSED_ON)
            if item.place == Item.MESSAGE:
                await self._tell(client, origin, user, plain_message(said))
            else:
                await self._show(client, origin, user, item, said)
        except Exception as fault:
            await self._tell(client, origin, user, fault_message(self._metrics, fault, language))

    async def confirm(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Takes a document as right until the day that was filled in."""
        day = filled_in(view, "review_by")
        review_by = dt.date.fromisoformat(day) if day else None

        def work(person: Person, item: Item) -> Document:
            return curation.confirm(self._rooms, person, item.document, review_by, version=item.version)

        await self._decide(client, body, view, work)

    async def edit(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Sets what was filled in and is not so already."""

        def work(person: Person, item: Item) -> Document | None:
            changed = edited(view, self._rooms.corpus.document(item.document))
            return curation.tag(self._rooms, person, item.document, changed, version=item.version) if changed else None

        await self._decide(client, body, view, work)

    async def retire(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Takes a document out of all answers, for the reason that was filled in."""

        def work(person: Person, item: Item) -> Document:
            reason = filled_in(view, "reason") or ""
            return curation.retire(self._rooms, person, item.document, reason, version=item.version)

        await self._decide(client, body, view, work)

    async def _decide(
        self, client: AsyncWebClient, body: Json, view: Json, work: Callable[[Person, Item], Document | None]
    ) -> None:
        """Does what a form is for, with the rights of who has sent it, and shows what has become of the document.

        The work gives the document, or None where there was nothing to be done.
        """
        origin, (team, user) = Origin.read(view), presser(body)
        try:
            item, person = Item.read(origin.about), await self._people.person(client, team, user)
            try:
                document = await asyncio.to_thread(work, person, item)
            except Conflict:
                await self._tell_conflict(client, origin, user, item)
                return
            if document:
                change = (await asyncio.to_thread(self._rooms.corpus.journal, document.id))[-1]
                await self._show(client, origin, user, item, done_line(document, change, origin.language))
        except Exception as fault:
            await self._tell(client, origin, user, fault_message(self._metrics, fault, origin.language))

    # -- what is shown afterwards

    async def _show(self, client: AsyncWebClient, origin: Origin, user: str, item: Item, done: str) -> None:
        """Shows what is now where the button stood; where that place is gone, what was done to who has done it."""
        try:
            await self._redraw(client, origin, user, item, done)
        except (*FAULTS, Unavailable) as fault:
            _log.warning("What was done with document %s could not be shown: %s", item.document, why(fault))
            if done:
                await self._tell(client, origin, user, plain_message(done))

    async def _redraw(self, client: AsyncWebClient, origin: Origin, user: str, item: Item, done: str) -> None:
        """Shows what is now where the button stood: in a message of its own, or a queue."""
        team, language = origin.team, origin.language
        if item.place == Item.HOME:
            said = [plain_block(done)] if done else []
            await self._home.show(client, team, user, offset=item.offset, said=said)
        elif item.place == Item.QUEUE:
            blocks = await self._queue.blocks(client, team, user, language, item.offset)
            message = queue_message(blocks, language, done)
            await respond_with(AsyncRespond(response_url=origin.url), message, instead=True)
        else:
            message = await asyncio.to_thread(self._now, item.document, team)
            await delivered(
                lambda: client.chat_update(
                    channel=origin.channel, ts=origin.message, text=message.text, blocks=message.blocks
                )
            )

    def _now(self, document_id: int, team: str) -> Message:
        """A document as it is now: what has been done with it, or what can be done where it still waits."""
        waiting = self._queue.look_up(document_id, team)
        if waiting.document.status is Status.DRAFT or (
            waiting.overdue and waiting.document.status is not Status.RETIRED
        ):
            return waiting_message(self._queue.entry(waiting), self._base, self._usual)
        change = self._rooms.corpus.journal(document_id)[-1]
        return done_message(waiting.document, change, self._base, self._usual)

    async def _tell_conflict(self, client: AsyncWebClient, origin: Origin, user: str, item: Item) -> None:
        """Tells who came later what has happened, and shows what is now."""
        corpus = self._rooms.corpus
        document = await asyncio.to_thread(corpus.document, item.document)
        changes = await asyncio.to_thread(corpus.reviews.since, item.document, item.version)
        await self._show(client, origin, user, item, "")
        await self._tell(client, origin, user, quicker_message(document.name, changes, origin.language))

    # -- inside

    def _offered(self) -> dict[str, tuple[str, ...]]:
        codes, held = curation.known_codes(), Held.by(self._rooms.corpus)
        languages = {*self._rooms.settings.languages, *held.languages} & codes["language"]
        return {"languages": tuple(languages), "audiences": tuple(sorted(self._rooms.settings.audiences))}

    async def _tell(self, client: AsyncWebClient, origin: Origin, user: str, message: Message) -> None:
        """Says something to who has pressed a button or sent a form."""
        await reach(client, origin.url, user, message)

    @property
    def _usual(self) -> str:
        """The language in which the curators are spoken to."""
        return usual_language(self._rooms.settings.languages)

    async def _language(self, team: str, user: str) -> str:
        return await asyncio.to_thread(language_of, self._rooms, team, user)
