"""What a message says: whether a person wrote it, and its plain words."""

import html
import re
from typing import Any

Json = dict[str, Any]

_NAMED = re.compile(r"<([@#!])([^>|]*)(?:\|([^>]*))?>")
_LINK = re.compile(r"<([^>|]+)(?:\|([^>]*))?>")
# https://docs.slack.dev/reference/events/message#subtypes: those under which a person says something
_SAYING = {None, "file_share", "me_message", "thread_broadcast"}


def is_persons(event: Json) -> bool:
    """Whether a person said it just now: no bot, no edit, no deletion. A message with a file is one."""
    return not event.get("bot_id") and event.get("subtype") in _SAYING and bool(event.get("user"))


def names_somebody(text: str) -> bool:
    """Whether it names a person, a group or everybody: then it is said to them.

    >>> names_somebody("<@U2> un Dānijā?"), names_somebody("<#C1|visits> un Dānijā?")
    (True, False)
    """
    return any(found[1] != "#" for found in _NAMED.finditer(text))


def plain_question(text: str) -> str:
    """The words a person typed: without mentions of anybody, links by their label, Slack's escapes undone.

    >>> plain_question("<@U1> Kas ir &lt;TOG&gt; <https://a.lv|šeit>?")
    'Kas ir <TOG> šeit?'
    """
    without = _NAMED.sub(lambda m: f"#{m[3]}" if m[1] == "#" and m[3] else " ", text)
    labelled = _LINK.sub(lambda m: m[2] or m[1], without)
    return " ".join(html.unescape(labelled).split())
