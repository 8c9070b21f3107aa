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
_MOST_FRONT = 20_000  # characters


def read(data: bytes) -> Reading:
    """Headings, paragraphs, items and rows, without the markup."""
    text = decoded(data).replace("\r\n", "\n")
    match = _FRONT.match(text)
    stated = _front_matter(match[1]) if match else {}
    tokens = MarkdownIt("commonmark").enable("table").parse(text[match.end() :] if match else text)
    blocks = _blocks(tokens)
    first = next((block.text for block in blocks if block.kind is Kind.HEADING), None)
    return Reading(tuple(blocks), stated.get("title") or first, stated)


def _front_matter(text: str) -> Mapping[str, str]:
    try:
        found = yaml.safe_load(text) if len(text) <= _MOST_FRONT else None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise Unreadable("The front matter between the --- lines is not YAML. Correct it, or remove it.") from fault
    if not isinstance(found, dict):
        return {}
    return {str(k).lower(): ", ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in found.items() if v}


def _blocks(tokens: list[Token]) -> list[Block]:
    found, kinds, row = [], [Kind.PARAGRAPH], list[str]()
    opening = {"heading_open": Kind.HEADING, "list_item_open": Kind.ITEM, "tr_open": Kind.TABLE}
    for token in tokens:
        if token.type in opening:
            kinds.append(opening[token.type])
        elif token.type == "tr_close":
            found.append(Block(" | ".join(row), Kind.TABLE))
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
