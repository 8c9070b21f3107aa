"""The terminal command in processes forked off one that has imported it: they are there at once.

Loading Python and its modules is most of what a short command does, and hundreds of the tests' commands would do it
again. That a command loads by itself what it needs is asserted in tests/journeys/test_terminal.py.
"""

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from waiting import DEADLINE

_ordering = threading.Lock()


class Fork:
    """A process that does `atzina ARGUMENTS` in a folder; what it says is added to files."""

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], cwd: Path, out: Path, err: Path | None = None
    ) -> None:
        self.returncode: int | None = None
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "told"
            os.mkfifo(told)
            self._told = os.fdopen(os.open(told, os.O_RDONLY | os.O_NONBLOCK))
            order = json.dumps([list(arguments), dict(environ), str(cwd), str(out), str(err or out), str(told)])
            with _ordering:
                _orders().write(order + "\n")
            assert select.select([self._told], [], [], DEADLINE)[0], "what is forked does not begin"
        os.set_blocking(self._told.fileno(), True)
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        """Its exit code; None while it goes on."""
        return self.wait(0)

    def wait(self, within: float) -> int | None:
        """Its exit code; None where it goes on for longer than so many seconds."""
        if self.returncode is None and select.select([self._told], [], [], within)[0]:
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it by SIGKILL, and waits until it is gone."""
        self._send(signal.SIGKILL)
        self.wait(DEADLINE)

    def _send(self, sent: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sent)


def run(arguments: Sequence[str], environ: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """What `atzina ARGUMENTS` has said when it is done, and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        fork = Fork(arguments, environ, cwd, out, err)
        if (code := fork.wait(10 * DEADLINE)) is None:
            fork.kill()
        assert code is not None, f"{arguments} does not end"
        return subprocess.CompletedProcess(list(arguments), code, out.read_text(), err.read_text())


@cache
def _orders() -> IO[str]:
    """Where the process that is forked takes orders; started when the first one is given."""
    command = [sys.executable, __file__]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, bufsize=1, process_group=0)
    assert server.stdin
    atexit.register(server.communicate)
    return server.stdin


def _serve() -> int:
    """Forks for each line on stdin a process that waits for one of its own, which does what the line says.

    In that one it gives the exit code. Nothing is loaded here that begins threads, as ONNX Runtime does: a fork has
    none of them.
    """
    from bot import cli, curation, doctor, reporting, rooms, server, terminal  # noqa: F401 - what commands import
    from bot.filters import read_filters
    from bot.language import reply_language
    from corpus import migrating  # noqa: F401

    reply_language("Kas ir šeit, 2019?", ())  # loads how languages look
    read_filters("Kas ir šeit, 2019?")
    gc.freeze()  # what is looked through by a fork is copied for it
    for line in sys.stdin:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                """Nobody waits for those that waited."""
        if os.fork() == 0:
            arguments, environ, cwd, out, err, told = json.loads(line)
            child = os.fork()
            if child == 0:
                _become(environ, cwd, out, err)
                try:
                    cli.main(arguments, prog_name="atzina")
                except SystemExit as ended:
                    return int(ended.code or 0)
            with Path(told).open("w", buffering=1) as telling:
                print(child, file=telling)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=telling)
            os._exit(0)
    os.killpg(0, signal.SIGKILL)  # whoever gave the orders is gone, perhaps in a crash: what was forked, and this, too
    return 0


def _become(environ: dict[str, str], cwd: str, out: str, err: str) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)


def _end(code: list[int]) -> None:
    """Ends this process without freeing its memory piece by piece, for which all of it would be copied first."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code[0])


if __name__ == "__main__":
    code: list[int] = [1]
    atexit.register(_end, code)  # the first to be registered is the last to be called
    code[0] = _serve()
