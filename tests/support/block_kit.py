"""Messages as Slack would see them: what it would refuse, what a reader reads, what would become markup.

`faults` chains three judges, since each is blind to something: the models of slack_sdk know lengths and counts, the
JSON Schema made from Slack's own types (tests/golden/block-kit.schema.json) knows structure, and a few rules here
know what neither does. Rules and limits: https://docs.slack.dev/reference/block-kit/blocks.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from programs import ROOT
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]

_SCHEMA = ROOT / "tests" / "golden" / "block-kit.schema.json"
_MOST_BLOCKS, _MOST_OF_VIEW = 50, 100  # in a message; in a form or a Home
_MOST_MARKDOWN = 12_000  # characters in all markdown blocks of a message
_TITLES, _MOST_TITLE = ("title", "submit", "close"), 24  # characters in the words of a form
_MOST_METADATA = 3000  # characters that a form carries
_MENTIONS = {"broadcast", "channel", "team", "user", "usergroup"}  # elements of rich text that reach somebody


def faults(blocks: Sequence[Json]) -> list[str]:
    """Why Slack would refuse these blocks as a message; empty if it would take them.

    >>> faults([{"type": "divider"}, {"type": "section", "text": {"type": "mrkdwn", "text": ""}}])
    ['blocks[1]: a text is empty']
    """
    return list(_of_blocks(blocks, _MOST_BLOCKS))


def view_faults(view: Json) -> list[str]:
    """Why Slack would refuse this as a form or a Home; empty if it would take it.

    https://docs.slack.dev/reference/views

    >>> view_faults({"type": "modal", "title": {"type": "plain_text", "text": "x" * 25}, "blocks": []})[0]
    'title is longer than 24'
    """
    found = [f"{n} is longer than {_MOST_TITLE}" for n in _TITLES if len(view.get(n, {}).get("text", "")) > _MOST_TITLE]
    found += ["it has no blocks"] if not view.get("blocks") else []
    carried = len(view.get("private_metadata", ""))
    found += [f"private_metadata is longer than {_MOST_METADATA}"] if carried > _MOST_METADATA else []
    try:
        View(**view).validate_json()
    except SlackObjectFormationError as fault:
        found.append(str(fault))
    return found + list(_of_blocks(view["blocks"], _MOST_OF_VIEW))


def _of_block(block: Json) -> Iterator[str]:
    yield from _by_sdk(block)
    yield from _by_schema(block)
    if any(each.get("text") == "" for each in _objects(block)):
        yield "a text is empty"
    if block.get("type") in {"actions", "context", "context_actions"} and not block.get("elements"):
        yield "it has no elements"
    actions = [each["action_id"] for each in _objects(block) if "action_id" in each]
    yield from (f"action_id {each!r} is there twice" for each in _twice(actions))


def _of_blocks(blocks: Sequence[Json], most: int) -> Iterator[str]:
    yield from (f"blocks[{n}]: {fault}" for n, block in enumerate(blocks) for fault in _of_block(block))
    if len(blocks) > most:
        yield f"{len(blocks)} blocks are more than {most}"
    if sum(len(b.get("text", "")) for b in blocks if b.get("type") == "markdown") > _MOST_MARKDOWN:
        yield f"markdown blocks hold more than {_MOST_MARKDOWN} characters"
    named = [block["block_id"] for block in blocks if "block_id" in block]
    yield from (f"block_id {each!r} is there twice" for each in _twice(named))


def _by_sdk(block: Json) -> Iterator[str]:
    try:
        parsed = Block.parse(block)
        if parsed is None:
            yield f"its type {block.get('type')!r} is unknown"
        else:
            parsed.to_dict()  # runs the validators
    except (SlackObjectFormationError, TypeError) as fault:
        yield str(fault)


def _by_schema(block: Json) -> Iterator[str]:
    if fault := best_match(_validator(str(block.get("type"))).iter_errors(block)):
        yield f"{fault.json_path}: {fault.message[:200]}"


@cache
def _validator(block_type: str) -> Draft7Validator:
    """For one type of block, so that a fault names what is wrong and not just that no type fits."""
    definitions = json.loads(_SCHEMA.read_text(encoding="utf-8"))["definitions"]
    kinds = [each["$ref"].rpartition("/")[2] for each in definitions["KnownBlock"]["anyOf"]]
    fitting = [k for k in kinds if definitions[k].get("properties", {}).get("type", {}).get("const") == block_type]
    return Draft7Validator({"$ref": f"#/definitions/{(fitting or ['KnownBlock'])[0]}", "definitions": definitions})


def quotes(blocks: Sequence[Json]) -> list[str]:
    """The text of each rich_text_quote, in order."""
    quoted = (each for each in _objects(blocks) if each.get("type") == "rich_text_quote")
    return ["".join(part.get("text", "") for part in each["elements"]) for each in quoted]


def words(message: Json) -> str:
    """All that a person reads in a message: its blocks, or its text where it has none."""
    blocks = message.get("blocks")
    shown = [each["text"] for each in _objects(blocks) if isinstance(each.get("text"), str)] if blocks else []
    return html.unescape("\n".join(shown or [message.get("text") or ""]))


def links(blocks: Sequence[Json]) -> list[str]:
    """The addresses that can be opened from the blocks: links, buttons, and <address|label> in markup."""
    direct = [each["url"] for each in _objects(blocks) if isinstance(each.get("url"), str)]
    marked = [token for text in _markup({"blocks": blocks}) for token in re.findall(r"<(https?://[^>|]+)", text)]
    return direct + [html.unescape(each) for each in marked]


def button(blocks: Sequence[Json], action_id: str) -> Json:
    """The first element with this action_id, with the id of its block. Raises AssertionError."""
    for block in blocks:
        for each in _objects(block):
            if each.get("action_id") == action_id:
                return each | {"block_id": block.get("block_id", "made by Slack")}
    raise AssertionError(f"no element has the action_id {action_id!r}: {json.dumps(blocks, ensure_ascii=False)}")


def has_button(message: Json, action_id: str) -> bool:
    """Whether a message has an element with this action_id."""
    return any(each.get("action_id") == action_id for each in _objects(message.get("blocks")))


def markup(message: Json) -> str:
    """All in a message that Slack reads as markup: its fallback text, mrkdwn objects and markdown blocks."""
    return "\n".join(_markup(message))


def escapes(message: Json, own: str) -> list[str]:
    """What in a message reaches somebody, or leads elsewhere than to `own`, the bot's web page; should be empty.

    >>> escapes({"text": "<!channel> see <http://evil.example|our page>"}, "http://localhost:8000")
    ['<!channel>', 'http://evil.example']
    """
    blocks = message.get("blocks") or []
    tokens = [each for text in _markup(message) for each in re.findall(r"<[!@#][^>]*>", text)]
    mentions = [json.dumps(each) for each in _objects(blocks) if each.get("type") in _MENTIONS]
    marked = re.findall(r"<(https?://[^>|]+)", markup(message))
    elsewhere = [each for each in links(blocks) + marked if urlsplit(each).netloc != urlsplit(own).netloc]
    return list(dict.fromkeys(tokens + mentions + elsewhere + _found_by_slack(blocks)))


def _found_by_slack(blocks: Sequence[Json]) -> list[str]:
    """Bare addresses and names in mrkdwn that is not `verbatim`: Slack makes links of them itself."""
    loose = [m["text"] for m in _objects(blocks) if m.get("type") == "mrkdwn" and not m.get("verbatim")]
    bare = [re.sub(r"<[^>]*>", " ", text) for text in loose]
    return [found for text in bare for found in re.findall(r"https?://\S+|(?<!\w)[@#][^\W\d]\w*", text)]


def _markup(message: Json) -> Iterator[str]:
    yield message.get("text") or ""
    for each in _objects(message.get("blocks")):
        if each.get("type") in {"mrkdwn", "markdown"}:
            yield each["text"]


def _objects(node: object) -> Iterator[Json]:
    """Every JSON object in a node, outermost first."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list | tuple):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _objects(child)


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({each for each in names if names.count(each) > 1})
