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
from bot.phrases import is_public, today
from bot.rooms import Rooms
from bot.slack.asks import Item
from bot.slack.blocks import Block, Message, plain_message
from bot.slack.delivery import FAULTS, delivered, fault_message, post, respond_with, tell, why
from bot.slack.forms import Json, Origin, filled_in
from bot.slack.people import People, language_of, presser
from bot.slack.review_blocks import (
    PAGE,
    Entry,
    done_line,
    done_message,
    queue_blocks,
    queue_message,
    quicker_message,
    reminder_message,
    waiting_message,
)
from bot.slack.review_forms import ask_author_form, confirm_form, edit_form, edited, retire_form
from bot.words import noted, usual_language, voice
from corpus import EVERYONE, Conflict, Document, Status, Unavailable, Waiting

_log = logging.getLogger("atzina.slack")

_LATELY = dt.timedelta(days=90)  # what was shown in them is asked for
_READ = 2000  # characters of a document, of which the beginning is shown
_PASSED_ON = noted("It is in the others' queue only.")


class Reviews:
    """One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics, people: People) -> None:
        self._rooms, self._base, self._metrics, self._people = rooms, base, metrics, people

    # -- the queue

    async def message(self, client: AsyncWebClient, team: str, user: str, language: str) -> Message:
        """The beginning of a curator's queue. Raises NotAllowed."""
        return queue_message(await self._queue(client, team, user, language, 0), language)

    async def open_queue(self, client: AsyncWebClient, respond: AsyncRespond, body: Json) -> None:
        """Shows the queue to a curator who has pressed a button for it."""
        team, user = presser(body)
        language = await self._language(team, user)
        try:
            message = await self.message(client, team, user, language)
        except Exception as fault:
            message = fault_message(self._metrics, fault, language)
        await tell(respond, message)

    async def turn(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Shows other entries of the queue, in place of those that stand there."""
        team, user = presser(body)
        language = await self._language(team, user)
        try:
            offset = int(str(action.get("value")))
            blocks = await self._queue(client, team, user, language, offset)
            await respond_with(respond, queue_message(blocks, language), instead=True)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))

    async def _queue(self, client: AsyncWebClient, team: str, user: str, language: str, offset: int) -> list[Block]:
        curation.may_review(await self._people.person(client, team, user))
        everybody = await self._people.members(
            client, self._rooms.settings.curators | self._rooms.settings.administrators
        )
        seen = await self._people.audiences(client, user)
        return await asyncio.to_thread(self._list, team, user, everybody, seen, language, offset)

    def _list(
        self,
        team: str,
        user: str,
        everybody: frozenset[str],
        seen: frozenset[str],
        language: str,
        offset: int,
    ) -> list[Block]:
        now = today()
        waiting = self._rooms.corpus.reviews.waiting(team, now, now - _LATELY)
        theirs = [each for each in waiting if user not in each.passed or everybody <= each.passed]
        offset = offset if offset < len(theirs) else 0
        entries = [
            Entry(each, self._beginning(each.document, seen), alone=bool(everybody) and everybody <= each.passed)
            for each in theirs[offset : offset + PAGE]
        ]
        return queue_blocks(entries, len(theirs), self._base, language, offset)

    # -- a document by itself

    async def announce(self, client: AsyncWebClient, document: Document) -> None:
        """Shows a document that has come in to the curators, where they have a channel; it is in their queue anyhow."""
        if channel := self._rooms.settings.curators_channel:
            waiting = await asyncio.to_thread(self._look_up, document.id, "")
            entry = Entry(waiting, await asyncio.to_thread(self._beginning, document, frozenset({EVERYONE})))
            try:
                await post(
                    client,
                    {"channel": channel},
                    waiting_message(entry, self._base, usual_language(self._rooms.settings.languages)),
                )
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
            await post(
                client,
                {"channel": channel},
                reminder_message(due, self._base, usual_language(self._rooms.settings.languages)),
            )
        except FAULTS as fault:
            _log.warning("The curators could not be reminded of %s documents: %s", len(due), why(fault))
            await asyncio.to_thread(reviews.give_back, due)

    # -- what a curator decides

    async def open(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Opens the form for what a curator wants to do with a document, unless somebody was quicker."""
        team, user = presser(body)
        language = await self._language(team, user)
        try:
            item = Item.read(action.get("value"))
            curation.may_review(await self._people.person(client, team, user))
            waiting = await asyncio.to_thread(self._look_up, item.document, team)
            origin = origin_of(body, language, item)
            if waiting.version != item.version:
                await self._tell_conflict(client, origin, user, item)
                return
            view = await asyncio.to_thread(self._form, action["action_id"], origin, waiting.document)
            await client.views_open(trigger_id=body["trigger_id"], view=view)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))

    def _form(self, action: str, origin: Origin, document: Document) -> Json:
        if action == "review_confirm":
            return confirm_form(origin, document, today())
        if action == "review_edit":
            return edit_form(origin, document, self._offered())
        if action == "review_retire":
            return retire_form(origin)
        by_slack = document.added_by.startswith(f"slack:{origin.team}:")
        return ask_author_form(origin, document.added_by.rpartition(":")[2] if by_slack else None)

    async def pass_on(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Takes a document out of a curator's queue; it stays in those of the others."""
        team, user = presser(body)
        language = await self._language(team, user)
        try:
            item = Item.read(action.get("value"))
            curation.may_review(await self._people.person(client, team, user))
            await asyncio.to_thread(self._rooms.corpus.reviews.pass_on, item.document, team, user)
            said = voice(language).gettext(_PASSED_ON)
            if item.place == Item.MESSAGE:
                await tell(respond, plain_message(said))
            else:
                await self._show(client, origin_of(body, language, item), user, item, said)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))

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
            await answer(origin, fault_message(self._metrics, fault, origin.language))

    # -- what is shown afterwards

    async def _show(self, client: AsyncWebClient, origin: Origin, user: str, item: Item, done: str) -> None:
        """Shows what is now where the button stood; where that place is gone, what was done to who has done it."""
        try:
            await self._redraw(client, origin, user, item, done)
        except (*FAULTS, Unavailable) as fault:
            _log.warning("What was done with document %s could not be shown: %s", item.document, why(fault))
            if done:
                await answer(origin, plain_message(done))

    async def _redraw(self, client: AsyncWebClient, origin: Origin, user: str, item: Item, done: str) -> None:
        """Shows what is now where the button stood: in a message of its own, or a queue."""
        if item.place == Item.QUEUE:
            team, language = origin.team, origin.language
            blocks = await self._queue(client, team, user, language, item.offset)
            message = queue_message(blocks, language, done)
            await respond_with(AsyncRespond(response_url=origin.url), message, instead=True)
        else:
            message = await asyncio.to_thread(self._now, item.document, origin.team)
            await delivered(
                lambda: client.chat_update(
                    channel=origin.channel, ts=origin.message, text=message.text, blocks=message.blocks
                )
            )

    def _now(self, document_id: int, team: str) -> Message:
        """A document as it is now: what has been done with it, or what can be done where it still waits."""
        waiting = self._look_up(document_id, team)
        if waiting.document.status is Status.DRAFT or (
            waiting.overdue and waiting.document.status is not Status.RETIRED
        ):
            entry = Entry(waiting, self._beginning(waiting.document, frozenset({EVERYONE})))
            return waiting_message(entry, self._base, usual_language(self._rooms.settings.languages))
        change = self._rooms.corpus.journal(document_id)[-1]
        return done_message(waiting.document, change, self._base, usual_language(self._rooms.settings.languages))

    async def _tell_conflict(self, client: AsyncWebClient, origin: Origin, user: str, item: Item) -> None:
        """Tells who came later what has happened, and shows what is now."""
        corpus = self._rooms.corpus
        document = await asyncio.to_thread(corpus.document, item.document)
        changes = await asyncio.to_thread(corpus.reviews.since, item.document, item.version)
        await self._show(client, origin, user, item, "")
        await answer(origin, quicker_message(document.name, changes, origin.language))

    # -- inside

    def _look_up(self, document_id: int, team: str) -> Waiting:
        now = today()
        return self._rooms.corpus.reviews.seen(document_id, team, now, now - _LATELY)

    def _beginning(self, document: Document, seen: frozenset[str]) -> str | None:
        """How a document begins, for those of its audience alone."""
        allowed = is_public(document) or not seen.isdisjoint(document.audience)
        return self._rooms.corpus.text(document.id)[:_READ].strip() or None if allowed else None

    def _offered(self) -> dict[str, tuple[str, ...]]:
        codes, held = curation.known_codes(), Held.by(self._rooms.corpus)
        languages = {*self._rooms.settings.languages, *held.languages} & codes["language"]
        return {"languages": tuple(languages), "audiences": tuple(sorted(self._rooms.settings.audiences))}

    async def _language(self, team: str, user: str) -> str:
        return await asyncio.to_thread(language_of, self._rooms, team, user)


def origin_of(body: Json, language: str, item: Item) -> Origin:
    """Where a button of a document was pressed."""
    return Origin.of(body, language, item.value())


async def answer(origin: Origin, message: Message) -> None:
    """Says something to who has sent a form, where its button stood."""
    await tell(AsyncRespond(response_url=origin.url), message)
