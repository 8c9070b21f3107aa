"""What people do with an answer in Slack, the same in Socket Mode and over HTTP, and at two servers.

They judge it, and hand it on.
"""

import datetime as dt
import json
import sqlite3
from typing import Any

import httpx
from asking import QUESTION, UNANSWERABLE, answer_in_thread, answer_to_command, quoting
from babel import Locale
from block_kit import faults, has_button, links, view_faults, words
from product import Bot, run
from workspace import COLLEAGUE, CURATOR, CURATORS, GENERAL, Workspace

Json = dict[str, Any]


def votes(bot: Bot, message: str) -> list[tuple[Any, ...]]:
    """Who said what of a message, as the database holds it."""
    query = "SELECT channel, voter, helpful, reason, words FROM votes WHERE message = ? ORDER BY voter"
    with sqlite3.connect(bot.home / "atzina.db") as database:
        found = database.execute(query, [message]).fetchall()
    database.close()
    return found


def told(slack: Workspace, since: int, user: str | None = None, channel: str = GENERAL) -> str:
    """What one person alone is told next."""
    return words(slack.wait_for(lambda: slack.ephemeral(channel, user)[since:])[0])


def test_helpful_is_kept_and_thanked_for(slack: Workspace, bot: Bot) -> None:
    """One press, one vote, and a word of thanks to who pressed it alone."""
    answer = answer_in_thread(slack, slack.mention(QUESTION))
    before, colleagues = len(slack.ephemeral()), len(slack.ephemeral(user=COLLEAGUE))
    slack.click(answer, "judged", half="positive")

    assert "Paldies" in told(slack, before)
    assert votes(bot, answer["ts"]) == [(GENERAL, slack.asker, 1, None, None)]
    assert len(slack.ephemeral(user=COLLEAGUE)) == colleagues


def test_an_answer_is_narrowed_by_words_and_by_a_form(slack: Workspace, bot: Bot) -> None:
    """What stands behind the comma is shown and taken off with a click; the form narrows once more."""
    asked = "Kādi ir elektroniskās uzraudzības nosacījumi?"
    ts = slack.mention(f"{asked}, Japāna")
    answer = answer_in_thread(slack, ts)
    assert "✕ Japāna" in words(answer)
    assert quoting(answer) == []

    slack.click(answer, "without_country")
    everywhere = slack.wait_for(lambda: slack.thread(ts)[1:], "the answer without the filter")[0]
    assert faults(everywhere["blocks"]) == []

    slack.click(everywhere, "narrow")
    form = slack.form()
    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    slack.fill_in(country="NO", since="2010")
    narrowed = slack.wait_for(lambda: slack.thread(ts)[2:], "the answer to the form")[0]
    wanted = bot.ask(asked, country="NO", since="2010-01-01")["passages"]
    assert quoting(narrowed) == [each["quote"] for each in wanted[:3]]
    assert "Norvēģija · kopš 2010. gada 1. janvāris" in words(narrowed)


def test_not_helpful_is_kept_with_its_reason(slack: Workspace, bot: Bot) -> None:
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


def test_an_answer_to_a_command_can_be_judged_too(slack: Workspace, bot: Bot) -> None:
    answer = answer_to_command(slack, QUESTION)
    before = len(slack.ephemeral())
    slack.click(answer, "judged", half="positive")

    assert "Paldies" in told(slack, before)
    assert faults(answer["blocks"]) == []
    assert votes(bot, answer["ts"]) == [(GENERAL, slack.asker, 1, None, None)]


def handed_over(slack: Workspace, question: str) -> Json:
    """The question as the curators see it, once the asker has handed it over from the bot's answer to a mention."""
    answer = answer_in_thread(slack, slack.mention(question))
    before, said = len(slack.messages(CURATORS)), len(slack.ephemeral())
    slack.click(answer, "hand_over")
    shown = slack.wait_for(lambda: slack.messages(CURATORS)[before:], "the curators to be shown the question")[0]
    told(slack, said)  # which comes after that, and is not to be taken for what is asked for next
    return shown


def test_nothing_found_names_what_was_searched_and_is_nearest(slack: Workspace, bot: Bot) -> None:
    """How many reports, in which languages; the nearest ones can be opened, and are not called an answer."""
    answer = answer_in_thread(slack, slack.mention(UNANSWERABLE))
    said = words(answer)

    reports = [each for each in documents(bot) if each["status"] != "retired"]
    assert f"Pārmeklētas {len(reports)} atskaites. Valodas: " in said
    assert all(LATVIAN.languages[each["language"]] in said for each in reports)
    named = [each for each in links(answer["blocks"]) if each.startswith(f"{bot.url}/documents/")]
    assert len(named) == 3
    assert all(httpx.get(each, trust_env=False).status_code == httpx.codes.OK for each in named)
    assert "neatbild" in said
    assert (quoting(answer), faults(answer["blocks"])) == ([], [])


def test_a_question_is_handed_over_and_its_answer_comes_back(slack: Workspace, bot: Bot) -> None:
    """Once, however often it is pressed; with the passage of the document that a curator names by its link."""
    ts = slack.mention(UNANSWERABLE)
    answer, shown = answer_in_thread(slack, ts), len(slack.messages(CURATORS))
    before = len(slack.ephemeral())
    slack.click(answer, "hand_over")
    assert "nodots kuratoriem" in told(slack, before)
    colleague = len(slack.ephemeral(user=COLLEAGUE))
    slack.click(answer, "hand_over", user=COLLEAGUE)
    assert "jau" in told(slack, colleague, COLLEAGUE)
    (asked,) = slack.messages(CURATORS)[shown:]
    assert UNANSWERABLE in words(asked)
    assert "Jautā:" in words(asked)

    passage, curator = bot.ask(QUESTION)["passages"][1], len(slack.ephemeral(CURATORS, CURATOR))
    slack.click(asked, "answer", user=CURATOR)
    page = f"{bot.url}/documents/{passage['document']['id']}?passage={passage['start']}-{passage['end']}"
    slack.fill_in(CURATOR, document=page, words="Kūku nav, bet ir šis.")
    assert "nosūtīta" in told(slack, curator, CURATOR, CURATORS)

    told_in_thread = slack.thread(ts)[-1]
    assert faults(told_in_thread["blocks"]) == []
    assert quoting(told_in_thread)[0] == UNANSWERABLE
    assert quoting(told_in_thread)[1] in passage["text"]
    assert "Kūku nav, bet ir šis." in words(told_in_thread)
    assert "var neatbildēt" not in words(told_in_thread)
    marked = next(each for each in slack.messages(CURATORS) if each["ts"] == asked["ts"])
    assert not has_button(marked, "answer")
    assert passage["document"]["title"] in words(marked)


def test_who_asked_by_a_command_is_told_directly(slack: Workspace, bot: Bot) -> None:
    """Nobody else has seen the question, and nobody else sees the answer."""
    before, shown = len(slack.ephemeral()), len(slack.messages(CURATORS))
    slack.command(UNANSWERABLE)
    answer = slack.wait_for(lambda: [e for e in slack.ephemeral()[before:] if has_button(e, "hand_over")])[0]
    slack.click(answer, "hand_over")
    asked = slack.wait_for(lambda: slack.messages(CURATORS)[shown:], "the curators to be shown the question")[0]
    everybody, alone = slack.messages(), len(slack.direct_messages())
    slack.click(asked, "answer", user=CURATOR)
    slack.fill_in(CURATOR, words="Tā nav mūsu joma.")
    answered = slack.wait_for(lambda: slack.direct_messages()[alone:])[0]

    assert "Tā nav mūsu joma." in words(answered)
    assert slack.messages() == everybody


def test_a_stranger_cannot_answer_for_the_curators(slack: Workspace, bot: Bot) -> None:
    """Whoever presses is asked for, not who was meant to see the button; the question stays open."""
    asked = handed_over(slack, UNANSWERABLE)
    before, opened = len(slack.ephemeral(CURATORS, COLLEAGUE)), len(slack.calls("views.open"))
    slack.click(asked, "answer", user=COLLEAGUE)

    assert "tikai kuratori" in told(slack, before, COLLEAGUE, CURATORS)
    assert len(slack.calls("views.open")) == opened
    listed = json.loads(run(bot.home, "questions", "--json"))
    assert (listed[-1]["text"], listed[-1]["asker"], listed[-1]["state"]) == (UNANSWERABLE, slack.asker, "open")
    assert f"{listed[-1]['id']}  {listed[-1]['at']}  lv  {slack.asker} in {GENERAL}" in run(bot.home, "questions")


def listed(slack: Workspace, typed: str) -> Json:
    """What the asker alone is shown for a command that asks nothing."""
    before = len(slack.ephemeral())
    slack.command(typed)
    return slack.wait_for(lambda: slack.ephemeral()[before:])[0]


def test_my_questions_are_listed_with_what_became_of_them(slack: Workspace, bot: Bot) -> None:
    """To who asks for them alone; one that the curators have answered names their document."""
    answer_in_thread(slack, slack.mention(QUESTION))
    asked = handed_over(slack, UNANSWERABLE)
    everybody = slack.messages()
    waiting = words(listed(slack, "manas"))
    assert waiting.index(UNANSWERABLE) < waiting.index(QUESTION)
    assert "nodots kuratoriem" in waiting

    before = len(slack.ephemeral(CURATORS, CURATOR))
    slack.click(asked, "answer", user=CURATOR)
    slack.fill_in(CURATOR, document="1")
    told(slack, before, CURATOR, CURATORS)
    mine = listed(slack, "mine")
    assert "the curators have answered it" in words(mine)
    assert f"{bot.url}/documents/1" in links(mine["blocks"])
    assert slack.messages()[: len(everybody)] == everybody


def test_what_is_new_is_listed(slack: Workspace, bot: Bot) -> None:
    """A document that was just validated comes first; since tomorrow there is nothing."""
    newest = documents(bot)[2]
    run(bot.home, "documents", "validate", str(newest["id"]))
    new = listed(slack, "jaunumi")
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).date()

    assert links(new["blocks"])[0] == f"{bot.url}/documents/{newest['id']}"
    assert newest["title"] in words(new).split("\n")[1]
    assert "apstiprināts: " in words(new).split("\n")[2]
    assert "niekas nepridėta" in words(listed(slack, f"naujienos nuo {tomorrow}"))


def test_help_names_what_can_be_typed(slack: Workspace, bot: Bot) -> None:
    """In the language in which help was asked for; a question that begins with such a word is asked."""
    assert "/lessons manas" in words(listed(slack, "palīdzība"))
    assert quoting(answer_to_command(slack, "new conditions of electronic monitoring in Norway"))


def test_slack_would_have_refused_nothing(slack: Workspace, bot: Bot) -> None:
    """All that the tests above made the bot say, Slack would have taken."""
    handed_over(slack, UNANSWERABLE)

    assert slack.refusals() == []


def documents(bot: Bot) -> list[Json]:
    """What the corpus holds."""
    found: list[Json] = json.loads(run(bot.home, "documents", "--json"))
    return found


LATVIAN = Locale("lv")
_SENT = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"}  # of a form, by the bot
