"""Markdown by markdown-it, with YAML front matter."""

import re
from collections.abc import Mapping

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus import Unreadable
from ingest.formats.plain import decoded
from ingest.reading import Block, Kind, Reading

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"\s*[a-z_]+:(?:\s|$)")
_MOST_FRONT = 20_000  # characters


def read(data: bytes) -> Reading:
    """Headings, paragraphs, items and rows, without the markup."""
    text = decoded(data).replace("\r\n", "\n")
    match = _FRONT.match(text)
    stated = _front_matter(match[1]) if match else None
    body = text[match.end() :] if match and stated is not None else text  # else the --- is a rule, and text follows
    found = blocks(body)
    first = next((block.text for block in found if block.kind is Kind.HEADING), None)
    return Reading(tuple(found), (stated or {}).get("title") or first, stated or {})


def _front_matter(text: str) -> Mapping[str, str] | None:
    """The fields; None where it is no front matter. Raises Unreadable where it was meant as such, and is broken."""
    try:
        found = yaml.safe_load(text) if len(text) <= _MOST_FRONT else None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        if _FIELD.match(text):
            said = "The front matter between the --- lines is not YAML. Correct it, or remove it."
            raise Unreadable(said) from fault
        return None
    if not isinstance(found, dict):
        return {} if found is None and not text.strip() else None
    return {str(k).lower(): ", ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in found.items() if v}


def blocks(text: str) -> list[Block]:
    """The blocks of a text in Markdown, without the markup."""
    return _blocks(MarkdownIt("commonmark").enable("table").parse(text))


def _blocks(tokens: list[Token]) -> list[Block]:
    found, kinds, row = [], [Kind.PARAGRAPH], list[str]()
    opening = {"heading_open": Kind.HEADING, "list_item_open": Kind.ITEM, "tr_open": Kind.TABLE}
    for token in tokens:
        if token.type in opening:
            kinds.append(opening[token.type])
        elif token.type == "tr_close":
            found.append(Block(" | ".join(filter(None, map(str.strip, row))), Kind.TABLE))
            row = []
        elif token.type == "inline":
            row = [*row, _words(token)] if kinds[-1] is Kind.TABLE else row
            if kinds[-1] is not Kind.TABLE:
                found.append(Block(_words(token), kinds[-1]))
        elif token.type in {"fence", "code_block", "html_block"}:
            found.append(Block(re.sub(r"<[^>]*>", " ", token.content)))
        if token.type in {"heading_close", "list_item_close", "tr_close"}:
            kinds.pop()
    return [block for block in found if block.text.strip()]


def _words(token: Token) -> str:
    """The text of an inline token: links by their label, pictures by nothing."""
    parts = []
    for child in token.children or []:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
    return "".join(parts)
