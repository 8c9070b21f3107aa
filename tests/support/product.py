"""Atzina as its users start it: a process of its own, with settings in its environment; commands are forked off."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import forked
import httpx
from waiting import answers, free_port, wait_for
from workspace import Workspace

Json = dict[str, Any]

LOGS: list[Path] = []  # of every bot that was started, to be shown where a test fails
_OURS = ("ATZINA_", "SLACK_")


def run(home: Path, *arguments: str | Path, **settings: str) -> str:
    """What a terminal command prints when it works on a home folder. Raises AssertionError if it fails."""
    done = forked.run([*map(str, arguments)], environ(home, **settings), _aside(home))
    assert done.returncode == 0, f"{arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def copied(home: Path, to: Path) -> Path:
    """A home folder like another, free to be changed."""
    return Path(shutil.copytree(home, to))


class Bot:
    """The served product: a context manager, ready when entered. Its log is kept in `log`, over restarts."""

    def __init__(self, home: Path, log: Path, slack: Workspace | None = None, **settings: str) -> None:
        self.home, self._settings = home, settings
        self.log = log
        LOGS.append(log)
        self.port = slack.bot_port if slack else free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._slack = slack

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it and waits until it is ready and, in Socket Mode, connected."""
        slack = self._slack
        before = slack.connections() if slack else 0
        settings = environ(self.home, **self._settings) | {"ATZINA_URL": self.url} | (slack.environ() if slack else {})
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=_aside(self.home), env=settings, stdout=log, stderr=log)
        try:
            wait_for(self._is_ready, "the bot to be ready", 120)
            if slack and slack.mode == "socket":
                slack.wait_for(lambda: slack.connections() > before, "the bot to connect to Slack")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it by its process id, as an operator would; kills it only if it does not obey."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
            raise AssertionError("the bot did not end within 30 seconds of SIGTERM") from None

    def kill(self) -> None:
        """Ends it as a power cut would, at any instant."""
        self._process.kill()
        self._process.wait(30)

    def restart(self) -> None:
        """Ends it and starts it again on the same home."""
        self.stop()
        self.start()

    def ask(self, question: str, top: int = 10, **narrowed: str) -> Json:
        """The answer of the HTTP interface, to compare others with."""
        answer = httpx.post(
            f"{self.url}/api/ask", json={"question": question, "top": top} | narrowed, timeout=120, trust_env=False
        )
        found: Json = answer.raise_for_status().json()
        return found

    def _is_ready(self) -> bool:
        ended = self._process.poll()
        assert ended is None, f"the bot ended with {ended}:\n{self.log.read_text(errors='replace')[-4000:]}"
        return answers(f"{self.url}/ready")


def environ(home: Path, **settings: str) -> dict[str, str]:
    """This process's environment without the developer's own settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_OURS)} | {"ATZINA_HOME": str(home)} | settings


def _aside(home: Path) -> Path:
    """A working directory in which no .env lies."""
    home.parent.mkdir(parents=True, exist_ok=True)
    return home.parent
