"""What goes wrong between Slack and the bot, the same in Socket Mode and over HTTP: at the fake, which can do it."""

from collections.abc import Iterator

import pytest
from asking import ANOTHER, QUESTION, answer_in_thread, answer_to_command, quoting
from fake_slack import FakeSlack
from product import Bot
from workspace import COLLEAGUE, GENERAL, QUIET, TEAM

from corpus import Corpus


@pytest.fixture(scope="module", params=["socket", "http"])
def slack(request: pytest.FixtureRequest) -> Iterator[FakeSlack]:
    """A workspace that delivers again sooner than Slack."""
    with FakeSlack(request.param, pauses=(0.0, 2.0, 20.0)) as running:
        yield running


@pytest.fixture(autouse=True)
def _mended(slack: FakeSlack) -> Iterator[None]:
    """What one test lets go wrong does not go on."""
    yield
    slack.faults.token_error, slack.faults.scopes, slack.faults.every = None, None, None
    slack.office.members[QUIET].add("U0ATZINA")


def logged(bot: Bot, words: str) -> int:
    """How many lines of the bot's log hold these words."""
    return sum(words in line for line in bot.log.read_text(encoding="utf-8").splitlines())


def test_slacks_wish_to_wait_is_honoured(slack: FakeSlack, bot: Bot) -> None:
    """The message comes once, not before the time that Slack named is over."""
    slack.faults.limit("chat.postMessage", 3.0)
    ts = slack.mention(QUESTION)
    answer = answer_in_thread(slack, ts)

    assert quoting(answer)
    assert slack.thread(ts) == [answer]
    asked = [e["at"] for e in slack.log() if e["summary"] == "chat.postMessage" and e["detail"]["thread_ts"] == ts]
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 3.0


def test_many_questions_in_one_channel_are_answered_at_slacks_pace(slack: FakeSlack, bot: Bot) -> None:
    """About one message a second is taken: each question gets its one answer, and none is dropped."""
    slack.faults.every = 0.3
    asked = [slack.mention(QUESTION) for _ in range(6)]
    for ts in asked:
        answer_in_thread(slack, ts)

    assert [len(slack.thread(ts)) for ts in asked] == [1] * len(asked)


def test_an_event_that_comes_again_is_answered_once(slack: FakeSlack, bot: Bot) -> None:
    """Slack may send an event again, even when the bot was restarted meanwhile; people see one answer."""
    ts = slack.mention(QUESTION)
    answer = answer_in_thread(slack, ts)
    slack.redeliver(ts)
    bot.restart()
    slack.redeliver(ts)
    answer_in_thread(slack, slack.mention(ANOTHER))

    assert slack.thread(ts) == [answer]


def test_what_a_dead_process_left_is_answered_in_its_place(slack: FakeSlack, bot: Bot) -> None:
    """A process showed its sign of life and died: the next one that starts puts the answer there."""
    bot.stop()
    ts = slack.say(QUESTION)
    sign = slack.post_as_bot("Meklēju…", ts)
    corpus = Corpus.open(f"sqlite:///{bot.home / 'atzina.db'}")
    corpus.events.claim(f"{TEAM}:{GENERAL}:{ts}", {"channel": GENERAL, "thread": ts, "text": QUESTION, "sign": sign})
    corpus.close()
    bot.start()
    answer = answer_in_thread(slack, ts)

    assert quoting(answer)
    assert [each["ts"] for each in slack.thread(ts)] == [sign]


def test_a_message_that_was_deleted_before_its_answer(slack: FakeSlack, bot: Bot) -> None:
    """The sign of life is gone when the answer comes: it is posted anew, once."""
    slack.faults.refuse("chat.update", "message_not_found")
    ts = slack.mention(QUESTION)
    answered = slack.wait_for(lambda: slack.thread(ts)[1:])

    assert quoting(answered[0])
    assert len(answered) == 1


def test_a_channel_that_the_bot_was_removed_from(slack: FakeSlack, bot: Bot) -> None:
    """It cannot say anything there; that is logged once, tried no more, and other channels are served."""
    before = logged(bot, "not_in_channel")
    slack.remove_bot(QUIET)
    ts = slack.mention(QUESTION, QUIET)
    slack.wait_for(lambda: logged(bot, "not_in_channel") > before, "the refusal in the log")
    slack.redeliver(ts)

    assert quoting(answer_in_thread(slack, slack.mention(ANOTHER)))
    assert slack.thread(ts, QUIET) == []
    assert logged(bot, "not_in_channel") == before + 1


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
def test_a_token_that_is_taken_away_is_logged_once_a_message(slack: FakeSlack, bot: Bot, error: str) -> None:
    """There is no loop: what comes with a token that works is answered, and then what waited for one."""
    slack.faults.token_error = error
    before, told = len(slack.calls("chat.postMessage")), logged(bot, error)
    ts = slack.mention(QUESTION)
    slack.wait_for(lambda: logged(bot, error) > told, "the refusal in the log")
    slack.redeliver(ts)
    slack.faults.token_error = None

    assert quoting(answer_in_thread(slack, slack.mention(ANOTHER)))
    tried = [each for each in slack.calls("chat.postMessage")[before:] if each["thread_ts"] == ts]
    assert len(tried) <= 1
    assert quoting(answer_in_thread(slack, ts))
    assert logged(bot, error) == told + 1


def test_a_scope_that_is_lacking_is_logged(slack: FakeSlack, bot: Bot) -> None:
    """By the name of the scope; where the bot can still speak, it does: a command is answered."""
    slack.faults.scopes = {"commands"}
    slack.mention(QUESTION)
    slack.wait_for(lambda: logged(bot, "lacks the scope chat:write"), "the refusal in the log")

    assert quoting(answer_to_command(slack, QUESTION))


def test_a_form_that_opens_too_late_does_not_keep_a_vote_away(slack: FakeSlack, bot: Bot) -> None:
    """Slack opens no form for a click that is older than three seconds: the vote counts all the same."""
    answer = answer_in_thread(slack, slack.mention(QUESTION))
    slack.faults.refuse("views.open", "expired_trigger_id")
    before = len(slack.ephemeral(user=COLLEAGUE))
    slack.click(answer, "judged", user=COLLEAGUE, half="negative")
    slack.wait_for(lambda: slack.ephemeral(user=COLLEAGUE)[before:], "the word of thanks")

    assert slack.office.open_forms == []


def test_a_renewed_connection_loses_nothing(slack: FakeSlack, bot: Bot) -> None:
    """Slack ends a Socket Mode connection every few hours: what is asked meanwhile, and later, is answered once."""
    before, asked = slack.connections(), [slack.mention(QUESTION) for _ in range(3)]
    if slack.mode == "socket":
        slack.renew_connections()
        asked += [slack.mention(QUESTION) for _ in range(3)]
        slack.wait_for(lambda: slack.connections() > before, "the bot to connect again")
    for ts in asked:
        answer_in_thread(slack, ts)

    assert [len(slack.thread(ts)) for ts in asked] == [1] * len(asked)


def test_slack_refused_nothing_of_what_was_said(slack: FakeSlack, bot: Bot) -> None:
    """All that the tests above made the bot say, Slack took."""
    answer_in_thread(slack, slack.mention(QUESTION))

    assert slack.refusals() == []
