"""slack-manifest.json is complete and minimal: it is compared with what the code calls, offers and listens to."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot import doctor

ROOT = Path(__file__).parents[3]
MANIFEST = json.loads((ROOT / "slack-manifest.json").read_text())
CODE = [node for path in sorted((ROOT / "bot").rglob("*.py")) for node in ast.walk(ast.parse(path.read_text()))]
METHODS = {name for name in dir(AsyncWebClient) if not name.startswith("_") and "_" in name}

# What each method needs: https://docs.slack.dev/reference/methods. None: no scope of a bot.
SCOPE_OF_METHOD = {
    "apps_connections_open": None,
    "auth_test": None,
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "files_info": "files:read",
    "usergroups_users_list": "usergroups:read",
    "views_open": None,
    "views_update": None,
}
# What each event needs: https://docs.slack.dev/reference/events
SCOPE_OF_EVENT = {"app_mention": "app_mentions:read", "message.im": "im:history"}
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
    return {"message.im" if name == "message" else name for name in _listened("event")}


def _called() -> set[str]:
    return {name for name, _ in _calls("client") if name in METHODS}


def test_the_manifest_names_what_is_listened_to() -> None:
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == _events()
    assert {each["command"] for each in MANIFEST["features"]["slash_commands"]} == _listened("command")
    interactive = bool(_listened("action") | _listened("view") | _listened("shortcut"))
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] == interactive
    assert _listened("shortcut") == {each["callback_id"] for each in MANIFEST["features"].get("shortcuts", [])}


def test_the_manifest_asks_for_the_scopes_that_are_needed() -> None:
    """Of every method that is called and every event that is listened to; and the doctor looks for the same."""
    assert _called() == set(SCOPE_OF_METHOD)
    assert _events() == set(SCOPE_OF_EVENT)
    needed = {scope for scope in (SCOPE_OF_METHOD | SCOPE_OF_EVENT).values() if scope}
    needed |= {"commands"} if _listened("command") | _listened("shortcut") else set()
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed | AGENT == doctor._SCOPES


def test_every_button_and_form_is_listened_to() -> None:
    offered = {name for function, name in _calls(None) if function == "button"} | _feedback_buttons()
    assert offered == _listened("action")
    assert {name for function, name in _calls(None) if function == "form"} == _listened("view")
