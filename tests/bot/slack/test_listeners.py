"""What Slack's users can do, through real Bolt, against a small Web API that records what it is told."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from block_kit import button, faults
from slack_api import QUESTION, Api, event, press, send, type_command

from bot import answering
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack import delivery
from bot.slack import door as slack_door
from bot.slack.door import Door
from bot.slack.speech import is_persons, plain_question
from bot.smalltalk import smalltalk
from bot.words import voice
from corpus import Unavailable


async def test_a_mention_gets_a_sign_of_life_and_then_the_answer(door: Door, api: tuple[Api, str]) -> None:
    assert await send(door, event()) == 200
    updated = (await api[0].until("chat.update"))[0]
    posted = api[0].made("chat.postMessage")
    assert [(p["channel"], p["thread_ts"], p["text"]) for p in posted] == [("C1", "1.1", "Meklēju…")]
    assert "Elektroniskā uzraudzība" in updated["text"]
    assert updated["ts"]


async def test_an_event_is_answered_once(door: Door, api: tuple[Api, str], rooms: Rooms) -> None:
    for _ in range(3):
        await send(door, event())
    await send(door, event(ts="2.2"))
    await api[0].until("chat.update", 2)
    assert len(api[0].made("chat.postMessage")) == 2


@pytest.mark.parametrize(
    "unasked",
    [
        event("message", QUESTION, channel_type="channel"),
        event("message", QUESTION, channel_type="im", bot_id="B2"),
        event("message", QUESTION, channel_type="im", subtype="message_changed"),
        event("message", QUESTION, channel_type="im", subtype="message_deleted"),
        event(bot_id="B2"),
    ],
)
async def test_what_is_not_asked_of_the_bot_is_let_be(
    door: Door, api: tuple[Api, str], unasked: dict[str, Any]
) -> None:
    assert await send(door, unasked) == 200
    await send(door, event(ts="9.9"))
    await api[0].until("chat.update")
    assert len(api[0].made("chat.postMessage")) == 1


@pytest.mark.parametrize("kind", [{}, {"subtype": "thread_broadcast"}, {"subtype": "me_message"}])
async def test_a_direct_message_is_answered_in_its_thread(
    door: Door, api: tuple[Api, str], kind: dict[str, str]
) -> None:
    await send(door, event("message", QUESTION, channel_type="im", **kind))
    await api[0].until("chat.update")
    assert api[0].made("chat.postMessage")[0]["thread_ts"] == "1.1"


HOW = (
    "Ask a question in any language, and I show what our reports say about it, word for word and with the source. "
    "Name me in a channel, write to me directly, or type /lessons and your question."
)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("", "lv"),
        ("?", "lv"),
        ("help", "en"),
        ("palīdzība", "lv"),
        ("abi", "et"),
        ("Pagalba!", "lt"),
        ("Aitäh 🙏", "et"),
    ],
)
async def test_who_asks_nothing_is_told_how_to_ask(door: Door, api: tuple[Api, str], said: str, language: str) -> None:
    """In a channel, directly and by the command, in the language of what was said; nothing is searched for."""
    await send(door, event(text=f"<@UBOT> {said}"))
    await send(door, event("message", said, ts="2.2", channel_type="im"))
    expected = voice(language).gettext(HOW)
    told = [*await api[0].until("chat.postMessage", 2), await type_command(door, api[1], said)]
    assert [each["text"].split("\n")[0] for each in told] == [expected] * 3
    assert all("/lessons " in each["text"].split("\n")[2] for each in told)
    assert all(faults(each["blocks"]) == [] for each in told)
    assert {name for name, _ in api[0].calls} == {"auth.test", "chat.postMessage"}


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("hi", "en"),
        ("Labdien, paldies!", "lv"),
        ("ačiū", "lt"),
        ("takk skal du ha", "nb"),
        ("dziękuję", "pl"),
        ("Спасибо :pray:", "ru"),
        ("sveiki", "lv"),
        ("help with housing", None),
        ("paldies kam", None),
        ("hi " * 1000, None),
    ],
)
def test_smalltalk_is_told_from_a_question(said: str, language: str | None) -> None:
    assert smalltalk(said, ("lv", "lt", "en")) == language


@pytest.mark.parametrize(
    ("fault", "said"),
    [(RuntimeError("secret detail"), "atsauci"), (Unavailable("no model"), "vēl neesmu gatavs")],
)
async def test_whatever_breaks_something_is_said(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(answering, "answer", break_down)
    await send(door, event())
    text = (await api[0].until("chat.update"))[0]["text"]
    assert said in text
    assert "secret detail" not in text
    assert "Traceback" not in text


async def test_a_slow_search_delays_no_acknowledgement(door: Door, api: tuple[Api, str], held: threading.Event) -> None:
    """The sign of life comes while the search is still held up, and is true also when the answer stands below."""
    assert await send(door, event()) == 200
    assert await type_command(door, api[1], QUESTION) == {}
    sign = (await api[0].until("one"))[0]
    assert sign["response_type"] == "ephemeral"
    assert QUESTION in sign["text"]
    assert "Meklēju" not in sign["text"]
    assert api[0].made("chat.update") == []
    held.set()
    await api[0].until("chat.update")
    answer = (await api[0].until("one", 2))[1]
    assert answer["response_type"] == "ephemeral"
    assert button(answer["blocks"], "share")


async def test_the_answer_to_a_command_is_sent_again(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", (0, 0))
    api[0].fail["one"] = [503, 429]
    await type_command(door, api[1], QUESTION)
    sign, again, once_more, answer = await api[0].until("one", 4)
    assert sign == again == once_more
    assert QUESTION in sign["text"]
    assert "Elektroniskā" in answer["text"]


def _click(api: str, action: str, value: object, **user: object) -> dict[str, Any]:
    return press(api, action, value, user={"id": "U1", "name": "ann.smith", **user})


def _value(offset: object = 0, private: int = 1) -> str:
    return json.dumps({"q": QUESTION, "o": offset, "p": private})


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({}, "ann.smith"),
        ({"real_name": "Ann Smith"}, "Ann Smith"),
        ({"profile": {"display_name": "", "real_name": "Ann Smith"}}, "Ann Smith"),
        ({"profile": {"display_name": "Annie", "real_name": "Ann Smith"}}, "Annie"),
        ({"name": None}, "U1"),
    ],
)
async def test_share_shows_the_answer_to_the_channel(
    door: Door, api: tuple[Api, str], user: dict[str, object], name: str
) -> None:
    """Under the name by which colleagues know the person, where the payload holds one."""
    await send(door, _click(api[1], "share", _value(), **user))
    shared = (await api[0].until("click"))[0]
    assert shared["response_type"] == "in_channel"
    assert shared["replace_original"] is False
    assert f"{name} " in shared["blocks"][0]["elements"][0]["elements"][0]["text"]
    assert shared["text"].startswith(f"{name} ")
    assert "share" not in json.dumps(shared["blocks"])


async def test_more_goes_on_in_the_thread(door: Door, api: tuple[Api, str]) -> None:
    await send(door, _click(api[1], "more", _value(3, private=0)))
    posted = (await api[0].until("chat.postMessage"))[0]
    assert (posted["channel"], posted["thread_ts"]) == ("C1", "1.1")


@pytest.mark.parametrize(("action", "private"), [("share", 1), ("more", 1), ("more", 0)])
async def test_a_button_does_once_what_it_is_for(door: Door, api: tuple[Api, str], action: str, private: int) -> None:
    """Pressed again it says so to who pressed it; under another message it is another button."""
    other = _click(api[1], action, _value(private=private)) | {"container": {"message_ts": "6.6"}}
    seen, first, again = ("chat.postMessage", 1, 1) if not private else ("click", 1, 2)
    await send(door, _click(api[1], action, _value(private=private)))
    assert "Elektroniskā" in (await api[0].until(seen, first))[0]["text"]
    await send(door, _click(api[1], action, _value(private=private)))
    told = (await api[0].until("click", again))[-1]
    assert told["response_type"] == "ephemeral"
    assert "Elektroniskā" not in told["text"]
    await send(door, other)
    assert "Elektroniskā" in (await api[0].until(seen, again + 1))[-1]["text"]


async def test_a_button_that_failed_can_be_pressed_again(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", ())
    api[0].fail["click"] = [503]
    await send(door, _click(api[1], "share", _value()))
    assert "atsauci" in (await api[0].until("click", 2))[1]["text"]
    await send(door, _click(api[1], "share", _value()))
    assert (await api[0].until("click", 3))[2]["response_type"] == "in_channel"


@pytest.mark.parametrize("action", ["more", "share"])
@pytest.mark.parametrize("value", ["", "{}", "not json", '{"q": 1}', None])
async def test_a_value_that_is_not_ours_is_told_with_a_reference(
    door: Door, api: tuple[Api, str], action: str, value: str | None
) -> None:
    await send(door, _click(api[1], action, value))
    told = (await api[0].until("click"))[0]
    assert told["response_type"] == "ephemeral"
    assert "atsauci" in told["text"]


async def test_an_offset_before_the_first_passage_is_the_first(door: Door, api: tuple[Api, str]) -> None:
    await send(door, _click(api[1], "more", _value(-5)))
    assert '"1. Report lv"' in json.dumps((await api[0].until("click"))[0]["blocks"])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<@U1> Kas ir &lt;TOG&gt;?", "Kas ir <TOG>?"),
        ("<@U1|bot> <#C1|general> a", "#general a"),
        ("<!channel> <https://a.lv|šeit> &amp; <https://b.lv>", "šeit & https://b.lv"),
        ("  <@U1>\n ", ""),
    ],
)
def test_the_words_that_a_person_typed(typed: str, expected: str) -> None:
    assert plain_question(typed) == expected


def test_a_person_is_told_from_a_bot() -> None:
    assert is_persons({"user": "U1"})
    assert is_persons({"user": "U1", "subtype": "file_share"})
    assert is_persons({"user": "U1", "subtype": "thread_broadcast"})
    assert not is_persons({"user": "U1", "subtype": "bot_message"})
    assert not is_persons({})


def test_neither_way_in_is_told(rooms: Rooms) -> None:
    lone = replace(rooms, settings=replace(rooms.settings, slack_bot_token="xoxb-1"))
    with pytest.raises(Unavailable, match="SLACK_APP_TOKEN"):
        slack_door.build(lone, "http://web", Metrics())
