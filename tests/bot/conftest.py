"""What tests of the doors share: the application, asked from this machine, and a Slack that records."""

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from slack_api import Api
from starlette.testclient import TestClient

from bot import answering, server
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack import door as slack_door
from bot.slack.door import Door


@pytest.fixture(autouse=True)
def _lasting_readers(lasting_readers: None) -> None:
    """What is sent to be added is read by workers that were started already."""


@pytest.fixture
def client(rooms: Rooms) -> Iterator[TestClient]:
    app = server.create_app(rooms, "http://testserver", slack=False)
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False, client=("127.0.0.1", 50000)) as opened:
        yield opened


@pytest_asyncio.fixture
async def api() -> AsyncIterator[tuple[Api, str]]:
    recorded = Api()
    app = web.Application()
    app.router.add_post("/api/{method}", recorded.handle)
    app.router.add_get("/api/{method}", recorded.handle)
    app.router.add_get("/files/{file}", recorded.download)
    app.router.add_post("/respond/{method}", recorded.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield recorded, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def door(rooms: Rooms, api: tuple[Api, str]) -> Door:
    settings = replace(
        rooms.settings,
        slack_bot_token="xoxb-1",
        slack_app_token="xapp-1",
        slack_signing_secret="secret",
        slack_api_url=f"{api[1]}/api/",
    )
    return slack_door.build(replace(rooms, settings=settings), "http://web", Metrics())


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, no search ends."""
    let_go, real = threading.Event(), answering.answer

    def slow(*arguments: Any, **options: Any) -> Any:
        assert let_go.wait(30)
        return real(*arguments, **options)

    monkeypatch.setattr(answering, "answer", slow)
    yield let_go
    let_go.set()
