"""A Slack workspace on this machine, used as people use Slack: local-slack 0.1.8 (parvalabs/local-slack, MIT).

It is somebody else's work, so it checks ours. It is looser than Slack, and where that could hide a fault of the bot,
`LocalSlack` makes up for it: what people type arrives escaped; the text of an ephemeral message does not come along
when its button is clicked; `refusals` names what Slack would not have taken; events can be delivered again.
"""

import asyncio
import contextlib
import html
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import httpx
from aiohttp import ClientSession
from block_kit import button, faults
from programs import LOCAL_SLACK
from slack_sdk.signature import SignatureVerifier
from socket_mode import SocketMode
from waiting import DEADLINE, answers, free_port, wait_for

Json = dict[str, Any]
Mode = Literal["socket", "http"]
T = TypeVar("T")

ASKER, COLLEAGUE, CURATOR, BOT = "U0ASKER", "U0COLLEAGUE", "U0CURATOR", "U0ATZINA"
GENERAL, QUIET, CURATORS = "C0GENERAL", "C0QUIET", "C0CURATORS"
TEAM = "T0OFFICE"
_BOT_TOKEN, _APP_TOKEN, _SECRET = "xoxb-for-tests", "xapp-for-tests", "secret-for-tests"
_SAYING = {"chat.postMessage", "chat.postEphemeral", "chat.update"}


class LocalSlack:
    """A running workspace with an asker, a colleague, the bot and two channels; a context manager.

    With `redelivers` a `SocketMode` server stands before it, through which an event can be sent again.
    """

    def __init__(self, mode: Mode, folder: Path, *, asker: str = ASKER, redelivers: bool = False) -> None:
        self.mode = mode
        self.asker = asker
        self.port = free_port()
        self.bot_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.request_url = f"http://127.0.0.1:{self.bot_port}/slack/events"
        self._folder = folder
        self._sockets = SocketMode(self.url, _APP_TOKEN) if redelivers and mode == "socket" else None
        self._client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self._open = contextlib.ExitStack()
        self._emptied: set[str] = set()  # ts of the ephemeral messages that a click has emptied

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "workspace.json"
        config.write_text(json.dumps(self._workspace()), encoding="utf-8")
        command: list[str | Path] = [LOCAL_SLACK, "--config", config, "--port", str(self.port)]
        command += ["--base-host", "127.0.0.1", "--files-dir", self._folder / "files"]
        output = self._open.enter_context((self._folder / "local-slack.log").open("wb"))
        self._process = subprocess.Popen(command, stdout=output, stderr=output)
        self._open.callback(self._end)
        try:
            wait_for(self._is_up, "local-slack to start", 30)
            if self._sockets:
                self._open.enter_context(self._sockets)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the server, by its process id."""
        self._open.close()

    def environ(self) -> dict[str, str]:
        """What the bot's environment must hold to work in this workspace."""
        own = {"SLACK_APP_TOKEN": _APP_TOKEN} if self.mode == "socket" else {"SLACK_SIGNING_SECRET": _SECRET}
        server = self._sockets.url if self._sockets else self.url
        curators = {"ATZINA_CURATORS": CURATOR, "ATZINA_CURATORS_CHANNEL": CURATORS}
        return {"SLACK_BOT_TOKEN": _BOT_TOKEN, "SLACK_API_URL": f"{server}/api/", **own, **curators}

    # What people do

    def mention(self, text: str, channel: str = GENERAL) -> str:
        """The asker writes to the bot in a channel. Returns the message's ts."""
        return str(self._say(channel, f"<@{BOT}> {_typed(text)}")["ts"])

    def say(self, text: str, channel: str = GENERAL, thread: str | None = None) -> str:
        """The asker writes something without naming the bot. Returns the message's ts."""
        return str(self._say(channel, _typed(text), thread)["ts"])

    def direct(self, text: str) -> str:
        """The asker writes to the bot alone. Returns the message's ts."""
        return str(self._say(self.asker, _typed(text))["ts"])

    def upload(self, *files: Path, text: str = "", channel: str | None = None, user: str | None = None) -> str:
        """Somebody (else the asker) sends files in a channel, else to the bot alone. Returns the message's ts."""
        who = user or self.asker
        form = {"channel": channel or who, "user": who, "text": text}
        sent = [("file", (path.name, path.read_bytes())) for path in files]
        answered = self._client.post("/_control/upload", data=form, files=sent).raise_for_status().json()
        assert answered["ok"], answered
        return str(answered["message"]["ts"])

    def command(self, text: str, command: str = "/lessons", channel: str = GENERAL) -> None:
        """The asker types a slash command."""
        self._control("command", {"channel": channel, "user": self.asker, "command": command, "text": text})

    def click(self, message: Json, action_id: str, user: str | None = None, half: str | None = None) -> None:
        """Somebody (else the asker) clicks what has this action_id in a message; of feedback buttons, one `half`.

        Slack sends no text along for an ephemeral message, local-slack does: it is emptied first.
        """
        pressed = button(message["blocks"], action_id)
        if half:
            pressed |= {"value": pressed[f"{half}_button"]["value"]}
        if message.get("subtype") == "ephemeral":
            emptied = {"channel": message["channel"], "ts": message["ts"], "text": "", "by_the_tests": True}
            self._client.post("/api/chat.update", json=emptied).raise_for_status()
            self._emptied.add(message["ts"])
        place = {"channel": message["channel"], "messageTs": message["ts"], "user": user or self.asker}
        self._control("interact", place | {"action": pressed})

    def form(self) -> Json:
        """The form that is open on the screen, once it is."""
        return self.wait_for(lambda: asyncio.run(self._screen())["modalStack"], "a form to open")[-1]

    def fill_in(self, user: str | None = None, **fields: str) -> None:
        """Somebody (else the asker) fills in the fields of the form that is open, by their names, and sends it."""
        kinds = {each["block_id"]: each["element"]["type"] for each in self.form()["blocks"] if "element" in each}
        values = {name: {name: _filled(kinds[name], entered)} for name, entered in fields.items()}
        asyncio.run(self._screen({"t": "view_submit", "user": user or self.asker, "values": values}))

    def post_as_bot(self, text: str, thread: str, channel: str = GENERAL) -> str:
        """The bot says something, as a process of it did that is dead by now. Returns the message's ts."""
        message = {"channel": channel, "thread_ts": thread, "text": text, "by_the_tests": True}
        posted = self._client.post(
            "/api/chat.postMessage", json=message, headers={"Authorization": f"Bearer {_BOT_TOKEN}"}
        )
        return str(posted.raise_for_status().json()["ts"])

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

    # What went over the wire

    def log(self) -> list[Json]:
        """All traffic with the bot: `direction`, `kind`, `summary`, `detail`."""
        entries: list[Json] = self._client.get("/_control/log").json()["log"]
        return entries

    def calls(self, *methods: str) -> list[Json]:
        """The arguments of each call that the bot made of these methods of the Web API."""
        made = [each for each in self.log() if (each["direction"], each["kind"]) == ("from_bot", "web_api")]
        return [e["detail"] for e in made if e["summary"] in methods and "by_the_tests" not in e["detail"]]

    def events(self, ts: str) -> list[Json]:
        """The bodies of the events that told the bot of a message."""
        sent = [each for each in self.log() if (each["direction"], each["kind"]) == ("to_bot", "events_api")]
        bodies = [json.loads(e["detail"]) if isinstance(e["detail"], str) else e["detail"] for e in sent]
        return [body for body in bodies if body["event"].get("ts") == ts]

    def acks(self) -> int:
        """How many envelopes or requests the bot has confirmed."""
        confirming = {("ack", "socket"), ("HTTP 200", "http")}
        from_bot = [each["summary"] for each in self.log() if each["direction"] == "from_bot"]
        return sum(any(s.startswith(start) for start, mode in confirming if mode == self.mode) for s in from_bot)

    def connections(self) -> int:
        """How often the bot has opened a Socket Mode connection."""
        if self._sockets:
            return self._sockets.opened
        return sum("socket connected" in each["summary"] for each in self.log())

    def refusals(self) -> list[str]:
        """What Slack would have refused of all that the bot has said, and local-slack took."""
        said = [(f"{c['channel']} {c.get('ts', '')}", c) for c in self.calls(*_SAYING)]
        kept = [m for c in self._channels() for m in self._messages(c["id"]) if m.get("user") == BOT]
        kept = [m for m in kept if m["text"] or m["ts"] not in self._emptied]
        said += [(f"{each['channel']} {each['ts']}", each) for each in kept]
        found = [f"{where}: {fault}" for where, each in said for fault in faults(each.get("blocks") or [])]
        found += [f"{where}: no text for notifications" for where, each in said if not each.get("text")]
        hidden = {each["ts"] for each in kept if each.get("subtype") == "ephemeral"}
        changed = [each["ts"] for each in self.calls("chat.update", "chat.delete")]
        return found + [f"{ts}: an ephemeral message changes by response_url only" for ts in changed if ts in hidden]

    # What Slack does

    def redeliver(self, ts: str) -> None:
        """Sends the events of a message again, as Slack does when it saw no confirmation; waits for the bot's."""
        bodies = self.events(ts)
        assert bodies, f"no event was sent for the message {ts}"
        for body in bodies:
            if self._sockets:
                self._sockets.redeliver(body)
            else:
                self._post_again(json.dumps(body))

    def renew_connections(self) -> None:
        """Asks the bot for a new Socket Mode connection, as Slack does every few hours."""
        assert self._sockets, "only a workspace that redelivers in Socket Mode can renew connections"
        self._sockets.refresh()

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

    def _post_again(self, body: str) -> None:
        """https://docs.slack.dev/apis/events-api/#retries: headers X-Slack-Retry-Num and X-Slack-Retry-Reason."""
        now = str(int(time.time()))
        signature = SignatureVerifier(_SECRET).generate_signature(timestamp=now, body=body)
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": signature or "",
            "X-Slack-Retry-Num": "1",
            "X-Slack-Retry-Reason": "http_timeout",
        }
        self._client.post(self.request_url, content=body.encode(), headers=headers).raise_for_status()

    async def _screen(self, does: Json | None = None) -> Json:
        """What the page in the browser is told when it opens; what a person does there is sent, if anything."""
        async with ClientSession() as browser, browser.ws_connect(f"{self.url}/ui") as page:
            state: Json = (await page.receive_json())["state"]
            if does:
                await page.send_json(does)
                await page.receive_json()  # what came of it, so that it has arrived
            return state

    def _say(self, channel: str, text: str, thread: str | None = None) -> Json:
        said = {"channel": channel, "user": self.asker, "text": text} | ({"thread_ts": thread} if thread else {})
        message: Json = self._control("message", said)["message"]
        return message

    def _control(self, verb: str, body: Json) -> Json:
        done: Json = self._client.post(f"/_control/{verb}", json=body).raise_for_status().json()
        return done

    def _messages(self, channel: str) -> list[Json]:
        found: list[Json] = self._client.get(f"/_control/messages/{channel}").json()["messages"]
        return found

    def _channels(self) -> list[Json]:
        found: list[Json] = self._client.get("/_control/state").json()["channels"]
        return found

    def _is_up(self) -> bool:
        ended = self._process.poll()
        assert ended is None, f"local-slack ended with {ended}: {(self._folder / 'local-slack.log').read_text()}"
        return answers(f"{self.url}/_control/state")

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._client.close()

    def _workspace(self) -> Json:
        people = [self.asker, COLLEAGUE, CURATOR]
        return {
            "workspace": {"name": "Office", "domain": "office", "teamId": TEAM},
            "app": {
                "appId": "A0ATZINA",
                "botUserId": BOT,
                "botName": "atzina",
                "botToken": _BOT_TOKEN,
                "appToken": _APP_TOKEN,
                "signingSecret": _SECRET,
                "mode": "socket" if self.mode == "socket" else "events",
                "requestUrl": self.request_url,
            },
            "users": [{"id": person, "name": person.lower()} for person in people],
            "channels": [
                {"id": channel, "name": channel[2:].lower(), "members": [*members, BOT]}
                for channel, members in ((GENERAL, people), (QUIET, people), (CURATORS, [CURATOR]))
            ],
        }


def _typed(text: str) -> str:
    """What people type, as Slack hands it on: https://docs.slack.dev/messaging/formatting-message-text/#escaping."""
    return html.escape(text, quote=False)


def _filled(kind: str, entered: str) -> Json:
    """What was typed into a field, or chosen in it, as the page sends it."""
    return {"type": kind} | (
        {"value": entered} if kind == "plain_text_input" else {"selected_option": {"value": entered}}
    )
