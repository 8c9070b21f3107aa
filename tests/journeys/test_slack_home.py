"""The bot's Home, the same in Socket Mode and over HTTP, and at two servers."""

import json
import sqlite3
from typing import Any

from asking import QUESTION, UNANSWERABLE, answer_in_thread, quoting
from block_kit import button, faults, view_faults, words
from fake_slack import FakeSlack
from product import Bot
from workspace import CURATOR, Workspace

Json = dict[str, Any]
_OURS = ("type", "blocks")  # of a view; the rest is Slack's


def home(slack: Workspace, told: str, user: str | None = None) -> Json:
    """Somebody's Home, once it says this."""

    def look() -> Json | None:
        shown = slack.home(user)
        return shown if shown and told in words(shown) else None

    shown = slack.wait_for(look, f"a Home with {told!r}")
    assert view_faults({name: shown[name] for name in _OURS}) == []
    return shown


def test_staff_find_how_to_ask_and_what_is_new(slack: Workspace, bot: Bot) -> None:
    """Their own questions are there as soon as they have asked; what is for curators is not."""
    answer_in_thread(slack, slack.mention(QUESTION))
    slack.open_home()
    shown = words(home(slack, "Jūsu pēdējie jautājumi"))
    assert QUESTION in shown
    assert "Pievienots vai apstiprināts kopš" in shown
    assert "gaida pārskatīšanu" not in shown


def test_a_curator_decides_at_home(slack: Workspace, bot: Bot) -> None:
    """A report that waits is retired there: what was done is said, and it is gone from the queue."""
    slack.open_home(CURATOR)
    waiting = home(slack, "gaida pārskatīšanu", CURATOR)
    value = button(waiting["blocks"], "review_retire")["value"]
    slack.click_home("review_retire", CURATOR)
    slack.form()
    slack.fill_in(CURATOR, reason="Likums ir mainīts.")
    after = home(slack, "izņemts no aprites", CURATOR)
    assert value not in str(after["blocks"])
    with sqlite3.connect(bot.home / "atzina.db") as database:
        retired = database.execute("SELECT id, reason FROM documents WHERE status = 'retired'").fetchall()
    database.close()
    assert retired == [(json.loads(value)["d"], "Likums ir mainīts.")]


def test_a_curator_sees_what_nothing_answered(slack: Workspace, bot: Bot) -> None:
    answer_in_thread(slack, slack.mention(UNANSWERABLE))
    slack.open_home(CURATOR)
    shown = home(slack, UNANSWERABLE, CURATOR)
    assert "Pēdējās lasīšanas reizes" in words(shown)
    assert slack.asker not in str(shown["blocks"])


def test_what_is_typed_at_home_is_answered_in_the_messages(slack: Workspace, bot: Bot) -> None:
    """As everywhere; at the fake only, as local-slack does not tell what was typed."""
    if not isinstance(slack, FakeSlack):
        slack.open_home()
        home(slack, "Jūsu jautājums")
        slack.click_home("home_ask")
        home(slack, "Vispirms ierakstiet")
        return
    slack.open_home()
    home(slack, "Jūsu jautājums")
    before = len(slack.direct_messages())
    slack.click_home("home_ask", typed=QUESTION)
    root, answer = slack.wait_for(lambda: slack.direct_messages()[before:][1:] and slack.direct_messages()[before:])
    assert QUESTION in words(root)
    assert answer["thread_ts"] == root["ts"]
    assert faults(answer["blocks"]) == []
    assert quoting(answer) == [each["quote"] for each in bot.ask(QUESTION)["passages"][:3]]
    home(slack, "pienāks sadaļā ar ziņām")
    assert slack.refusals() == []
