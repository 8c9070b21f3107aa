"""The doctor: what it finds in a home and at Slack, and what it says to do. Slack is a small server on loopback."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from postgres import PASSWORD, Postgres
from toy import ToyEmbedder

from bot import doctor
from bot.doctor import Check
from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Channel, Corpus
from index import Index

ROOT = Path(__file__).parent.parent.parent
SCOPES = ", ".join(json.loads((ROOT / "slack-manifest.json").read_text())["oauth_config"]["scopes"]["bot"])
TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "ATZINA_URL": "https://lessons.example.org",
    "ATZINA_ADMINISTRATORS": "U1",
}


class _Slack(ThreadingHTTPServer):
    """Answers every call alike: with `status`, `headers` and `content`."""

    status = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - each test sets its own
    content = b"{}"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)

    def say(self, content: object, *, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.status, self.headers = status, {"content-type": kind, **headers}
        self.content = content.encode() if isinstance(content, str) else json.dumps(content).encode()


class _Answer(BaseHTTPRequestHandler):
    server: _Slack

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"] or 0))
        self.send_response(self.server.status)
        for name, value in (self.server.headers | {"content-length": str(len(self.server.content))}).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def slack() -> Iterator[_Slack]:
    with _Slack() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _found(slack: _Slack, **environ: str) -> dict[str, Check]:
    """What is found about Slack, by name."""
    address = f"http://127.0.0.1:{slack.server_port}/api/"
    settings = Settings.from_env(TOKENS | {"SLACK_API_URL": address} | environ)
    return {check.name: check for check in doctor._slack(settings)}


def _hello(slack: _Slack, **headers: str) -> None:
    slack.say({"ok": True, "user": "atzina", "team": "Probation", "url": "wss://127.0.0.1/"}, **headers)


def test_a_slack_that_is_set_up_has_no_fault(slack: _Slack) -> None:
    _hello(slack, x_oauth_scopes=SCOPES.replace(" ", ""))
    found = _found(slack)
    assert {name: check.state for name, check in found.items()} == dict.fromkeys(
        ["Slack bot token", "Slack scopes", "Slack app token"], "ok"
    )
    assert found["Slack bot token"].found == "atzina in Probation"


def test_each_scope_of_the_manifest_is_needed(slack: _Slack) -> None:
    """Whatever the installed package holds: the manifest is not part of it."""
    for lacking in SCOPES.split(", "):
        _hello(slack, X_OAuth_Scopes=",".join(s for s in SCOPES.split(", ") if s != lacking))
        scopes = _found(slack)["Slack scopes"]
        assert (scopes.state, scopes.found) == ("fault", f"lacking: {lacking}")
        assert "slack-manifest.json" in (scopes.advice or "")
    assert set(SCOPES.split(", ")) == doctor._SCOPES


def test_scopes_that_slack_does_not_tell_are_not_called_granted(slack: _Slack) -> None:
    _hello(slack)
    scopes = _found(slack)["Slack scopes"]
    assert scopes.state == "note"
    assert SCOPES in (scopes.advice or "")


@pytest.mark.parametrize("status", [200, 403, 502])
def test_a_page_of_a_proxy_is_not_taken_for_slack(slack: _Slack, status: int) -> None:
    slack.say("<html><h1>Please log in to the network</h1></html>", status=status, kind="text/html")
    (fault,) = (check for check in _found(slack).values() if check.failed)
    assert f"answered {status} with a page" in fault.found
    assert "<" not in fault.found
    assert "proxy" in (fault.advice or "")


def test_a_refusal_is_slacks_own_word(slack: _Slack) -> None:
    slack.say({"ok": False, "error": "invalid_auth"})
    assert _found(slack)["Slack"].found == "Slack refused: invalid_auth"


def test_links_that_lead_nowhere_are_noted(slack: _Slack) -> None:
    _hello(slack, x_oauth_scopes=SCOPES)
    assert "Slack links" not in _found(slack)
    links = _found(slack, ATZINA_URL="")["Slack links"]
    assert (links.state, links.found) == ("note", "ATZINA_URL is not set")


def test_a_new_home_is_not_behind(tmp_path: Path, corpus: Corpus, toy_embedder: ToyEmbedder) -> None:
    index = Index(tmp_path / "index", toy_embedder)
    assert doctor._index(index, corpus) == Check("index", "ok", "nothing to search yet")


def test_an_index_behind_its_corpus_is_noted(rooms: Rooms) -> None:
    assert doctor._index(rooms.index, rooms.corpus).state == "ok"
    rooms.corpus.retire(1, "old", "t")
    behind = doctor._index(rooms.index, rooms.corpus)
    assert (behind.state, behind.advice) == ("note", "Run: atzina sync")


def test_a_curators_channel_without_curators_is_noted(slack: _Slack) -> None:
    _hello(slack, x_oauth_scopes=SCOPES)
    curators = _found(slack, ATZINA_CURATORS_CHANNEL="C1")["Slack curators"]
    assert (curators.state, "ATZINA_CURATORS is not" in curators.found) == ("note", True)
    assert "Slack curators" not in _found(slack, ATZINA_CURATORS_CHANNEL="C1", ATZINA_CURATORS="U1")


def test_channels_that_nobody_can_set_are_noted(slack: _Slack) -> None:
    _hello(slack, x_oauth_scopes=SCOPES)
    assert "Slack administrators" not in _found(slack)
    administrators = _found(slack, ATZINA_ADMINISTRATORS="")["Slack administrators"]
    assert (administrators.state, administrators.found) == ("note", "ATZINA_ADMINISTRATORS is not set")


def test_channels_with_settings_are_counted(rooms: Rooms) -> None:
    assert doctor._channels(rooms.corpus) == Check("channels", "ok", "no channel of Slack has settings of its own")
    for channel, what in (("C1", Channel(language="et")), ("C2", Channel(follows=False)), ("C3", Channel())):
        rooms.corpus.channels.set("T1", channel, what, "slack:T1:U9")
    assert doctor._channels(rooms.corpus).found == "channels of Slack with settings of their own: 2"


def test_the_database_is_named_with_what_it_holds(rooms: Rooms) -> None:
    found = doctor._database(rooms.corpus)
    assert found.state == "ok"
    assert re.fullmatch(r"SQLite 3[\d.]+, .*/home/atzina\.db; 3 documents, 3 passages", found.found)


def test_postgresql_is_named_without_its_password(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        corpus = Corpus.open(url)
        found = doctor._database(corpus)
        corpus.close()
        database = url.rpartition("/")[2]
        assert (found.state, PASSWORD in str(found)) == ("note", False)
        assert found.found.endswith(f" at 127.0.0.1:{postgres.port}/{database}; 0 documents, 0 passages")
        postgres.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        corpus = Corpus.open(url)
        assert doctor._database(corpus).state == "fault"
        corpus.close()
