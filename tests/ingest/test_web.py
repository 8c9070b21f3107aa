"""Pages, feeds and sections from real servers on loopback: redirects, refusals, limits, and the kind of what came."""

import gzip
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from corpus import Unreadable
from ingest import crawl, feeds, links, robots, web
from ingest.crawl import listed
from ingest.sources import Item, Known, Listing

_PAGE = b"<p>Words of a report.</p>"
_Response = tuple[int, dict[str, str], bytes | Iterable[bytes]]
_HTML = {"Content-Type": "text/html"}


class _Site(ThreadingHTTPServer):
    """Answers from `pages`: path to status, headers and body, or what makes them of the headers that were sent.

    `asked` are the paths and hosts, in order.
    """

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Answering)
        self.pages: dict[str, _Response | Callable[[Message], _Response]] = {"/page": (200, _HTML, _PAGE)}
        self.asked: list[tuple[str, str]] = []

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"

    def put(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        self.pages[path] = (status, _HTML | {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def paths(self) -> list[str]:
        """What was asked for, without robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


class _Answering(BaseHTTPRequestHandler):
    server: _Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))
        found = self.server.pages.get(self.path, (404, {}, b"none"))
        status, headers, body = found(self.headers) if callable(found) else found
        self.send_response(status)
        length = {"Content-Length": str(len(body))} if isinstance(body, bytes) and status != 304 else {}
        for name, value in (length | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for part in [body] if isinstance(body, bytes) else body:
                self.wfile.write(part)
        except OSError:  # who asked has gone
            self.close_connection = True

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


@pytest.mark.parametrize("address", ["64:ff9b::10.0.0.1", "2002:7f00:1::", "::127.0.0.1"])
def test_what_carries_a_private_address_is_not_public(address: str) -> None:
    assert not web._is_public(address)
    assert web._is_public("64:ff9b::93.184.216.34")
    assert web._is_public("::ffff:93.184.216.34")


def test_a_host_with_one_private_address_is_refused(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the others are public, in whatever order: the next connection could go to that one."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 80)) for host in ("93.184.216.34", "10.0.0.1")]
    for order in (found, found[::-1]):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, order=order, **__: order)
        with pytest.raises(Unreadable, match="reports.example is inside this network"):
            web.fetch("http://reports.example/", allow_private=False)


def test_a_name_is_looked_up_once(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was checked is connected to; the server is told the name."""
    asked = []
    looked_up = socket.getaddrinfo

    def resolve(name: str, *rest: object, **options: object) -> object:
        asked.append(name)
        return looked_up("127.0.0.1", *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert _item(site.at("/page", "reports.example")).load() == _PAGE
    assert asked.count("reports.example") == 1
    assert site.asked == [("/page", site.at("", "reports.example").removeprefix("http://"))]


def test_a_password_in_an_address_is_not_sent(site: _Site) -> None:
    site.pages["/page"] = lambda headers: (200, _HTML, str(headers["Authorization"]).encode())
    assert _item(site.at("/page", "me:secret@127.0.0.1")).load() == b"None"


def test_a_meta_refresh_is_not_followed(site: _Site) -> None:
    site.put("/first", b'<meta http-equiv="refresh" content="0; url=/page"><p>Stay.</p>')
    assert b"Stay." in _item(site.at("/first")).load()
    assert site.paths() == ["/first"]


# --- limits ---


def _drip(part: bytes) -> Iterator[bytes]:
    for _ in range(60):
        yield part
        time.sleep(0.5)


def test_a_server_that_drips_is_left(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_SECONDS", 1.0)
    site.pages["/slow"] = (200, _HTML, _drip(b"x"))
    began = time.monotonic()
    with pytest.raises(Unreadable, match="too slow"):
        web.fetch(site.at("/slow"), allow_private=True)
    assert time.monotonic() - began < 15


def test_a_server_that_drips_its_headers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for one read starts anew with each byte; that for the page does not."""
    monkeypatch.setattr(web, "_SECONDS", 1.0)

    def answer(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                for part in _drip(b"H"):
                    connection.sendall(part)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        began = time.monotonic()
        with pytest.raises(Unreadable, match="too slow"):
            web.fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/", allow_private=True)
        assert time.monotonic() - began < 15
        thread.join()


def test_the_time_is_for_all_redirects_together(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_SECONDS", 3.0)

    def slowly(headers: Message) -> _Response:
        time.sleep(2)
        return 302, {"Location": "/slow"}, b""

    site.pages["/slow"] = slowly
    with pytest.raises(Unreadable, match="too slow"):
        web.fetch(site.at("/slow"), allow_private=True)
    assert len(site.asked) == 2


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_a_packed_page_is_unpacked(site: _Site, encoding: str) -> None:
    packed = zlib.compress(_PAGE) if encoding == "deflate" else gzip.compress(_PAGE, mtime=0)
    site.put("/packed", packed, Content_Encoding=encoding)
    assert _item(site.at("/packed")).load() == _PAGE


def test_a_bomb_is_refused(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is unpacked no further than a page may be large."""
    monkeypatch.setattr(web, "MAX_BYTES", 1_000_000)
    sizes = []
    unpacked = web.unpacked
    monkeypatch.setattr(web, "unpacked", lambda *given: (sizes.append(len(part)) or part for part in unpacked(*given)))
    site.put("/bomb", gzip.compress(bytes(50_000_000), mtime=0), Content_Encoding="gzip")
    with pytest.raises(Unreadable, match="are read. Split it"):
        web.fetch(site.at("/bomb"), allow_private=True)
    assert sum(sizes) < 2_000_000


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", _PAGE, "is broken"),
        ("gzip", gzip.compress(_PAGE, mtime=0)[:-9], "breaks off"),
        ("br", _PAGE, "packs its pages in a way that is not read"),
    ],
)
def test_what_cannot_be_unpacked_is_told(site: _Site, encoding: str, body: bytes, reason: str) -> None:
    site.put("/packed", body, Content_Encoding=encoding)
    with pytest.raises(Unreadable, match=reason):
        web.fetch(site.at("/packed"), allow_private=True)


# --- whether a page has changed ---


def _tagged(tag: str, date: str) -> Callable[[Message], _Response]:
    def answer(headers: Message) -> _Response:
        same = headers["If-None-Match"] == tag and headers["If-Modified-Since"] == date
        return (304, {}, b"") if same else (200, _HTML | {"ETag": tag, "Last-Modified": date}, _PAGE)

    return answer


@pytest.mark.parametrize("tag", ['"strong"', 'W/"weak, with a comma"'])
def test_an_unchanged_page_is_not_sent_again(site: _Site, tag: str) -> None:
    """The validators go back word for word, and are kept if the server does not repeat them."""
    date = "Tue, 03 Mar 2026 10:00:00 GMT"
    site.pages["/page"] = _tagged(tag, date)
    source = site.at("/page")
    first = listed(source, allow_private=True)
    assert first.validators == {source: Known(tag, date)}
    second = listed(source, allow_private=True, known=first.validators)
    assert (second.items, second.unchanged, second.faults) == ([], [source], [])
    assert second.validators == first.validators
    site.pages["/page"] = _tagged('"other"', date)
    assert len(listed(source, allow_private=True, known=first.validators).items) == 1


def test_an_unasked_304_is_a_fault(site: _Site) -> None:
    site.pages["/page"] = (304, {}, b"")
    assert listed(site.at("/page"), allow_private=True).faults == [(site.at("/page"), "The server answered 304.")]


def test_validators_of_another_address_are_not_used(site: _Site, inside: _Site) -> None:
    """Where an address leads can change, to a page that happens to have the same validator."""
    site.pages["/old"] = (302, {"Location": inside.at("/page", "127.0.0.2")}, b"")
    inside.pages["/page"] = lambda headers: (304 if headers["If-None-Match"] else 200, _HTML | {"ETag": '"1"'}, b"")
    found = listed(site.at("/old"), allow_private=True, known={site.at("/old"): Known('"1"')})
    assert (len(found.items), found.unchanged, found.validators) == (1, [], {})


# --- robots.txt ---


def _paths(found: Listing) -> list[str]:
    return ["/" + item.source.split("/", 3)[3] for item in found.items]


def test_robots_is_asked_before_a_page(site: _Site) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /pag")
    found = listed(site.at("/page"), allow_private=True)
    assert found.items == []
    assert [source for source, _ in found.faults] == found.blind == [site.at("/page")]
    assert "robots.txt does not let Atzina" in found.faults[0][1]
    assert [path for path, _ in site.asked] == ["/robots.txt"]


def test_a_rule_may_be_of_a_query(site: _Site) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /page?v=1")
    site.put("/page?v=1", _PAGE)
    site.put("/page?v=2", _PAGE)
    assert listed(site.at("/page?v=1"), allow_private=True).items == []
    assert _paths(listed(site.at("/page?v=2"), allow_private=True)) == ["/page?v=2"]


def test_robots_is_asked_for_each_redirect(site: _Site, inside: _Site) -> None:
    site.pages["/out"] = (302, {"Location": inside.at("/page", "127.0.0.2")}, b"")
    inside.put("/robots.txt", b"User-agent: *\nDisallow: /")
    assert "robots.txt" in listed(site.at("/out"), allow_private=True).faults[0][1]
    assert inside.paths() == []


def test_robots_is_not_read_from_inside(site: _Site, inside: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_is_public", lambda address: address == "127.0.0.1")
    site.pages["/robots.txt"] = (302, {"Location": inside.at("/robots.txt", "127.0.0.2")}, b"")
    assert "127.0.0.2 is inside this network" in listed(site.at("/page"), allow_private=False).faults[0][1]
    assert (site.paths(), inside.asked) == ([], [])


@pytest.mark.parametrize(("status", "read"), [(404, 1), (403, 1), (410, 1), (500, 0), (503, 0)])
def test_a_site_without_robots_is_read_and_a_broken_one_is_not(site: _Site, status: int, read: int) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /", status)
    found = listed(site.at("/page"), allow_private=True)
    assert len(found.items) == read
    assert all("robots.txt cannot be read" in reason for _, reason in found.faults)
    assert len(found.faults) == 1 - read


def test_a_robots_that_cannot_be_reached_forbids(site: _Site) -> None:
    closed = site.at("/page")
    site.server_close()
    assert "It cannot be reached" in listed(closed, allow_private=True).faults[0][1]


def test_no_more_of_robots_is_read_than_half_a_megabyte(site: _Site) -> None:
    rules = b"User-agent: *\nDisallow: /page\n"
    site.put("/robots.txt", rules + b"#" * 600_000)
    assert listed(site.at("/page"), allow_private=True).items == []
    site.put("/robots.txt", b"#" * 600_000 + b"\n" + rules)
    assert len(listed(site.at("/page"), allow_private=True).items) == 1


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /a", "/a", False),
        ("Disallow: /a", "/b", True),
        ("Disallow: /a", "/A", True),
        ("Disallow:", "/a", True),
        ("Disallow: /\nAllow: /a", "/a/b", True),
        ("Allow: /a\nDisallow: /a/b", "/a/b", False),
        ("Disallow: /a/b\nAllow: /a", "/a/b", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /*.pdf$", "/x/y.pdf", False),
        ("Disallow: /*.pdf$", "/x/y.pdf?v=1", True),
        ("Disallow: /*.pdf", "/x/y.pdf?v=1", False),
        ("Disallow: /*/b/*c", "/a/b/d/c", False),
        ("Disallow: /*/b/*c", "/a/d/b", True),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*a$", "/a", True),
        ("Disallow: *", "/a", False),
        ("Disallow: /x?q=", "/x?q=1", False),
        ("Disallow: /\u0101", "/%c4%81", False),
        ("Disallow: /%7Ea", "/~a", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /a # all of it", "/a", False),
        ("Allow: /page\nDisallow: /*" + "*a" * 5000, "/" + "a" * 4000, True),
    ],
)
def test_the_longest_rule_decides(rules: str, path: str, allowed: bool) -> None:
    assert robots.parse(f"User-agent: *\n{rules}\n".encode()).allow(path) is allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /\n\nUser-agent: Atzina\nAllow: /", True),
        ("User-agent: ATZINA/2.0\nDisallow: /\nUser-agent: *\nAllow: /", False),
        ("User-agent: atzinabot\nDisallow: /", True),
        ("User-agent: other\nUser-agent: atzina\nDisallow: /", False),
        ("User-agent: atzina\nUser-agent: other\nDisallow: /", False),
        ("User-agent: atzina\nDisallow: /x\nUser-agent: other\nDisallow: /", True),
        ("User-agent: atzina\nDisallow: /x\nUser-agent: *\nAllow: /\nUser-agent: atzina\nDisallow: /a", False),
        ("User-agent: atzina\nSitemap: /s.xml\n\nDisallow: /", False),
        ("Disallow: /", True),
        ("\ufeffuser-agent:*\r\ndisallow:/", False),
        ("<html>no such page</html>", True),
    ],
)
def test_the_group_that_names_us_counts(text: str, allowed: bool) -> None:
    assert robots.parse(text.encode()).allow("/a") is allowed


@pytest.mark.parametrize(
    ("asked", "delay"), [("2", 2.0), ("0.5", 0.5), ("3600", 10.0), ("-1", 0.0), ("nan", 0.0), ("x", 0.0)]
)
def test_the_delay_is_at_most_ten_seconds(asked: str, delay: float) -> None:
    assert robots.parse(f"User-agent: *\nCrawl-delay: {asked}".encode()).delay == delay


def test_the_delay_is_kept_and_robots_asked_once(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(robots.time, "sleep", waited.append)
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 8")
    site.put("/", b'<a href="a">a</a> <a href="b">b</a>')
    site.put("/a", _PAGE)
    site.put("/b", _PAGE)
    assert _paths(listed(site.at("/"), allow_private=True, pages=9)) == ["/", "/a", "/b"]
    assert [round(seconds) for seconds in waited] == [8, 8]
    assert [path for path, _ in site.asked].count("/robots.txt") == 1


# --- feeds ---

_RSS = """
<?xml version="1.0"?><!-- news --><rss version="2.0"><channel><link>{0}/</link>
<item><link> {0}/a </link></item><item><link>/b#part</link></item><item><guid>{0}/c</guid></item>
<item><guid isPermaLink="false">{0}/d</guid></item><item><link>{0}/a</link></item>
<item><link>ftp://127.0.0.1/e</link></item></channel></rss>"""
_RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel/><item><link>{0}/a</link></item><item><link>{0}/b</link></item><item><link>{0}/c</link></item></rdf:RDF>"""
_ATOM = """
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/other/"><link href="{0}/"/>
<entry><link rel="enclosure" href="/x.mp3"/><link href="../a"/></entry>
<entry><link rel="alternate" type="application/json" href="/j"/><link type="text/html" href="/b"/></entry>
<entry xml:base="/"><link href="c"/></entry></feed>"""


@pytest.mark.parametrize("feed", [_RSS, _RDF, _ATOM])
@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
def test_the_entries_of_a_feed_are_read(site: _Site, feed: str, kind: str) -> None:
    """A feed is told by what is in it. It is no item itself, and has no folder: what leaves it has not gone."""
    site.put("/deep/news", feed.format(site.at("")).encode(), Content_Type=kind)
    for path in ("/a", "/b", "/c"):
        site.put(path, path.encode())
    found = listed(site.at("/deep/news"), allow_private=True, pages=9)
    assert [(item.source, item.load()) for item in found.items] == [
        (site.at(p), p.encode()) for p in ("/a", "/b", "/c")
    ]
    assert (found.faults, found.folders, found.blind) == ([], [], [])
    assert _paths(listed(site.at("/deep/news"), allow_private=True, pages=2)) == ["/a", "/b"]


def test_an_entry_that_cannot_be_fetched_is_a_fault(
    site: _Site, inside: _Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_is_public", lambda address: address == "127.0.0.1")
    private = inside.at("/page", "127.0.0.2")
    links = "".join(f"<item><link>{link}</link></item>" for link in ("/gone", private, "/page"))
    site.put("/news", f"<rss><channel>{links}</channel></rss>".encode())
    found = listed(site.at("/news"), allow_private=False, pages=9)
    assert _paths(found) == ["/page"]
    assert [source for source, _ in found.faults] == [site.at("/gone"), private]
    assert "inside this network" in found.faults[1][1]
    assert inside.asked == []


def test_unchanged_entries_are_not_sent_again(site: _Site) -> None:
    site.put("/news", b"<rss><channel><item><link>/page</link></item></channel></rss>", ETag='"feed"')
    site.pages["/page"] = _tagged('"1"', "Tue, 03 Mar 2026 10:00:00 GMT")
    first = listed(site.at("/news"), allow_private=True, pages=9)
    assert set(first.validators) == {site.at("/page")}
    assert listed(site.at("/news"), allow_private=True, pages=9, known=first.validators).unchanged == [site.at("/page")]


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("prologue", "link"),
    [
        (f'<!DOCTYPE rss [<!ENTITY l0 "http://127.0.0.1/">{_LAUGHS}]>', "<link>&l11;</link>"),
        (f'<!DOCTYPE rss [<!ENTITY l0 "http://127.0.0.1/">{_LAUGHS}]>', '<link href="&l11;"/>'),
        ('<!DOCTYPE rss [<!ENTITY l0 SYSTEM "file:///etc/passwd">]>', "<link>/page&l0;</link>"),
        ('<!DOCTYPE rss [<!ENTITY l0 "page">]>', "<link>/&l0;</link>"),
        ("", "<link>/page"),
    ],
)
def test_a_hostile_feed_is_refused(site: _Site, prologue: str, link: str) -> None:
    site.put("/news", f"{prologue}<rss><channel><item>{link}</item></channel></rss>".encode())
    found = listed(site.at("/news"), allow_private=True, pages=9)
    assert (found.items, len(found.faults), found.faults[0][1][:9]) == ([], 1, "The feed ")
    assert site.paths() == ["/news"]


def test_a_document_type_is_not_fetched(site: _Site) -> None:
    prologue = f'<!DOCTYPE rss SYSTEM "{site.at("/rss.dtd")}">'
    site.put("/news", f"{prologue}<rss><channel><item><link>/page</link></item></channel></rss>".encode())
    assert _paths(listed(site.at("/news"), allow_private=True, pages=9)) == ["/page"]
    assert site.paths() == ["/news", "/page"]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", _PAGE, b"<html><rss/></html>", b"\xff\xfe", b"<rssx/>"])
def test_what_is_no_feed(data: bytes) -> None:
    assert not feeds.is_feed(data)


# --- sections ---


def _linking(*hrefs: str) -> bytes:
    return b"<p>Words.</p>" + "".join(f'<a href="{href}">x</a>' for href in hrefs).encode()


def test_a_section_is_read_breadth_first(site: _Site, inside: _Site) -> None:
    """Each page once, in circles or not; nothing outside the folder or of another host; no kind that cannot be read."""
    away = (inside.at("/s/x", "127.0.0.2"), "https://127.0.0.1/s/x", "mailto:a@b.c", "http://[", "../page", "/s")
    site.put("/s/", _linking("b", "a#1", "a#2", "./", *away, "c.exe", "../s/%2e%2e/page"))
    site.put("/s/a", _linking("deep/d.html", "b"))
    site.put("/s/b", _linking("e.pdf", "a", "../s/"))
    site.put("/s/deep/d.html", _linking("../a"))
    site.put("/s/e.pdf", b"%PDF-", Content_Type="application/pdf")
    found = listed(site.at("/s/"), allow_private=True, pages=50)
    assert _paths(found) == ["/s/", "/s/b", "/s/a", "/s/e.pdf", "/s/deep/d.html"]
    assert site.paths() == _paths(found)
    assert (found.faults, found.folders, found.blind) == ([], [site.at("/s/")], [])
    assert found.ignored == {".exe": 1}
    assert inside.asked == []
    assert [item.load() for item in found.items][3] == b"%PDF-"


def test_a_section_may_start_at_a_page(site: _Site) -> None:
    """The folder is that of the page; relative links are from what the page says they are from."""
    site.put("/s/index.html", b'<base href="/s/deep/">' + _linking("../a", "b"))
    site.put("/s/a", _PAGE)
    site.put("/s/deep/b", _PAGE)
    found = listed(site.at("/s/index.html"), allow_private=True, pages=9)
    assert _paths(found) == ["/s/index.html", "/s/a", "/s/deep/b"]
    assert found.folders == [site.at("/s/")]


@pytest.mark.parametrize(("pages", "blind"), [(2, True), (3, True), (4, False), (9, False)])
def test_no_more_pages_are_asked_for(site: _Site, pages: int, blind: bool) -> None:
    """A section that was cut off is blind: what was not seen has not gone."""
    site.put("/", _linking("/a", "/b"))
    site.put("/a", _linking("/c", "/"))
    site.put("/b", _PAGE)
    site.put("/c", _PAGE)
    found = listed(site.at("/"), allow_private=True, pages=pages)
    assert _paths(found) == ["/", "/a", "/b", "/c"][:pages]
    assert (found.folders, found.blind) == ([site.at("/")], [site.at("/")] if blind else [])


def test_what_asks_not_to_be_followed_or_taken(site: _Site) -> None:
    site.put("/", _linking("/none", "/hidden", "/quiet") + b'<a rel="external NoFollow" href="/a">a</a>')
    site.put("/none", b'<meta name="Robots" content="NONE">' + _linking("/b"))
    site.put("/hidden", b'<meta name="atzina" content="noindex">' + _linking("/c"))
    site.put("/quiet", b'<meta name="robots" content="index, nofollow">' + _linking("/d"))
    site.put("/c", _PAGE)
    found = listed(site.at("/"), allow_private=True, pages=9)
    assert _paths(found) == ["/", "/quiet", "/c"]
    assert site.paths() == ["/", "/none", "/hidden", "/quiet", "/c"]
    assert found.blind == []


def test_what_has_gone_is_no_fault_of_a_section_and_what_fails_is(site: _Site) -> None:
    site.put("/", _linking("/missing", "/gone", "/a"))
    site.put("/gone", b"", 410)
    site.put("/a", _PAGE)
    found = listed(site.at("/"), allow_private=True, pages=9)
    assert (_paths(found), found.faults, found.blind) == (["/", "/a"], [], [])
    site.put("/gone", b"", 500)
    found = listed(site.at("/"), allow_private=True, pages=9)
    assert (_paths(found), found.faults) == (["/", "/a"], [(site.at("/gone"), "The server answered 500.")])
    assert found.blind == [site.at("/")]


def test_redirects_in_a_section(site: _Site, inside: _Site) -> None:
    """A page is taken where it is, and once; what leads out of the section is not asked for."""
    site.put("/s/", _linking("old", "new", "older", "out", "up"))
    site.put("/s/new", _PAGE)
    site.pages |= {path: (301, {"Location": "/s/new"}, b"") for path in ("/s/old", "/s/older")}
    site.pages["/s/out"] = (302, {"Location": inside.at("/s/x", "127.0.0.2")}, b"")
    site.pages["/s/up"] = (302, {"Location": "/page"}, b"")
    found = listed(site.at("/s/"), allow_private=True, pages=9)
    assert (_paths(found), found.faults, found.blind) == (["/s/", "/s/new"], [], [])
    assert "/page" not in site.paths()
    assert inside.asked == []


def test_a_section_is_where_its_start_redirects_to(site: _Site) -> None:
    site.pages["/s"] = (301, {"Location": "/s/"}, b"")
    site.put("/s/", _linking("a", "/page"))
    site.put("/s/a", _PAGE)
    assert _paths(listed(site.at("/s"), allow_private=True, pages=9)) == ["/s/", "/s/a"]


def test_a_start_that_cannot_be_reached_is_blind(site: _Site) -> None:
    found = listed(site.at("/s/missing"), allow_private=True, pages=9)
    assert (found.items, found.blind) == ([], [site.at("/s/")])
    assert found.faults == [(site.at("/s/missing"), "The server answered 404.")]


def test_documents_of_a_section_are_not_sent_again(site: _Site) -> None:
    """Its pages are: their links are needed."""
    start = _linking("/a.pdf", "/b.html")
    site.pages["/"] = lambda headers: (304 if headers["If-None-Match"] else 200, _HTML | {"ETag": '"0"'}, start)
    site.pages["/a.pdf"] = site.pages["/b.html"] = _tagged('"1"', "Tue, 03 Mar 2026 10:00:00 GMT")
    first = listed(site.at("/"), allow_private=True, pages=9)
    assert set(first.validators) == {site.at("/"), site.at("/a.pdf"), site.at("/b.html")}
    second = listed(site.at("/"), allow_private=True, pages=9, known=first.validators)
    assert (_paths(second), second.unchanged) == (["/", "/b.html"], [site.at("/a.pdf")])
    assert second.validators == first.validators


def test_a_section_takes_no_longer_than_it_may(site: _Site) -> None:
    def slowly(headers: Message) -> _Response:
        time.sleep(2)
        return 200, _HTML, _linking("/b", "/c")

    site.pages["/"] = slowly
    found = listed(site.at("/"), allow_private=True, pages=9, seconds=3)
    assert _paths(found) == ["/"]
    site.pages["/b"] = site.pages["/c"] = slowly
    found = listed(site.at("/"), allow_private=True, pages=9, seconds=3)
    assert _paths(found) == ["/"]
    assert found.faults[-1] == (site.at("/"), "Not all was read within 3 seconds. Read it in parts.")
    assert found.blind == [site.at("/")]


def test_a_section_that_ends_between_two_pages_is_blind(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(data: bytes, address: str) -> links.Outline:
        time.sleep(3)
        return links.outline(data, address)

    monkeypatch.setattr(crawl, "outline", slowly)
    site.put("/", _linking("/a"))
    found = listed(site.at("/"), allow_private=True, pages=9, seconds=2)
    assert (_paths(found), site.paths(), found.blind) == (["/"], ["/"], [site.at("/")])
    assert len(found.faults) == 1


def test_a_page_with_too_many_links_is_not_seen_whole(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_MOST_LINKS", 2)
    site.put("/", _linking("/a", "/b", "/c"))
    site.put("/a", _PAGE)
    site.put("/b", _PAGE)
    found = listed(site.at("/"), allow_private=True, pages=9)
    assert (_paths(found), found.blind) == (["/", "/a", "/b"], [site.at("/")])


def test_a_full_disk_does_not_stop_a_run(site: _Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl.tempfile, "TemporaryFile", lambda buffering: Path(os.devnull).open("rb", buffering))  # noqa: SIM115
    assert listed(site.at("/page"), allow_private=True).items[0].load() == _PAGE


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("HTTP://Host.Example:80#part", "http://host.example/"),
        ("https://me:secret@host.example:8443/a?b=c", "https://host.example:8443/a?b=c"),
        ("http://host.example/\u0101 b", "http://host.example/%C4%81%20b"),
        ("http://host.example/%C4%81%20b", "http://host.example/%C4%81%20b"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example/"),
        ("javascript:alert(1)", ""),
        ("http://[x", ""),
    ],
)
def test_an_address_is_written_in_one_way(address: str, written: str) -> None:
    assert links.plain(address) == written
