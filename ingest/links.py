"""Where a web page leads, and whether it wants that to be followed; an address in the one way it is written."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import httpx
from lxml import etree
from lxml import html as lxml_html

_MOST = 5_000_000  # bytes of a page that are searched for links
_MOST_LINKS = 5_000  # of one page
_NAMES = frozenset(["robots", "atzina"])


@dataclass(frozen=True, slots=True)
class Outline:
    """The links of a page, each once and in its order; `kept` is whether the page itself may be taken.

    `whole` is whether these are all of them.
    """

    links: tuple[str, ...] = ()
    kept: bool = True
    whole: bool = True


def outline(data: bytes, address: str) -> Outline:
    """What a page says of where it leads. A page that is none leads nowhere."""
    tree = _tree(data[:_MOST])
    if tree is None:
        return Outline()
    wishes = _wishes(tree)
    if wishes & {"nofollow", "none"}:
        return Outline(kept=not wishes & {"noindex", "none"})
    links = _links(tree, address)
    whole = len(data) <= _MOST and len(links) <= _MOST_LINKS
    return Outline(tuple(links[:_MOST_LINKS]), not wishes & {"noindex", "none"}, whole)


def plain(address: str) -> str:
    """The address without fragment, user and usual port, in the one way that it is written; empty if it is none."""
    try:
        url = httpx.URL(urlsplit(address).geturl())
    except (httpx.InvalidURL, ValueError):
        return ""
    if url.scheme not in {"http", "https"} or not url.host:
        return ""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.raw_path.decode('ascii')}"


def folder(address: str) -> str:
    """The folder that a plain address lies in, with the slash at its end."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0] + "/", "", ""))


def is_below(address: str, above: str) -> bool:
    """Whether a plain address lies in a folder, also where dots that lead out of it are written as codes."""
    climbs = {".", ".."} & set(unquote(urlsplit(address).path).replace("\\", "/").split("/"))
    return address.startswith(above) and not climbs


def suffix(address: str) -> str:
    """The suffix of the address's path, in small letters; empty where it has none."""
    return PurePosixPath(urlsplit(address).path).suffix.lower()


def _tree(data: bytes) -> lxml_html.HtmlElement | None:
    """The page, parsed. Most pages that do not say in what they are encoded are in UTF-8."""
    try:
        data.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = None
    parser = lxml_html.HTMLParser(encoding=encoding, huge_tree=False, no_network=True)
    try:
        return lxml_html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _wishes(tree: lxml_html.HtmlElement) -> set[str]:
    """What the page asks of robots."""
    said = [e.get("content", "") for e in tree.xpath("//meta[@name][@content]") if e.get("name").lower() in _NAMES]
    return {word.strip().lower() for words in said for word in words.split(",")}


def _links(tree: lxml_html.HtmlElement, address: str) -> list[str]:
    bases = tree.xpath("//base[@href]")
    base = _joined(address, bases[0].get("href")) if bases else address
    found = (plain(_joined(base, e.get("href"))) for e in tree.xpath("//a[@href] | //area[@href]") if _followed(e))
    return list(dict.fromkeys(link for link in found if link))


def _followed(link: lxml_html.HtmlElement) -> bool:
    return "nofollow" not in link.get("rel", "").lower().split()


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link.strip())
    except ValueError:  # no address
        return ""
