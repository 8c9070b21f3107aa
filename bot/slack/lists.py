"""`Lists`: what `/lessons mine` and its like show, to who typed them alone."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.answers import document_opening
from bot.slack.asked import FAILED, Asker
from bot.slack.blocks import Block, Message, bullets, line, notice, plain_block, plain_message, rich, shortened, words
from bot.slack.channel_settings import ChannelSettings
from bot.slack.delivery import fault_message, tell
from bot.slack.people import People
from bot.slack.places import DIRECT
from bot.slack.queue import Queue
from bot.subcommands import Subcommand, Wish, subcommand
from bot.words import country_name, date_text, language_name, noted, voice
from corpus import Document, Fate, State, Status

_MINE = 10  # questions
_NEW = 20  # documents
_RECENT = dt.timedelta(days=30)
_QUESTION = 200  # characters of a question
_OUTCOMES = {
    "found": noted("answered"),
    "weak": noted("perhaps answered"),
    "nothing": noted("nothing was found"),
    FAILED: noted("something went wrong"),
}


class Lists:
    """Looks up what somebody wishes to see. One for each application."""

    def __init__(
        self,
        rooms: Rooms,
        base: str,
        metrics: Metrics,
        people: People,
        queue: Queue,
        settings: ChannelSettings,
    ) -> None:
        self._rooms, self._base, self._metrics, self._people = rooms, base, metrics, people
        self._queue, self._settings = queue, settings

    def wished(self, said: str) -> Subcommand | None:
        """What somebody wishes to see by what they typed behind the command; None where they ask something."""
        return subcommand(said, self._rooms.settings.languages)

    async def show(
        self, client: AsyncWebClient, respond: AsyncRespond, wished: Subcommand, asker: Asker, trigger_id: str
    ) -> None:
        """Shows it to who wishes it; where that fails, the reason. `trigger_id`: by which a form can be opened."""
        if wished.wish is Wish.SETTINGS:
            said = await self._open_settings(client, wished, asker, trigger_id, respond.response_url or "")
        else:
            said = await self._message(client, wished, asker)
        if said:
            await tell(respond, said)

    async def asked_for(self, client: AsyncWebClient, said: str, asker: Asker) -> Message | None:
        """What somebody wishes to see by a word to the bot alone, where nobody else sees it; None where they ask."""
        wished = self.wished(said) if asker.channel.startswith(DIRECT) else None
        if wished and wished.wish is Wish.SETTINGS:  # there is no form for a direct message, only the reason
            return await self._open_settings(client, wished, asker)
        return await self._message(client, wished, asker) if wished else None

    async def _open_settings(
        self, client: AsyncWebClient, wished: Subcommand, asker: Asker, trigger_id: str = "", url: str = ""
    ) -> Message | None:
        return await self._settings.open(
            client, asker.team, asker.user, asker.channel, trigger_id, wished.language, url=url
        )

    async def _message(self, client: AsyncWebClient, wished: Subcommand, asker: Asker) -> Message:
        try:
            if wished.wish is Wish.REVIEW:
                return await self._queue.message(client, asker.team, asker.user, wished.language)
            seen = await self._people.audiences(client, asker.user)
            return await asyncio.to_thread(self._look_up, wished, asker, seen)
        except Exception as fault:
            return fault_message(self._metrics, fault, wished.language)

    def _look_up(self, wished: Subcommand, asker: Asker, seen: frozenset[str]) -> Message:
        if wished.wish is Wish.NEW:
            return self.news(wished.since, seen, wished.language)
        return self.mine(asker.team, asker.user, seen, wished.language)

    def mine(self, team: str, user: str, seen: frozenset[str], language: str) -> Message:
        """A person's latest questions and what became of them; `seen`: the audiences that they belong to."""
        fates = self._rooms.corpus.questions.mine(team, user, _MINE)
        named = self._visible((each.handover.document for each in fates if each.handover), seen)
        return mine_message(fates, named, self._rooms.settings.questions_days, self._base, language)

    def news(self, since: dt.date | None, seen: frozenset[str], language: str) -> Message:
        """What was added or validated since a day, else lately, for these audiences."""
        since = since or (dt.datetime.now(dt.UTC) - _RECENT).date()
        news = self._rooms.corpus.news(dt.datetime.combine(since, dt.time.min), seen)
        return news_message(news, since, self._base, language)

    def _visible(self, document_ids: Iterable[int | None], seen: frozenset[str]) -> dict[int, Document]:
        """Those of these documents that one of these audiences may see now."""
        wanted = set(document_ids)
        # without a look at all documents where none was named, which is the usual case
        found = self._rooms.corpus.documents(audience=seen) if wanted - {None} else []
        return {document.id: document for document in found if document.id in wanted}


def mine_message(fates: Sequence[Fate], named: Mapping[int, Document], days: int, base: str, language: str) -> Message:
    """A person's questions and what became of each; `named` are documents that curators answered with."""
    say = voice(language)
    if not fates and not days:
        return plain_message(say.gettext("Questions are not kept here, so there are none to show."))
    if not fates:
        none = say.ngettext("You have asked nothing in {n} day.", "You have asked nothing in {n} days.", days)
        return plain_message(none.format(n=days))
    heading = say.gettext("Your latest questions:")
    return notice(
        [heading], [plain_block(heading), rich(bullets([_fate(each, named, base, language) for each in fates]))]
    )


def _fate(fate: Fate, named: Mapping[int, Document], base: str, language: str) -> Block:
    say, handed = voice(language), fate.handover
    question = shortened(fate.text, _QUESTION) if fate.text else say.gettext("a question that is no longer kept")
    known = [date_text(fate.at.date(), language), say.gettext(_OUTCOMES[fate.outcome])]
    if handed and handed.state is State.OPEN:
        known.append(say.gettext("the curators have it"))
    if handed and handed.state is State.ANSWERED:
        known.append(say.gettext("the curators have answered it"))
    if fate.reference:
        known.append(say.gettext("Reference: {reference}").format(reference=fate.reference))
    told = [words(question, bold=True), words("".join(f" · {each}" for each in known))]
    document = named.get(handed.document) if handed and handed.document else None
    return line(*told, *([words(" · "), document_opening(document, base)] if document else []))


def news_message(
    news: Sequence[tuple[Document, dt.datetime, str]], since: dt.date, base: str, language: str
) -> Message:
    """The documents that were added or validated since a day, newest first."""
    say, day = voice(language), date_text(since, language)
    if not news:
        return plain_message(say.gettext("Nothing has been added or validated since: {date}.").format(date=day))
    heading = say.gettext("Added or validated since: {date}").format(date=day)
    blocks = [plain_block(heading), rich(bullets([_news(*each, base, language) for each in news[:_NEW]]))]
    if (more := len(news) - _NEW) > 0:
        blocks.append(
            plain_block(say.ngettext("… and {n} more report.", "… and {n} more reports.", more).format(n=more))
        )
    return notice([heading, *(document.name for document, _, _ in news[:_NEW])], blocks)


def _news(document: Document, at: dt.datetime, what: str, base: str, language: str) -> Block:
    say = voice(language)
    happened = say.gettext("validated: {date}") if what == "validated" else say.gettext("added: {date}")
    known = [
        country_name(document.country, language),
        date_text(document.date, language),
        language_name(document.language, language),
        happened.format(date=date_text(at.date(), language)),
        say.gettext("not validated yet") if document.status is Status.DRAFT else None,
    ]
    return line(document_opening(document, base), words("".join(f" · {each}" for each in known if each)))
