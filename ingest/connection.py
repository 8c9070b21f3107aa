"""A connection to an address that was checked, which ends when its time is over.

HTTP libraries limit one read at a time: a server that sends a byte now and then could hold a run up for ever.
"""

import ssl
import time
from collections.abc import Callable, Iterable

import httpcore

from corpus import Unreadable


class Connector(httpcore.NetworkBackend):
    """Connects to what `resolve` gives for a host and a port. Whatever takes longer than `until` raises Unreadable."""

    def __init__(self, resolve: Callable[[str, int], str], until: float) -> None:
        self._resolve, self._until = resolve, until
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A stream to the checked address. The name is looked up here and nowhere else."""
        address, left = self._resolve(host, port), remaining(self._until, timeout)
        return _Clocked(self._plain.connect_tcp(address, port, left, local_address, socket_options), self._until)


class _Clocked(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, remaining(self._until, timeout))
        except httpcore.TimeoutException:
            remaining(self._until, timeout)
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, remaining(self._until, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = remaining(self._until, timeout)
        return _Clocked(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def remaining(until: float, timeout: float | None) -> float:
    """The seconds that may still be waited, at most `timeout`. Raises Unreadable where there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise Unreadable("The server was too slow: the time for it is over.")
    return left if timeout is None else min(left, timeout)
