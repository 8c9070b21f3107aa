"""Waiting for what other processes do: by looking again, never by guessing how long it takes."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")

_BETWEEN_LOOKS = 0.05  # seconds
DEADLINE = 120.0  # seconds: so long that only what hangs ever reaches it


def wait_for(look: Callable[[], T], what: str, deadline: float = DEADLINE) -> T:
    """The first true thing that `look` returns. Raises AssertionError at the deadline (seconds), saying `what`."""
    end = time.monotonic() + deadline
    while not (seen := look()):
        assert time.monotonic() < end, f"waited {deadline:g} s in vain for {what}"
        time.sleep(_BETWEEN_LOOKS)
    return seen


def answers(url: str) -> bool:
    """Whether a GET of this address is answered with status 200 now."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A TCP port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
