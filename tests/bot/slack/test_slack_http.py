"""Slack's requests over HTTP: signed ones are answered, all others are refused in words, and nothing breaks."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from starlette.testclient import TestClient

from bot import server
from bot.rooms import Rooms

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = json.dumps({"type": "event_callback", "team_id": "T1", "event": {"type": "reaction_added"}}).encode()


class _Api(BaseHTTPRequestHandler):
    """Slack's Web API as far as Bolt asks it who the bot is."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"ok": true, "user_id": "U0", "bot_id": "B0", "team_id": "T1", "ts": "1.1"}')

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Api) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/api/"
        running.shutdown()


@pytest.fixture
def client(rooms: Rooms, api: str) -> Iterator[TestClient]:
    settings = replace(rooms.settings, slack_bot_token="xoxb-1", slack_signing_secret=SECRET, slack_api_url=api)
    app = server.create_app(replace(rooms, settings=settings), "http://testserver", slack=True)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def _signed(body: bytes, timestamp: str | None = None) -> dict[str, str]:
    stamp = timestamp or str(int(time.time()))
    signature = "v0=" + hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": signature, "content-type": "application/json"}


def test_slack_proves_the_address(client: TestClient) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    response = client.post("/slack/events", content=body, headers=_signed(body))
    assert (response.status_code, response.json()["challenge"]) == (200, "abc")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-signature": "v0=abc"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "abc"},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": "1" * 13},
        {"x-slack-request-timestamp": "1e9"},
        {"x-slack-request-timestamp": "１２３".encode().decode("latin-1")},
        {"x-slack-request-timestamp": "12345", "x-slack-signature": "v0=abc"},
        {"x-slack-request-timestamp": "12345", "x-slack-signature": ""},
        {"x-slack-request-timestamp": "12345", "x-slack-signature": "\xff" * 100},
    ],
)
def test_what_is_not_signed_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    response = client.post("/slack/events", content=BODY, headers=raw)
    assert response.status_code == 401
    assert response.json() == {"error": {"code": "unsigned", "message": "The request is not signed by Slack."}}


def test_an_old_or_altered_request_is_refused(client: TestClient) -> None:
    old = _signed(BODY, str(int(time.time()) - 600))
    assert client.post("/slack/events", content=BODY, headers=old).status_code == 401
    assert client.post("/slack/events", content=BODY + b" ", headers=_signed(BODY)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b"\x00\x01",
        b"\xff\xfe",
        b'{"type": "event_callback"}',
        b'{"type": "event_callback", "event": null}',
        b'{"type": "event_callback", "event": {"type": "app_mention"}}',
        b'{"type": "event_callback", "team_id": [], "event": {"type": "message", "channel_type": "im", "user": 5}}',
        b'{"type": "event_callback", "event": {"type": "app_home_opened", "tab": "messages"}}',
        b'{"type": "event_callback", "event": {"type": "agent_session_stopped", "thread_ts": "1.1"}}',
        b'{"type": "event_callback", "event": {"type": "assistant_thread_started", "assistant_thread": 5}}',
        b'{"type": "block_actions", "actions": []}',
        b'{"type": "view_submission"}',
        b'{"type": "view_submission", "user": {"id": "U1"}, "view": {"type": "modal", "callback_id": "answered"}}',
        b'{"type": "view_submission", "user": {"id": "U1"}, "view": {"type": "modal", "callback_id": "why"}}',
        b"payload=nonsense",
        b"payload=%7B%22type%22%3A%22block_actions%22%7D",
        b"command=%2Flessons",
        b"command=%2Flessons&text=manas&response_url=http%3A%2F%2F127.0.0.1%3A9%2F",
        b"[" * 10_000,
    ],
)
def test_a_signed_body_that_makes_no_sense_breaks_nothing(client: TestClient, body: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        headers = _signed(body) | {"content-type": kind}
        response = client.post("/slack/events", content=body, headers=headers)
        assert response.status_code in {200, 400, 401, 404, 413}, (kind, response.text)
        assert "Traceback" not in response.text
    assert client.get("/health").status_code == 200
