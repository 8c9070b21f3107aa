"""`/lessons mine` and `/lessons new`: what is shown, to whom, in which language."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from block_kit import faults, words
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_api import QUESTION, Api, event, send, type_command

from bot.metrics import Metrics
from bot.slack import door as slack_door
from bot.slack import lists
from bot.slack.door import Door
from bot.slack.lists import mine_message, news_message
from corpus import EVERYONE, Document, Fate, Handover, State, Status, Under

AT = dt.datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the corpus keeps UTC without saying so


async def _shown(door: Door, api: tuple[Api, str], typed: str, user: str = "U1") -> str:
    """What is shown to who types this behind the command."""
    before = len(api[0].made("one"))
    assert await type_command(door, api[1], typed, user) == {}
    told = (await api[0].until("one", before + 1))[before]
    assert told["response_type"] == "ephemeral"
    assert faults(told["blocks"]) == []
    return words(told)


async def test_my_questions_and_what_became_of_them(door: Door, api: tuple[Api, str]) -> None:
    """Those of who types it, newest first, each with its outcome and the reference under its answer."""
    await send(door, event())
    await api[0].until("chat.update")
    await send(door, event(text="<@UBOT> zzzz qqqq xxxx", ts="2.2"))
    await api[0].until("chat.update", 2)
    newest = door.rooms.corpus.questions.mine("T1", "U1", 1)[0]
    where = {"thread": None, "text": "zzzz qqqq xxxx", "language": None, "reference": newest.reference}
    handed = door.rooms.corpus.questions.hand_over(Under("T1", "C1", "5.5", "U1"), **where)
    assert handed
    mine = await _shown(door, api, "manas")
    assert mine.index("zzzz") < mine.index(QUESTION)
    assert "nekas neatradās · nodots kuratoriem" in mine
    assert f"atbildēts · Atsauce: {door.rooms.corpus.questions.mine('T1', 'U1', 2)[1].reference}" in mine
    door.rooms.corpus.questions.answer(handed.id, "U9", 2, {}, lease=dt.timedelta(0))
    answered = await _shown(door, api, "my questions")
    assert "the curators have answered it" in answered
    assert "Report lt" in answered
    door.rooms.corpus.change(2, "test", audience=("leaders",))
    assert "Report lt" not in await _shown(door, api, "mine")
    assert "ничего не спрашивали" in await _shown(door, api, "мои", "U2")


async def test_ten_questions_are_shown(door: Door, api: tuple[Api, str]) -> None:
    for number in range(11):
        await send(door, event(text=f"<@UBOT> zzzz q{number}q", ts=f"{number}.5"))
        await api[0].until("chat.update", number + 1)
    mine = await _shown(door, api, "mine")
    assert "q10q" in mine
    assert "q1q" in mine
    assert "q0q" not in mine


async def test_where_no_questions_are_kept_that_is_said(door: Door, api: tuple[Api, str]) -> None:
    silent = replace(door.rooms, settings=replace(door.rooms.settings, questions_days=0))
    assert "netiek glabāti" in await _shown(slack_door.build(silent, "http://web", Metrics()), api, "manas")


async def test_what_is_new(door: Door, api: tuple[Api, str]) -> None:
    """What was added or validated in the last thirty days, or since a date; nothing that not everybody may see."""
    door.rooms.corpus.change(3, "test", audience=("leaders",))
    new = await _shown(door, api, "jaunumi")
    assert "Report lv" in new
    assert "Norvēģija" in new
    assert "Report en" not in new
    assert "pievienots: " in new
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).date()
    assert "Nothing has been added" in await _shown(door, api, f"new since {tomorrow}")
    assert "Report lt" in await _shown(door, api, "naujienos nuo 2020")


async def test_a_word_of_a_question_is_no_wish(door: Door, api: tuple[Api, str]) -> None:
    assert "You asked" in await _shown(door, api, "new rules about electronic monitoring")


async def test_what_breaks_is_told(door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(lists, "mine_message", break_down)
    told = await _shown(door, api, "manas")
    assert "atsauci" in told
    assert "secret" not in told


def _document(title: str | None, number: int = 1) -> Document:
    known: dict[str, Any] = dict.fromkeys(("language", "organisation", "project", "date", "reason", "review_by"))
    known |= {
        "source": "/a<!here>.txt",
        "kind": "txt",
        "content_hash": "a",
        "title": title,
        "country": "NO",
        "tags": (),
    }
    known |= {"collection": "reports", "audience": (EVERYONE,), "status": Status.DRAFT, "added_at": AT, "passages": 1}
    return Document(id=number, added_by="test", **known)


hostile = st.lists(st.sampled_from(["<!channel>", "*b*", "<http://evil|x>", "🧨", "\u202e"]) | st.text(), max_size=30)
text = hostile.map(" ".join)


@settings(deadline=None, max_examples=50)
@given(st.none() | text, st.none() | text, st.sampled_from(["lv", "ru", "en"]))
def test_any_words_are_a_message_that_slack_takes(asked: str | None, title: str | None, language: str) -> None:
    """The most that is listed, whatever people and documents are called."""
    handed = Handover(1, "T", "C", "1", None, "U", asked, None, "R", AT, State.ANSWERED, AT, "slack:T:U9", 1)
    fates = [Fate(AT, asked, "nothing", "REFERENC", handed)] * 10
    news = [(_document(title), AT, "added")] * 25
    for message in (
        mine_message(fates, {1: _document(title)}, 30, "https://web", language),
        news_message(news, AT.date(), "https://web", language),
    ):
        assert faults(message.blocks) == []
        assert "<" not in message.text
        assert len(message.text) <= 4000
        assert len(json.dumps(message.blocks, ensure_ascii=False)) < 13_000


def test_more_news_than_are_shown_are_counted() -> None:
    news = [(_document(f"T{n}", n), AT, "validated") for n in range(25)]
    said = words({"blocks": news_message(news, AT.date(), "https://web", "en").blocks})
    assert "… and 5 more reports." in said
    assert "validated: 1 March 2026" in said
    assert "T20" not in said
