"""One page from an address: checked, so that nobody can make the machine read its own network.

The host's addresses are looked up once, every one of them must be public, and the connection goes to the one that
was checked: a name that answers differently the second time changes nothing. So it is for every redirect.
"""

import functools
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from corpus import Unreadable
from ingest.connection import Connector
from ingest.formats import READERS
from ingest.sources import MAX_BYTES, Item, Known, too_large
from ingest.unpacking import unpacked

_HOPS = 5  # redirects
_TIMEOUT = 20.0  # seconds for the server to go on
_SECONDS = 30.0  # for one page with its redirects, whatever the server does
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_CARRYING = (_MAPPED, ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_AGENT = "Atzina (reads pages it was asked to; +https://pypi.org/project/atzina)"
_UNKNOWN = Known()
_FAULTS = (
    *(httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol),
    UnicodeError,
)


class NotThere(Unreadable):
    """There is no page at an address (404), or no longer one (410)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent in the end, and the address that it was found at after redirects."""

    address: str
    status: int
    headers: httpx.Headers
    data: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page and where it was found; without an item it is unchanged. `known` is to be kept for the next time."""

    address: str
    known: Known
    item: Item | None

    @property
    def unchanged(self) -> bool:
        """Whether the server said that the page is as it was."""
        return self.item is None


def is_address(place: str) -> bool:
    """Whether a place is an address and no path."""
    return place.lower().startswith(("http://", "https://"))


def fetch(
    address: str,
    *,
    allow_private: bool,
    known: Known = _UNKNOWN,
    permit: Callable[[str], None] = lambda hop: None,
    until: float = math.inf,
) -> Fetched:
    """The page, or that it is unchanged since `known`. Raises Unreadable with the reason, NotThere where it is gone.

    `permit` is called with each address before it is asked for, and raises to refuse it. What it waits is not counted.
    """
    answer = ask(address, allow_private=allow_private, known=known, permit=permit, until=until)
    direct = answer.address == address  # what another address says of its page tells nothing of this one
    if answer.status == httpx.codes.NOT_MODIFIED and direct and known != _UNKNOWN:
        return Fetched(answer.address, _validators(answer, known), None)
    if answer.status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
        raise NotThere(f"The server answered {answer.status}.")
    if answer.status != httpx.codes.OK:
        raise Unreadable(f"The server answered {answer.status}.")
    item = Item(address, _suffix(answer), partial(bytes, answer.data))
    return Fetched(answer.address, _validators(answer, _UNKNOWN) if direct else _UNKNOWN, item)


def ask(
    address: str,
    *,
    allow_private: bool,
    known: Known = _UNKNOWN,
    permit: Callable[[str], None] = lambda hop: None,
    until: float = math.inf,
    most: int | None = None,
) -> Answer:
    """The answer of whatever status, after redirects. With `most`, no more than so many bytes of it."""
    here, own = address, _SECONDS
    for _ in range(_HOPS + 1):
        _parsed(here)  # what is no address has no robots.txt either
        permit(here)
        began = time.monotonic()
        headers = _headers(known if here == address else _UNKNOWN)
        answer = _get(here, allow_private, headers, min(began + own, until), most)
        own -= time.monotonic() - began
        if not _redirects(answer):
            return answer
        here = _joined(here, answer.headers["location"])
    raise Unreadable(f"It redirects more than {_HOPS} times.")


def _headers(known: Known) -> dict[str, str]:
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    usual = {"User-Agent": _AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    return usual | {name: value for name, value in asked.items() if value}


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode()) for name, value in headers.items()]


def _validators(answer: Answer, before: Known) -> Known:
    """What the answer gives to ask with the next time; an answer without a page need not give it again."""
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    return Known(etag or before.etag, modified or before.last_modified)


def _redirects(answer: Answer) -> bool:
    return answer.status in {301, 302, 303, 307, 308} and "location" in answer.headers


def _joined(here: str, there: str) -> str:
    try:
        return urljoin(here, there)
    except ValueError as fault:
        raise Unreadable("It redirects to what is no address.") from fault


def _get(address: str, allow_private: bool, headers: dict[str, str], until: float, most: int | None) -> Answer:
    """The answer of one server. It is asked anew each time: no connection, and no cookie, outlives a page."""
    url = _parsed(address)
    parsed = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    backend = Connector(partial(_checked, allow_private=allow_private), until)
    limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), _TIMEOUT)}
    sent = {"Host": url.netloc.decode("ascii")} | headers
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_certificates(), network_backend=backend) as pool,
            pool.stream("GET", parsed, headers=_encoded(sent), extensions=limits) as response,
        ):
            answer = Answer(address, response.status, httpx.Headers(response.headers), b"")
            if _redirects(answer) or response.status == httpx.codes.NOT_MODIFIED:
                return answer
            parts = unpacked(response.iter_stream(), answer.headers.get("content-encoding", ""))
            return Answer(address, answer.status, answer.headers, _limited(parts, most))
    except _FAULTS as fault:
        raise Unreadable(f"It cannot be reached: {fault or type(fault).__name__}.") from fault


def _parsed(address: str) -> httpx.URL:
    """The address in its parts. A name and a password in it are never sent."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Unreadable("Only addresses with http or https are read.")
        return httpx.URL(parts.geturl()).copy_with(port=parts.port, fragment=None)
    except (ValueError, httpx.InvalidURL) as fault:
        raise Unreadable("It is no address.") from fault


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _checked(name: str, port: int, *, allow_private: bool) -> str:
    """An address of the host that may be read from."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as fault:
        raise Unreadable(f"There is no host {name}.") from fault
    if not allow_private and not all(_is_public(address) for address in found):
        raise Unreadable(f"{name} is inside this network. ATZINA_FETCH_PRIVATE=1 lets it be read.")
    return found[0]


def _is_public(address: str) -> bool:
    """Whether an address is of the public network, and so is one of the older kind that it may carry."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    carried = _carried(parsed) if isinstance(parsed, ipaddress.IPv6Address) else None
    checked = [carried] if parsed in _MAPPED else [parsed, carried]
    return all(each.is_global and not each.is_multicast for each in checked if each)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a gateway would go to."""
    if any(address in network for network in _CARRYING):
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.sixtofour


def _limited(parts: Iterable[bytes], most: int | None) -> bytes:
    """What came, cut at `most`. Without it, what is larger than a document may be raises Unreadable."""
    data = bytearray()
    for part in parts:
        data += part
        if most is not None and len(data) >= most:
            return bytes(data[:most])
        if len(data) > MAX_BYTES:
            raise Unreadable(too_large(len(data)))
    return bytes(data)


def _suffix(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = PurePosixPath(urlsplit(answer.address).path).suffix.lower()
    if kind in _KINDS and not (kind == "text/plain" and suffix in READERS):
        return _KINDS[kind]
    return suffix if suffix in READERS else ".html"
