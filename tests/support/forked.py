"""The terminal command in processes forked off one that has imported it: what is to be killed is there at once.

Loading Python and its modules is most of what a short command does, and nothing that can be broken by killing it.
"""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import IO, Self


class Forks:
    """A context manager: runs one command at a time, as often as wanted."""

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._server = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True, bufsize=1)
        return self

    def __exit__(self, *_: object) -> None:
        self._to.close()
        self._server.wait(30)
        self._from.close()

    def begin(self, arguments: list[str], environ: dict[str, str], cwd: Path, log: Path) -> None:
        """Begins `atzina ARGUMENTS`; what it says goes into the log."""
        self._to.write(json.dumps([arguments, environ, str(cwd), str(log)]) + "\n")
        self._pid = int(self._from.readline())

    def ended(self, within: float) -> int | None:
        """Its exit code; None where it goes on for longer than so many seconds."""
        ready, _, _ = select.select([self._from], [], [], within)
        return int(self._from.readline()) if ready else None

    def kill(self) -> None:
        """Ends it by SIGKILL."""
        os.kill(self._pid, 9)
        self._from.readline()

    @property
    def _to(self) -> IO[str]:
        assert self._server.stdin
        return self._server.stdin

    @property
    def _from(self) -> IO[str]:
        assert self._server.stdout
        return self._server.stdout


def _serve() -> None:
    """For each line on stdin: the process id of a fork that does what it says, and later its exit code."""
    from bot import cli, curation, reporting, rooms, terminal  # noqa: F401 - what a run imports

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            arguments, environ, cwd, log = json.loads(line)
            os.environ.clear()
            os.environ.update(environ)
            os.chdir(cwd)
            into = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), into, into)):
                os.dup2(file, number)
            cli.main(arguments)  # raises SystemExit
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve()
