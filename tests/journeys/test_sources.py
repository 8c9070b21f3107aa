"""Sources as an operator keeps them: sources.toml, a watcher that is killed and started, a report in Slack."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from local_slack import GENERAL, LocalSlack
from product import environ, run
from waiting import wait_for

REPORT = """# Vizīte Dānijā

Valsts: Dānija

{} Mentors ar jaunieti tiekas divas reizes nedēļā, un par mentoru maksā pašvaldība, nevis probācijas dienests.
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose sources.toml has one folder with one report."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one.md").write_text(REPORT.format("Pirmais."), encoding="utf-8")
    made = tmp_path / "home"
    made.mkdir()
    (made / "sources.toml").write_text(f'[[source]]\nplace = "{tmp_path / "reports"}"\ncollection = "visits"\n')
    return made


def _titles(home: Path) -> list[tuple[str, str]]:
    return [
        (each["source"].rpartition("/")[2], each["status"]) for each in json.loads(run(home, "documents", "--json"))
    ]


@contextmanager
def _watching(home: Path, log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    command = [sys.executable, "-m", "bot.cli", "ingest", "--watch"]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=home.parent, env=environ(home), stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def test_the_listed_sources_are_read_without_naming_them(home: Path) -> None:
    assert json.loads(run(home, "ingest", "--json"))["new"] == 1
    found = json.loads(run(home, "documents", "--json"))
    assert [each["collection"] for each in found] == ["visits"]
    assert json.loads(run(home, "runs", "--json"))[0]["state"] == "done"


def test_a_watcher_follows_a_folder_and_goes_on_after_it_was_killed(home: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    with _watching(home, tmp_path / "watch.log"):
        wait_for(lambda: _titles(home) == [("one.md", "draft")], "the first run", 60)
        (reports / "two.md").write_text(REPORT.format("Otrais."), encoding="utf-8")
        wait_for(lambda: len(_titles(home)) == 2, "the new report", 60)
    (reports / "one.md").unlink()
    with _watching(home, tmp_path / "watch.log"):
        wait_for(lambda: ("one.md", "retired") in _titles(home), "what went meanwhile", 60)
    assert "1 new" in (tmp_path / "watch.log").read_text()


def test_a_report_of_a_run_is_told_in_slack_once(home: Path, tmp_path: Path) -> None:
    (tmp_path / "reports" / "bad.pdf").write_bytes(b"%PDF-1.7 cut off")
    with LocalSlack("http", tmp_path / "slack") as slack:
        settings = environ(home) | slack.environ() | {"ATZINA_REPORT_CHANNEL": GENERAL}
        command = [sys.executable, "-m", "bot.cli", "ingest", "--json"]
        for _ in range(2):
            done = subprocess.run(command, cwd=home.parent, env=settings, capture_output=True, text=True, check=False)
            assert done.returncode == 3, done.stderr
        told = [each["text"] for each in slack.messages() if "Run 1" in each["text"] or "Run 2" in each["text"]]
    assert len(told) == 1
    assert "1 new" in told[0]
    assert "bad.pdf: It is no whole PDF" in told[0]


def test_going_back_to_the_former_index(home: Path, tmp_path: Path) -> None:
    run(home, "ingest")
    (tmp_path / "reports" / "two.md").write_text(REPORT.format("Otrais."), encoding="utf-8")
    run(home, "ingest")
    assert json.loads(run(home, "index", "rollback", "--json")) == {"passages": 1}
    doctor = run(home, "doctor")
    assert "it was gone back to" in doctor
    question = ("ask", "--json", "Cik bieži mentors tiekas ar jaunieti?")
    assert len(json.loads(run(home, *question))["passages"]) == 1
    assert json.loads(run(home, "sync", "--json"))["kept"] == 1
    assert "it was gone back to" not in run(home, "doctor")
