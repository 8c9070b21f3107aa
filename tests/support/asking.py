"""Asking the bot in a Slack workspace, and waiting for what it says."""

from typing import Any

from block_kit import quotes
from workspace import Workspace

Json = dict[str, Any]

QUESTION = "Kādi ir elektroniskās uzraudzības nosacījumi Norvēģijā?"
ANOTHER = "Kā sagatavot ieslodzītos atbrīvošanai?"
UNANSWERABLE = "Kā pagatavot biezpiena kūku ar ķiršiem?"


def quoting(message: Json) -> list[str]:
    """The passages that a message quotes."""
    return quotes(message.get("blocks") or [])


def answer_in_thread(slack: Workspace, ts: str) -> Json:
    """The bot's reply to a mention, once it has taken the place of the first sign of life."""
    return slack.wait_for(lambda: [each for each in slack.thread(ts) if "edited" in each])[0]


def answer_to_command(slack: Workspace, question: str) -> Json:
    """What the asker alone sees after a slash command."""
    before = len(slack.ephemeral())
    slack.command(question)
    return slack.wait_for(lambda: [each for each in slack.ephemeral()[before:] if quoting(each)])[0]
