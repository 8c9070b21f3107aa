"""What the fake workspace holds: people, channels, messages, forms, and what is short-lived in Slack."""

import time
import uuid
from typing import Any

Json = dict[str, Any]

TRIGGER_FOR = 3.0  # seconds: https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
ANSWERS_FOR, MOST_ANSWERS = (
    1800.0,
    5,
)  # https://docs.slack.dev/interactivity/handling-user-interaction#message_responses


class RefusedError(Exception):
    """A business error: HTTP 200 with `ok: false`, its code and what stands beside it."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


class Office:
    """Used by the server's one event loop alone, so nothing is locked; ids as Slack writes them."""

    def __init__(self, team: str, bot: str, people: list[str], channels: dict[str, list[str]]) -> None:
        self.team, self.bot, self.people = team, bot, people
        self.members = {channel: {*those, bot} for channel, those in channels.items()}
        self.messages: dict[str, list[Json]] = {channel: [] for channel in channels}
        self.groups: dict[str, list[str]] = {}  # members of user groups
        self.files: dict[str, Json] = {}
        self.views: dict[str, Json] = {}  # forms by their id; a person's Home under the person's id
        self.open_forms: list[str] = []  # ids, the topmost last
        self.streaming: dict[str, float] = {}  # ts of a message that is streamed, to when that is over
        self._triggers: dict[str, float] = {}
        self._urls: dict[str, Json] = {}
        self._latest = 0  # microseconds since 1970, of the latest ts

    def ts(self) -> str:
        """The time now, as Slack writes it; no two are alike."""
        self._latest = max(self._latest + 1, time.time_ns() // 1000)
        return f"{self._latest // 1_000_000}.{self._latest % 1_000_000:06}"

    # -- messages

    def post(self, channel: str, user: str, text: str, **more: object) -> Json:
        """A new message in a channel that is there. `more`: thread_ts, blocks, ephemeral_to and what else it has."""
        kept = {name: value for name, value in more.items() if value is not None}
        message: Json = {"type": "message", "channel": channel, "user": user, "text": text, "ts": self.ts(), **kept}
        self.messages[channel].append(message)
        return message

    def message(self, channel: str, ts: str) -> Json:
        """One that everybody sees. Raises RefusedError: https://docs.slack.dev/reference/methods/chat.update#errors."""
        for each in self.messages.get(self.channel(channel), []):
            if each["ts"] == ts and "ephemeral_to" not in each:
                return each
        raise RefusedError("message_not_found")

    def changed(self, message: Json, **new: object) -> None:
        """A message says something else from now on."""
        message |= {name: value for name, value in new.items() if value is not None}
        message["edited"] = {"user": self.bot, "ts": self.ts()}

    def channel(self, named: str) -> str:
        """The id of a channel, or of the direct messages with a person, which are opened. Raises RefusedError.

        https://docs.slack.dev/reference/methods/chat.postMessage#channels: a user's id stands for the direct messages.
        """
        if named in self.people:
            named = f"D{named[1:]}"
            self.messages.setdefault(named, [])
            self.members.setdefault(named, {self.bot, f"U{named[1:]}"})
        if named not in self.messages:
            raise RefusedError("channel_not_found")
        return named

    # -- what is short-lived

    def trigger(self) -> str:
        """With which one form can be opened soon."""
        trigger = f"{self.ts()}.{uuid.uuid4().hex[:12]}"
        self._triggers[trigger] = time.monotonic() + TRIGGER_FOR
        return trigger

    def use_trigger(self, trigger: object) -> None:
        """Raises RefusedError: https://docs.slack.dev/reference/methods/views.open#errors."""
        until = self._triggers.pop(str(trigger), None)
        if until is None:
            raise RefusedError("exchanged_trigger_id" if trigger else "invalid_trigger_id")
        if until < time.monotonic():
            raise RefusedError("expired_trigger_id")

    def response_path(self, channel: str, user: str, source: Json | None) -> str:
        """Where a command or a click can be answered five times within half an hour."""
        path = f"/respond/{uuid.uuid4().hex}"
        until = time.monotonic() + ANSWERS_FOR
        self._urls[path] = {"channel": channel, "user": user, "source": source, "left": MOST_ANSWERS, "until": until}
        return path

    def use_response_path(self, path: str) -> Json | None:
        """Whom and where such an answer reaches; None where it may not be used any more."""
        known = self._urls.get(path)
        if known is None or known["left"] <= 0 or known["until"] < time.monotonic():
            return None
        known["left"] -= 1
        return known
