"""An administrator sets a channel in Slack, the same in Socket Mode and over HTTP, and at two servers."""

from typing import Any

from asking import QUESTION, answer_in_thread, quoting
from block_kit import view_faults, words
from product import Bot
from workspace import ADMINISTRATOR, COLLEAGUE, QUIET, Workspace

Json = dict[str, Any]
_SENT = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"}  # of a form, by the bot


def settings(slack: Workspace) -> Json:
    """The form for a channel, opened by an administrator."""
    before = len(slack.calls("views.open"))
    slack.command("iestatījumi", channel=QUIET, user=ADMINISTRATOR)
    slack.wait_for(lambda: len(slack.calls("views.open")) > before, "the form to open")
    form = slack.form()
    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    return form


def filled_in(slack: Workspace, **fields: str) -> str:
    """What the administrator is told who has sent the form."""
    before = len(slack.ephemeral(QUIET, ADMINISTRATOR))
    slack.fill_in(ADMINISTRATOR, **fields)
    return words(slack.wait_for(lambda: slack.ephemeral(QUIET, ADMINISTRATOR)[before:], "what was set")[0])


def everyone(form: Json) -> str:
    """What stands for everyone in the list of audiences."""
    element = next(each["element"] for each in form["blocks"] if each.get("block_id") == "audiences")
    return str(element["options"][0]["value"])


def asked(slack: Workspace) -> Json:
    """The answer to a question in the channel."""
    ts = slack.mention(QUESTION, QUIET)
    return slack.wait_for(
        lambda: [each for each in slack.thread(ts, QUIET) if "Meklēju" not in words(each)], "the answer"
    )[0]


def test_what_an_administrator_sets_holds_in_that_channel(slack: Workspace, bot: Bot) -> None:
    """The language, who may ask, and back again; other channels stay as they are."""
    told = filled_in(slack, language="et", people=COLLEAGUE, audiences=everyone(settings(slack)), groups="", follows="")
    assert "Iestatījumi saglabāti" in told
    assert "igauņu" in told
    refused = asked(slack)
    assert quoting(refused) == []
    assert "jautāt var tikai daži" in words(refused)
    assert "Atrast" in words(answer_in_thread(slack, slack.mention(QUESTION)))

    everybody = {"people": "", "groups": ""}
    filled_in(slack, language="et", audiences=everyone(settings(slack)), follows="follows", **everybody)
    answer = asked(slack)
    assert "Leiti" in words(answer)
    assert quoting(answer)

    told = filled_in(slack, language="question", audiences=everyone(settings(slack)), follows="follows", **everybody)
    assert "jautājuma valoda" in told
    assert "Atrast" in words(asked(slack))


def test_who_is_no_administrator_is_told_so(slack: Workspace, bot: Bot) -> None:
    before, opened = len(slack.ephemeral(QUIET)), len(slack.calls("views.open"))
    slack.command("iestatījumi", channel=QUIET)
    said = slack.wait_for(lambda: slack.ephemeral(QUIET)[before:])[0]
    assert "Tikai administratori" in words(said)
    assert len(slack.calls("views.open")) == opened
    assert slack.refusals() == []
