"""What Slack's users can do: thin listeners that acknowledge, parse, and hand over."""

from slack_bolt.async_app import AsyncApp

from bot.slack.listeners import (
    adding,
    agent,
    answers,
    authors,
    channels,
    commands,
    feedback,
    handovers,
    home,
    messages,
    reviews,
)
from bot.slack.listeners.parts import Parts

_BOUND = (agent, messages, commands, answers, feedback, handovers, adding, reviews, authors, channels, home)

__all__ = ["Parts", "register"]


def register(app: AsyncApp, parts: Parts) -> None:
    """Binds every listener. What is bound here stands in slack-manifest.json too; a test compares them."""
    for each in _BOUND:
        each.bind(app, parts)
