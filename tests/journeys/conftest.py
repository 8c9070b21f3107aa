"""Journeys: the real product in a process of its own, met as its users meet it."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from local_slack import LocalSlack, Mode
from product import LOGS, Bot, copied, run
from programs import ROOT

_SHOWN = 6000  # characters at the end of a log


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds the sample corpus. Copy it before a bot works on it."""
    home = tmp_path_factory.mktemp("samples") / "home"
    run(home, "ingest", ROOT / "corpus" / "samples" / "reports")
    return home


@pytest.fixture
def own_home(sample_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample home for one test."""
    return copied(sample_home, tmp_path / "home")


@pytest.fixture(scope="module", params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How Slack reaches the bot."""
    chosen: Mode = request.param
    return chosen


@pytest.fixture(scope="module")
def slack(mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSlack]:
    """A workspace for the tests of a module."""
    with LocalSlack(mode, tmp_path_factory.mktemp("slack")) as running:
        yield running


@pytest.fixture(scope="module")
def bot(slack: LocalSlack, sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """The product with the sample corpus, in that workspace."""
    folder = tmp_path_factory.mktemp("bot")
    with Bot(copied(sample_home, folder / "home"), folder / "bot.log", slack) as running:
        yield running


@pytest.fixture
def own_slack(mode: Mode, tmp_path: Path) -> Iterator[LocalSlack]:
    """A workspace for one test, which can deliver an event again."""
    with LocalSlack(mode, tmp_path / "slack", redelivers=True) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows with a failure what the bots have logged meanwhile."""
    report = yield
    written = [log for log in LOGS if log.exists() and log.stat().st_mtime >= call.start]
    if report.failed:
        report.sections += [(str(log), log.read_text(errors="replace")[-_SHOWN:]) for log in written]
    return report
