"""The pieces of Slack messages. Escaping and Slack's limits live here, and nowhere else.

Whatever comes from a document or a person stands in `text` elements of rich text, which Slack shows as they are:
no mention, link or markup can form in them. The fallback text, for notifications, is escaped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]

QUOTE = 900  # characters: three of them stay far below the 12,000 that Slack takes in one message
TITLE = 150
_LONGEST = 3000  # characters of a section, and of the fallback text
_HEADING = 150
_BUTTON = 75
_MARKS = str.maketrans("*_~`", "    ")


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    blocks: list[Block]


def plain_message(sentence: str) -> Message:
    """One of our own sentences."""
    return Message(escape(sentence), [plain_block(sentence)])


def notice(lines: Iterable[str], blocks: list[Block]) -> Message:
    """Blocks, with lines that say the same in a notification.

    Slack reads markup in these, so marks are taken out of them: they are no quotation.
    """
    said = "\n".join(line.translate(_MARKS) for line in lines)
    return Message(cut(escape(said), _LONGEST)[0], blocks)


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


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with a mark that it goes on.

    >>> shortened("viens divi trīs", 11)
    'viens divi …'
    """
    beginning, was_cut = cut(text, most)
    return f"{beginning} …" if was_cut else beginning


def plain_block(sentence: str) -> Block:
    """A paragraph of ours."""
    return {"type": "section", "text": {"type": "plain_text", "text": sentence[:_LONGEST], "emoji": False}}


def heading(sentence: str) -> Block:
    """What stands above a part of a page."""
    return {"type": "header", "text": {"type": "plain_text", "text": sentence[:_HEADING], "emoji": False}}


def small(sentence: str) -> Block:
    """A line in small letters."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": sentence[:_LONGEST], "emoji": False}]}


def rich(*parts: Block) -> Block:
    """A block of `line`, `quoted` and `bullets`."""
    return {"type": "rich_text", "elements": list(parts)}


def line(*elements: Block) -> Block:
    """Elements one after the other."""
    return {"type": "rich_text_section", "elements": list(elements)}


def quoted(text: str) -> Block:
    """Somebody's words, cut where they are too long; the mark of that is no part of them."""
    beginning, was_cut = cut(text, QUOTE)
    return {"type": "rich_text_quote", "elements": [words(beginning), *([words(" …")] if was_cut else [])]}


def bullets(lines: Sequence[Block]) -> Block:
    """A list of `line`s."""
    return {"type": "rich_text_list", "style": "bullet", "elements": list(lines)}


def words(text: str, *, bold: bool = False) -> Block:
    """Words that Slack shows as they are."""
    element: Block = {"type": "text", "text": text or " "}
    return element | {"style": {"bold": True}} if bold else element


def link(url: str, label: str) -> Block:
    """A link under words that Slack shows as they are."""
    return {"type": "link", "url": url, "text": label or " "}


def person(user: str) -> Block:
    """Somebody in Slack, by the name that they have there now."""
    return {"type": "user", "user_id": user}


def author(who: str) -> Block:
    """Who has done something, by the name under which it is written down."""
    return person(who.rpartition(":")[2]) if who.startswith("slack:") else words(who)


def group(group_id: str) -> Block:
    """A user group in Slack, by the name that it has there now."""
    return {"type": "usergroup", "usergroup_id": group_id}


def channel(channel_id: str) -> Block:
    """A channel in Slack, by the name that it has there now."""
    return {"type": "channel", "channel_id": channel_id}


def button(action: str, label: str, value: str) -> Block:
    """A button of an actions block."""
    return {"type": "button", "action_id": action, "text": plain_text(label), "value": value}


def channel_menu(action: str, label: str) -> Block:
    """A menu of the channels that a person can see, for an actions block."""
    kinds = {"include": ["public", "private"]}
    return {"type": "conversations_select", "action_id": action, "placeholder": plain_text(label), "filter": kinds}


def buttons(elements: Sequence[Block]) -> list[Block]:
    """A row of buttons; nothing where there are none."""
    return [{"type": "actions", "elements": list(elements)}] if elements else []


def plain_text(label: str) -> Block:
    """Words on a button or in a form."""
    return {"type": "plain_text", "text": label[:_BUTTON], "emoji": False}
