"""A question that follows another one in its thread, the same in Socket Mode and over HTTP."""

from typing import Any

from asking import ANOTHER, QUESTION, answer_in_thread, quoting
from block_kit import button, faults, view_faults, words
from product import Bot
from workspace import BOT, COLLEAGUE, Workspace

Json = dict[str, Any]

IN_DENMARK = QUESTION.replace("Norvēģijā", "Dānijā")
_SENT = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"}  # of a form, by the bot


def answers(slack: Workspace, ts: str, count: int) -> list[Json]:
    """What the bot says in a thread, once it has answered so often there."""

    def answered() -> list[Json]:
        said = [each for each in slack.thread(ts) if each["user"] == BOT]
        done = [each for each in said if "edited" in each or quoting(each)]
        return said if len(done) >= count else []

    return slack.wait_for(answered, f"{count} answers in the thread")


def test_a_further_question_is_answered_without_a_mention(slack: Workspace, bot: Bot) -> None:
    """By what was asked before it, which is shown; a colleague's, and one in another thread, are none."""
    ts = slack.mention(QUESTION)
    first = answer_in_thread(slack, ts)
    other = slack.say("Kādreiz bijām Norvēģijā", thread=None)
    slack.say("and in Denmark?", thread=ts, user=COLLEAGUE)
    slack.say("and in Denmark?", thread=other)
    slack.say("un Dānijā?", thread=ts, to=COLLEAGUE)
    slack.say("paldies!", thread=ts)
    slack.say("and in Denmark?", thread=ts)
    _, followed = answers(slack, ts, 2)
    slack.say("un tikai apstiprinātie?", thread=ts)
    _, _, last = answers(slack, ts, 3)

    assert f"Understood as: “{IN_DENMARK}”" in words(followed)
    assert quoting(followed) == [each["quote"] for each in bot.ask(IN_DENMARK)["passages"][:3]]
    assert f"Sapratu šādi: “{IN_DENMARK[:-1]}, tikai apstiprinātie”" in words(last)
    assert "Understood" not in words(first)
    assert [faults(each["blocks"]) for each in (followed, last)] == [[], []]
    assert [each for each in slack.thread(other) if each["user"] == BOT] == []
    assert len([each for each in slack.thread(ts) if each["user"] == BOT]) == 3


def test_how_a_question_was_understood_can_be_had_otherwise(slack: Workspace, bot: Bot) -> None:
    """A click asks just what was typed; a form, what was meant. Both are answered in the thread."""
    ts = slack.mention(QUESTION)
    answer_in_thread(slack, ts)
    slack.say("un Dānijā?", thread=ts)
    _, followed = answers(slack, ts, 2)
    assert button(followed["blocks"], "only")["text"]["text"] == "Tikai: un Dānijā?"
    slack.click(followed, "only")
    *_, alone = answers(slack, ts, 3)
    assert "Sapratu" not in words(alone)

    slack.click(followed, "correct")
    form = slack.form()
    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    slack.fill_in(question=ANOTHER)
    *_, corrected = answers(slack, ts, 4)
    assert f"Sapratu šādi: “{ANOTHER}”" in words(corrected)
    assert quoting(corrected) == [each["quote"] for each in bot.ask(ANOTHER)["passages"][:3]]
    assert slack.refusals() == []
