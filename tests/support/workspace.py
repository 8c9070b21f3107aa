"""`Workspace`: what every Slack server of the tests offers, whoever wrote it: people who ask, and what they see.

A journey that uses nothing else runs on each of them.
"""

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from waiting import DEADLINE, free_port, wait_for

Json = dict[str, Any]
Mode = Literal["socket", "http"]
T = TypeVar("T")

ASKER, COLLEAGUE, CURATOR, BOT = "U0ASKER", "U0COLLEAGUE", "U0CURATOR", "U0ATZINA"
ADMINISTRATOR = CURATOR
GENERAL, QUIET, CURATORS = "C0GENERAL", "C0QUIET", "C0CURATORS"
TEAM = "T0OFFICE"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-for-tests", "xapp-for-tests", "secret-for-tests"


class Workspace(ABC):
    """A running workspace with an asker, a colleague, a curator, the bot and three channels; a context manager."""

    url: str

    def __init__(self, mode: Mode, asker: str = ASKER) -> None:
        self.mode, self.asker = mode, asker
        self.bot_port = free_port()
        self.request_url = f"http://127.0.0.1:{self.bot_port}/slack/events"

    def environ(self) -> dict[str, str]:
        """What the bot's environment must hold to work in this workspace."""
        own = {"SLACK_APP_TOKEN": APP_TOKEN} if self.mode == "socket" else {"SLACK_SIGNING_SECRET": SECRET}
        curators = {"ATZINA_CURATORS": CURATOR, "ATZINA_CURATORS_CHANNEL": CURATORS}
        curators |= {"ATZINA_ADMINISTRATORS": ADMINISTRATOR}
        return {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": f"{self.url}/api/", **own, **curators}

    # What people do

    def mention(self, text: str, channel: str = GENERAL) -> str:
        """The asker writes to the bot in a channel. Returns the message's ts."""
        return str(self._say(channel, f"<@{BOT}> {_typed(text)}")["ts"])

    def say(
        self,
        text: str,
        channel: str = GENERAL,
        thread: str | None = None,
        *,
        user: str | None = None,
        to: str | None = None,
    ) -> str:
        """Somebody (else the asker) writes something without naming the bot, but `to`. Returns the message's ts."""
        named = f"<@{to}> " if to else ""
        return str(self._say(channel, named + _typed(text), thread, user)["ts"])

    def direct(self, text: str) -> str:
        """The asker writes to the bot alone. Returns the message's ts."""
        return str(self._say(self.asker, _typed(text))["ts"])

    @abstractmethod
    def command(self, text: str, command: str = "/lessons", channel: str = GENERAL, *, user: str | None = None) -> None:
        """Somebody (else the asker) types a slash command."""

    @abstractmethod
    def click(self, message: Json, action_id: str, user: str | None = None, half: str | None = None) -> None:
        """Somebody (else the asker) clicks what has this action_id in a message; of feedback buttons, one `half`."""

    @abstractmethod
    def open_home(self, user: str | None = None) -> None:
        """Somebody (else the asker) opens the bot's Home."""

    @abstractmethod
    def click_home(self, action_id: str, user: str | None = None) -> None:
        """Somebody (else the asker) clicks the first of what has this action_id in their Home."""

    @abstractmethod
    def form(self) -> Json:
        """The form that is open on the screen, once it is."""

    @abstractmethod
    def fill_in(self, user: str | None = None, **fields: str) -> None:
        """Somebody (else the asker) fills in the fields of the form that is open, by their names, and sends it.

        In a field that takes several they stand with commas.
        """

    @abstractmethod
    def post_as_bot(self, text: str, thread: str, channel: str = GENERAL) -> str:
        """The bot says something, as a process of it did that is dead by now. Returns the message's ts."""

    # What people see

    def messages(self, channel: str = GENERAL) -> list[Json]:
        """What everyone sees in a channel, oldest first."""
        return [each for each in self._messages(channel) if each.get("subtype") != "ephemeral"]

    def thread(self, ts: str, channel: str = GENERAL) -> list[Json]:
        """The replies to a message, oldest first."""
        return [each for each in self.messages(channel) if each.get("thread_ts") == ts]

    def ephemeral(self, channel: str = GENERAL, user: str | None = None) -> list[Json]:
        """What only one person (else the asker) sees in a channel, oldest first."""
        hidden = [each for each in self._messages(channel) if each.get("subtype") == "ephemeral"]
        return [each for each in hidden if each["ephemeral_to"] == (user or self.asker)]

    def direct_messages(self, user: str | None = None) -> list[Json]:
        """What the bot has written to one person (else the asker) alone, oldest first."""
        mine = [each["id"] for each in self._channels() if each["is_im"] and (user or self.asker) in each["members"]]
        return [each for channel in mine for each in self.messages(channel) if each["user"] == BOT]

    @abstractmethod
    def home(self, user: str | None = None) -> Json | None:
        """What the bot has published as the Home of somebody (else the asker)."""

    # What went over the wire

    @abstractmethod
    def log(self) -> list[Json]:
        """All traffic with the bot: `direction`, `kind`, `summary`, `detail`."""

    def calls(self, *methods: str) -> list[Json]:
        """The arguments of each call that the bot made of these methods of the Web API."""
        made = [each for each in self.log() if (each["direction"], each["kind"]) == ("from_bot", "web_api")]
        return [e["detail"] for e in made if e["summary"] in methods and "by_the_tests" not in e["detail"]]

    def events(self, ts: str) -> list[Json]:
        """The bodies of the events that told the bot of a message."""
        sent = [each for each in self.log() if (each["direction"], each["kind"]) == ("to_bot", "events_api")]
        bodies = [json.loads(e["detail"]) if isinstance(e["detail"], str) else e["detail"] for e in sent]
        return [body for body in bodies if body["event"].get("ts") == ts]

    @abstractmethod
    def connections(self) -> int:
        """How often the bot has opened a Socket Mode connection."""

    @abstractmethod
    def refusals(self) -> list[str]:
        """What Slack refuses, or would refuse, of all that the bot has said."""

    def wait_for(self, look: Callable[[], T], what: str = "the bot's answer", deadline: float = DEADLINE) -> T:
        """The first true thing that `look` returns; the traffic is shown if that never comes."""
        try:
            return wait_for(look, what, deadline)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self.traffic()}") from None

    def traffic(self) -> str:
        """All traffic with the bot, for people."""
        lines = (json.dumps(each.get("detail"), ensure_ascii=False) or "" for each in self.log())
        told = zip(self.log(), lines, strict=False)
        return "\n".join(f"{e['direction']:9} {e['kind']:14} {e['summary']} {line[:400]}" for e, line in told)

    @abstractmethod
    def _say(self, channel: str, text: str, thread: str | None = None, user: str | None = None) -> Json:
        """The asker writes a message, which is returned. A channel may be a person's id."""

    @abstractmethod
    def _messages(self, channel: str) -> list[Json]:
        """All in a channel; what only one person sees has the subtype `ephemeral`, and `ephemeral_to`."""

    @abstractmethod
    def _channels(self) -> list[Json]:
        """Each with `id`, `is_im`, `members`."""


def _typed(text: str) -> str:
    """What people type, as Slack hands it on: https://docs.slack.dev/messaging/formatting-message-text/#escaping."""
    return html.escape(text, quote=False)
