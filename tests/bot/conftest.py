"""What tests of the doors share: the application, asked from this machine."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from bot import server
from bot.rooms import Rooms


@pytest.fixture
def client(rooms: Rooms) -> Iterator[TestClient]:
    app = server.create_app(rooms, "http://testserver", slack=False)
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False, client=("127.0.0.1", 50000)) as opened:
        yield opened
