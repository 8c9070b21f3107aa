"""What curators see of documents that wait for them: an entry with its buttons, the queue, and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.phrases import is_public
from bot.slack.answers import document_opening
from bot.slack.asks import Item
from bot.slack.blocks import (
    Block,
    Message,
    author,
    bullets,
    button,
    buttons,
    line,
    notice,
    person,
    plain_block,
    quoted,
    rich,
    shortened,
    words,
)
from bot.words import country_name, date_text, language_name, noted, voice
from corpus import Change, Document, Status, Waiting

PAGE, PAGE_AT_HOME = 5, 3  # entries at a time: there is more than the queue in a Home
_BEGINNING = 300  # characters of a document
_NAMED = 10  # documents in a reminder
_SAID = 900  # characters of what somebody wrote
_DONE = {
    "added": noted("added"),
    "changed": noted("changed"),
    "replaced": noted("read anew"),
    "validated": noted("validated"),
    "retired": noted("retired"),
    "restored": noted("brought back"),
    "forgotten": noted("forgotten"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A document that waits, with its beginning where it may be read there; `alone`: everybody has passed it on."""

    waiting: Waiting
    beginning: str | None
    alone: bool = False


def entry_blocks(entry: Entry, base: str, language: str, place: str, offset: int = 0) -> list[Block]:
    """A document that waits: what is known of it, why it waits, how it begins, and what can be done."""
    waiting, document, say = entry.waiting, entry.waiting.document, voice(language)
    item = Item(document.id, waiting.version, place, offset).value()
    told = line(document_opening(document, base), words("".join(f" · {each}" for each in _known(entry, language))))
    quote = [quoted(shortened(entry.beginning, _BEGINNING))] if entry.beginning else []
    right = say.gettext("Validate…") if document.status is Status.DRAFT else say.gettext("Still right…")
    return [
        rich(told, *quote),
        *buttons(
            [
                button("review_confirm", right, item),
                button("review_edit", say.gettext("Edit details…"), item),
                button("review_retire", say.gettext("Retire…"), item),
                button("review_ask", say.gettext("Ask the author…"), item),
                button("review_pass", say.gettext("Not mine"), item),
            ]
        ),
    ]


def _known(entry: Entry, language: str) -> list[str]:
    waiting, document, say = entry.waiting, entry.waiting.document, voice(language)
    draft = say.gettext("a draft since: {date}").format(date=date_text(document.added_at.date(), language))
    overdue = say.gettext("to be reviewed by: {date}").format(date=date_text(document.review_by, language))
    hidden = say.gettext("not for everyone: {audience}").format(audience=", ".join(document.audience))
    known = [
        country_name(document.country, language),
        date_text(document.date, language),
        language_name(document.language, language),
        None if is_public(document) else hidden,
        draft if document.status is Status.DRAFT else None,
        overdue if waiting.overdue else None,
        say.ngettext("shown {n} time", "shown {n} times", waiting.shown).format(n=waiting.shown),
        say.gettext("every curator has passed it on") if entry.alone else None,
    ]
    return [each for each in known if each]


def queue_blocks(
    entries: Sequence[Entry], total: int, base: str, language: str, offset: int = 0, *, at_home: bool = False
) -> list[Block]:
    """What waits, some entries at a time. `total`: how many wait; `offset`: how many stand before these."""
    say, place, page = voice(language), *((Item.HOME, PAGE_AT_HOME) if at_home else (Item.QUEUE, PAGE))
    if not total:
        return [plain_block(say.gettext("Nothing waits for review."))]
    waits = say.ngettext("{n} report waits for review.", "{n} reports wait for review.", total).format(n=total)
    order = say.gettext("Those that are shown most stand first.")
    blocks = [plain_block(f"{waits} {order}")]
    for entry in entries:
        blocks += entry_blocks(entry, base, language, place, offset)
    turning = []
    if offset:
        turning.append(button("review_back", say.gettext("Back"), str(max(offset - page, 0))))
    if offset + len(entries) < total:
        turning.append(button("review_on", say.gettext("Show more"), str(offset + page)))
    return blocks + buttons(turning)


def queue_message(blocks: list[Block], language: str, done: str | None = None) -> Message:
    """The queue as a message, below what was done just now, if something was."""
    above = [done] if done else []
    return notice(
        [*above, voice(language).gettext("Reports that wait for review")], [*map(plain_block, above), *blocks]
    )


def waiting_message(entry: Entry, base: str, language: str) -> Message:
    """One document that waits, in a message of its own."""
    heading = voice(language).gettext("A report waits for review:")
    blocks = [plain_block(heading), *entry_blocks(entry, base, language, Item.MESSAGE)]
    return notice([f"{heading} {entry.waiting.document.name}"], blocks)


def done_message(document: Document, change: Change, base: str, language: str) -> Message:
    """What has become of a document, by whom, in place of its buttons."""
    return notice(
        [f"{document.name}: {_happened(change, language)}"],
        [rich(line(document_opening(document, base), words(" · "), *_by(change, language)))],
    )


def quicker_message(name: str, changes: Sequence[Change], language: str) -> Message:
    """What others have done with a document meanwhile, to whom came later."""
    heading = voice(language).gettext("Somebody was quicker. Nothing was changed now; look at it again:")
    happened = bullets([line(*_by(each, language)) for each in changes])
    lines = [f"{heading} {name}", *(_happened(each, language) for each in changes)]
    return notice(lines, [plain_block(heading), rich(line(words(name, bold=True)), *([happened] if changes else []))])


def done_line(document: Document, change: Change, language: str) -> str:
    """What was done just now, in words."""
    return f"{document.name}: {_happened(change, language)}"


def _happened(change: Change, language: str) -> str:
    return voice(language).gettext(_DONE[change.what]) if change.what in _DONE else change.what


def _by(change: Change, language: str) -> list[Block]:
    """What was done, when and by whom."""
    when = date_text(change.at.date(), language)
    return [words(f"{_happened(change, language)} · {when} · "), author(change.who)]


def reminder_message(due: Sequence[Document], base: str, language: str) -> Message:
    """The documents whose review date has passed."""
    say = voice(language)
    heading = say.gettext("The review date of these reports has passed. Are they still right?")
    named = bullets([line(document_opening(each, base), _until(each, language)) for each in due[:_NAMED]])
    blocks = [plain_block(heading), rich(named)]
    if (more := len(due) - _NAMED) > 0:
        blocks.append(
            plain_block(say.ngettext("… and {n} more report.", "… and {n} more reports.", more).format(n=more))
        )
    blocks += buttons([button("review_queue", say.gettext("Show what waits"), "0")])
    return notice([heading, *(each.name for each in due[:_NAMED])], blocks)


def _until(document: Document, language: str) -> Block:
    return words(f" · {date_text(document.review_by, language)}")


def asking_message(document: Document, item: Item, by: str, said: str, base: str, language: str) -> Message:
    """A curator's question about a document, to whom it goes."""
    say = voice(language)
    asks = say.gettext("asks you about this report:")
    blocks = [
        rich(line(person(by), words(f" {asks} "), document_opening(document, base)), quoted(said[:_SAID])),
        *buttons([button("review_reply", say.gettext("Answer…"), item.value())]),
    ]
    return notice([f"{asks} {document.name}", said], blocks)


def replied_message(document: Document, who: str, asked: str, said: str, base: str, language: str) -> Message:
    """What somebody answers about a document, to the curator who asked."""
    answers = voice(language).gettext("answers your question about this report:")
    told = line(person(who), words(f" {answers} "), document_opening(document, base))
    return notice([f"{answers} {document.name}", said], [rich(told, quoted(asked[:_SAID]), line(words(said)))])
