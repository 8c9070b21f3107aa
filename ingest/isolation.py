"""Reading in a process of its own: a hostile file that crashes, hangs or swells the reader is named, and no more.

One worker program, kept for the next file and replaced when it dies. It limits its own
memory, and is ended when a file takes too long. It is started as a program and not by multiprocessing, which
would run the caller's main module again.
"""

import contextlib
import gc
import itertools
import os
import pickle
import selectors
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Self

from corpus import AtzinaError, Unreadable
from ingest.formats import ocr, read
from ingest.understanding import Understood, understood

_MEMORY = 3_000_000_000  # bytes of address space
_SECONDS = 60.0  # for one file, or for one page of a scan
_LONGEST = 3600.0  # seconds for a file, however many pages of it are recognised
_FILES = 500  # after which a worker is replaced: what libraries leave behind goes with it
_COLLECTED = 20  # files after which the ring of objects that python-docx leaves behind of each is let go
_LENGTH = struct.Struct("<Q")

_TICK = "."  # what the worker says when a page is done, and more time is due
_CRASHED = "Reading it made the reader crash; the file is damaged or hostile."


class Reader:
    """A context manager; `read` is safe in threads, one file at a time."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, data: bytes, suffix: str) -> Understood:
        """What the file holds, and what that tells of it. Raises Unreadable with the reason."""
        with self._lock:
            process = self._started()
            self._done += 1
            try:
                found = self._asked(process, pickle.dumps((data, suffix)))
            except TimeoutError as fault:  # before OSError, of which it is one
                self._end()
                raise Unreadable(f"Reading it took more than {self._seconds:.0f} seconds.") from fault
            except (EOFError, OSError, pickle.UnpicklingError) as fault:
                self._end()
                raise Unreadable(_CRASHED) from fault
        if isinstance(found, Understood):
            return found
        raise Unreadable(str(found))

    def interrupt(self) -> None:
        """Kills the worker in the middle of what it reads: whoever waits for that is told that it crashed."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """Ends the worker."""
        with self._lock:
            self._end()

    def _asked(self, process: subprocess.Popen[bytes], asked: bytes) -> object:
        assert process.stdin is not None  # noqa: S101 - a pipe
        assert process.stdout is not None  # noqa: S101 - a pipe
        _write(process.stdin, asked)
        until = time.monotonic() + _LONGEST
        while time.monotonic() < until:
            found = pickle.loads(_Timed(process.stdout, self._seconds).message())  # noqa: S301 - from our own worker
            if found != _TICK:
                return found
        raise TimeoutError

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None or self._done >= _FILES:
            self._end()
            self._done = 0
            home = str(Path(__file__).resolve().parent.parent)
            command = [sys.executable, "-c", "from ingest.isolation import serve; serve()"]
            environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))}
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environ)  # noqa: S603 - our own
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(OSError):  # what could not be written to a worker that died
                self._process.communicate()
            self._process = None


class _Timed:
    """Reads one message from a pipe, until a deadline."""

    def __init__(self, pipe: IO[bytes], seconds: float) -> None:
        self._pipe, self._until = pipe, time.monotonic() + seconds

    def message(self) -> bytes:
        """Raises TimeoutError, or EOFError where the other end is gone."""
        return self._exactly(_LENGTH.unpack(self._exactly(_LENGTH.size))[0])

    def _exactly(self, size: int) -> bytes:
        held = bytearray()
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._pipe, selectors.EVENT_READ)
            while len(held) < size:
                if not waiting.select(max(0.0, self._until - time.monotonic())):
                    raise TimeoutError
                part = os.read(self._pipe.fileno(), min(size - len(held), 1 << 20))
                if not part:
                    raise EOFError
                held += part
        return bytes(held)


def serve() -> None:
    """The worker: reads what comes on its standard input, until that is closed."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    _limit_memory()
    ocr.ticking = lambda: _write(answers, pickle.dumps(_TICK))
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        for done in itertools.count(1):
            if not (head := asked.read(_LENGTH.size)):
                break
            data, suffix = pickle.loads(asked.read(_LENGTH.unpack(head)[0]))  # noqa: S301 - from the process that started us
            _write(answers, pickle.dumps(_read(data, suffix)))
            if done % _COLLECTED == 0:
                gc.collect()
                gc.freeze()  # what is still there was loaded to stay, and is not looked through again


def _write(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def _read(data: bytes, suffix: str) -> Understood | str:
    try:
        found = understood(read(data, suffix))
        if not found.passages and not found.inner:
            raise Unreadable("There are headings in it, but no text.")
        return found
    except AtzinaError as fault:
        return str(fault)
    except MemoryError:
        return "Reading it takes more memory than is allowed."
    except KeyboardInterrupt:
        raise
    except BaseException as fault:  # whatever a reader raises, the file is named; a panic in Rust is no Exception
        return f"The reader failed on it ({type(fault).__name__}); the file may be damaged."


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # no such limit on this platform
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
