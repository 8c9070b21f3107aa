"""One page from an address: checked, so that nobody can make the machine read its own network.

The host's addresses are looked up once, every one of them must be public, and the connection goes to the one that
was checked: a name that answers differently the second time changes nothing.
"""

import ipaddress
import socket
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

import httpx

from corpus import Unreadable
from ingest.formats import READERS
from ingest.sources import MAX_BYTES, Item, too_large

_HOPS = 5  # redirects
_TIMEOUT = 20.0  # seconds
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_AGENT = "Atzina (reads pages it was asked to; +https://pypi.org/project/atzina)"


def is_address(place: str) -> bool:
    """Whether a place is an address and no path."""
    return place.lower().startswith(("http://", "https://"))


def fetch(address: str, *, allow_private: bool) -> Item:
    """The page, fetched. Raises Unreadable with the reason."""
    here = address
    for _ in range(_HOPS + 1):
        response, data = _get(here, allow_private)
        if response.is_redirect:
            here = urljoin(here, response.headers.get("location", ""))
            continue
        if response.status_code != httpx.codes.OK:
            raise Unreadable(f"The server answered {response.status_code}.")
        return Item(address, _suffix(response, here), partial(bytes, data))
    raise Unreadable(f"It redirects more than {_HOPS} times.")


def _get(address: str, allow_private: bool) -> tuple[httpx.Response, bytes]:
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as fault:
        raise Unreadable("It is no address.") from fault
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unreadable("Only addresses with http or https are read.")
    host = _checked(parts.hostname, port, allow_private)
    target = parts._replace(netloc=f"[{host}]:{port}" if ":" in host else f"{host}:{port}", fragment="").geturl()
    headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": _AGENT, "Accept-Encoding": "identity"}
    try:
        with (
            httpx.Client(timeout=_TIMEOUT, trust_env=False) as client,
            client.stream("GET", target, headers=headers, extensions={"sni_hostname": parts.hostname}) as response,
        ):
            return response, _limited(response)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as fault:
        raise Unreadable(f"It cannot be reached: {fault or type(fault).__name__}.") from fault


def _checked(name: str, port: int, allow_private: bool) -> str:
    """An address of the host that may be read from."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as fault:
        raise Unreadable(f"There is no host {name}.") from fault
    if not allow_private and not all(_is_public(address) for address in found):
        raise Unreadable(f"{name} is inside this network. ATZINA_FETCH_PRIVATE=1 lets it be read.")
    return found[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not (mapped or parsed).is_multicast


def _limited(response: httpx.Response) -> bytes:
    data = bytearray()
    if not response.is_redirect:
        for part in response.iter_raw():
            data += part
            if len(data) > MAX_BYTES:
                raise Unreadable(too_large(len(data)))
    return bytes(data)


def _suffix(response: httpx.Response, address: str) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = PurePosixPath(urlsplit(address).path).suffix.lower()
    if kind in _KINDS and not (kind == "text/plain" and suffix in READERS):
        return _KINDS[kind]
    return suffix if suffix in READERS else ".html"
