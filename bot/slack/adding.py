"""`Adding`: what somebody sends to be added is read, shown to them, and added as they confirm it, once.

It stands in the table of intakes from the first moment on, under a lease while a process works on it: what a dead
process has left is taken up again, at the beginning of its stage. Nothing that is stored of it is in the corpus, and
so in any answer, before a person has confirmed it.

A text beside files describes them and is no question: it only tells in which language is spoken of them.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.curation import Person, Role
from bot.language import reply_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.adding_forms import adding_form, read_choice, saying_view
from bot.slack.adding_notices import MOST_FILES, Outcome, added_notice, adding_notice, read_notice
from bot.slack.blocks import Message, plain_block, plain_message
from bot.slack.delivery import FAULTS, SILENT, delivered, fault_message, passes, tell, why
from bot.slack.forms import Origin
from bot.slack.leases import LEASE, at_once, held
from bot.slack.people import People, presser
from bot.slack.receiving import Receiving
from bot.slack.sendings import Sending, told_of
from bot.words import noted, usual_language, voice
from corpus import Document, Intake, Invalid, NotAllowed, NotFound, Stage, Status

_log = logging.getLogger("atzina.slack")
Json = dict[str, Any]
Announce = Callable[[AsyncWebClient, Document], Awaitable[None]]

_WAITS = dt.timedelta(days=1)  # for its form
_AT_ONCE = 2  # messages whose files are read or added; the others wait their turn
_READING = noted("Reading…")
_EMPTY = noted("There are neither files nor words in this message.")
_OURS = noted("What I have said myself is no report.")
_NOT_YOURS = noted("Only who has sent this, or a curator, can decide about it.")
_DECIDED = noted("This has been decided already, or has waited for too long; send it again.")
_LET_BE = noted("This is not added.")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


async def _nobody(client: AsyncWebClient, document: Document) -> None:
    """Tells nobody of a new draft."""


class Adding:
    """One for each application. `announce` is told of each draft that was added."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics, people: People, announce: Announce = _nobody) -> None:
        self._rooms, self._base, self._metrics, self._people = rooms, base, metrics, people
        self._settings, self._intakes, self._announce = rooms.settings, rooms.corpus.intakes, announce
        self._receiving = Receiving(rooms)
        self._turn = asyncio.Semaphore(_AT_ONCE)

    # -- what is sent

    async def take(self, client: AsyncWebClient, key: str, message: Json, claimed: asyncio.Event | None = None) -> None:
        """Reads the files of a message that nobody has taken yet, and asks in its thread what becomes of them.

        `message`: team, user, channel, thread, text, and files as Slack tells of them.
        `claimed` is set as soon as the message is taken, here or elsewhere, or the asker is to be told that it is not.
        """
        language = (
            reply_language(message["text"], self._settings.languages)
            if message["text"]
            else usual_language(self._settings.languages)
        )
        files = tuple(map(told_of, message["files"]))
        sending = Sending(
            language=language,
            channel=message["channel"],
            thread=message["thread"],
            files=files[:MOST_FILES],
            left_out=len(files[MOST_FILES:]),
        )
        try:
            intake, refused = await self._begin(key, message["team"], message["user"], sending), None
        except Exception as fault:
            intake, refused = None, fault
        if claimed:
            claimed.set()
        if refused:
            await self._post(client, sending, fault_message(self._metrics, refused, language))
        if intake:
            await self._work(client, intake)

    async def open(self, client: AsyncWebClient, body: Json, bot: str | None) -> None:
        """Opens a window over a message at once, reads what is in it, and asks in the window what becomes of it.

        `bot` is our own id, whose messages are not taken in. What follows is said to the person alone.
        """
        language, message, user = (
            usual_language(self._settings.languages),
            body.get("message") or {},
            str(body["user"]["id"]),
        )
        respond = AsyncRespond(response_url=str(body.get("response_url") or ""))
        try:
            files, text = tuple(map(told_of, message.get("files") or ())), str(message.get("text") or "")
            refused = _OURS if bot and bot == message.get("bot_id") else None if files or text.strip() else _EMPTY
            # a window opens for three seconds after the click, so before anything that may have to wait
            first = saying_view(language, [plain_block(voice(language).gettext(refused or _READING))])
            opened = await client.views_open(trigger_id=body["trigger_id"], view=first)
            if refused:
                return
            sending = Sending(
                language=language,
                channel=user,
                files=files[:MOST_FILES],
                words="" if files else text,
                author=str(message.get("user") or ""),
                ts=str(message.get("ts") or ""),
                left_out=len(files[MOST_FILES:]),
                view=str((opened.get("view") or {}).get("id") or ""),
                url=str(body.get("response_url") or ""),
            )
            team, _ = presser(body)
            intake = await self._begin(f"{team}:{body['trigger_id']}", team, user, sending)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))
            return
        if intake:
            await self._work(client, intake)

    # -- what a person decides

    async def confirm(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Opens the form over what was read."""
        language = None
        try:
            intake, sending, person = await self._decided(client, body, str(action.get("value")))
            language = sending.language
            origin = Origin.of(body, language, str(intake.id))
            await client.views_open(trigger_id=body["trigger_id"], view=self._form(origin, sending, person))
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, language))

    async def let_be(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Lets go of what was read."""
        try:
            intake, _, _ = await self._decided(client, body, str(action.get("value")))
            leaving = await asyncio.to_thread(self._intakes.move, intake.id, Stage.WAITING, Stage.LEAVING, lease=LEASE)
            if leaving is None:
                raise NotAllowed(_DECIDED)
        except Exception as fault:
            await tell(respond, fault_message(self._metrics, fault, usual_language(self._settings.languages)))
            return
        await self._work(client, leaving)

    async def add(self, client: AsyncWebClient, body: Json, view: Json) -> None:
        """Adds what was read as the form says; one that is sent twice adds once."""
        origin = Origin.read(view)
        try:
            intake, sending, _ = await self._decided(client, body, origin.about)
            chosen = replace(sending, choice=read_choice(view, str(body["user"]["id"])), view=None).payload()
            adding = await asyncio.to_thread(
                self._intakes.move, intake.id, Stage.WAITING, Stage.ADDING, chosen, lease=LEASE
            )
            if adding is None:
                raise NotAllowed(_DECIDED)
        except Exception as fault:
            said = fault_message(self._metrics, fault, origin.language)
            await tell(AsyncRespond(response_url=origin.url), said)
            return
        await self._work(client, adding)

    async def _decided(self, client: AsyncWebClient, body: Json, about: str) -> tuple[Intake, Sending, Person]:
        """What somebody decides about, and who they are. Raises NotAllowed where it is not theirs to decide."""
        team, user = presser(body)
        if not about.isdigit():
            raise Invalid(_DECIDED)
        try:
            intake = await asyncio.to_thread(self._intakes.intake, int(about))
        except NotFound as fault:  # it was forgotten some time after it was done
            raise NotAllowed(_DECIDED) from fault
        person = await self._people.person(client, team, user)
        if intake.team != team or (intake.person != user and person.role < Role.CURATOR):
            raise NotAllowed(_NOT_YOURS)
        if intake.stage is not Stage.WAITING:
            raise NotAllowed(_DECIDED)
        return intake, Sending.read(intake.payload), person

    # -- the work, in whatever process

    async def take_up(self, client: AsyncWebClient) -> None:
        """Goes on with what is at work nowhere any more, and lets go of what has waited too long."""
        left = await asyncio.to_thread(self._intakes.left, lease=LEASE)
        left += await asyncio.to_thread(self._intakes.expire, _WAITS, lease=LEASE)
        await asyncio.gather(*(self._work(client, intake) for intake in left))

    async def _work(self, client: AsyncWebClient, intake: Intake) -> None:
        """Takes an intake to the end of its stage under this process's lease; whatever happens, something is said."""
        does = {
            Stage.READING: self._read,
            Stage.WAITING: self._ask_and_rest,
            Stage.ADDING: self._add,
            Stage.LEAVING: self._leave,
        }[intake.stage]
        async with held(lambda lease: self._intakes.hold(intake, lease=lease)):
            try:
                sending = Sending.read(intake.payload)
                async with self._turn:
                    await does(client, intake, sending)
            except Exception as fault:
                if isinstance(fault, FAULTS) and passes(fault) and intake.at > _now() - _WAITS:
                    _log.warning("Slack cannot be reached (%s); what was sent waits.", why(fault))
                    return
                await self._break_off(client, intake, fault)

    async def _break_off(self, client: AsyncWebClient, intake: Intake, fault: Exception) -> None:
        """Says why an intake ends, once; where even that is refused, the log has it."""
        try:
            sending = Sending.read((await asyncio.to_thread(self._intakes.intake, intake.id)).payload)
            await asyncio.to_thread(self._receiving.discard, sending.found, intake.id)
            await self._say(client, intake, sending, fault_message(self._metrics, fault, sending.language))
        except Exception as another:
            _log.warning("That something could not be added (%s) could not be said: %s", fault, another)
        await asyncio.to_thread(self._intakes.move, intake.id, intake.stage, Stage.DONE)

    async def _read(self, client: AsyncWebClient, intake: Intake, sending: Sending) -> None:
        if not sending.view:
            sending = await self._say(client, intake, sending, plain_message(voice(sending.language).gettext(_READING)))
        found = await self._receiving.read(client, intake.team, sending)
        sending = replace(sending, found=found)
        if not sending.usable:
            await self._ask(client, intake, sending)
            await asyncio.to_thread(self._intakes.move, intake.id, Stage.READING, Stage.DONE)
            return
        # before anybody can have been asked, so that no answer comes too early
        waiting = await asyncio.to_thread(
            self._intakes.move, intake.id, Stage.READING, Stage.WAITING, sending.payload(), lease=LEASE
        )
        if waiting:
            await self._ask_and_rest(client, waiting, sending)

    async def _ask(self, client: AsyncWebClient, intake: Intake, sending: Sending) -> None:
        """Shows what was read: in the window that waits for it, if that is still open, else in a message."""
        person = await self._people.person(client, intake.team, intake.person)
        documents = await asyncio.to_thread(self._receiving.known, sending.found)
        message = read_notice(sending, intake.id, documents, self._base)
        if sending.view:
            origin = Origin(intake.team, sending.channel, "", None, sending.url, sending.language, str(intake.id))
            form, said = self._form(origin, sending, person), saying_view(sending.language, message.blocks)
            view = form if sending.usable else said
            try:
                await delivered(lambda: client.views_update(view_id=sending.view, view=view))
                return
            except SlackApiError as fault:
                if passes(fault):
                    raise
                _log.info("A window was closed before it was filled: %s", why(fault))
        await self._say(client, intake, replace(sending, view=None), message)

    async def _ask_and_rest(self, client: AsyncWebClient, intake: Intake, sending: Sending) -> None:
        await self._ask(client, intake, sending)
        await asyncio.to_thread(self._intakes.rest, intake)

    async def _add(self, client: AsyncWebClient, intake: Intake, sending: Sending) -> None:
        if sending.choice is None:
            raise ValueError("Nothing was chosen for what is being added")
        person = await self._people.person(client, intake.team, sending.choice.by)
        outcomes: list[Outcome] = []
        for number, sent in enumerate(sending.usable, 1):
            sending = await self._say(client, intake, sending, adding_notice(sending, number))
            outcomes.append(await asyncio.to_thread(self._receiving.add, person, sent, sending, intake))
        for document in (document for each in outcomes for document in each.added):
            if document.status is Status.DRAFT:
                await self._tell_curators(client, document)
        refused = [Outcome(sent, reason=sent.reason) for sent in sending.found if sent.reason]
        await self._say(client, intake, sending, added_notice([*outcomes, *refused], self._base, sending.language))
        await asyncio.to_thread(self._receiving.discard, sending.found, intake.id)
        await asyncio.to_thread(self._intakes.move, intake.id, Stage.ADDING, Stage.DONE)

    async def _leave(self, client: AsyncWebClient, intake: Intake, sending: Sending) -> None:
        await asyncio.to_thread(self._receiving.discard, sending.found, intake.id)
        if sending.sign:
            await self._say(client, intake, sending, plain_message(voice(sending.language).gettext(_LET_BE)))
        await asyncio.to_thread(self._intakes.move, intake.id, Stage.LEAVING, Stage.DONE)

    async def _tell_curators(self, client: AsyncWebClient, document: Document) -> None:
        try:
            await self._announce(client, document)
        except Exception:
            _log.exception("That document %s is a new draft could not be announced.", document.id)

    # -- what is said, and kept

    async def _say(self, client: AsyncWebClient, intake: Intake, sending: Sending, message: Message) -> Sending:
        """Says something in place of what was said before; the sending as it is kept now."""
        if sign := sending.sign:
            try:
                await delivered(
                    lambda: client.chat_update(
                        channel=sending.channel, ts=sign, text=message.text, blocks=message.blocks
                    )
                )
                return sending
            except SlackApiError as fault:
                if passes(fault):
                    raise
                _log.warning("Slack did not let a message be changed: %s; posting anew.", why(fault))
        sending = await self._post(client, sending, message)
        await self._keep(intake, sending)
        return sending

    async def _post(self, client: AsyncWebClient, sending: Sending, message: Message) -> Sending:
        """The sending with the message in which is spoken of it; written to a person, that has a channel of its own."""
        said = {"text": message.text, "blocks": message.blocks, **SILENT}
        posted = await delivered(
            lambda: client.chat_postMessage(channel=sending.channel, thread_ts=sending.thread, **said)
        )
        return replace(sending, sign=str(posted["ts"]), channel=str(posted.get("channel") or sending.channel))

    async def _begin(self, key: str, team: str, person: str, sending: Sending) -> Intake | None:
        return await at_once(self._intakes.begin, key, team, person, sending.payload(), lease=LEASE)

    async def _keep(self, intake: Intake, sending: Sending) -> None:
        await asyncio.to_thread(self._intakes.hold, intake, lease=LEASE, payload=sending.payload())

    def _form(self, origin: Origin, sending: Sending, person: Person) -> Json:
        return adding_form(origin, sending, person, sorted(self._settings.audiences), self._settings.languages)
