"""What people meet in Slack, the same in Socket Mode and over HTTP, and at two servers."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from asking import ANOTHER, QUESTION, UNANSWERABLE, answer_in_thread, answer_to_command, quoting
from babel import Locale
from block_kit import escapes, faults, has_button, links, markup, words
from local_slack import LocalSlack
from product import Bot, copied, run
from workspace import BOT, COLLEAGUE, Workspace

Json = dict[str, Any]

SHOWN = 3  # passages in a message
LATVIAN = Locale("lv")


TRAP = (
    f"Delfīnu terapijas nodarbības <!channel> vada <@{COLLEAGUE}> un *galvenais delfīns*, "
    "un pieteikties var <http://evil.example|mūsu lapā> vai http://evil.example/delfini."
)


@pytest.fixture(scope="module")
def bot_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample home, with one report more that is full of Slack's markup."""
    folder = tmp_path_factory.mktemp("bot")
    report = folder / "<!here> delfīni.txt"
    report.write_text(f"Delfīnu terapija <!everyone> *cietumā*\n\n{TRAP}\n", encoding="utf-8")
    home = copied(sample_home, folder / "home")
    run(home, "ingest", report)
    return home


def quotes_since(slack: Workspace, before: int) -> list[str]:
    """All that was quoted to everyone."""
    return [quote for each in slack.messages()[before:] for quote in quoting(each)]


def shared_since(slack: Workspace, before: int) -> Json:
    """The first message of the bot that everyone in the channel sees."""
    return slack.wait_for(lambda: [each for each in slack.messages()[before:] if each["user"] == BOT])[0]


def test_a_mention_is_answered_with_passages_word_for_word(slack: Workspace, bot: Bot) -> None:
    """The answer stands in the thread, is taken by Slack, and quotes what the HTTP interface quotes."""
    answer = answer_in_thread(slack, slack.mention(QUESTION))

    assert faults(answer["blocks"]) == []
    assert quoting(answer) == [each["quote"] for each in bot.ask(QUESTION)["passages"][:SHOWN]]


def test_each_passage_says_where_it_comes_from(slack: Workspace, bot: Bot) -> None:
    """Title, country, language and year are there, in the asker's language."""
    said = words(answer_in_thread(slack, slack.mention(QUESTION)))

    for passage in bot.ask(QUESTION)["passages"][:SHOWN]:
        document = passage["document"]
        assert document["title"] in said
        assert LATVIAN.territories[document["country"]] in said
        assert LATVIAN.languages[document["language"]] in said.lower()
        assert document["date"][:4] in said


def test_each_passage_can_be_opened_in_its_document(slack: Workspace, bot: Bot) -> None:
    """Every link leads to a page of the bot that marks the quote."""
    answer = answer_in_thread(slack, slack.mention(QUESTION))

    sources = [each for each in links(answer["blocks"]) if each.startswith(f"{bot.url}/documents/")]
    assert len(sources) == len(quoting(answer))
    for source in sources:
        page = httpx.get(source, trust_env=False).raise_for_status()
        assert "<mark" in page.text


def test_a_sign_of_life_becomes_the_answer(slack: Workspace, bot: Bot) -> None:
    """One message is posted, without previews of its links, and later changed in place."""
    ts = slack.mention(QUESTION)
    answer = answer_in_thread(slack, ts)

    posted = [each for each in slack.calls("chat.postMessage") if each.get("thread_ts") == ts]
    assert [(each["unfurl_links"], each["unfurl_media"]) for each in posted] == [(False, False)]
    assert quoting(posted[0]) == []
    assert [each["ts"] for each in slack.calls("chat.update") if each["ts"] == answer["ts"]] == [answer["ts"]]


def test_a_direct_message_is_answered(slack: Workspace, bot: Bot) -> None:
    """Alone with the bot there is no need to name it."""
    before = len(slack.direct_messages())
    slack.direct(QUESTION)
    answer = slack.wait_for(lambda: [each for each in slack.direct_messages()[before:] if quoting(each)])[0]

    assert quoting(answer) == [each["quote"] for each in bot.ask(QUESTION)["passages"][:SHOWN]]


def test_where_slack_has_no_agents_the_sign_of_life_becomes_the_answer(slack: Workspace, bot: Bot) -> None:
    """This Slack refuses what agents do: a direct message is answered in one message all the same."""
    before = len(slack.direct_messages())
    slack.direct(ANOTHER)
    slack.wait_for(lambda: [each for each in slack.direct_messages()[before:] if quoting(each)])

    assert slack.calls("assistant.threads.setStatus")
    assert len(slack.direct_messages()) == before + 1


def test_a_word_alone_is_a_command_in_a_direct_message(slack: Workspace, bot: Bot) -> None:
    """Who writes to the bot alone need not type /lessons for what is new."""
    before = len(slack.direct_messages())
    slack.direct("jaunumi")
    shown = slack.wait_for(lambda: slack.direct_messages()[before:])[0]

    assert faults(shown["blocks"]) == []
    assert quoting(shown) == []
    assert f"{bot.url}/documents/" in str(shown["blocks"])


def test_a_channel_message_that_does_not_name_the_bot_is_let_be(slack: Workspace, bot: Bot) -> None:
    """The bot answers where it is asked, and nowhere else."""
    unasked = slack.say(QUESTION)
    answer_in_thread(slack, slack.mention(ANOTHER))

    assert slack.thread(unasked) == []


def test_a_command_is_answered_to_its_asker_alone(slack: Workspace, bot: Bot) -> None:
    """Nobody else sees the answer to a slash command."""
    before, alone = slack.messages(), len(slack.ephemeral())
    answer = answer_to_command(slack, QUESTION)

    assert faults(answer["blocks"]) == []
    assert [QUESTION in words(each) for each in slack.ephemeral()[alone:]] == [
        True,
        False,
    ]  # what was asked; the answer
    assert slack.messages() == before


def test_an_answer_can_be_shared(slack: Workspace, bot: Bot) -> None:
    """One click shows everyone what only the asker saw, without another offer to share it."""
    answer = answer_to_command(slack, QUESTION)
    before = len(slack.messages())
    slack.click(answer, "share")
    shared = shared_since(slack, before)

    assert quoting(shared) == quoting(answer)
    assert not has_button(shared, "share")

    told = len(slack.ephemeral())
    slack.click(answer, "share")
    slack.wait_for(lambda: slack.ephemeral()[told:], "the asker to be told that it was shared already")
    assert quotes_since(slack, before) == quoting(answer)


def test_more_shows_the_next_passages(slack: Workspace, bot: Bot) -> None:
    """One click shows the passages that follow the first three."""
    answer = answer_to_command(slack, QUESTION)
    first = quoting(answer)
    slack.click(answer, "more")
    unseen = slack.wait_for(lambda: [q for each in slack.ephemeral() for q in quoting(each) if q not in first])

    ranked = [each["quote"] for each in bot.ask(QUESTION)["passages"]]
    assert first == ranked[:SHOWN]
    assert unseen[0] == ranked[SHOWN]


def test_a_button_of_another_answer_is_not_mistaken(slack: Workspace, bot: Bot) -> None:
    """Each button belongs to its own answer, whatever was asked since."""
    older = answer_to_command(slack, QUESTION)
    answer_to_command(slack, ANOTHER)
    before = len(slack.messages())
    slack.click(older, "share")

    assert quoting(shared_since(slack, before)) == quoting(older)


def test_a_question_without_an_answer_is_told_so(slack: Workspace, bot: Bot) -> None:
    """The bot says in the asker's language that it found nothing, and shows no passage."""
    answer = answer_in_thread(slack, slack.mention(UNANSWERABLE))

    assert quoting(answer) == []
    assert "neatra" in words(answer).lower() or "nekas netika atrasts" in words(answer).lower()


def test_an_empty_mention_is_told_how_to_ask(slack: Workspace, bot: Bot) -> None:
    """Whoever only names the bot learns how to use it."""
    ts = slack.mention("")
    helped = slack.wait_for(lambda: slack.thread(ts))[0]

    assert quoting(helped) == []
    assert words(helped).strip()


def test_words_of_a_question_reach_nobody(slack: Workspace, bot: Bot) -> None:
    """What the asker typed is never turned into a mention or a link."""
    answer = answer_in_thread(slack, slack.mention(f"<!channel> <http://evil.example|{QUESTION}>"))

    assert escapes(answer, bot.url) == []


def test_words_of_a_report_reach_nobody(slack: Workspace, bot: Bot) -> None:
    """A report full of Slack's markup is quoted word for word and does nothing."""
    before = len(slack.messages())
    answer = answer_in_thread(slack, slack.mention("Kas vada delfīnu terapijas nodarbības?"))
    slack.click(answer_to_command(slack, "Kas vada delfīnu terapijas nodarbības?"), "share")
    slack.wait_for(lambda: any(m["user"] == BOT and "thread_ts" not in m for m in slack.messages()[before:]))
    said = [each for each in slack.messages()[before:] if each["user"] == BOT]

    assert TRAP in quoting(answer)
    assert [escapes(each, bot.url) for each in said] == [[]] * 2
    assert not any("*galvenais delfīns*" in markup(each) or "*cietumā*" in markup(each) for each in said)


def test_slack_would_have_refused_nothing(slack: Workspace, bot: Bot) -> None:
    """All that the tests above made the bot say, Slack would have taken."""
    answer_in_thread(slack, slack.mention(QUESTION))

    assert slack.refusals() == []


def test_an_empty_corpus_is_told_so(tmp_path: Path) -> None:
    """Where nothing was added yet, the bot says so, instead of that it found nothing."""
    slack = LocalSlack("socket", tmp_path / "slack")
    with slack, Bot(tmp_path / "empty" / "home", tmp_path / "bot.log", slack):
        answer = answer_in_thread(slack, slack.mention(QUESTION))

        assert quoting(answer) == []
        assert "pievieno" in words(answer).lower()
