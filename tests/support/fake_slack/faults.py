"""What a test lets go wrong at the fake: limits, refusals, tokens, scopes."""

import time
from collections import Counter, defaultdict

from fake_slack.office import RefusedError

# What each method needs of a bot's token: https://docs.slack.dev/reference/methods, on the page of each
SCOPES = {
    "assistant.threads.setStatus": {"assistant:write", "chat:write"},
    "assistant.threads.setSuggestedPrompts": {"assistant:write", "chat:write"},
    "assistant.threads.setTitle": {"assistant:write", "chat:write"},
    "chat.appendStream": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.startStream": {"chat:write"},
    "chat.stopStream": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"im:history"},  # of direct messages: no others are looked at
    "files.info": {"files:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
}


class Faults:
    """Changed by tests at any time; asked before each call is carried out."""

    def __init__(self, scopes: set[str] | None) -> None:
        self.scopes = scopes  # that the bot's token has; None: all
        self.token_error: str | None = None  # token_revoked, account_inactive …
        self.every: float | None = None  # seconds between two messages in a channel
        self.limited: list[tuple[str, float]] = []  # calls that were answered by 429, and when
        self._limits: dict[str, list[float]] = defaultdict(list)
        self._refused: dict[str, tuple[str, int]] = {}
        self._posted: dict[str, float] = {}
        self.counted: Counter[str] = Counter()

    def limit(self, method: str, *retry_after: float) -> None:
        """The next calls of a method are answered by 429, each with so many seconds to wait."""
        self._limits[method] += retry_after

    def refuse(self, method: str, error: str, times: int = 1) -> None:
        """The next calls of a method are refused."""
        self._refused[method] = (error, times)

    def wait(self, method: str, channel: str) -> float | None:
        """Seconds that Slack wants the caller to wait, from now; None where it takes the call.

        https://docs.slack.dev/apis/web-api/rate-limits: 429 with Retry-After in seconds; about one message a second
        in a channel. Until that time is over, Slack goes on refusing.
        """
        now = time.monotonic()
        if waits := self._limits[method]:
            self.limited.append((method, now))
            return waits.pop(0)
        if self.every is not None and method == "chat.postMessage":
            if (left := self._posted.get(channel, 0.0) + self.every - now) > 0:
                self.limited.append((method, now))
                return left
            self._posted[channel] = now
        return None

    def check(self, method: str) -> None:
        """Raises RefusedError where the token may not do this, or the test wants it refused."""
        self.counted[method] += 1
        if self.token_error:
            raise RefusedError(self.token_error)
        needed = SCOPES.get(method, set())
        if self.scopes is not None and not needed <= self.scopes:
            lacking = ",".join(sorted(needed - self.scopes))
            raise RefusedError("missing_scope", needed=lacking, provided=",".join(sorted(self.scopes)))
        error, left = self._refused.get(method, ("", 0))
        if left > 0:
            self._refused[method] = (error, left - 1)
            raise RefusedError(error)
