"""What is said in Slack of files that were sent to be added: what was read, how it goes, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.phrases import is_public
from bot.slack.answers import document_opening
from bot.slack.blocks import Block, Message, bullets, button, buttons, cut, line, notice, plain_block, rich, words
from bot.slack.sendings import Sending, Sent
from bot.words import country_name, date_text, language_name, voice
from corpus import Document, Status

MOST_FILES = 10  # of one message
_NAME = 150  # characters
_REASON = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: the documents that it is now, or the one that it is a copy of, or why it is none."""

    sent: Sent
    added: tuple[Document, ...] = ()
    known: Document | None = None
    reason: str | None = None


def read_notice(sending: Sending, intake_id: int, documents: Mapping[int, Document], base: str) -> Message:
    """What was read of each file, and buttons that decide about those that can be added, if any can."""
    language, say = sending.language, voice(sending.language)
    heading = say.gettext("I read:") if sending.usable else say.gettext("Nothing of it can be added:")
    lines = [_recognised(each, documents, base, language) for each in sending.found]
    value = str(intake_id)
    deciding = [
        button("add", say.gettext("Add…"), value),
        button("let_be", say.gettext("Do not add"), value),
    ]
    blocks = [plain_block(heading), *([rich(bullets(lines))] if lines else []), *_left_out(sending)]
    return _said(heading, lines, [*blocks, *(buttons(deciding) if sending.usable else [])])


def adding_notice(sending: Sending, number: int) -> Message:
    """That one of the files, counted from 1, is being added now."""
    language, of = sending.language, len(sending.usable)
    said = voice(language).gettext("Adding {number} of {of}:").format(number=number, of=of)
    named = [line(words(_name(sending.usable[number - 1])))]
    return _said(said, named, [plain_block(said), rich(bullets(named))])


def added_notice(outcomes: Sequence[Outcome], base: str, language: str) -> Message:
    """What was added, and what was not, and why."""
    say = voice(language)
    added = [document for each in outcomes for document in each.added]
    if not added:
        heading = say.gettext("Nothing was added.")
    elif any(each.status is Status.DRAFT for each in added):
        heading = say.gettext("Offered; a curator decides whether it is right:")
    else:
        heading = say.gettext("Added:")
    lines = [_added(document, base, language) for document in added]
    lines += [_not_added(each, base, language) for each in outcomes if not each.added or each.reason]
    return _said(heading, lines, [plain_block(heading), *([rich(bullets(lines))] if lines else [])])


def _said(heading: str, lines: Sequence[Block], blocks: list[Block]) -> Message:
    told = ("".join(str(part["text"]) for part in each["elements"]) for each in lines)
    return notice([heading, *told], blocks)


def _name(sent: Sent) -> str:
    return cut(sent.title or sent.name, _NAME)[0]


def _recognised(sent: Sent, documents: Mapping[int, Document], base: str, language: str) -> Block:
    if sent.known is not None:
        return line(words(f"{cut(sent.name, _NAME)[0]}: "), *_copy(documents.get(sent.known), base, language))
    if sent.reason is not None:
        return line(words(f"{cut(sent.name, _NAME)[0]}: {sent.reason[:_REASON]}"))
    known = [
        country_name(sent.country, language),
        date_text(sent.day, language),
        language_name(sent.language, language),
        _inside(sent.inner, language) if sent.inner else None,
    ]
    return line(words(_name(sent), bold=True), words("".join(f" · {each}" for each in known if each)))


def _inside(inner: int, language: str) -> str:
    return voice(language).ngettext("{n} file inside", "{n} files inside", inner).format(n=inner)


def _copy(document: Document | None, base: str, language: str) -> list[Block]:
    """That a file is here already; under which name only where everybody may know."""
    say = voice(language)
    if document is None or not is_public(document):
        return [words(say.gettext("It is here already, but not for everyone."))]
    here = say.gettext("It is here already:")
    return [words(f"{here} "), document_opening(document, base)]


def _added(document: Document, base: str, language: str) -> Block:
    say, n = voice(language), document.passages
    status = say.gettext("not validated yet") if document.status is Status.DRAFT else say.gettext("validated")
    passages = say.ngettext("{n} passage", "{n} passages", n).format(n=n)
    known = [passages, language_name(document.language, language), status]
    return line(document_opening(document, base), words("".join(f" · {each}" for each in known if each)))


def _not_added(outcome: Outcome, base: str, language: str) -> Block:
    named = words(f"{cut(outcome.sent.name, _NAME)[0]}: ")
    if outcome.reason is None:
        return line(named, *_copy(outcome.known, base, language))
    return line(named, words(outcome.reason[:_REASON]))


def _left_out(sending: Sending) -> list[Block]:
    if not sending.left_out:
        return []
    said = voice(sending.language).gettext("Only the first {most} files of a message are read.")
    return [plain_block(said.format(most=MOST_FILES))]
