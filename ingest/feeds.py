"""The addresses in a feed: RSS 2.0, RSS 1.0 and Atom, told by what is in it and not by its name."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree

from corpus import Unreadable
from ingest.links import plain

_MOST = 10_000_000  # bytes
_HEAD = 1 << 16  # bytes in which a feed says what it is
_ATOM = "{http://www.w3.org/2005/Atom}"
_RSS1 = "{http://purl.org/rss/1.0/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ROOTS = frozenset(["rss", f"{_ATOM}feed", f"{_RDF}RDF"])


def is_feed(data: bytes) -> bool:
    """Whether the first element is that of a feed."""
    parser = etree.XMLPullParser(events=("start",), **_hardened())
    with contextlib.suppress(etree.XMLSyntaxError):  # what comes after the first element may be broken
        parser.feed(data.lstrip()[:_HEAD])
    with contextlib.suppress(etree.XMLSyntaxError, StopIteration):
        return next(iter(parser.read_events()))[1].tag in _ROOTS
    return False


def entries(data: bytes, address: str) -> list[str]:
    """The addresses of a feed's entries, in its order, each once. Raises Unreadable where it is broken or hostile."""
    if len(data) > _MOST:
        raise Unreadable(f"The feed has {len(data) / 1e6:,.0f} MB; at most {_MOST / 1e6:,.0f} MB are read.")
    try:
        root = etree.fromstring(data.lstrip(), etree.XMLParser(**_hardened()), base_url=address)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise Unreadable(f"The feed is broken: {fault}. Give the addresses of its pages.") from fault
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise Unreadable("The feed declares entities, which can make it swell; it is not read.")
    return list(dict.fromkeys(found for link in _links(root, address) if (found := plain(link))))


def _hardened() -> dict[str, bool]:
    return {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "recover": False}


def _links(root: etree._Element, address: str) -> Iterator[str]:
    """What each entry links to, absolute. An entry without a link gives none."""
    for entry in root.iter("item", f"{_RSS1}item", f"{_ATOM}entry"):
        link = _atom(entry) if entry.tag == f"{_ATOM}entry" else _rss(entry)
        if link:
            yield _joined(entry.base or address, link)


def _atom(entry: etree._Element) -> str | None:
    links = [link for link in entry.iterchildren(f"{_ATOM}link") if link.get("rel", "alternate") == "alternate"]
    pages = [link for link in links if link.get("type", "text/html") in {"text/html", "application/xhtml+xml"}]
    return next((link.get("href", "").strip() for link in pages or links), None)


def _rss(item: etree._Element) -> str | None:
    link = next(item.iterchildren("link", f"{_RSS1}link"), None)
    if link is not None and (link.text or "").strip():
        return str(link.text).strip()
    name = next(item.iterchildren("guid"), None)
    permanent = name is not None and name.get("isPermaLink", "true") == "true"
    return (name.text or "").strip() if name is not None and permanent else None


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # no address; what is left of it is not followed
        return ""
