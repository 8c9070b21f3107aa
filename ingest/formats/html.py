"""Web pages by lxml: the main part, without navigation, scripts and notices."""

import re

from lxml import etree
from lxml import html as lxml_html

from corpus import Unreadable
from ingest.formats.plain import decoded
from ingest.reading import Block, Kind, Reading

_NOISE = [
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "button",
    "select",
    "iframe",
    "svg",
    "canvas",
    "object",
    "dialog",
]
_NOISY_NAME = re.compile(
    r"cookie|consent|banner|breadcrumb|sidebar|navbar|\bnav\b|\bmenu\b|share|social|skip", re.IGNORECASE
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_BLOCKS = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "figcaption",
        "caption",
        "td",
        "th",
        "div",
        "section",
        "article",
        "main",
        "body",
        "address",
    ]
)
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)


def read(data: bytes) -> Reading:
    """The page's headings, paragraphs, items and rows; its title."""
    tree = _tree(data)
    title = _title(tree)
    main = _main(tree)
    _remove_noise(main)
    return Reading(tuple(_blocks(main)), title, _stated(tree))


def _tree(data: bytes) -> lxml_html.HtmlElement:
    declared = _DECLARED.search(data[:4096])
    parser = lxml_html.HTMLParser(encoding=None, huge_tree=False, no_network=True, remove_comments=True)
    try:
        text = data.decode(declared[1].decode("ascii")) if declared else decoded(data)
    except (UnicodeDecodeError, LookupError):
        text = decoded(data)
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text.replace("\0", ""))
    try:
        tree = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as fault:
        raise Unreadable("It is no web page that can be read.") from fault
    return tree


def _title(tree: lxml_html.HtmlElement) -> str | None:
    """The first main heading, or else the page's title."""
    for found in [*tree.xpath("//main//h1 | //article//h1"), *tree.xpath("//h1"), *tree.xpath("//head/title")]:
        if words := _fold(found.text_content()):
            return words
    return None


def _stated(tree: lxml_html.HtmlElement) -> dict[str, str]:
    pairs = ((e.get("name", "").lower(), e.get("content", "").strip()) for e in tree.xpath("//meta[@name][@content]"))
    return {name: content for name, content in pairs if name in {"date", "country", "organisation", "project"}}


def _main(tree: lxml_html.HtmlElement) -> lxml_html.HtmlElement:
    """The part that holds the article: `main` or `article` where it has most of the words, else the body."""
    parts = tree.xpath("//main | //article | //*[@role='main']")
    body = tree.find("body") if tree.find("body") is not None else tree
    longest = max(parts, key=lambda part: len(part.text_content()), default=None)
    return longest if longest is not None and _fold(longest.text_content()) else body


def _remove_noise(part: lxml_html.HtmlElement) -> None:
    for element in list(part.iter(*_NOISE)):
        _drop(element)
    for element in list(part.iter("div", "section", "ul", "p")):
        if _NOISY_NAME.search(f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"):
            _drop(element)


def _drop(element: lxml_html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _blocks(part: lxml_html.HtmlElement) -> list[Block]:
    """The text of each innermost block element, in order."""
    found: list[Block] = []
    held: list[str] = []

    def flush(kind: Kind = Kind.PARAGRAPH) -> None:
        if words := _fold("".join(held)):
            found.append(Block(words, kind))
        held.clear()

    stack: list[tuple[lxml_html.HtmlElement, bool]] = [(part, False)]
    while stack:  # not recursive: a hostile page nests deeper than Python does
        element, done = stack.pop()
        if done:
            if _is_block(element):
                flush(_kind(element))
            held.append(element.tail or "" if element is not part else "")
            continue
        if element.tag == "tr":
            flush()
            row = " | ".join(filter(None, (_fold(cell.text_content()) for cell in element.iter("td", "th"))))
            found += [Block(row, Kind.TABLE)] if row else []
            continue
        if _is_block(element):
            flush()
        held.append("\n" if element.tag == "br" else element.text or "")
        stack.append((element, True))
        stack += [(child, False) for child in reversed(element) if isinstance(child.tag, str)]
    flush()
    return found


def _is_block(element: lxml_html.HtmlElement) -> bool:
    return element.tag in _BLOCKS or element.tag in _HEADINGS or element.tag in {"ul", "ol", "table", "tr", "dl", "hr"}


def _kind(element: lxml_html.HtmlElement) -> Kind:
    if element.tag in _HEADINGS:
        return Kind.HEADING
    return Kind.ITEM if element.tag in {"li", "dd"} else Kind.PARAGRAPH


def _fold(text: str) -> str:
    return " ".join(text.split())
