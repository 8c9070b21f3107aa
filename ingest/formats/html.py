"""Web pages by lxml: the main part, without navigation, scripts and notices."""

import re
from collections.abc import Mapping

from lxml import etree
from lxml import html as lxml_html

from corpus import Unreadable
from ingest.formats.plain import decoded
from ingest.reading import Block, Kind, Reading

_NEVER_TEXT = (
    *("script", "style", "noscript", "template", "iframe", "svg", "canvas", "object", "dialog"),
    *("button", "select", "input", "textarea", "datalist"),
)
_SURROUNDING = ("nav", "header", "footer", "aside")  # outside the main part; in it they belong to the text
_NOISY_ROLE = frozenset(["navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu"])
_NOISY_NAME = re.compile(  # of a class or an id, whole
    r"(?:cookie|gdpr)s?(?:[-_]?\w+)*|consent(?:[-_](?:banner|bar|notice|popup|modal|box))?|breadcrumbs?"
    r"|(?:(?:main|site|page|top|left|right|primary|secondary)[-_])?(?:nav|navbar|navigation|menu|sidebar|sidenav)"
    r"|(?:social|share|sharing|skip)(?:[-_](?:links?|buttons?|bar|icons?|media|menu|nav|to[-_]\w+))?",
    re.IGNORECASE,
)
_MAIN = "//*[self::main or @role='main'][not(ancestor::*[self::main or @role='main'])]"
_ARTICLE = "//article[not(ancestor::article)]"
_MUCH = 0.5  # share of the words outside links: what holds more of them is the text, whatever it is called
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_BLOCKS = frozenset(
    (
        *("p", "li", "dt", "dd", "blockquote", "pre", "figcaption", "caption", "td", "th", "address"),
        *("div", "section", "article", "main", "body", "header", "footer", "aside", "form", "fieldset"),
    )
)
_MOST_IN_A_CELL = 3  # paragraphs or items: a cell of a table that has more is none
_LINE = "\0"  # stands for a line break; a page has none of these left
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)


def read(data: bytes) -> Reading:
    """The page's headings, paragraphs, items and rows; its title."""
    return read_text(_decoded(data))


def read_text(text: str) -> Reading:
    """The same of a page whose encoding is known."""
    tree = _tree(text)
    title, stated = _title(tree), _stated(tree)
    for element in list(tree.iter(*_NEVER_TEXT)):
        _drop(element)
    _remove_noise(tree)
    return Reading(tuple(block for part in _parts(tree) for block in _blocks(part)), title, stated)


def _decoded(data: bytes) -> str:
    declared = _DECLARED.search(data[:4096])
    try:
        return data.decode(declared[1].decode("ascii")) if declared else decoded(data)
    except (UnicodeDecodeError, LookupError):
        return decoded(data)


def _tree(text: str) -> lxml_html.HtmlElement:
    parser = lxml_html.HTMLParser(encoding=None, huge_tree=False, no_network=True, remove_comments=True)
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
    """What the page says of what it tells of; its `date` is that of publication."""
    pairs = ((e.get("name", "").lower(), e.get("content", "").strip()) for e in tree.xpath("//meta[@name][@content]"))
    return {name: content for name, content in pairs if name in {"country", "organisation", "project"}}


def _parts(tree: lxml_html.HtmlElement) -> list[lxml_html.HtmlElement]:
    """What holds the text: `main`, or else the articles, where they have most of the words; or else the body."""
    body = tree.find("body") if tree.find("body") is not None else tree
    sizes = _sizes(body)
    for path in (_MAIN, _ARTICLE):
        parts: list[lxml_html.HtmlElement] = tree.xpath(path)
        if parts and sum(sizes.get(part, 0) for part in parts) >= _MUCH * sizes[body]:
            return parts
    return [body]


def _sizes(body: lxml_html.HtmlElement) -> Mapping[lxml_html.HtmlElement, int]:
    """The letters in each element, without those of links: a menu has hardly any."""
    elements = [element for element in body.iter() if isinstance(element.tag, str)]
    sizes = dict.fromkeys(elements, 0)
    for element in reversed(elements):  # what is inside comes first
        sizes[element] = 0 if element.tag == "a" else sizes[element] + _letters(element.text)
        above = element.getparent()
        if above in sizes:
            sizes[above] += sizes[element] + _letters(element.tail)
    return sizes


def _letters(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def _remove_noise(tree: lxml_html.HtmlElement) -> None:
    """Drops what surrounds the text; never an element with most of the words, however it is named."""
    body = tree.find("body") if tree.find("body") is not None else tree
    sizes = _sizes(body)
    main = {below for part in tree.xpath(f"{_MAIN} | {_ARTICLE}") for below in part.iter()}
    for element, size in sizes.items():
        surrounds = element not in main and (element.tag in _SURROUNDING or element.get("role") in _NOISY_ROLE)
        surrounds = surrounds or (element.tag in {"aside", "nav"} and size < _MUCH * _letters(element.text_content()))
        if element is not body and size <= _MUCH * sizes[body] and (surrounds or _is_noisy(element)):
            _drop(element)


def _is_noisy(element: lxml_html.HtmlElement) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}".split()
    return element.tag in {"div", "section", "ul", "ol", "p", "form"} and any(map(_NOISY_NAME.fullmatch, names))


def _drop(element: lxml_html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _blocks(part: lxml_html.HtmlElement) -> list[Block]:
    """The text of each innermost block element, in order."""
    found: list[Block] = []
    held: list[str] = []

    def flush(kind: Kind = Kind.PARAGRAPH) -> None:
        if words := "\n".join(filter(None, map(_fold, "".join(held).split(_LINE)))):
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
        if element.tag == "tr" and not _is_layout(element):
            flush()
            row = " | ".join(filter(None, (_fold(cell.text_content()) for cell in element.iter("td", "th"))))
            found += [Block(row, Kind.TABLE)] if row else []
            continue
        if _is_block(element):
            flush()
        held.append(_LINE if element.tag == "br" else element.text or "")
        stack.append((element, True))
        stack += [(child, False) for child in reversed(element) if isinstance(child.tag, str)]
    flush()
    return found


def _is_layout(row: lxml_html.HtmlElement) -> bool:
    """Whether a row is there to place what stands in it, as old pages and forms do, and tells no table."""
    if any(True for _ in row.iter("table", *_HEADINGS)):
        return True
    return any(sum(True for _ in cell.iter("p", "li")) > _MOST_IN_A_CELL for cell in row)


def _is_block(element: lxml_html.HtmlElement) -> bool:
    return element.tag in _BLOCKS or element.tag in _HEADINGS or element.tag in {"ul", "ol", "table", "tr", "dl", "hr"}


def _kind(element: lxml_html.HtmlElement) -> Kind:
    if element.tag in _HEADINGS:
        return Kind.HEADING
    return Kind.ITEM if element.tag in {"li", "dd"} else Kind.PARAGRAPH


def _fold(text: str) -> str:
    return " ".join(text.split())
