"""An answer as a Slack message: what was found, where it comes from, and buttons for what can be done next."""

from collections.abc import Sequence
from dataclasses import replace

from bot.answering import Answer, Outcome, Shown
from bot.filters import CHOSEN, LONGEST, Filters
from bot.links import document_link
from bot.phrases import about, caveats, is_public, narrowed_to, outcome_line, versions
from bot.slack.asks import Ask, Ballot
from bot.slack.blocks import (
    QUOTE,
    TITLE,
    Block,
    Message,
    bullets,
    button,
    buttons,
    cut,
    line,
    link,
    notice,
    plain_block,
    plain_text,
    quoted,
    rich,
    shortened,
    small,
    words,
)
from bot.words import voice
from corpus import Document

SHOWN = 3  # passages in a message
WITHOUT = "without_"  # begins the action of a button that takes a filter off; the filter's name follows
_VERSIONS = 8  # of a passage, that are linked
_UNDERSTOOD = 400  # characters of a question that are said again
_LABEL = 70  # characters of a button that repeats what was typed
_NOTICED = 300  # characters of a quote in a notification


def answer_message(answer: Answer, base: str, ask: Ask, *, shared_by: str | None = None) -> Message:
    """The outcome and up to three passages from `ask.offset` on, with buttons for what can be done next.

    `base` is the address of the web page. `shared_by` is the name of the person who shows the answer to the channel:
    a name and not a mention, since a mention calls people.
    """
    language = answer.reply_language
    shown = answer.shown[ask.offset : ask.offset + SHOWN]
    heading = _shared(shared_by, language) if shared_by else ""
    lead = _lead(answer, ask, language)
    blocks = [_asked(heading, answer)] if heading else []
    blocks += _understood(ask, language, final=bool(shared_by)) if ask.typed and not ask.offset else []
    blocks += [plain_block(lead)] if lead else []
    blocks += _narrowed(answer.filters, ask, language, final=bool(shared_by))
    blocks += [passage_block(each, base, language) for each in shown]
    blocks += [_nearest(answer, base, language)] if answer.nearest else []
    blocks += _buttons(answer, ask, language) if not shared_by else []
    blocks += [_feedback(ask, shown, language)] if shown else []
    blocks += [reference_block(ask.reference, language)] if ask.reference else []
    said = [f"{heading} {cut(answer.question, QUOTE)[0]}"] if heading else []
    said += [_understood_as(ask, language)] if ask.typed and not ask.offset else []
    said += [lead] if lead else []
    said += [narrowed] if (narrowed := narrowed_to(answer.filters, language)) else []
    return notice([*said, *map(passage_line, shown)], blocks)


def passage_block(shown: Shown, base: str, language: str) -> Block:
    """A passage: the quote, and below it where it comes from, with a link to it and to what says the same."""
    say = voice(language)
    known = "".join(f" · {each}" for each in (*about(shown, language), *caveats(shown, language)))
    told = [words(f"{shown.rank}. {cut(shown.document.name, TITLE)[0]}", bold=True)]
    if is_public(shown.document):  # the web page shows no other document
        told += [words(f"{known} · "), _opening(shown, base, say.gettext("Open in the document"))]
    else:
        told.append(words(known))
    also = say.gettext("Also in:")
    for number, (name, version) in enumerate(versions(shown, language)[:_VERSIONS]):
        label = cut(name, TITLE)[0]
        told.append(words(", " if number else f" · {also} "))
        told.append(_opening(version, base, label) if is_public(version.document) else words(label))
    return rich(quoted(shown.quote), line(*told))


def passage_line(shown: Shown) -> str:
    """A passage in a notification."""
    return f"“{cut(shown.quote, _NOTICED)[0]}” – {cut(shown.document.name, TITLE)[0]}"


def reference_block(reference: str, language: str) -> Block:
    """What the asker can quote when they report something: it stands in the log."""
    return small(voice(language).gettext("Reference: {reference}").format(reference=reference))


def document_opening(document: Document, base: str) -> Block:
    """A document's title, as a link to its page if it has one that everybody may see."""
    title = cut(document.name, TITLE)[0]
    return link(f"{base}/documents/{document.id}", title) if is_public(document) else words(title)


def _opening(shown: Shown, base: str, label: str) -> Block:
    return link(base + document_link(shown.document, shown.passage, shown.quote_start, shown.quote_end), label)


def _lead(answer: Answer, ask: Ask, language: str) -> str:
    """What is said above the passages; what is uncertain is said on every page."""
    if ask.offset and ask.offset >= len(answer.shown):
        return voice(language).gettext("There are no more passages.")
    return outcome_line(answer) if not ask.offset or answer.outcome is Outcome.WEAK else ""


def _shared(user: str, language: str) -> str:
    shares = voice(language).gettext("asked and shares the answer:")
    return f"{user} {shares}"


def _asked(heading: str, answer: Answer) -> Block:
    return rich(line(words(f"{heading} "), words(cut(answer.question, QUOTE)[0], bold=True)))


def _understood(ask: Ask, language: str, *, final: bool) -> list[Block]:
    """What was made of what was typed, with buttons to have it otherwise."""
    told = rich(line(words(_understood_as(ask, language))))
    say, only = voice(language), replace(ask, question=ask.typed, offset=0, without=(), typed="").value()
    label = shortened(say.gettext("Only: {question}").format(question=ask.typed), _LABEL)
    elements = [button("only", label, only)] if only else []
    elements += [button("correct", say.gettext("Correct…"), value)] if (value := ask.value()) else []
    return [told, *(buttons(elements) if not final else [])]


def _understood_as(ask: Ask, language: str) -> str:
    said = voice(language).gettext("Understood as: “{question}”")
    return said.format(question=shortened(ask.question, _UNDERSTOOD))


def _buttons(answer: Answer, ask: Ask, language: str) -> list[Block]:
    say, elements, again = voice(language), [], ask.value()
    more = replace(ask, offset=ask.offset + SHOWN).value()
    if more and len(answer.shown) > ask.offset + SHOWN:
        elements.append(button("more", say.gettext("More"), more))
    if again and len(ask.question) <= LONGEST - CHOSEN:
        elements.append(button("narrow", say.gettext("Narrow…"), again))
    if again and ask.private and answer.shown[ask.offset :]:
        elements.append(button("share", say.gettext("Share with the channel"), again))
    if again and answer.outcome is not Outcome.FOUND and answer.searched:
        elements.append(button("hand_over", say.gettext("Ask the curators"), again))
    return buttons(elements)


def _narrowed(filters: Filters, ask: Ask, language: str, *, final: bool) -> list[Block]:
    """What of the question's words has narrowed the answer, each with a button that takes it off."""
    named = filters.named(language)
    if not named:
        return []
    told = plain_block(narrowed_to(filters, language))
    asks = {name: replace(ask, offset=0, without=(*ask.without, name)).value() for name in named}
    off = [button(f"{WITHOUT}{name}", f"✕ {named[name]}", value) for name, value in asks.items() if value]
    return [told, *(buttons(off) if not final else [])]


def _nearest(answer: Answer, base: str, language: str) -> Block:
    """The reports that are nearest to what was asked, as what they are: no answer."""
    label = voice(language).gettext("Nearest to it, though they do not answer it, are the reports:")
    named = [line(document_opening(document, base)) for document in answer.nearest]
    return rich(line(words(label)), bullets(named))


def _feedback(ask: Ask, shown: Sequence[Shown], language: str) -> Block:
    """The two buttons by which whoever reads an answer says whether it helped."""
    say, documents = voice(language), tuple({each.document.id: None for each in shown})

    def half(label: str, *, helpful: bool) -> Block:
        return {"text": plain_text(label), "value": Ballot(helpful, language, ask.reference, documents).value()}

    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "judged",
                "positive_button": half(say.gettext("Helpful"), helpful=True),
                "negative_button": half(say.gettext("Not helpful"), helpful=False),
            }
        ],
    }
