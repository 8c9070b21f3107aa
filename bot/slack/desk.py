"""`Desk`: takes what a person asks in Slack to its answer, whatever breaks on the way."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import answering
from bot.faults import new_reference
from bot.filters import NAMES
from bot.language import question_language, reply_language
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.answers import SHOWN, answer_message
from bot.slack.asked import Asker, count, note
from bot.slack.asks import Ask
from bot.slack.blocks import Message, cut, notice, plain_block, plain_message, shortened
from bot.slack.delivery import fault_message, post, respond_with, tell
from bot.slack.forms import Origin
from bot.slack.people import presser
from bot.slack.places import Place, Places
from bot.slack.speech import plain_question
from bot.smalltalk import smalltalk
from bot.words import noted, voice
from corpus import NotAllowed

T = TypeVar("T")
Json = dict[str, Any]

_AT_ONCE = 4  # questions worked on; the others wait their turn
_ASKED = 1000  # characters of a message that are asked
_ECHO = 900  # characters of a question that are said again
_SHOWN_ALREADY = noted("The next passages have been shown already.")
_SHARED_ALREADY = noted("This answer has been shared already.")
_MAY_NOT_ASK = noted("In this channel only some people may ask. Write to me directly instead.")
_WITHOUT_ALREADY = noted("This has been asked already without it; the answer stands below.")
_ASKED_ALREADY = noted("This has been asked already; the answer stands below.")


class Desk:
    """Takes a question from Slack to its answer. One for each application."""

    def __init__(self, rooms: Rooms, base: str, metrics: Metrics, places: Places) -> None:
        self._rooms, self._base, self._metrics, self._places = rooms, base, metrics, places
        self._turn = asyncio.Semaphore(_AT_ONCE)

    # -- the command

    async def answer_command(self, client: AsyncWebClient, respond: AsyncRespond, question: str, asker: Asker) -> None:
        """Says what was asked, then the answer, for the asker alone.

        Both go the same way, one after the other: an answer that is quick must not stand above a sign of life that is
        on its way as the acknowledgement. The first stays true when the answer stands below it, as what a command is
        answered with cannot be changed later: https://github.com/slackapi/bolt-python/issues/1268.
        """
        await tell(respond, self._sign(question))
        await tell(respond, await self.reply(client, Ask(question, private=True), asker))

    async def answer_message(self, client: AsyncWebClient, respond: AsyncRespond, body: Json) -> None:
        """Says to one person, where a message stands, what is known about it; its words narrow nothing."""
        message, thread = body["message"], body["message"].get("thread_ts")
        question = cut(plain_question(message.get("text") or ""), _ASKED)[0]
        if not question:
            said = voice(self._usual).gettext("There are no words in this message that I could look for.")
            await tell(respond, plain_message(said), thread=thread)
            return
        team, user = presser(body)
        asker = Asker(team, str(body["channel"]["id"]), user)
        ask = Ask(question, private=True, without=NAMES)
        await tell(respond, self._sign(question), thread=thread)
        await tell(respond, await self.reply(client, ask, asker), thread=thread)

    def _sign(self, question: str) -> Message:
        said = voice(self._language(question)).gettext("You asked: “{question}” The answer follows.")
        return plain_message(said.format(question=shortened(question, _ECHO)))

    # -- the buttons

    async def more(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Shows the next passages once, to those who saw the first ones."""
        await self._press(client, respond, body, action, _to_the_same(client, respond, body), _SHOWN_ALREADY)

    async def without(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Answers once more, without what has narrowed the answer, to those who saw it."""
        send = _to_the_same(client, respond, body)
        await self._press(client, respond, body, action, send, _WITHOUT_ALREADY, anew=True)

    async def only(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Answers just what was typed, without the question before it, to those who saw the answer."""
        send = _to_the_same(client, respond, body)
        await self._press(client, respond, body, action, send, _ASKED_ALREADY, anew=True)

    async def share(self, client: AsyncWebClient, respond: AsyncRespond, body: Json, action: Json) -> None:
        """Shows an answer to the whole channel once: what of it everybody there may see."""

        async def send(_: Ask, reply: Message) -> None:
            await respond_with(respond, reply, to_channel=True)

        await self._press(client, respond, body, action, send, _SHARED_ALREADY, shared_by=_name(body["user"]))

    async def _press(
        self,
        client: AsyncWebClient,
        respond: AsyncRespond,
        body: Json,
        action: Json,
        send: Callable[[Ask, Message], Awaitable[None]],
        already: str,
        *,
        anew: bool = False,
        shared_by: str | None = None,
    ) -> None:
        """Does what a button is for, unless it was done already; says so, or what broke, to who pressed it.

        `anew`: it asks a question of its own, by who pressed it.
        """
        question, corpus, began = "", self._rooms.corpus, time.monotonic()
        try:
            ask = Ask.read(action.get("value"))
            question, key = ask.question, _pressed(body, action, ask)
            asker = _presser(body, ask)
            ask = replace(ask, asker=asker.user, reference=new_reference()) if anew else ask
            private = ask.private and not shared_by
            place = await self._places.of(client, asker.team, asker.channel, asker.user, private=private)
            found = await self._search(ask, place)
            reply = answer_message(found, self._base, ask, shared_by=shared_by)
            if not await asyncio.to_thread(corpus.events.claim, key):
                await tell(respond, plain_message(voice(self._language(question)).gettext(already)))
                return
            if anew:  # before it is answered: what is asked next may follow it
                await asyncio.to_thread(note, self._rooms, ask, asker, found, time.monotonic() - began)
            else:
                await asyncio.to_thread(count, self._rooms, ask, found)
            try:
                await send(ask, reply)
            except Exception:
                await asyncio.to_thread(corpus.events.disclaim, key)
                raise
        except Exception as fault:
            await tell(respond, self.fault(fault, question))

    # -- the forms

    async def answer_form(self, client: AsyncWebClient, origin: Origin, ask: Ask, user: str) -> None:
        """Answers what a form asks below the message that it was opened over, to those who saw that."""
        thread = origin.thread or origin.message
        asker = Asker(origin.team, origin.channel, user, thread=None if ask.private else thread)
        reply = await self.reply(client, ask, asker)
        if ask.private:
            await respond_with(AsyncRespond(response_url=origin.url), reply, thread=origin.thread)
        else:
            await post(client, {"channel": origin.channel, "thread_ts": thread}, reply)

    # -- what is said

    async def reply(self, client: AsyncWebClient, ask: Ask, asker: Asker) -> Message:
        """The answer to a question as a message; where it fails, the reason. That it was asked is noted."""
        began, found = time.monotonic(), None
        ask = replace(ask, asker=asker.user, reference=new_reference())
        try:
            place = await self._places.of(client, asker.team, asker.channel, asker.user, private=ask.private)
            found = await self._search(ask, place)
            message = answer_message(found, self._base, ask)
        except Exception as fault:
            message = self.fault(fault, ask.question)
        await asyncio.to_thread(note, self._rooms, ask, asker, found, time.monotonic() - began)
        return message

    def help(self, said: str) -> Message | None:
        """How to ask, for who said nothing, called for help, greeted or gave thanks; None for who asked something."""
        language = smalltalk(said, self._rooms.settings.languages)
        if language is None:
            return None
        say = voice(language)
        asking = say.gettext(
            "Ask a question in any language, and I show what our reports say about it, word for word and with "
            "the source. Name me in a channel, write to me directly, or type /lessons and your question."
        )
        narrowing = say.gettext(
            "To narrow the answer, add it behind a comma: Norway, since 2019, only validated, Lithuanian reports. "
            "What narrows an answer is shown with it, and a button takes it off."
        )
        typing = say.gettext(
            "/lessons mine shows your latest questions and what became of them.\n/lessons new shows what was added or "
            "validated in the last 30 days; a date can follow.\n/lessons help shows this."
        )
        setting = say.gettext("/lessons settings, typed in a channel, lets an administrator say how I work there.")
        told = [asking, narrowing, f"{typing}\n{setting}"]
        return notice(told, [plain_block(each) for each in told])

    async def _search(self, ask: Ask, place: Place) -> answering.Answer:
        """Raises NotAllowed where the person may not ask in this channel."""
        if not place.may_ask:
            raise NotAllowed(_MAY_NOT_ASK)
        self._rooms.catch_up_soon()
        top = min(ask.offset + SHOWN + 1, answering.MOST)
        usual = place.channel.language or self._usual
        with self._metrics.seconds.labels("slack").time():
            found = await self._work(
                lambda: answering.answer(
                    self._rooms, ask.question, top=top, narrowing=place.narrowing, without=ask.without, usual=usual
                )
            )
        self._metrics.questions.labels("slack", found.outcome.value).inc()
        usual = self.spoken(ask) if ask.typed else found.reply_language
        return replace(found, reply_language=place.language(usual, self._rooms.settings.languages))

    async def _work(self, work: Callable[[], T]) -> T:
        async with self._turn:
            return await asyncio.to_thread(work)

    @property
    def _usual(self) -> str | None:
        """The language that people here usually read: the first of the interface."""
        return next(iter(self._rooms.settings.languages), None)

    def _language(self, question: str) -> str:
        return reply_language(question, self._rooms.settings.languages)

    def spoken(self, ask: Ask) -> str:
        """The language of what was typed; where that is too short to tell, of the question before it."""
        languages = self._rooms.settings.languages
        usual = question_language(ask.question, languages, self._usual) if ask.typed else None
        return reply_language(ask.typed or ask.question, languages, usual)

    def fault(self, fault: Exception, question: str) -> Message:
        return fault_message(self._metrics, fault, self._language(question))


def _to_the_same(
    client: AsyncWebClient, respond: AsyncRespond, body: Json
) -> Callable[[Ask, Message], Awaitable[None]]:
    """Sends to those who saw the message of a button, and to nobody else."""

    async def send(ask: Ask, reply: Message) -> None:
        if ask.private:
            await respond_with(respond, reply)
        else:
            await post(client, _thread(body), reply)

    return send


def _pressed(body: Json, action: Json, ask: Ask) -> str:
    """One for a button under a message, however often it is pressed; the ephemeral ones are each person's own."""
    team, user = presser(body)
    theirs = user if ask.private else ""
    return f"{action['action_id']}:{team}:{body['channel']['id']}:{body['container']['message_ts']}:{theirs}"


def _presser(body: Json, ask: Ask) -> Asker:
    """Who presses, and where."""
    thread = None if ask.private else _thread(body)["thread_ts"]
    team, user = presser(body)
    return Asker(team, str(body["channel"]["id"]), user, thread=thread)


def _thread(body: Json) -> Json:
    """Where a button's message stands."""
    message = body.get("message") or {}
    thread = message.get("thread_ts") or message.get("ts") or body["container"]["message_ts"]
    return {"channel": body["channel"]["id"], "thread_ts": thread}


def _name(user: Json) -> str:
    """What colleagues call a person, as far as a button's payload tells: often it knows only the account's name."""
    profile = user.get("profile") or {}
    known = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return str(next((name for name in known if name), user.get("id")))
