"""What people do with an answer in Slack, the same in Socket Mode and over HTTP: they judge it, and hand it on."""

import sqlite3
from typing import Any

from asking import QUESTION, answer_in_thread, answer_to_command
from block_kit import faults, view_faults, words
from local_slack import COLLEAGUE, GENERAL, LocalSlack
from product import Bot

Json = dict[str, Any]


def votes(bot: Bot, message: str) -> list[tuple[Any, ...]]:
    """Who said what of a message, as the database holds it."""
    query = "SELECT channel, voter, helpful, reason, words FROM votes WHERE message = ? ORDER BY voter"
    with sqlite3.connect(bot.home / "atzina.db") as database:
        found = database.execute(query, [message]).fetchall()
    database.close()
    return found


def told(slack: LocalSlack, since: int, user: str | None = None, channel: str = GENERAL) -> str:
    """What one person alone is told next."""
    return words(slack.wait_for(lambda: slack.ephemeral(channel, user)[since:])[0])


def test_helpful_is_kept_and_thanked_for(slack: LocalSlack, bot: Bot) -> None:
    """One press, one vote, and a word of thanks to who pressed it alone."""
    answer = answer_in_thread(slack, slack.mention(QUESTION))
    before, colleagues = len(slack.ephemeral()), len(slack.ephemeral(user=COLLEAGUE))
    slack.click(answer, "judged", half="positive")

    assert "Paldies" in told(slack, before)
    assert votes(bot, answer["ts"]) == [(GENERAL, slack.asker, 1, None, None)]
    assert len(slack.ephemeral(user=COLLEAGUE)) == colleagues


def test_not_helpful_is_kept_with_its_reason(slack: LocalSlack, bot: Bot) -> None:
    """A form asks why; another person's vote stands beside it, and a vote can be changed."""
    answer = answer_in_thread(slack, slack.mention(QUESTION))
    before = len(slack.ephemeral())
    slack.click(answer, "judged", half="negative")
    form = slack.form()
    slack.fill_in(reason="outdated", words="Likums ir mainīts.")

    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    assert "Paldies" in told(slack, before)
    assert votes(bot, answer["ts"]) == [(GENERAL, slack.asker, 0, "outdated", "Likums ir mainīts.")]

    slack.click(answer, "judged", user=COLLEAGUE, half="positive")
    slack.wait_for(lambda: len(votes(bot, answer["ts"])) == 2, "the colleague's vote")
    slack.click(answer, "judged", half="positive")
    slack.wait_for(lambda: all(helpful for _, _, helpful, _, _ in votes(bot, answer["ts"])), "the vote to change")
    assert [(voter, reason) for _, voter, _, reason, _ in votes(bot, answer["ts"])] == [
        (slack.asker, None),
        (COLLEAGUE, None),
    ]


def test_an_answer_to_a_command_can_be_judged_too(slack: LocalSlack, bot: Bot) -> None:
    answer = answer_to_command(slack, QUESTION)
    before = len(slack.ephemeral())
    slack.click(answer, "judged", half="positive")

    assert "Paldies" in told(slack, before)
    assert faults(answer["blocks"]) == []
    assert votes(bot, answer["ts"]) == [(GENERAL, slack.asker, 1, None, None)]


_SENT = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"}  # of a form, by the bot
