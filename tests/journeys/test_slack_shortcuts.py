"""The shortcuts on a message, in Socket Mode and over HTTP: at the fake, as local-slack has none."""

import json
from collections.abc import Iterator

import pytest
from asking import QUESTION, quoting
from block_kit import faults, view_faults, words
from fake_slack import FakeSlack
from product import Bot, run
from workspace import BOT, COLLEAGUE, QUIET

_SENT = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"}  # of a form, by the bot
_NOTES = """Study visit to the drug court in Glasgow

On 6 November 2023 we saw a drug court in Scotland. The same judge meets each person every month and praises what has
gone well. A peer mentor sits beside them. Nobody is sent to prison for one positive test."""


@pytest.fixture(scope="module", params=["socket", "http"])
def slack(request: pytest.FixtureRequest) -> Iterator[FakeSlack]:
    with FakeSlack(request.param) as running:
        yield running


def test_what_is_known_about_a_message_is_shown_to_one_person(slack: FakeSlack, bot: Bot) -> None:
    """A colleague's message is asked as it stands; nobody else sees anything, and it is among the asker's questions."""
    ts = slack.say(QUESTION, user=COLLEAGUE)
    before = len(slack.ephemeral())
    slack.shortcut("find", ts)
    sign, answer = slack.wait_for(lambda: slack.ephemeral()[before:][1:] and slack.ephemeral()[before:])
    assert QUESTION in words(sign)
    assert quoting(answer) == [each["quote"] for each in bot.ask(QUESTION)["passages"][:3]]
    assert faults(answer["blocks"]) == []
    assert slack.thread(ts) == []
    assert not slack.ephemeral(user=COLLEAGUE)
    slack.command("mine")
    mine = slack.wait_for(lambda: slack.ephemeral()[before + 2 :])[0]
    assert QUESTION in words(mine)
    assert slack.refusals() == []


def test_a_message_in_a_thread_is_answered_there(slack: FakeSlack, bot: Bot) -> None:
    root = slack.say("Good morning.", user=COLLEAGUE)
    ts = slack.say(QUESTION, thread=root, user=COLLEAGUE)
    before = len(slack.ephemeral())
    slack.shortcut("find", ts)
    told = slack.wait_for(lambda: slack.ephemeral()[before:][1:] and slack.ephemeral()[before:])
    assert [each["thread_ts"] for each in told] == [root, root]


def test_a_message_becomes_a_report(slack: FakeSlack, bot: Bot) -> None:
    """Its words, with who wrote them; what has become of it is told directly, and it answers from then on."""
    ts = slack.say(_NOTES, channel=QUIET, user=COLLEAGUE)
    slack.shortcut("add", ts, channel=QUIET)
    form = slack.wait_for(lambda: slack.form() if slack.form().get("callback_id") == "adding" else None, "the form")
    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    filled = {b["block_id"]: b["element"].get("initial_value") for b in form["blocks"] if "element" in b}
    assert filled["title"] == "Study visit to the drug court in Glasgow"
    slack.fill_in(collection="visits", audience="everyone")
    told = slack.wait_for(lambda: [m for m in slack.direct_messages() if "/documents/" in json.dumps(m)])[-1]
    assert "Study visit to the drug court" in words(told)
    assert slack.thread(ts, QUIET) == []
    added = json.loads(run(bot.home, "documents", "--json"))[-1]
    assert (added["title"], added["status"]) == ("Study visit to the drug court in Glasgow", "draft")
    assert f"Slack: {COLLEAGUE}, " in run(bot.home, "documents", "show", str(added["id"]))
    asked = "Does one positive test in a drug court mean prison?"
    assert added["id"] in [each["document"]["id"] for each in bot.ask(asked)["passages"]]
    assert slack.refusals() == []


def test_the_bots_own_words_become_no_report(slack: FakeSlack, bot: Bot) -> None:
    before = json.loads(run(bot.home, "documents", "--json"))
    ts = slack.mention(QUESTION)
    answer = slack.wait_for(lambda: [m for m in slack.thread(ts) if m["user"] == BOT and quoting(m)])[0]
    slack.shortcut("add", answer["ts"])
    refused = slack.wait_for(lambda: "submit" not in slack.form() and slack.form())
    assert "Tas, ko es rakstu, nav atskaite." in words(refused)
    assert json.loads(run(bot.home, "documents", "--json")) == before
