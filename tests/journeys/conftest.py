"""Journeys: the real product in a process of its own, met as its users meet it."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from fake_slack import FakeSlack
from filelock import FileLock
from local_slack import LocalSlack
from product import LOGS, Bot, copied, run
from programs import ROOT
from workspace import Workspace

_SHOWN = 6000  # characters at the end of a log


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds the sample corpus. Copy it before a bot works on it.

    To embed it takes half a minute: whichever process of the tests needs it first makes it for them all.
    """
    shared = tmp_path_factory.getbasetemp()
    home = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "samples" / "home"
    with FileLock(home.parent.with_suffix(".lock")):
        if not home.exists():
            making = home.with_name("making")
            run(making, "ingest", ROOT / "corpus" / "samples" / "reports")
            making.rename(home)
    return home


@pytest.fixture
def own_home(sample_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample home for one test."""
    return copied(sample_home, tmp_path / "home")


@pytest.fixture(scope="module", params=["socket", "http", "fake"])
def slack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace for the tests of a module: both ways of local-slack, and the fake, which has to agree with it."""
    if request.param == "fake":
        with FakeSlack("socket") as imitated:
            yield imitated
    else:
        with LocalSlack(request.param, tmp_path_factory.mktemp("slack")) as running:
            yield running


@pytest.fixture(scope="module")
def bot_home(slack: Workspace, sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample home for the bot in a workspace."""
    return copied(sample_home, tmp_path_factory.mktemp("bot") / "home")


@pytest.fixture(scope="module")
def bot(slack: Workspace, bot_home: Path) -> Iterator[Bot]:
    """The product with the sample corpus, in that workspace."""
    with Bot(bot_home, bot_home.parent / f"{slack.bot_port}.log", slack) as running:
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
