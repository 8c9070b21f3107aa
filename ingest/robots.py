"""What a site lets be read, by its robots.txt as RFC 9309 says: asked once for each host of a run.

The standard library's parser takes the first rule that fits; by the standard it is the longest, and `*` and `$` count.
"""

import math
import re
import time
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import httpx

from corpus import Unreadable
from ingest.links import plain
from ingest.web import ask

_TOKEN = "atzina"  # noqa: S105 - the name that groups of rules are for
_MOST = 500 * 1024  # bytes of a robots.txt; the standard says that at least so much is to be read
_LONGEST_DELAY = 10.0  # seconds
_NAME = re.compile(r"[a-z_-]+", re.IGNORECASE)
_RULE = re.compile(r"\s*([a-z-]+)\s*:([^#]*)", re.IGNORECASE)
_PLAIN = "/%:@!$&'()*+,;=?~-._"  # characters that stay as they are


@dataclass(frozen=True, slots=True)
class Rules:
    """What is for us: path patterns and whether they allow; the seconds to wait between two requests."""

    patterns: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allow(self, path: str) -> bool:
        """Whether a path with its query may be read: the longest pattern decides, and of equals the one that allows."""
        written = _plain(path)
        fitting = [(len(pattern), allows) for pattern, allows in self.patterns if _fits(pattern, written)]
        return max(fitting, default=(0, True))[1]


class Robots:
    """The rules of the hosts of one run."""

    def __init__(self, *, allow_private: bool, until: float = math.inf) -> None:
        self._allow_private, self._until = allow_private, until
        self._rules: dict[str, Rules | str] = {}
        self._last: dict[str, float] = {}

    def permit(self, address: str) -> None:
        """Returns when the address may be asked for, after the delay that its host wants. Raises Unreadable."""
        parts = urlsplit(plain(address))
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._read(origin)
        rules = self._rules[origin]
        if isinstance(rules, str):
            raise Unreadable(rules)
        if not rules.allow(parts.path + (f"?{parts.query}" if parts.query else "")):
            raise Unreadable("The site's robots.txt does not let Atzina read it. Ask whoever runs the site.")
        self._wait(origin, rules.delay)

    def _read(self, origin: str) -> Rules | str:
        """The rules of a host, or why nothing of it may be read."""
        try:
            answer = ask(f"{origin}/robots.txt", allow_private=self._allow_private, until=self._until, most=_MOST)
        except Unreadable as fault:
            return f"{fault} No page is read before the site's robots.txt."
        if httpx.codes.is_server_error(answer.status):
            return (
                f"The site's robots.txt cannot be read (the server answered {answer.status}), so no page is. Try later."
            )
        return parse(answer.data) if httpx.codes.is_success(answer.status) else Rules()

    def _wait(self, origin: str, delay: float) -> None:
        now = time.monotonic()
        left = min(self._last.get(origin, -math.inf) + delay, self._until) - now
        if left > 0:
            time.sleep(left)
        self._last[origin] = time.monotonic()


def parse(data: bytes) -> Rules:
    """The rules for us: those of all groups that name us, or else of all that are for everyone."""
    groups: dict[str, list[tuple[str, str]]] = {}
    names: list[str] = []
    open_ended = False  # whether the last line named an agent: the next one that does joins it
    for key, value in _lines(data):
        if key == "user-agent":
            named = _NAME.match(value)
            names = [
                *(names if open_ended else []),
                "*" if value.startswith("*") else named[0].lower() if named else "",
            ]
            groups.setdefault(names[-1], [])
            open_ended = True
        elif key in {"allow", "disallow", "crawl-delay"}:
            open_ended = False
            for name in set(names) & {_TOKEN, "*"}:
                groups[name].append((key, value))
    return _rules(groups.get(_TOKEN, groups.get("*", [])))


def _lines(data: bytes) -> list[tuple[str, str]]:
    text = data.decode("utf-8-sig", errors="replace").replace("\0", "")
    found = (_RULE.match(line) for line in re.split(r"[\r\n]+", text))
    return [(match[1].lower(), match[2].strip()) for match in found if match]


def _rules(lines: list[tuple[str, str]]) -> Rules:
    patterns = tuple((_plain(value), key == "allow") for key, value in lines if key != "crawl-delay" and value)
    return Rules(patterns, max([0.0, *(_delay(value) for key, value in lines if key == "crawl-delay")]))


def _delay(value: str) -> float:
    return min(float(value), _LONGEST_DELAY) if re.fullmatch(r"\d{1,9}(?:\.\d{0,9})?", value, re.ASCII) else 0.0


def _plain(path: str) -> str:
    """The path with each character written in the one way that two writings of it have in common."""
    written = quote(path, safe=_PLAIN, errors="replace")
    return re.sub(r"%[0-9a-f]{2}", lambda code: _unreserved(code[0].upper()), written, flags=re.IGNORECASE)


def _unreserved(code: str) -> str:
    character = unquote(code, errors="replace")
    return character if re.fullmatch(r"[A-Za-z0-9._~-]", character) else code


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins as the pattern says. Without a regular expression: a hostile pattern would hang it."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not rest:
        return not anchored or len(path) == len(first)
    at = len(first)
    for part in rest[:-1] if anchored else rest:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return not anchored or (path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= at)
