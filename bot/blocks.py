"""An answer as a Slack message. Escaping and Slack's limits live here, and nowhere else.

Whatever comes from a document or a person stands in `text` elements of rich text, which Slack shows as they are:
no mention, link or markup can form in them. The fallback text, for notifications, is escaped.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.answering import MOST, Answer, Outcome, Shown
from bot.links import document_link
from bot.phrases import about, caveats, outcome_line, versions
from bot.words import voice

Block = dict[str, Any]

SHOWN = 3  # passages in a message
_QUOTE = 900  # characters: three of them stay far below the 12,000 that Slack takes in one message
_TITLE = 150
_VERSIONS = 8  # of a passage, that are linked
_FALLBACK = 3000
_VALUE = 2000  # what a button may carry
_MARKS = str.maketrans("*_~`", "    ")


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a button carries, so that the question can be asked again: nothing has to be remembered."""

    question: str
    offset: int = 0
    private: bool = False

    def value(self) -> str | None:
        """None where the question is too long to be carried; then there is no button."""
        value = json.dumps({"q": self.question, "o": self.offset, "p": int(self.private)}, ensure_ascii=False)
        return value if len(value) <= _VALUE else None

    @classmethod
    def read(cls, value: object) -> "Ask":
        """The ask that `value` wrote; an offset outside what can be shown becomes the nearest. Raises ValueError."""
        try:
            known = json.loads(str(value))
            question, offset, private = known["q"], int(known["o"]), bool(known["p"])
        except (LookupError, TypeError, ArithmeticError, RecursionError) as fault:
            raise ValueError(f"{str(value)[:80]!r} is no button of ours") from fault
        if not isinstance(question, str):
            raise ValueError(f"{question!r} is no question")
        return cls(question, min(max(offset, 0), MOST), private)


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
    blocks += [plain_block(lead)] if lead else []
    blocks += [_passage(each, base, language) for each in shown]
    blocks += _buttons(answer, ask, language) if shown and not shared_by else []
    said = [f"{heading} {cut(answer.question, _QUOTE)[0]}"] if heading else []
    return Message(_fallback([*said, *([lead] if lead else [])], shown), blocks)


def plain_message(sentence: str) -> Message:
    """One of our own sentences."""
    return Message(escape(sentence), [plain_block(sentence)])


def plain_block(sentence: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": sentence[:_FALLBACK], "emoji": False}}


def escape(text: str) -> str:
    """Text in which Slack sees no mention, link or entity.

    >>> escape("<!channel> & <@U1>")
    '&lt;!channel&gt; &amp; &lt;@U1&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, most: int) -> tuple[str, bool]:
    """The text, or as many of its whole words as fit; and whether it was cut.

    >>> cut("viens divi trīs", 11), cut("viens", 11)
    (('viens divi', True), ('viens', False))
    """
    if len(text) <= most:
        return text, False
    space = max(text.rfind(mark, 0, most + 1) for mark in (" ", "\n"))
    return text[: space if space > 0 else most], True


def _passage(shown: Shown, base: str, language: str) -> Block:
    say = voice(language)
    quote, shortened = cut(shown.quote, _QUOTE)
    said = [_text(quote), *([_text(" …")] if shortened else [])]
    title, _ = cut(shown.document.name, _TITLE)
    line = [
        _text(f"{shown.rank}. {title}", bold=True),
        _text("".join(f" · {each}" for each in (*about(shown, language), *caveats(shown, language))) + " · "),
        _link(shown, base, say.gettext("Open in the document")),
    ]
    for number, (name, version) in enumerate(versions(shown, language)[:_VERSIONS]):
        line.append(_text(", " if number else f" · {say.gettext('Also in:')} "))
        line.append(_link(version, base, cut(name, _TITLE)[0]))
    quoted = {"type": "rich_text_quote", "elements": said}
    return {"type": "rich_text", "elements": [quoted, {"type": "rich_text_section", "elements": line}]}


def _link(shown: Shown, base: str, words: str) -> Block:
    link = document_link(shown.document, shown.passage, shown.quote_start, shown.quote_end)
    return {"type": "link", "url": base + link, "text": words}


def _lead(answer: Answer, ask: Ask, language: str) -> str:
    """What is said above the passages; what is uncertain is said on every page."""
    if ask.offset and ask.offset >= len(answer.shown):
        return voice(language).gettext("There are no more passages.")
    return outcome_line(answer) if not ask.offset or answer.outcome is Outcome.WEAK else ""


def _shared(user: str, language: str) -> str:
    shares = voice(language).gettext("asked and shares the answer:")
    return f"{user} {shares}"


def _asked(heading: str, answer: Answer) -> Block:
    question, _ = cut(answer.question, _QUOTE)
    line = [_text(f"{heading} "), _text(question, bold=True)]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": line}]}


def _text(text: str, *, bold: bool = False) -> Block:
    element: Block = {"type": "text", "text": text or " "}
    return element | {"style": {"bold": True}} if bold else element


def _buttons(answer: Answer, ask: Ask, language: str) -> list[Block]:
    say, elements = voice(language), []
    more = Ask(ask.question, ask.offset + SHOWN, ask.private).value()
    if more and len(answer.shown) > ask.offset + SHOWN:
        elements.append(_button("more", say.gettext("More"), more))
    if ask.private and (again := ask.value()):
        elements.append(_button("share", say.gettext("Share with the channel"), again))
    return [{"type": "actions", "elements": elements}] if elements else []


def _button(action: str, label: str, value: str) -> Block:
    text = {"type": "plain_text", "text": label[:75], "emoji": False}
    return {"type": "button", "action_id": action, "text": text, "value": value}


def _fallback(said: Sequence[str], shown: Sequence[Shown]) -> str:
    """What notifications show. Slack reads markup in it, so documents' marks are taken out: this is no quotation."""
    lines = [each.translate(_MARKS) for each in said]
    for each in shown:
        words = f"“{cut(each.quote, 300)[0]}” – {cut(each.document.name, _TITLE)[0]}"
        lines.append(words.translate(_MARKS))
    return cut(escape("\n".join(lines)), _FALLBACK)[0]
