"""What a person can ask with one click: answered questions, in their language, about what they may see."""

from dataclasses import replace
from typing import Any

import pytest
from slack_api import Api, event, send

from bot import answering
from bot.answering import Outcome
from bot.metrics import Metrics
from bot.slack import door as slack_door
from bot.slack import prompts
from bot.slack.door import Door
from bot.smalltalk import smalltalk
from bot.subcommands import Wish, subcommand
from bot.words import TRANSLATED, voice
from corpus import Asked, Narrowing, Status

TITLES = {
    1: "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem",
    2: "Savanoriai lanko jaunuolius kartą per savaitę",
    3: "Volunteers are trained for twenty-four hours",
}
SET = "assistant.threads.setSuggestedPrompts"


@pytest.fixture
def door(door: Door) -> Door:
    """The reports have titles that tell what is in them; the toy embedder knows nothing but letters."""
    for number, title in TITLES.items():
        door.rooms.corpus.change(number, "test", title=title)
    door.rooms.sync()
    return door


def opened(tab: str = "messages", user: str = "U1") -> dict[str, Any]:
    """The body of an event: somebody opened the conversation with the bot, or its Home tab.

    https://docs.slack.dev/reference/events/app_home_opened
    """
    told = {"type": "app_home_opened", "user": user, "channel": "D1", "tab": tab, "event_ts": "1.1"}
    return {"type": "event_callback", "team_id": "T1", "event": told}


def started(kind: str = "assistant_thread_started") -> dict[str, Any]:
    """As an app with `assistant_view` is told: https://docs.slack.dev/reference/events/assistant_thread_started."""
    thread = {"user_id": "U1", "channel_id": "D1", "thread_ts": "7.7", "context": {}}
    return {"type": "event_callback", "team_id": "T1", "event": {"type": kind, "assistant_thread": thread}}


async def offered(door: Door, api: Api, count: int = 1, user: str = "U1") -> dict[str, Any]:
    await send(door, opened(user=user))
    return (await api.until(SET, count))[-1]


def spoke(door: Door, text: str, team: str = "T1") -> None:
    """U1 has asked this lately."""
    asked = Asked(text, None, "found", "r", team=team, channel="D1", message=text, asker="U1")
    door.rooms.corpus.questions.note(asked, keep=True)


async def test_what_is_offered_is_answered_by_the_reports_it_names(door: Door, api: tuple[Api, str]) -> None:
    """No more than four, with words to be clicked, and for an agent no thread: naming one would show none."""
    told = await offered(door, api[0])
    assert told["channel_id"] == "D1"
    assert "thread_ts" not in told
    assert told["title"] == voice("lv").gettext("You could ask:")
    assert 2 <= len(told["prompts"]) <= 4
    assert all(each["title"] and each["message"] for each in told["prompts"])
    *questions, news = (each["message"] for each in told["prompts"])
    for question in questions:
        answer = answering.answer(door.rooms, question)
        assert answer.outcome is Outcome.FOUND
        assert answer.reply_language == "lv"
        assert any(shown.document.name in question for shown in answer.shown)
    assert subcommand(news, ("lv",)).wish is Wish.NEW  # type: ignore[union-attr]


async def test_what_is_not_answered_is_not_offered(door: Door, api: tuple[Api, str]) -> None:
    door.rooms.corpus.change(1, "test", title="Zzz")
    door.rooms.sync()
    told = str(await offered(door, api[0]))
    assert "Zzz" not in told
    assert TITLES[2] in told


async def test_the_persons_language_is_that_of_their_latest_question(door: Door, api: tuple[Api, str]) -> None:
    spoke(door, "Kaip savanoriai lanko jaunuolius?")
    assert "Kas naujo?" in str(await offered(door, api[0]))
    spoke(door, "What are volunteers paid for?")
    assert "What is new?" in str(await offered(door, api[0], 2))
    spoke(door, "Kuidas vabatahtlikke koolitatakse?", team="T2")
    assert "What is new?" in str(await offered(door, api[0], 3))
    assert "Kas jauns?" in str(await offered(door, api[0], 4, user="U2"))


async def test_only_what_a_person_may_see_is_offered(door: Door, api: tuple[Api, str]) -> None:
    """Also when somebody else in the same language was offered more a moment ago, and once it has been retired."""
    door.rooms.corpus.change(1, "test", audience=("leads",))
    door.rooms.sync()
    settings = replace(door.rooms.settings, audiences={"leads": frozenset({"U1"})})
    door = slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())
    assert TITLES[1] in str(await offered(door, api[0]))
    assert TITLES[1] not in str(await offered(door, api[0], 2, user="U2"))
    door.rooms.corpus.retire(1, "old", "test")
    assert TITLES[1] not in str(await offered(door, api[0], 3))


async def test_the_validated_come_first(door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "_REPORTS", 1)
    news = door.rooms.corpus.news(prompts._EVER, Narrowing().audience)
    drafts = [(replace(each, status=Status.DRAFT if each.id == 3 else each.status), *rest) for each, *rest in news]
    assert news[0][0].id == 3
    monkeypatch.setattr(type(door.rooms.corpus), "news", lambda *_: drafts)
    assert TITLES[2] in str(await offered(door, api[0]))


async def test_an_empty_corpus_offers_help(door: Door, api: tuple[Api, str]) -> None:
    """And no title of what was there before."""
    for number in (1, 2, 3):
        door.rooms.corpus.retire(number, "old", "test")
    (only,) = (await offered(door, api[0]))["prompts"]
    assert smalltalk(only["message"], ("lv",)) == "lv"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_words_that_are_offered_are_understood(language: str) -> None:
    say = voice(language)
    assert smalltalk(say.gettext("help"), (language,)) == language
    wished = subcommand(say.gettext("new"), (language,))
    assert wished
    assert (wished.wish, wished.language) == (Wish.NEW, language)


async def test_the_home_tab_is_not_for_prompts(door: Door, api: tuple[Api, str]) -> None:
    await send(door, opened("home"))
    await offered(door, api[0])
    assert len(api[0].made(SET)) == 1


@pytest.mark.parametrize("refusal", ["unknown_method", "missing_scope"])
async def test_a_refusal_hurts_nobody(door: Door, api: tuple[Api, str], refusal: str) -> None:
    api[0].refuse[SET] = refusal
    await offered(door, api[0])
    await send(door, event())
    assert await api[0].until("chat.update")
    assert len(api[0].made("chat.postMessage")) == 1


async def test_an_old_app_greets_and_names_the_thread(door: Door, api: tuple[Api, str]) -> None:
    assert await send(door, started("assistant_thread_context_changed")) == 200
    assert await send(door, started()) == 200
    (told,) = await api[0].until(SET)
    assert told["thread_ts"] == "7.7"
    (greeting,) = api[0].made("chat.postMessage")
    assert (greeting["channel"], greeting["thread_ts"]) == ("D1", "7.7")
    assert greeting["text"] == voice("lv").gettext("What would you like to know from our reports?")
