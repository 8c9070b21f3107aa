"""The Web API of the fake: the methods a bot like ours can call. https://docs.slack.dev/reference/methods"""

import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from block_kit import faults as faults_of_blocks
from block_kit import view_faults

from fake_slack.faults import Faults
from fake_slack.office import Office, RefusedError

Json = dict[str, Any]

STREAM_FOR = 120.0  # seconds; Slack does not say how long: https://github.com/slackapi/python-slack-sdk/issues/1859
_LONGEST, _LONGEST_MARKDOWN = 40_000, 12_000  # characters of a text, and of one markdown_text
_MOST_STATUS_WORDS = 10  # https://docs.slack.dev/reference/methods/assistant.threads.setStatus
_MOST_PROMPTS = 4  # https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
_JSON_FIELDS = ("blocks", "view", "chunks", "metadata", "prompts", "loading_messages")


async def read_body(request: web.Request) -> Json:
    """Arguments from JSON, a form or the address; in a form, structures are JSON in text.

    https://docs.slack.dev/apis/web-api/#post-bodies
    """
    if request.content_type == "application/json":
        try:
            told: Json = json.loads(await request.text() or "{}")
        except ValueError:
            raise RefusedError("invalid_json") from None
        return told
    body = dict(request.query) | dict(await request.post())
    try:
        return body | {name: json.loads(body[name]) for name in _JSON_FIELDS if isinstance(body.get(name), str)}
    except ValueError:
        raise RefusedError("invalid_arguments") from None


class WebApi:
    """What each method does to the office. A handler takes the arguments and returns what stands beside `ok`."""

    def __init__(self, office: Office, faults: Faults, *, stream_for: float = STREAM_FOR) -> None:
        self._office, self._faults = office, faults
        self.stream_for = stream_for
        self.statuses: list[Json] = []
        self.prompts: list[Json] = []
        self.titles: list[Json] = []
        self.methods: dict[str, Callable[[Json], Json]] = {
            "assistant.threads.setStatus": self._set_status,
            "assistant.threads.setSuggestedPrompts": self._set_prompts,
            "assistant.threads.setTitle": self._set_title,
            "auth.test": self._auth_test,
            "chat.appendStream": self._append_stream,
            "chat.delete": self._delete,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.postMessage": self._post_message,
            "chat.startStream": self._start_stream,
            "chat.stopStream": self._stop_stream,
            "chat.update": self._update,
            "conversations.open": self._open_conversation,
            "conversations.replies": self._replies,
            "files.info": self._file_info,
            "usergroups.users.list": self._group_members,
            "users.info": self._user_info,
            "views.open": self._open_view,
            "views.publish": self._publish_view,
            "views.update": self._update_view,
        }

    def call(self, method: str, body: Json) -> Json:
        """The whole answer to a call with a valid bot's token. Raises RefusedError."""
        if method not in self.methods:
            raise RefusedError("unknown_method", req_method=method)
        self._faults.check(method)
        return {"ok": True} | self.methods[method](body)

    def _auth_test(self, _: Json) -> Json:
        """https://docs.slack.dev/reference/methods/auth.test"""
        office = self._office
        named = {"team": "Office", "user": "atzina", "url": "https://office.slack.com/"}
        return named | {"team_id": office.team, "user_id": office.bot, "bot_id": f"B{office.bot[1:]}"}

    # -- messages

    def _post_message(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.postMessage"""
        channel = self._joined(body)
        thread = body.get("thread_ts")
        text, blocks = said(body)
        kept = {"unfurl_links": body.get("unfurl_links"), "unfurl_media": body.get("unfurl_media")}
        message = self._office.post(channel, self._office.bot, text, blocks=blocks, thread_ts=thread, **kept)
        return {"channel": channel, "ts": message["ts"], "message": dict(message)}

    def _replies(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/conversations.replies: the root of the thread is always there."""
        channel, root = self._joined(body), str(body.get("ts"))
        after = float(body.get("oldest") or 0)
        found = [
            each
            for each in self._office.messages[channel]
            if each["ts"] == root or (each.get("thread_ts") == root and float(each["ts"]) > after)
        ]
        if not found:
            raise RefusedError("thread_not_found")
        seen = [dict(each) for each in found if "ephemeral_to" not in each]
        return {"messages": seen[: int(body.get("limit") or 1000)], "has_more": False}

    def _post_ephemeral(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
        channel = self._joined(body)
        if body.get("user") not in self._office.members[channel]:
            raise RefusedError("user_not_in_channel")
        text, blocks = said(body)
        alone = {"subtype": "ephemeral", "ephemeral_to": body["user"]}
        message = self._office.post(
            channel, self._office.bot, text, blocks=blocks, thread_ts=body.get("thread_ts"), **alone
        )
        return {"message_ts": message["ts"]}

    def _update(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.update: one's own, and no ephemeral message."""
        message = self._own(body)
        text, blocks = said(body)
        self._office.changed(message, text=text, blocks=blocks)
        return {"channel": message["channel"], "ts": message["ts"], "text": text, "message": dict(message)}

    def _delete(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.delete"""
        message = self._own(body)
        self._office.messages[message["channel"]].remove(message)
        return {"channel": message["channel"], "ts": message["ts"]}

    def _open_conversation(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/conversations.open"""
        person = str(body.get("users", ""))
        if person not in self._office.people:
            raise RefusedError("user_not_found")
        return {"channel": {"id": self._office.channel(person)}}

    # -- forms and Home

    def _open_view(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/views.open"""
        self._office.use_trigger(body.get("trigger_id"))
        view = _view(body) | {"id": f"V{len(self._office.views)}", "hash": str(time.time_ns())}
        self._office.views[view["id"]] = view
        self._office.open_forms.append(view["id"])
        return {"view": view}

    def _update_view(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/views.update: with an old `hash` it is refused."""
        known = self._office.views.get(str(body.get("view_id")))
        if known is None:
            raise RefusedError("not_found")
        if body.get("hash") not in {None, known["hash"]}:
            raise RefusedError("hash_conflict")
        known |= _view(body) | {"hash": str(time.time_ns())}
        return {"view": known}

    def _publish_view(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/views.publish"""
        if body.get("user_id") not in self._office.people:
            raise RefusedError("user_not_found")
        known = self._office.views.get(body["user_id"])
        if known and body.get("hash") not in {None, known["hash"]}:
            raise RefusedError("hash_conflict")
        view = _view(body) | {"id": f"VH{body['user_id']}", "hash": str(time.time_ns())}
        self._office.views[body["user_id"]] = view
        return {"view": view}

    # -- people and files

    def _group_members(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/usergroups.users.list"""
        if body.get("usergroup") not in self._office.groups:
            raise RefusedError("no_such_subteam")
        return {"users": self._office.groups[body["usergroup"]]}

    def _user_info(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/users.info"""
        if body.get("user") not in self._office.people:
            raise RefusedError("user_not_found")
        return {"user": {"id": body["user"], "team_id": self._office.team, "name": body["user"].lower()}}

    def _file_info(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/files.info"""
        if body.get("file") not in self._office.files:
            raise RefusedError("file_not_found")
        return {"file": self._office.files[body["file"]]}

    # -- the agent

    def _set_status(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/assistant.threads.setStatus"""
        self._joined({"channel": body.get("channel_id")})
        if not body.get("thread_ts") or len(body.get("loading_messages") or ()) > _MOST_STATUS_WORDS:
            raise RefusedError("invalid_arguments")
        self.statuses.append(body)
        return {}

    def _set_title(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/assistant.threads.setTitle"""
        self._joined({"channel": body.get("channel_id")})
        if not body.get("thread_ts") or not body.get("title"):
            raise RefusedError("invalid_arguments")
        self.titles.append(body)
        return {}

    def _set_prompts(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts

        Under `agent_view` thread_ts has to be left out, or nothing is shown; here that is refused, so that it is seen.
        """
        self._joined({"channel": body.get("channel_id")})
        prompts = body.get("prompts") or []
        whole = all(each.get("title") and each.get("message") for each in prompts)
        if body.get("thread_ts") or not 0 < len(prompts) <= _MOST_PROMPTS or not whole:
            raise RefusedError("invalid_arguments")
        self.prompts.append(body)
        return {}

    def _start_stream(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.startStream: in a channel the recipient has to be named."""
        channel = self._joined(body)
        if not channel.startswith("D"):
            for name in ("recipient_user_id", "recipient_team_id"):
                if not body.get(name):
                    raise RefusedError(f"missing_{name}")
        message = self._office.post(channel, self._office.bot, _streamed(body), thread_ts=body.get("thread_ts"))
        self._office.streaming[message["ts"]] = time.monotonic() + self.stream_for
        return {"channel": channel, "ts": message["ts"]}

    def _append_stream(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.appendStream"""
        message = self._in_stream(body)
        message["text"] += _streamed(body)
        return {"channel": message["channel"], "ts": message["ts"]}

    def _stop_stream(self, body: Json) -> Json:
        """https://docs.slack.dev/reference/methods/chat.stopStream"""
        message = self._in_stream(body)
        blocks = _taken(body.get("blocks"))
        del self._office.streaming[message["ts"]]
        self._office.changed(message, text=message["text"] + _streamed(body), blocks=blocks)
        return {"channel": message["channel"], "ts": message["ts"], "message": dict(message)}

    def _in_stream(self, body: Json) -> Json:
        message = self._own(body)
        if self._office.streaming.get(message["ts"], 0.0) < time.monotonic():
            raise RefusedError("message_not_in_streaming_state")
        return message

    # -- common

    def _joined(self, body: Json) -> str:
        """The id of a channel that the bot is in."""
        channel = self._office.channel(str(body.get("channel") or ""))
        if self._office.bot not in self._office.members[channel]:
            raise RefusedError("not_in_channel")
        return channel

    def _own(self, body: Json) -> Json:
        message = self._office.message(str(body.get("channel") or ""), str(body.get("ts") or ""))
        if message["user"] != self._office.bot:
            raise RefusedError("cant_update_message")
        return message


def said(body: Json) -> tuple[str, list[Json] | None]:
    text, blocks = str(body.get("text") or ""), _taken(body.get("blocks"))
    if not text and not blocks and not body.get("markdown_text"):
        raise RefusedError("no_text")
    if len(text) > _LONGEST:
        raise RefusedError("msg_too_long")
    return text or str(body.get("markdown_text") or ""), blocks


def _taken(blocks: object) -> list[Json] | None:
    """Blocks that Slack would take: https://docs.slack.dev/reference/block-kit/blocks."""
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise RefusedError("invalid_blocks_format")
    if found := faults_of_blocks(blocks):
        raise RefusedError("invalid_blocks", response_metadata={"messages": found})
    return blocks


def _view(body: Json) -> Json:
    """https://docs.slack.dev/reference/views"""
    view = body.get("view")
    if not isinstance(view, dict) or not isinstance(view.get("blocks"), list):
        raise RefusedError("invalid_arguments")
    if found := view_faults(view):
        raise RefusedError("invalid_arguments", response_metadata={"messages": found})
    return view


def _streamed(body: Json) -> str:
    """The words of `markdown_text`, or of `chunks`: https://docs.slack.dev/reference/methods/chat.appendStream."""
    text = str(body.get("markdown_text") or "")
    chunks = body.get("chunks") or []
    if not isinstance(chunks, list) or any(not isinstance(each, dict) or "type" not in each for each in chunks):
        raise RefusedError("invalid_chunks")
    text += "".join(str(each.get("text", "")) for each in chunks if each["type"] == "markdown_text")
    if len(text) > _LONGEST_MARKDOWN:
        raise RefusedError("msg_too_long")
    return text
