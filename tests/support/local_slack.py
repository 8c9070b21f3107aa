"""A Slack workspace on this machine, used as people use Slack: local-slack 0.1.8 (parvalabs/local-slack, MIT).

It is somebody else's work, so it checks ours. It is looser than Slack, and where that could hide a fault of the bot,
`LocalSlack` makes up for it: what people type arrives escaped; the text of an ephemeral message does not come along
when its button is clicked; `refusals` names what Slack would not have taken. What it cannot do at all, such as sending
an event again, is asked of `FakeSlack`.
"""

import asyncio
import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx
from aiohttp import ClientSession
from block_kit import button, faults
from programs import LOCAL_SLACK
from waiting import answers, free_port, wait_for
from workspace import (
    APP_TOKEN,
    ASKER,
    BOT,
    BOT_TOKEN,
    COLLEAGUE,
    CURATOR,
    CURATORS,
    GENERAL,
    QUIET,
    SECRET,
    TEAM,
    Mode,
    Workspace,
)

Json = dict[str, Any]

_SAYING = {"chat.postMessage", "chat.postEphemeral", "chat.update"}


class LocalSlack(Workspace):
    """On a port of its own, with its files in a folder."""

    def __init__(self, mode: Mode, folder: Path, *, asker: str = ASKER) -> None:
        super().__init__(mode, asker)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
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
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the server, by its process id."""
        self._open.close()

    # What people do

    def upload(self, *files: Path, text: str = "", channel: str | None = None, user: str | None = None) -> str:
        """Somebody (else the asker) sends files in a channel, else to the bot alone. Returns the message's ts."""
        who = user or self.asker
        form = {"channel": channel or who, "user": who, "text": text}
        sent = [("file", (path.name, path.read_bytes())) for path in files]
        answered = self._client.post("/_control/upload", data=form, files=sent).raise_for_status().json()
        assert answered["ok"], answered
        return str(answered["message"]["ts"])

    def command(self, text: str, command: str = "/lessons", channel: str = GENERAL, *, user: str | None = None) -> None:
        typed = {"channel": channel, "user": user or self.asker, "command": command, "text": text}
        self._control("command", typed)

    def click(self, message: Json, action_id: str, user: str | None = None, half: str | None = None) -> None:
        """Slack sends no text along for an ephemeral message, local-slack does: it is emptied first."""
        pressed = button(message["blocks"], action_id)
        if half:
            pressed |= {"value": pressed[f"{half}_button"]["value"]}
        if message.get("subtype") == "ephemeral":
            emptied = {"channel": message["channel"], "ts": message["ts"], "text": "", "by_the_tests": True}
            self._client.post("/api/chat.update", json=emptied).raise_for_status()
            self._emptied.add(message["ts"])
        place = {"channel": message["channel"], "messageTs": message["ts"], "user": user or self.asker}
        self._control("interact", place | {"action": pressed})

    def open_home(self, user: str | None = None) -> None:
        self._control("open-home", {"user": user or self.asker})

    def click_home(self, action_id: str, user: str | None = None) -> None:
        """As its page does; of the view and what was typed in it local-slack tells nothing, so nothing can be asked."""
        home = self.home(user)
        assert home, "no Home has been published"
        pressed = {"t": "block_action", "channel": "", "messageTs": "", "user": user or self.asker}
        asyncio.run(self._screen(pressed | {"action": button(home["blocks"], action_id)}))

    def form(self) -> Json:
        return self.wait_for(lambda: asyncio.run(self._screen())["modalStack"], "a form to open")[-1]

    def fill_in(self, user: str | None = None, **fields: str) -> None:
        kinds = {each["block_id"]: each["element"]["type"] for each in self.form()["blocks"] if "element" in each}
        values = {name: {name: _filled(kinds[name], entered)} for name, entered in fields.items()}
        asyncio.run(self._screen({"t": "view_submit", "user": user or self.asker, "values": values}))

    def post_as_bot(self, text: str, thread: str, channel: str = GENERAL) -> str:
        message = {"channel": channel, "thread_ts": thread, "text": text, "by_the_tests": True}
        posted = self._client.post(
            "/api/chat.postMessage", json=message, headers={"Authorization": f"Bearer {BOT_TOKEN}"}
        )
        return str(posted.raise_for_status().json()["ts"])

    def home(self, user: str | None = None) -> Json | None:
        published = asyncio.run(self._screen())["homeViews"].get(user or self.asker, {})
        return next(iter(published.values()), None)

    # What went over the wire

    def log(self) -> list[Json]:
        entries: list[Json] = self._client.get("/_control/log").json()["log"]
        return entries

    def connections(self) -> int:
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

    async def _screen(self, does: Json | None = None) -> Json:
        """What the page in the browser is told when it opens; what a person does there is sent, if anything."""
        async with ClientSession() as browser, browser.ws_connect(f"{self.url}/ui") as page:
            state: Json = (await page.receive_json())["state"]
            if does:
                await page.send_json(does)
                await page.receive_json()  # what came of it, so that it has arrived
            return state

    def _say(self, channel: str, text: str, thread: str | None = None, user: str | None = None) -> Json:
        said = {"channel": channel, "user": user or self.asker, "text": text}
        said |= {"thread_ts": thread} if thread else {}
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
                "botToken": BOT_TOKEN,
                "appToken": APP_TOKEN,
                "signingSecret": SECRET,
                "mode": "socket" if self.mode == "socket" else "events",
                "requestUrl": self.request_url,
            },
            "users": [{"id": person, "name": person.lower()} for person in people],
            "channels": [
                {"id": channel, "name": channel[2:].lower(), "members": [*members, BOT]}
                for channel, members in ((GENERAL, people), (QUIET, people), (CURATORS, [CURATOR]))
            ],
        }


def _filled(kind: str, entered: str) -> Json:
    """What was typed into a field, or chosen in it, as the page sends it."""
    several = [each for each in entered.split(",") if each]
    if kind == "multi_users_select":
        return {"type": kind, "selected_users": several}
    if kind in {"checkboxes", "multi_static_select"}:
        return {"type": kind, "selected_options": [{"value": each} for each in several]}
    return {"type": kind} | (
        {"value": entered} if kind == "plain_text_input" else {"selected_option": {"value": entered}}
    )
