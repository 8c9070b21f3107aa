"""A PostgreSQL server for tests: its own folder, loopback only, a password that must be seen nowhere.

It never writes to the disk for safety (fsync is off), since what is killed here are processes and not the machine.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
from programs import postgresql
from waiting import free_port, wait_for

PASSWORD = "not-to-be-seen"
_USER = "atzina"
_SERVERS_OWN = ("postgres", "nobody")  # users as whom it runs where the tests are root: it refuses to be root
_SORTED = ("--encoding", "UTF8", "--locale-provider", "icu", "--icu-locale", "lv")  # not as Python and SQLite sort
_QUICK = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_wal_size=64MB", "jit=off")


class Postgres:
    """A context manager: the server is made and started when entered, ended and removed when left."""

    def __enter__(self) -> Self:
        programs = postgresql()
        assert programs, "There is no PostgreSQL. Run: python tests/tools/install.py"
        self._programs, self.port, self._numbers = programs, free_port(), count(1)
        self._folder = Path(
            tempfile.mkdtemp(prefix="atzina-postgres-")
        )  # not below pytest's, which is its user's alone
        self.data, self._log = self._folder / "data", self._folder / "log"
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        self._user = _other_user()
        for path in (self._folder, secret):
            shutil.chown(path, self._user or os.geteuid())
        made = ["--username", _USER, "--pwfile", secret, "--auth", "scram-sha-256", "--no-sync"]
        self._call("initdb", "--pgdata", self.data, *made, *_SORTED)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Starts the server on its port and waits until it answers."""
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *_QUICK)
        command = [self._programs / "postgres", "-D", self.data, *(word for each in settings for word in ("-c", each))]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **self._as_user())
        wait_for(self._answers, "PostgreSQL to answer")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends the server: SIGINT lets it close its files, SIGQUIT is a crash (`pg_ctl stop -m immediate`)."""
        self._process.send_signal(how)
        self._process.wait(30)

    def url(self, database: str, scheme: str = "postgresql+psycopg", password: str = PASSWORD) -> str:
        return f"{scheme}://{_USER}:{password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def fresh(self, *options: str) -> Iterator[str]:
        """The URL of a database that nobody has used, and that is gone afterwards."""
        name = f"fresh{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} {' '.join(options)}")
        yield self.url(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of a statement, run as the server's administrator."""
        with psycopg.connect(self.url(database, "postgresql"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        ended = self._process.poll()
        assert ended is None, f"PostgreSQL ended with {ended}:\n{self._log.read_text()[-4000:]}"
        try:
            return self.execute("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False

    def _call(self, program: str, *arguments: str | Path) -> None:
        command = [self._programs / program, *arguments]
        done = subprocess.run(command, cwd="/", text=True, capture_output=True, **self._as_user())
        assert done.returncode == 0, done.stdout + done.stderr

    def _as_user(self) -> dict[str, Any]:
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []} if self._user else {}


def _other_user() -> str | None:
    """As whom the server has to run; None where the tests' own user will do."""
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in _SERVERS_OWN if name in known) if os.geteuid() == 0 else None
