"""`Receiving`: what was sent is fetched, stored and read, and becomes documents once that is decided."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot import curation
from bot.curation import Person
from bot.faults import told
from bot.rooms import Rooms
from bot.slack.adding_notices import Outcome
from bot.slack.blocks import cut
from bot.slack.downloads import fetch
from bot.slack.sendings import Sending, Sent
from bot.slack.speech import plain_question
from bot.uploads import discard, store
from bot.words import noted, voice
from corpus import AtzinaError, Document, Intake, Status
from ingest import Recognised, Source, Wanted, recognise

Json = dict[str, Any]

_TITLE = 150  # characters of a message's first line
READERS_REASONS = (  # what the readers say most often, to be translated
    noted("It is encrypted. Save it without a password, and try once more."),
    noted("The file is empty."),
    noted("There are no words in it."),
    noted("There are headings in it, but no text."),
    noted("Reading it made the reader crash; the file is damaged or hostile."),
)


class Receiving:
    """One for each application."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms, self._corpus, self._home = rooms, rooms.corpus, rooms.settings.home

    async def read(self, client: AsyncWebClient, team: str, sending: Sending) -> tuple[Sent, ...]:
        """Each file with what was recognised, or the reason why it cannot be added; raises one of FAULTS."""
        if sending.words:
            return (await self._read_words(sending),)
        return tuple([await self._read_file(client, team, each, sending.language) for each in sending.files])

    def known(self, found: Iterable[Sent]) -> Mapping[int, Document]:
        """The documents that these files are copies of, by their ids."""
        same = (self._same(each.hash) for each in found if each.known is not None)
        return {each.id: each for each in same if each}

    def add(self, person: Person, sent: Sent, sending: Sending, intake: Intake) -> Outcome:
        """What became of a file that was confirmed. What an earlier try for this intake has added counts as added."""
        before, choice, say = self._same(sent.hash), sending.choice, voice(sending.language)
        if choice is None:
            raise ValueError("Nothing was chosen for what is being added")
        if before and not _is_of(before, sent, intake):
            return Outcome(sent, known=before)
        status = Status.VALIDATED if choice.validated else Status.DRAFT
        source = Source(sent.place, Wanted(choice.collection, (choice.audience,), status))
        fields = dict(choice.fields)
        date = fields.pop("date", None)
        said: dict[str, object] = {**fields, "date": dt.date.fromisoformat(date) if date else None} if fields else {}
        try:
            report = curation.offer(self._rooms, person, source, said)
        except AtzinaError as fault:
            return Outcome(sent, reason=told(fault).spoken(sending.language))
        read, failed = set(report.read), say.gettext(report.failed[0].reason) if report.failed else None
        made = self._corpus.documents(place=sent.place)
        added = [each for each in made if each.id in read or each.added_at >= intake.at]
        return Outcome(sent, tuple(added), self._same(sent.hash) if not added else None, failed)

    def discard(self, found: Iterable[Sent], intake_id: int) -> None:
        """Deletes what is stored of an intake, unless a document or another intake has it."""
        kept = {
            str(sent.get("place"))
            for each in self._corpus.intakes.live()
            if each.id != intake_id
            for sent in each.payload.get("found") or ()
        }
        for place in {each.place for each in found if each.place} - kept:
            if not self._corpus.documents(retired=True, place=place):
                discard(self._home, place)

    async def _read_file(self, client: AsyncWebClient, team: str, file: Json, language: str) -> Sent:
        name = str(file.get("name") or file.get("id"))
        try:
            name, data = await fetch(client, self._rooms.settings, file, team)
            return await asyncio.to_thread(self._recognised, name, data)
        except AtzinaError as fault:
            return Sent(name, reason=told(fault).spoken(language))

    async def _read_words(self, sending: Sending) -> Sent:
        """The words of a message, stored as a document whose last line says who has written them, and when."""
        lines = [plain_question(each) for each in sending.words.splitlines()]
        title = next((cut(each, _TITLE)[0] for each in lines if each), "")
        day = dt.datetime.fromtimestamp(float(sending.ts or 0), dt.UTC).date()
        text = f"---\ndate: {day}\n---\n" + "\n".join([*lines, "", f"Slack: {sending.author}, {day}", ""])
        name = f"message-{sending.ts}.md"
        try:
            return await asyncio.to_thread(self._recognised, name, text.encode("utf-8", "replace"), title)
        except AtzinaError as fault:
            return Sent(title or name, reason=told(fault).spoken(sending.language))

    def _recognised(self, name: str, data: bytes, title: str | None = None) -> Sent:
        digest = hashlib.sha256(data).hexdigest()
        if same := self._same(digest):
            return Sent(name, hash=digest, known=same.id)
        found: Recognised = recognise(data, name)
        return Sent(
            name=name,
            place=store(self._home, name, data),
            hash=digest,
            title=title or found.title,
            country=found.country,
            date=found.date.isoformat() if found.date else None,
            language=found.language,
            collection=found.collection,
            audience=next(iter(found.audience or ()), None),
            inner=found.inner,
        )

    def _same(self, digest: str) -> Document | None:
        """The document that has these bytes, a retired one too."""
        return next(iter(self._corpus.documents(retired=True, content_hash=digest)), None)


def _is_of(document: Document, sent: Sent, intake: Intake) -> bool:
    """Whether a document was made from a file since it was confirmed."""
    return document.source.startswith(sent.place) and document.added_at >= intake.at
