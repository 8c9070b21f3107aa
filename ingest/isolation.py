"""Reading in a process of its own: a hostile file that crashes, hangs or swells the reader is named, and no more.

One worker, kept for the next file and replaced when it dies. It limits its own memory, and is ended when a file
takes too long.
"""

import contextlib
import multiprocessing
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Self

from corpus import AtzinaError, Unreadable
from ingest.formats import read
from ingest.reading import Reading

_MEMORY = 3_000_000_000  # bytes of address space
_SECONDS = 60.0  # for one file

_CRASHED = "Reading it made the reader crash; the file is damaged or hostile."


class Reader:
    """A context manager; `read` is safe in threads, one file at a time."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, data: bytes, suffix: str) -> Reading:
        """What the file holds. Raises Unreadable with the reason."""
        with self._lock:
            pipe = self._started()
            try:
                pipe.send((data, suffix))
                if not pipe.poll(self._seconds):
                    self._end()
                    raise Unreadable(f"Reading it took more than {self._seconds:.0f} seconds.")
                found = pipe.recv()
            except (EOFError, OSError) as fault:
                self._end()
                raise Unreadable(_CRASHED) from fault
        if isinstance(found, str):
            raise Unreadable(found)
        reading: Reading = found
        return reading

    def close(self) -> None:
        with self._lock:
            self._end()

    def _started(self) -> Connection:
        if self._process is None or self._pipe is None or not self._process.is_alive():
            self._end()
            context = multiprocessing.get_context("spawn")  # a fork would copy a server's threads and locks
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    """The worker: reads what comes, until the other end is closed."""
    _limit_memory()
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            data, suffix = pipe.recv()
            pipe.send(_read(data, suffix))


def _read(data: bytes, suffix: str) -> Reading | str:
    try:
        return read(data, suffix)
    except AtzinaError as fault:
        return str(fault)
    except MemoryError:
        return "Reading it takes more memory than is allowed."
    except Exception as fault:
        return f"The reader failed on it ({type(fault).__name__}); the file may be damaged."


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # no such limit on this platform
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
