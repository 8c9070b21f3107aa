"""The judge of messages is itself judged: known good and known bad blocks."""

from typing import Any

import pytest
from block_kit import button, escapes, faults, links, quotes, view_faults, words

Json = dict[str, Any]


def text(said: str = "words", kind: str = "mrkdwn") -> Json:
    return {"type": kind, "text": said}


def push(action_id: str = "more", **others: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": text("More", "plain_text"), **others}


def rich(*elements: Json, kind: str = "rich_text_section") -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


SECTION = {"type": "section", "text": text()}
LINK = {"type": "link", "url": "http://localhost/documents/7", "text": "the report"}
FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "judged",
    "positive_button": {"text": text("Yes", "plain_text"), "value": "1"},
    "negative_button": {"text": text("No", "plain_text"), "value": "0"},
}

GOOD: dict[str, list[Json]] = {
    "nothing": [],
    "section": [SECTION],
    "longest section": [{"type": "section", "text": text("x" * 3000)}],
    "header": [{"type": "header", "text": text("Title", "plain_text")}],
    "quote": [rich(text("said <!channel>", "text"), LINK, kind="rich_text_quote")],
    "context": [{"type": "context", "elements": [text()]}],
    "buttons": [{"type": "actions", "elements": [push("more"), push("share", style="primary")]}],
    "the same action in two blocks": [{"type": "actions", "block_id": b, "elements": [push()]} for b in "ab"],
    "section with a button": [SECTION | {"accessory": push()}],
    "feedback": [{"type": "context_actions", "elements": [FEEDBACK]}],
    "markdown": [{"type": "markdown", "text": "**Found**"}],
    "image": [{"type": "image", "image_url": "http://localhost/a.png", "alt_text": "a map"}],
    "most blocks": [{"type": "divider"}] * 50,
}

BAD: dict[str, list[Json]] = {
    "unknown type": [{"type": "nonsense"}],
    "no type": [{"text": text()}],
    "unknown key": [SECTION | {"colour": "red"}],
    "unknown key of a text": [{"type": "section", "text": text() | {"size": 3}}],
    "empty section": [{"type": "section", "text": text("")}],
    "empty words in rich text": [rich(text("", "text"))],
    "too long section": [{"type": "section", "text": text("x" * 3001)}],
    "too long header": [{"type": "header", "text": text("x" * 151, "plain_text")}],
    "header in mrkdwn": [{"type": "header", "text": text()}],
    "text of a wrong kind": [{"type": "section", "text": text(kind="markdown")}],
    "eleven in a context": [{"type": "context", "elements": [text()] * 11}],
    "empty context": [{"type": "context", "elements": []}],
    "empty actions": [{"type": "actions", "elements": []}],
    "too long button": [{"type": "actions", "elements": [push(text=text("x" * 76, "plain_text"))]}],
    "too long value": [{"type": "actions", "elements": [push(value="x" * 2001)]}],
    "button in mrkdwn": [{"type": "actions", "elements": [push(text=text())]}],
    "button of an unknown style": [{"type": "actions", "elements": [push(style="blue")]}],
    "one action twice in a block": [{"type": "actions", "elements": [push(), push()]}],
    "one block_id twice": [SECTION | {"block_id": "a"}, {"type": "divider", "block_id": "a"}],
    "link without an address": [rich({"type": "link", "text": "the report"})],
    "unknown element of rich text": [rich({"type": "shout", "text": "words"})],
    "feedback without a value": [
        {"type": "context_actions", "elements": [FEEDBACK | {"negative_button": {"text": text("No", "plain_text")}}]}
    ],
    "51 blocks": [{"type": "divider"}] * 51,
    "too long markdown": [{"type": "markdown", "text": "x" * 6001}] * 2,
}


@pytest.mark.parametrize("blocks", GOOD.values(), ids=GOOD)
def test_good_blocks_have_no_faults(blocks: list[Json]) -> None:
    """What Slack takes is not complained of."""
    assert faults(blocks) == []


@pytest.mark.parametrize("blocks", BAD.values(), ids=BAD)
def test_bad_blocks_have_faults(blocks: list[Json]) -> None:
    """What Slack refuses is found."""
    assert faults(blocks)


FORM = {
    "type": "modal",
    "title": text("Title", "plain_text"),
    "submit": text("Send", "plain_text"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": text("Words", "plain_text"),
            "element": {"type": "plain_text_input", "action_id": "words"},
        }
    ],
}


def test_a_good_form_has_no_faults() -> None:
    assert view_faults(FORM) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": text("x" * 25, "plain_text")},
        {"submit": text("x" * 25, "plain_text")},
        {"blocks": []},
        {"blocks": [{"type": "nonsense"}]},
        {"private_metadata": "x" * 3001},
        {"type": "window"},
    ],
)
def test_bad_forms_have_faults(wrong: Json) -> None:
    assert view_faults(FORM | wrong)


def test_what_a_person_reads_is_read() -> None:
    """Quotes, words, links and buttons are found wherever they stand."""
    quote = rich(text("Work ", "text"), text("is needed.", "text"), kind="rich_text_quote")
    label = {"type": "section", "text": text("A &amp; B: <http://localhost/documents/8|here>"), "accessory": push()}
    blocks = [quote, rich(LINK), label]

    assert quotes(blocks) == ["Work is needed."]
    assert links(blocks) == ["http://localhost/documents/7", "http://localhost/documents/8"]
    assert "A & B" in words({"text": "fallback", "blocks": blocks})
    assert button(blocks, "more")["block_id"] == "made by Slack"


HOSTILE = {
    "shout": {"text": "<!channel>"},
    "mention": {"blocks": [{"type": "section", "text": text("<@U123>")}]},
    "link": {"blocks": [{"type": "section", "text": text("<http://evil.example|our page>")}]},
    "rich mention": {"blocks": [rich({"type": "user", "user_id": "U123"})]},
    "rich link": {"blocks": [rich(LINK | {"url": "http://evil.example"})]},
    "bare address": {"blocks": [{"type": "section", "text": text("see http://evil.example")}]},
    "bare name": {"blocks": [{"type": "section", "text": text("ask @here")}]},
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_what_reaches_out_of_a_message_is_found(message: Json) -> None:
    """A mention or a link to elsewhere is found in every form."""
    assert escapes(message, "http://localhost")


def test_words_that_only_look_like_markup_are_let_be() -> None:
    """Rich text, escaped and verbatim words can hold anything; the bot may link to its own page."""
    raw = "<!channel> <@U123> http://evil.example"
    quoted = rich(text(raw, "text"), LINK, kind="rich_text_quote")
    verbatim = {"type": "section", "text": text("see http://evil.example") | {"verbatim": True}}
    own = {"type": "section", "text": text("&lt;!channel&gt; <http://localhost/documents/8|here>")}

    assert escapes({"text": "&lt;!here&gt;", "blocks": [quoted, verbatim, own]}, "http://localhost") == []
