"""The size of a request, limited before anything reads it; and who may write."""

import ipaddress
import json
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST = 1_000_000  # bytes of a body
_MOST_UPLOAD = 55_000_000
_UPLOADS = "/api/documents"


class LimitBody:
    """ASGI middleware: refuses a body that is too large, whether or not its length was announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _MOST_UPLOAD if scope["path"] == _UPLOADS else _MOST
        if _announced(scope) > most:
            await _refuse(send, most)
            return
        await self._counted(scope, receive, send, most)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        seen, begun = 0, False

        async def counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise _TooLarge
            return message

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counting, watching)
        except _TooLarge:
            if not begun:
                await _refuse(send, most)


class _TooLarge(Exception):
    """More came than was announced, or than is taken."""


def is_local(request: Request) -> bool:
    """Whether a request comes from this machine, and not from a web page that another host served."""
    host = request.client.host if request.client else ""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    origin = request.headers.get("origin")
    return near and (origin is None or urlsplit(origin).netloc == request.headers.get("host"))


def _announced(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() and len(value) < 16 else 0


async def _refuse(send: Send, most: int) -> None:
    message = f"The request is too large; at most {most / 1e6:.0f} MB are taken."
    body = json.dumps({"error": {"code": "too_large", "message": message}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
