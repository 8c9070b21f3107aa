"""The product on PostgreSQL: a server that goes away and comes back, a run that is killed, a home that moves to it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from postgres import PASSWORD, Postgres
from product import Bot, copied, environ, run
from waiting import wait_for

from corpus.database import _WRITER
from corpus.locking import _RUNS
from index.kept import KeptVectors

FILES = 40
QUESTION = "Who pays the travel costs of the volunteers?"
_RUN_LOCK = f"locktype = 'advisory' AND objid = {_RUNS}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Reports enough that a run takes a while."""
    made = tmp_path / "reports"
    made.mkdir()
    for n in range(FILES):
        words = f"The municipality of place {n} pays volunteers their travel. They meet {n + 2} times a month."
        (made / f"{n:02}.md").write_text(f"# Visit {n}\n\n{words}\n")
    return made


class Home:
    """A home whose database is on the server."""

    def __init__(self, place: Path, postgres: Postgres, url: str) -> None:
        self.place, self._postgres, self.url, self.name = place, postgres, url, url.rpartition("/")[2]

    @contextmanager
    def begun(self, folder: Path) -> "Iterator[subprocess.Popen[str]]":
        """A run over the folder, once some of its reports are in the corpus."""
        command = [sys.executable, "-m", "bot.cli", "ingest", str(folder), "--json"]
        settings, pipe = environ(self.place, ATZINA_DATABASE_URL=self.url), subprocess.PIPE
        with subprocess.Popen(
            command, cwd=self.place.parent, env=settings, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                made = "SELECT count(*) FROM pg_tables WHERE tablename = 'runs'"
                wait_for(lambda: self.sql(made) == [(1,)], "the tables", 120)
                wait_for(lambda: self.count() >= 3, "the first reports", 120)
                yield process
            finally:
                process.kill()

    @contextmanager
    def held(self, folder: Path) -> "Iterator[subprocess.Popen[str]]":
        """A run that is in the midst of it, and waits: here is another writer, who takes his time."""
        other = psycopg.connect(self._postgres.url(self.name, "postgresql"))
        with self.begun(folder) as process, closing(other) as writer:
            writer.execute(f"SELECT pg_advisory_xact_lock({_WRITER})")
            yield process

    def count(self) -> int:
        return int(self.sql("SELECT count(*) FROM documents")[0][0])

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return self._postgres.execute(statement, self.name)

    def run(self, *arguments: str | Path) -> str:
        return run(self.place, *arguments, ATZINA_DATABASE_URL=self.url)


@pytest.fixture
def home(postgres: Postgres, tmp_path: Path) -> Iterator[Home]:
    with postgres.fresh() as url:
        yield Home(tmp_path / "home", postgres, url)


@contextmanager
def _crashed(postgres: Postgres) -> Iterator[None]:
    """Inside, the server is not there; it did not end well."""
    postgres.stop(signal.SIGQUIT)
    try:
        yield
    finally:
        postgres.start()


def _ended(process: "subprocess.Popen[str]") -> str:
    """What a run that failed has said: one sentence."""
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert len(said.strip().splitlines()) == 1
    assert PASSWORD not in said
    return said


def _finished(home: Home, folder: Path) -> None:
    """The next run reads what is left, and nothing is embedded twice."""
    held = home.count()
    assert 0 < held < FILES
    done = json.loads(home.run("ingest", folder, "--json"))
    assert (done["new"], done["unchanged"], done["failed"]) == (FILES - held, held, [])
    assert home.count() == FILES
    assert json.loads(home.run("sync", "--json"))["embedded"] == 0
    assert home.sql("SELECT state FROM runs ORDER BY id") in ([("stopped",), ("done",)], [("failed",), ("done",)])


def test_a_server_that_crashes_ends_a_run_plainly_and_the_next_one_finishes_it(
    home: Home, folder: Path, postgres: Postgres
) -> None:
    with home.held(folder) as process, _crashed(postgres):
        assert "The database cannot be used: " in _ended(process)
    _finished(home, folder)


def test_a_run_whose_lock_is_lost_ends_plainly(home: Home, folder: Path) -> None:
    """The session that holds it was ended by an administrator, or a network that dropped it."""
    with home.held(folder) as process:
        assert home.sql(f"SELECT pg_terminate_backend(pid, 9000) FROM pg_locks WHERE {_RUN_LOCK}") == [(True,)]
        assert "The database cannot be used: " in _ended(process)
    _finished(home, folder)


def test_a_second_run_is_told_and_a_killed_one_lets_go(home: Home, folder: Path) -> None:
    with home.held(folder) as process:
        process.send_signal(signal.SIGSTOP)  # so that it does not tire of waiting
        with pytest.raises(AssertionError, match="Another run is at work on this corpus"):
            home.run("ingest", folder)
    wait_for(lambda: not home.sql(f"SELECT 1 FROM pg_locks WHERE {_RUN_LOCK}"), "the server to notice")
    _finished(home, folder)


def test_a_crash_while_texts_are_embedded_loses_no_vector(home: Home, folder: Path, postgres: Postgres) -> None:
    with home.begun(folder) as process:
        wait_for(lambda: _vectors(home) > 0, "the first vectors", 120)
        with _crashed(postgres):
            _ended(process)
    before = _vectors(home)
    embedded = json.loads(home.run("sync", "--json"))["embedded"]
    assert before > 0
    assert before + embedded == _vectors(home)


def _vectors(home: Home) -> int:
    return sum(len(KeptVectors(path)) for path in home.place.glob("index-*/*/kept.db"))


def test_a_bot_says_that_its_database_is_away_and_answers_when_it_is_back(
    home: Home, folder: Path, postgres: Postgres, tmp_path: Path
) -> None:
    for path in sorted(folder.iterdir())[3:]:
        path.unlink()
    home.run("ingest", folder)
    with Bot(home.place, tmp_path / "bot.log", ATZINA_DATABASE_URL=home.url) as bot:
        before = bot.ask(QUESTION)
        assert before["passages"]
        with _crashed(postgres):
            for method, path in (("POST", "/api/ask"), ("GET", "/api/documents"), ("GET", "/ready")):
                away = httpx.request(method, bot.url + path, json={"question": QUESTION}, timeout=60, trust_env=False)
                assert away.status_code == 503
                assert away.json()["error"]["message"].startswith("The database cannot be used: ")
            assert httpx.get(f"{bot.url}/health", trust_env=False).status_code == 200
        assert bot.ask(QUESTION) == before
        assert httpx.get(f"{bot.url}/ready", trust_env=False).status_code == 200
    assert PASSWORD not in bot.log.read_text()


def test_a_home_that_is_pointed_to_another_database_answers_from_that(
    home: Home, folder: Path, sample_home: Path
) -> None:
    """Its former index has other passages under the same numbers."""
    copied(sample_home, home.place)
    home.run("ingest", folder / "00.md")
    answer = json.loads(home.run("ask", QUESTION, "--json"))
    assert {each["document"]["title"] for each in answer["passages"]} == {"Visit 0"}
    found = {each["name"]: each for each in json.loads(home.run("doctor", "--json"))}
    assert found["index"]["found"].endswith("equal to the corpus")
    assert "PostgreSQL" in found["database"]["found"]
    assert PASSWORD not in json.dumps(found)
    assert "samples" in run(home.place, "documents", "--json")  # and what was there before is untouched
