"""The size of a request, limited before anything reads it; and who may write."""

import ipaddress
import json
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST = 1_000_000  # bytes of a body
_MOST_UPLOAD = 55_000_000
_UPLOADS = "/api/documents"
_NAMES_OF_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_ADDED_BY_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class LimitBody:
    """ASGI middleware: takes the whole body before anything reads it, and refuses one that is too large.

    Whether its length was announced, and truly, makes no difference; a request that breaks off reaches nobody.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _MOST_UPLOAD if scope["path"] == _UPLOADS else _MOST
        body = None if _announced(scope) > most else await _taken(receive, most)
        if body is None:
            await _refuse(send, most)
        elif body is not _BROKEN_OFF:
            await self._app(scope, _given_again(bytes(body), receive), send)


_BROKEN_OFF = bytearray()


async def _taken(receive: Receive, most: int) -> bytearray | None:
    """The body; None where it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return _BROKEN_OFF
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return body


def _given_again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def is_local(request: Request, address: str | None) -> bool:
    """Whether a request comes from this machine, and not through a proxy or from a web page of another host.

    `address` is where people reach Atzina, if that is set. A page whose name was made to lead here (DNS rebinding)
    is told by its host; what a proxy on this machine passes on, by the headers that proxies add.
    """
    client, headers = request.client.host if request.client else "", request.headers
    try:
        near = ipaddress.ip_address(client).is_loopback
    except ValueError:
        near = False
    host, names = headers.get("host", ""), _NAMES_OF_THIS_MACHINE
    ours = _name(host) in (names | {urlsplit(address).hostname} if address else names)
    same = headers.get("origin") in {None, f"http://{host}", f"https://{host}"}
    return near and ours and same and not any(name in headers for name in _ADDED_BY_PROXIES)


def _name(host: str) -> str | None:
    """The name in a Host header, without its port; None where there is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _announced(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() and len(value) < 16 else 0


async def _refuse(send: Send, most: int) -> None:
    message = f"The request is too large; at most {most / 1e6:.0f} MB are taken."
    body = json.dumps({"error": {"code": "too_large", "message": message}}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
