"""What Slack sends to a bot, in its shapes.

https://docs.slack.dev/reference/events, https://docs.slack.dev/reference/interaction-payloads
"""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from programs import ROOT
from workspace import BOT, TEAM

Json = dict[str, Any]

_APP = "A0ATZINA"
_MANIFEST = json.loads((ROOT / "slack-manifest.json").read_text(encoding="utf-8"))
_SUBSCRIBED = set(_MANIFEST["settings"]["event_subscriptions"]["bot_events"])
_SHORTCUTS = {each["callback_id"] for each in _MANIFEST["features"]["shortcuts"] if each["type"] == "message"}
_KINDS = {"C": ("message.channels", "channel"), "D": ("message.im", "im"), "G": ("message.groups", "group")}


def events_of(event: Json) -> Iterator[Json]:
    """The events that come of what happened, as far as the manifest asks for them.

    A message that names the bot in a channel comes as app_mention, and as a message too where those are asked for:
    https://docs.slack.dev/reference/events/app_mention.
    """
    if event["type"] != "message":
        if event["type"] in _SUBSCRIBED:
            yield event
        return
    name, channel_type = _KINDS[event["channel"][0]]
    known = {key: value for key, value in event.items() if key not in {"edited", "unfurl_links", "unfurl_media"}}
    if channel_type != "im" and f"<@{BOT}>" in event.get("text", "") and "app_mention" in _SUBSCRIBED:
        yield known | {"type": "app_mention"}
    if name in _SUBSCRIBED:
        yield known | {"channel_type": channel_type}


def event_callback(event: Json) -> Json:
    """https://docs.slack.dev/apis/events-api/#event-type-structure"""
    authorization = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True}
    return {
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": _APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
        "event_time": int(time.time()),
        "authorizations": [authorization | {"is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }


def slash_command(command: str, text: str, channel: str, user: str, url: str, trigger: str) -> Json:
    """https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling"""
    place = {"team_id": TEAM, "team_domain": "office", "channel_id": channel, "channel_name": channel.lower()}
    who = {"user_id": user, "user_name": user.lower(), "api_app_id": _APP, "is_enterprise_install": "false"}
    asked = {"command": command, "text": text, "response_url": url, "trigger_id": trigger}
    return {"token": "verification", **place, **who, **asked}


def block_actions(message: Json, pressed: Json, user: str, url: str, trigger: str) -> Json:
    """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload: an ephemeral message stays away."""
    hidden = message.get("subtype") == "ephemeral"
    container = {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]}
    container |= {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
    return _sent("block_actions", user, trigger) | {
        "container": container | {"is_ephemeral": hidden},
        "channel": {"id": message["channel"], "name": message["channel"].lower()},
        "state": {"values": {}},
        "response_url": url,
        "actions": [_action(pressed)],
        **({} if hidden else {"message": message}),
    }


def home_actions(home: Json, pressed: Json, user: str, trigger: str) -> Json:
    """The same of a Home, which stands in no channel and has no response_url."""
    container = {"type": "view", "view_id": home["id"]}
    return _sent("block_actions", user, trigger) | {"container": container, "view": home, "actions": [_action(pressed)]}


def message_action(callback_id: str, message: Json, user: str, url: str, trigger: str) -> Json:
    """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload#message-shortcuts

    Only what the manifest offers can be chosen.
    """
    assert callback_id in _SHORTCUTS, f"the manifest offers no shortcut {callback_id}"
    kept = ("type", "user", "ts", "text", "thread_ts", "files", "bot_id", "blocks")
    return _sent("message_action", user, trigger) | {
        "callback_id": callback_id,
        "action_ts": f"{time.time():.6f}",
        "channel": {"id": message["channel"], "name": message["channel"].lower()},
        "message_ts": message["ts"],
        "message": {name: message[name] for name in kept if name in message},
        "response_url": url,
    }


def entered(home: Json, typed: str | None) -> Json:
    """A Home with what stands in its field."""
    fields = [block for block in home["blocks"] if block["type"] == "input"]
    values = {b["block_id"]: {b["element"]["action_id"]: _entered(b["element"], typed)} for b in fields}
    return home | {"state": {"values": values}}


def _action(pressed: Json) -> Json:
    known = ("type", "block_id", "action_id", "value", "selected_option")
    return {name: pressed[name] for name in known if name in pressed} | {"action_ts": f"{time.time():.6f}"}


def view_submission(view: Json, user: str, trigger: str) -> Json:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission"""
    return _sent("view_submission", user, trigger) | {"view": view, "response_urls": []}


def filled(view: Json, fields: Mapping[str, str]) -> Json:
    """A form with what was typed and chosen in it; the other fields are empty, as Slack sends them."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    unknown = set(fields) - {block["block_id"] for block in inputs}
    assert not unknown, f"the form has no field {unknown}"
    values = {
        block["block_id"]: {block["element"]["action_id"]: _entered(block["element"], fields.get(block["block_id"]))}
        for block in inputs
    }
    return view | {"state": {"values": values}}


def _entered(element: Json, typed: str | None) -> Json:
    kind, options = element["type"], {each["value"]: each for each in element.get("options", [])}
    several = [each for each in (typed or "").split(",") if each]
    if kind in {"checkboxes", "multi_static_select"}:
        chosen = element.get("initial_options", []) if typed is None else [options[each] for each in several]
        return {"type": kind, "selected_options": chosen}
    if kind == "multi_users_select":
        return {"type": kind, "selected_users": element.get("initial_users", []) if typed is None else several}
    if kind in {"radio_buttons", "static_select"}:
        return {"type": kind, "selected_option": options[typed] if typed else element.get("initial_option")}
    return {"type": kind, "value": typed if typed is not None else element.get("initial_value")}


def _sent(kind: str, user: str, trigger: str) -> Json:
    return {
        "type": kind,
        "token": "verification",
        "api_app_id": _APP,
        "team": {"id": TEAM, "domain": "office"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
        "trigger_id": trigger,
    }
