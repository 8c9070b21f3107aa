"""Files from Slack: the token goes to Slack alone, and whatever is no file of ours is refused with the reason."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SLACK_API, Settings
from bot.slack import downloads
from bot.slack.downloads import _is_slacks, check, download
from corpus import AtzinaError, NotAllowed, NotFound, Unreadable

Json = dict[str, Any]
TOKEN = "xoxb-secret"
PAGE = b"<html>Sign in to Slack</html>"


class Host:
    """A host that gives files, and notes what it is sent."""

    def __init__(self) -> None:
        self.tokens: list[str | None] = []
        self.url = ""
        self.elsewhere = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization"))
        kind = request.match_info["kind"]
        if kind == "page":
            return web.Response(body=PAGE, content_type="text/html")
        if kind in {"around", "away"}:
            raise web.HTTPFound(f"{self.url}/file" if kind == "around" else f"{self.elsewhere}/file")
        if kind == "circle":
            raise web.HTTPFound("/circle")
        if kind.isdigit():
            return web.Response(status=int(kind))
        return web.Response(body=b"x" * 1000 if kind == "large" else b"a report" if kind == "file" else b"")


@pytest_asyncio.fixture
async def host() -> AsyncIterator[Host]:
    """Slack's, as it was set: 127.0.0.1. What is called localhost is elsewhere."""
    own = Host()
    app = web.Application()
    app.router.add_get("/{kind}", own.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    own.url, own.elsewhere = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    yield own
    await runner.cleanup()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"ATZINA_HOME": str(tmp_path)})


async def _got(host: Host, settings: Settings, kind: str, size: int = 0) -> bytes:
    set_so = replace(settings, slack_api_url=f"{host.url}/api/")
    return await download(AsyncWebClient(TOKEN), set_so, f"{host.url}/{kind}", size)


async def test_a_file_is_fetched_with_the_token(host: Host, settings: Settings) -> None:
    """Also where Slack sends us to another address of its own."""
    assert await _got(host, settings, "file", 8) == b"a report"
    assert await _got(host, settings, "around") == b"a report"
    assert host.tokens == [f"Bearer {TOKEN}"] * 3


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        ("page", 8, "a page to sign in"),
        ("large", 0, "too large"),
        ("empty", 0, "empty"),
        ("file", 9, "8 / 9"),
        ("404", 0, "deleted"),
        ("403", 0, "a page to sign in"),
        ("500", 0, "500"),
        ("circle", 0, "no further"),
    ],
)
async def test_what_is_not_the_file_is_told_with_its_reason(
    host: Host,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    size: int,
    expected: str,
) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 100)
    with caplog.at_level(logging.DEBUG), pytest.raises(AtzinaError, match=expected) as told:
        await _got(host, settings, kind, size)
    assert TOKEN not in caplog.text + str(told.value)


async def test_nobody_else_gets_the_token(host: Host, settings: Settings) -> None:
    """A redirect to another host is not followed; a file that lies elsewhere is not asked for."""
    with pytest.raises(NotAllowed, match="no further"):
        await _got(host, settings, "away")
    assert len(host.tokens) == 1
    with pytest.raises(NotAllowed, match="no further"):
        await download(AsyncWebClient(TOKEN), settings, f"{host.url}/file", 8)
    assert len(host.tokens) == 1


async def test_a_host_that_does_not_answer_is_a_reason(host: Host, settings: Settings) -> None:
    host.url = "http://127.0.0.1:9"
    with pytest.raises(Unreadable, match="Try again later"):
        await _got(host, settings, "file")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.pdf", True),
        ("https://slack.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com.example.org/a", False),
        ("https://notslack.com/a", False),
        ("https://files.slack.com@example.org/a", False),
        ("https://example.org/?files.slack.com", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_slacks_hosts(settings: Settings, url: str, expected: bool) -> None:
    assert settings.slack_api_url == SLACK_API
    assert _is_slacks(url, settings) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"mode": "tombstone"}, (NotFound, "deleted")),
        ({"file_access": "check_file_info"}, (NotAllowed, "another organisation")),
        ({"user_team": "T2"}, (NotAllowed, "another organisation")),
        ({"source_team": "T2", "user_team": "T1"}, (NotAllowed, "another organisation")),
        ({"is_external": True}, (NotAllowed, "elsewhere")),
        ({"name": "virus.exe"}, (Unreadable, "kind .exe cannot be read; .txt")),
        ({"name": "canvas"}, (Unreadable, "kind canvas")),
        ({"size": 0}, (Unreadable, "empty")),
        ({"size": 50_000_001}, (Unreadable, "at most 50 MB")),
    ],
)
def test_what_slack_says_of_a_file_can_refuse_it(said: Json, expected: tuple[type[AtzinaError], str]) -> None:
    good = {"id": "F1", "name": "Report.PDF", "size": 50_000_000, "user_team": "T1", "source_team": "T1"}
    check(good, "T1")
    check({"id": "F1"}, "T1")
    with pytest.raises(expected[0], match=expected[1]):
        check(good | said, "T1")
