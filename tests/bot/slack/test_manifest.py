"""slack-manifest.json is complete and minimal: it is compared with what the code calls, offers and listens to."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from emulate import CHANNEL, PERSON, emulated
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import doctor
from bot.smalltalk import smalltalk
from bot.subcommands import subcommand

ROOT = Path(__file__).parents[3]
MANIFEST = json.loads((ROOT / "slack-manifest.json").read_text())
CODE = [node for path in sorted((ROOT / "bot").rglob("*.py")) for node in ast.walk(ast.parse(path.read_text()))]
METHODS = {name for name in dir(AsyncWebClient) if not name.startswith("_") and "_" in name}

# What each method needs: https://docs.slack.dev/reference/methods. None: no scope of a bot.
SCOPE_OF_METHOD = {
    "agents_sessions_setStatus": "chat:write",
    "apps_connections_open": None,
    "assistant_threads_setStatus": "chat:write",
    "assistant_threads_setSuggestedPrompts": "assistant:write",
    "auth_test": None,
    "chat_postMessage": "chat:write",
    "chat_startStream": "chat:write",
    "chat_stopStream": "chat:write",
    "chat_update": "chat:write",
    "conversations_replies": "im:history",
    "files_info": "files:read",
    "usergroups_users_list": "usergroups:read",
    "views_open": None,
    "views_publish": None,
    "views_update": None,
}
# What each event needs: https://docs.slack.dev/reference/events
SCOPE_OF_EVENT = {
    "agent_session_stopped": "chat:write",
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}
MESSAGES = {name for name in SCOPE_OF_EVENT if name.startswith("message.")}  # which one listener hears
# Slack sends these to apps with `assistant_view` alone, which no new app can have: docs/slack.md says what an old one
# adds. https://docs.slack.dev/ai/migrating-to-agent-messaging
OLD_EVENTS = {"assistant_thread_started", "assistant_thread_context_changed"}
AGENT = {"assistant:write"}  # what an app with `agent_view` has to ask for


def _calls(owner: str | None) -> Iterator[tuple[str, str]]:
    """The name and the first argument of every call of a method of something with this name, or of a function."""
    for node in CODE:
        if isinstance(node, ast.Call):
            first = _first(node)
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                if node.func.value.id == owner:
                    yield node.func.attr, str(first)
            elif isinstance(node.func, ast.Name) and owner is None:
                yield node.func.id, str(first)


def _first(call: ast.Call) -> str:
    """Its first argument: what it is, or the name that a text which is put together begins with."""
    if call.args and isinstance(call.args[0], ast.Constant):
        return str(call.args[0].value)
    names = [node.id for node in ast.walk(call) if isinstance(node, ast.Name) and node.id.isupper()]
    return names[0] if names else ""


def _listened(kind: str) -> set[str]:
    return {name for method, name in _calls("app") if method == kind}


def _feedback_buttons() -> set[str]:
    """The names of elements that are written out, and so not made by `button`."""
    written = [n for n in CODE if isinstance(n, ast.Dict) and all(isinstance(k, ast.Constant) for k in n.keys)]
    known = [dict(zip([k.value for k in n.keys], n.values, strict=True)) for n in written]  # type: ignore[union-attr]
    kinds = [{name: value.value for name, value in each.items() if isinstance(value, ast.Constant)} for each in known]
    return {str(each["action_id"]) for each in kinds if each.get("type") == "feedback_buttons"}


def _events() -> set[str]:
    heard = _listened("event")
    return heard - {"message"} - OLD_EVENTS | (MESSAGES if "message" in heard else set())


def _called() -> set[str]:
    return {name for name, _ in _calls("client") if name in METHODS}


def test_the_manifest_names_what_is_listened_to() -> None:
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == _events()
    assert {each["command"] for each in MANIFEST["features"]["slash_commands"]} == _listened("command")
    interactive = bool(_listened("action") | _listened("view") | _listened("shortcut"))
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] == interactive
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"] == ("views_publish" in _called())
    assert _listened("shortcut") == {each["callback_id"] for each in MANIFEST["features"].get("shortcuts", [])}


def test_the_manifest_asks_for_the_scopes_that_are_needed() -> None:
    """Of every method that is called and every event that is listened to; and the doctor looks for the same."""
    assert _called() == set(SCOPE_OF_METHOD)
    assert _events() == set(SCOPE_OF_EVENT)
    needed = {scope for scope in (SCOPE_OF_METHOD | SCOPE_OF_EVENT).values() if scope}
    needed |= {"commands"} if _listened("command") | _listened("shortcut") else set()
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed | AGENT == doctor._SCOPES


def test_what_an_old_app_needs_beside_is_told() -> None:
    """The manifest is for new apps; the listeners for old ones are there, and so is what to change for them."""
    assert "agent_view" in MANIFEST["features"]
    assert _listened("event") >= OLD_EVENTS
    told = (ROOT / "docs" / "slack.md").read_text()
    assert all(f"`{name}`" in told for name in {"assistant_view", *OLD_EVENTS})


def test_what_the_manifest_offers_to_ask_is_understood() -> None:
    """Slack shows these until the bot offers others, so they are no questions about a report that may not be there."""
    offered = [each["message"] for each in MANIFEST["features"]["agent_view"]["suggested_prompts"]]
    assert all(subcommand(each, ("lv",)) or smalltalk(each, ("lv",)) for each in offered)


def test_every_button_and_form_is_listened_to() -> None:
    offered = {
        name for function, name in _calls(None) if function in {"button", "channel_menu", "enter_field"}
    } | _feedback_buttons()
    assert offered == _listened("action")
    assert {name for function, name in _calls(None) if function == "form"} == _listened("view")


# What emulate 0.12.2 cannot check, and why
NOT_EMULATED = {
    "agents_sessions_setStatus": "it knows no agents",
    "apps_connections_open": "it knows no Socket Mode",
    "assistant_threads_setStatus": "it knows no agents",
    "assistant_threads_setSuggestedPrompts": "it knows no agents",
    "chat_startStream": "it knows no streams",
    "chat_stopStream": "it knows no streams",
    "conversations_replies": "it is asked only where a process has died at work, and here none does",
    "files_info": "what it is asked for has to be there, and no file can be sent to it from outside",
    "usergroups_users_list": "it knows no user groups",
}
SHOWN_BY_NOTHING = {
    "app_mentions:read": "an event's: emulate sends none",
    "assistant:write": "asked for by `agent_view`",
    "channels:history": "an event's: emulate sends none",
    "commands": "the command's: emulate sends none",
    "files:read": NOT_EMULATED["files_info"],
    "groups:history": "an event's: emulate sends none",
    "im:history": "an event's: emulate sends none",
    "usergroups:read": NOT_EMULATED["usergroups_users_list"],
}
VIEW = {"title": {"type": "plain_text", "text": "Form"}, "blocks": [{"type": "divider"}]}
# What each method is called with: as little as it takes
ARGUMENTS: dict[str, dict[str, Any]] = {
    "auth_test": {},
    "chat_postMessage": {"channel": CHANNEL, "text": "Said."},
    "chat_update": {"channel": CHANNEL, "ts": "1.1", "text": "Said."},
    "views_open": {"trigger_id": "1.1", "view": VIEW | {"type": "modal"}},
    "views_publish": {"user_id": PERSON, "view": {"type": "home", "blocks": [{"type": "divider"}]}},
    "views_update": {"view_id": "V1", "view": VIEW | {"type": "modal"}},
}
SCOPES = set(MANIFEST["oauth_config"]["scopes"]["bot"])


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], str | None]]:
    """Which scope a method lacks under a token: `all`, or the name of the one scope that it does not have."""
    tokens = {f"xoxb-{scope}": SCOPES - {scope} for scope in SCOPES} | {"xoxb-all": SCOPES}
    with emulated(tmp_path_factory.mktemp("emulate"), tokens) as address:

        def lacking(method: str, token: str) -> str | None:
            client = WebClient(f"xoxb-{token}", base_url=address)
            try:
                getattr(client, method)(**ARGUMENTS[method])
            except SlackApiError as fault:
                told = fault.response.data
                assert isinstance(told, dict), f"{method} is unknown: {told!r}"
                return str(told["needed"]) if told.get("error") == "missing_scope" else None
            return None

        yield lacking


def test_the_scopes_of_the_manifest_suffice(refused: Callable[[str, str], str | None]) -> None:
    """For every method that is called, at a server that is strict about scopes."""
    assert _called() == set(ARGUMENTS) | set(NOT_EMULATED)
    assert {method: refused(method, "all") for method in ARGUMENTS} == dict.fromkeys(ARGUMENTS)


def test_each_scope_of_the_manifest_is_needed(refused: Callable[[str, str], str | None]) -> None:
    """Without it that server refuses the methods which need it; what it cannot show is named with the reason."""
    shown = set()
    for method in ARGUMENTS:
        if needed := SCOPE_OF_METHOD[method]:
            assert refused(method, needed) == needed, method
            shown.add(needed)
    assert shown | set(SHOWN_BY_NOTHING) == SCOPES
    assert not shown & set(SHOWN_BY_NOTHING)
