"""Pages from a real server on loopback: redirects, refusals, limits, and the kind of what came."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from corpus import Unreadable
from ingest import web
from ingest.sources import Item

_PAGE = b"<p>Words of a report.</p>"


class _Site(ThreadingHTTPServer):
    """Answers from `pages`: path to status, headers and body. `asked` are the paths and hosts, in order."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Answering)
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/page": (200, {"Content-Type": "text/html"}, _PAGE)
        }
        self.asked: list[tuple[str, str]] = []

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"


class _Answering(BaseHTTPRequestHandler):
    server: _Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))
        status, headers, body = self.server.pages.get(self.path, (404, {}, b"none"))
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


def _serving(address: str) -> Iterator[_Site]:
    with _Site(address) as opened:
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


@pytest.fixture
def site() -> Iterator[_Site]:
    yield from _serving("127.0.0.1")


@pytest.fixture
def inside() -> Iterator[_Site]:
    """Another server, at an address that is taken as one of the network's own."""
    yield from _serving("127.0.0.2")


def _item(address: str, *, allow_private: bool = True) -> Item:
    fetched = web.fetch(address, allow_private=allow_private)
    assert fetched.item
    return fetched.item


def test_a_page_is_fetched(site: _Site) -> None:
    item = _item(site.at("/page"))
    assert (item.source, item.suffix, item.load()) == (site.at("/page"), ".html", _PAGE)
    assert site.asked == [("/page", site.at("").removeprefix("http://"))]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(site: _Site, status: int) -> None:
    """The source stays the address that was asked for."""
    site.pages["/old"] = (status, {"Location": "/page"}, b"")
    item = _item(site.at("/old"))
    assert (item.source, item.load()) == (site.at("/old"), _PAGE)


def test_redirects_come_to_an_end(site: _Site) -> None:
    site.pages["/round"] = (302, {"Location": "/round"}, b"")
    with pytest.raises(Unreadable, match="redirects more than 5 times"):
        web.fetch(site.at("/round"), allow_private=True)
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"]
)
def test_a_private_address_is_refused(site: _Site, host: str) -> None:
    """However it is written; nothing is asked of it."""
    with pytest.raises(Unreadable, match="inside this network"):
        web.fetch(site.at("/page", host), allow_private=False)
    assert site.asked == []


def test_a_private_address_is_refused_after_a_redirect(
    site: _Site, inside: _Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first server stands for a public one, since a test has no other."""
    monkeypatch.setattr(web, "_is_public", lambda address: address == "127.0.0.1")
    site.pages["/out"] = (302, {"Location": inside.at("/page", "127.0.0.2")}, b"")
    assert _item(site.at("/page"), allow_private=False).load() == _PAGE
    with pytest.raises(Unreadable, match="127.0.0.2 is inside this network"):
        web.fetch(site.at("/out"), allow_private=False)
    assert inside.asked == []


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "224.0.0.1"]
)
def test_what_is_public(address: str) -> None:
    assert not web._is_public(address)
    assert web._is_public("93.184.216.34")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "http://127.0.0.1:port/"])
def test_a_redirect_to_what_is_no_page_is_refused(site: _Site, target: str) -> None:
    site.pages["/away"] = (302, {"Location": target}, b"")
    with pytest.raises(Unreadable):
        web.fetch(site.at("/away"), allow_private=True)


def test_more_than_is_read_is_refused(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what comes, not by what the server says of it."""
    monkeypatch.setattr(web, "MAX_BYTES", 1000)
    site.pages["/fits"] = (200, {}, b"x" * 1000)
    site.pages["/large"] = (200, {}, b"x" * 1001)
    assert len(_item(site.at("/fits")).load()) == 1000
    with pytest.raises(Unreadable, match="are read. Split it"):
        web.fetch(site.at("/large"), allow_private=True)


@pytest.mark.parametrize(
    ("path", "kind", "suffix"),
    [
        ("/report", "text/html; charset=utf-8", ".html"),
        ("/report", "application/xhtml+xml", ".html"),
        ("/report", "text/plain", ".txt"),
        ("/report.md", "text/plain", ".md"),
        ("/report", "text/markdown", ".md"),
        ("/report.php", "application/pdf", ".pdf"),
        ("/report.pdf", "application/octet-stream", ".pdf"),
        ("/report.pdf", "text/html", ".html"),
        ("/report", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
        ("/report", "", ".html"),
    ],
)
def test_the_kind_of_what_came(site: _Site, path: str, kind: str, suffix: str) -> None:
    site.pages[path] = (200, {"Content-Type": kind}, _PAGE)
    assert _item(site.at(path)).suffix == suffix


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:{port}/missing", "The server answered 404."),
        ("http://no-such-host.invalid/", "There is no host no-such-host.invalid."),
        ("http://127.0.0.1:99999/", "It is no address."),
    ],
)
def test_why_nothing_came_is_told(site: _Site, address: str, reason: str) -> None:
    with pytest.raises(Unreadable) as raised:
        web.fetch(address.format(port=site.server_address[1]), allow_private=True)
    assert str(raised.value) == reason


def test_a_server_that_is_not_there_is_told(site: _Site) -> None:
    closed = site.at("/page")
    site.server_close()
    with pytest.raises(Unreadable, match="It cannot be reached"):
        web.fetch(closed, allow_private=True)
