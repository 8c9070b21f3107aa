"""The bot's Home in Slack: what stands there for whom, asking from it, and deciding in it."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from block_kit import button, has_button, view_faults, words
from slack_api import Api, event, press, send, submit

from bot.metrics import Metrics
from bot.phrases import today
from bot.rooms import Rooms
from bot.slack import door as slack_door
from bot.slack.door import Door
from bot.slack.home_blocks import QUESTION
from bot.words import TRANSLATED
from corpus import Asked, Unavailable, Under

pytestmark = pytest.mark.asyncio
Json = dict[str, Any]
STAFF, CURATOR, ADMINISTRATOR = "U1", "U9", "U7"
NOT_READY = "Es vēl neesmu gatavs."


@pytest.fixture
def door(door: Door) -> Door:
    """The door where these are curator and administrator."""
    settings = replace(
        door.rooms.settings,
        curators=frozenset({CURATOR}),
        administrators=frozenset({ADMINISTRATOR}),
        audiences={"leads": frozenset({CURATOR, "S1"})},
    )
    return slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())


async def opened(door: Door, api: tuple[Api, str], user: str = STAFF) -> Json:
    """The Home that is shown to somebody who opens it."""
    before = len(api[0].made("views.publish"))
    event = {"type": "app_home_opened", "user": user, "channel": f"D{user}", "tab": "home"}
    await send(door, {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event})
    return await shown(api, before + 1)


async def shown(api: tuple[Api, str], count: int) -> Json:
    """The Home that is published as the so-and-so-manieth."""
    published = (await api[0].until("views.publish", count))[count - 1]
    assert view_faults(published["view"]) == []
    return dict(published["view"]) | {"user": published["user_id"]}


def at_home(home: Json, action: str, value: object, typed: str | None = None) -> Json:
    """The body of a click on a button of a Home, as Slack sends it: without a message, a channel, a response_url."""
    state: Json = {"values": {}}
    if asking := next((b for b in home["blocks"] if b.get("block_id", "").startswith(QUESTION)), None):
        state["values"][asking["block_id"]] = {QUESTION: {"type": "plain_text_input", "value": typed}}
    body = press("", action, value, user={"id": home["user"]})
    for name in ("channel", "message", "response_url"):
        del body[name]
    return body | {"container": {"type": "view", "view_id": "VH"}, "view": home | {"state": state}}


def ask(home: Json, typed: str | None) -> Json:
    return at_home(home, "home_ask", button(home["blocks"], "home_ask")["value"], typed)


def waits(door: Door, *documents: int) -> None:
    """These documents wait for a curator."""
    for document in documents:
        door.rooms.corpus.change(document, "test", review_by=today() - dt.timedelta(days=1))


def unanswered(door: Door, text: str, reference: str, outcome: str = "nothing", language: str = "en") -> None:
    asked = Asked(text, language, outcome, reference, "T1", "C1", None, "U5")
    door.rooms.corpus.questions.note(asked, keep=True)


async def test_staff_see_how_to_ask_their_questions_and_what_is_new(door: Door, api: tuple[Api, str]) -> None:
    """And nothing of what is for curators and administrators."""
    asked = Asked("Kas notiek cietumos?", "lv", "nothing", "ab12", "T1", "C1", None, STAFF)
    door.rooms.corpus.questions.note(asked, keep=True)
    said = words(await opened(door, api))
    for told in ("Jautājiet mūsu atskaitēm", "Kas notiek cietumos?", "ab12", "Report lv", "Report lt"):
        assert told in said
    for hidden in ("gaida pārskatīšanu", "Jautājumi bez atbildes", "Lomas", "iestatījum"):
        assert hidden not in said


async def test_a_document_that_a_person_may_not_see_is_not_among_the_news(door: Door, api: tuple[Api, str]) -> None:
    door.rooms.corpus.change(1, "test", audience=("leads",))
    assert "Report lv" not in words(await opened(door, api))
    assert "Report lv" in words(await opened(door, api, CURATOR))


async def test_what_stands_in_the_field_is_asked_and_answered_to_the_person_alone(
    door: Door, api: tuple[Api, str]
) -> None:
    """The question stands in their direct messages, the answer in its thread, and the field is empty again."""
    home = await opened(door, api)
    await send(door, ask(home, "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem?"))
    root, answer = await api[0].until("chat.postMessage", 2)
    assert root["channel"] == STAFF
    assert STAFF in json.dumps(root["blocks"])
    assert (answer["channel"], bool(answer["thread_ts"])) == ("D1", True)
    assert "Elektroniskā uzraudzība" in words(answer)
    again = await shown(api, 2)
    assert "Norvēģijā ilgst" in words(again)
    fields = [b["block_id"] for h in (home, again) for b in h["blocks"] if b["type"] == "input"]
    assert len(set(fields)) == 2
    assert [each.outcome for each in door.rooms.corpus.questions.mine("T1", STAFF, 5)] == ["found"]


async def test_enter_in_the_field_asks_too(door: Door, api: tuple[Api, str]) -> None:
    home = await opened(door, api)
    await send(door, at_home(home, QUESTION, "vizītes", "vizītes"))
    assert "vizītes" in words((await api[0].until("chat.postMessage", 2))[0])


async def test_a_second_click_asks_nothing(door: Door, api: tuple[Api, str]) -> None:
    home = await opened(door, api)
    for _ in range(2):
        await send(door, ask(home, "Elektroniskā uzraudzība?"))
    await api[0].until("chat.postMessage", 2)
    await shown(api, 3)
    assert len([each for each in api[0].made("chat.postMessage") if each["channel"] == STAFF]) == 1


@pytest.mark.parametrize("typed", [None, "", "   "])
async def test_an_empty_field_asks_nothing_and_says_so(door: Door, api: tuple[Api, str], typed: str | None) -> None:
    home = await opened(door, api)
    await send(door, ask(home, typed))
    assert "Vispirms ierakstiet jautājumu" in words(await shown(api, 2))
    assert api[0].made("chat.postMessage") == []


async def test_where_slack_takes_no_message_the_home_says_so_and_the_click_counts_again(
    door: Door, api: tuple[Api, str]
) -> None:
    home = await opened(door, api)
    api[0].refuse["chat.postMessage"] = "messages_tab_disabled"
    await send(door, ask(home, "Elektroniskā uzraudzība?"))
    assert "norādiet atsauci" in words(await shown(api, 2))
    del api[0].refuse["chat.postMessage"]
    await send(door, ask(home, "Elektroniskā uzraudzība?"))
    assert len(await api[0].until("chat.postMessage", 3)) == 3


async def test_a_curator_decides_in_the_queue_at_home(door: Door, api: tuple[Api, str]) -> None:
    """What is decided is gone from it, and what was done stands above."""
    waits(door, 1)
    home = await opened(door, api, CURATOR)
    confirm = button(home["blocks"], "review_confirm")
    await send(door, at_home(home, "review_confirm", confirm["value"]))
    view = (await api[0].until("views.open"))[0]["view"]
    in_a_year = (today() + dt.timedelta(days=365)).isoformat()
    await send(door, submit(view, CURATOR, review_by=in_a_year))
    after = await shown(api, 2)
    assert str(door.rooms.corpus.document(1).review_by) == in_a_year
    assert after["user"] == CURATOR
    assert not has_button(after, "review_confirm")
    assert words(after).startswith("Report lv")


async def test_the_later_of_two_at_home_is_told_directly(door: Door, api: tuple[Api, str]) -> None:
    waits(door, 1)
    home = await opened(door, api, CURATOR)
    door.rooms.corpus.change(1, "slack:T1:U8", review_by=today() + dt.timedelta(days=1))
    await send(door, at_home(home, "review_retire", button(home["blocks"], "review_retire")["value"]))
    told = (await api[0].until("chat.postMessage"))[0]
    assert told["channel"] == CURATOR
    assert "U8" in json.dumps(told["blocks"])
    assert not has_button(await shown(api, 2), "review_retire")
    assert api[0].made("views.open") == []


async def test_the_queue_at_home_is_turned(door: Door, api: tuple[Api, str]) -> None:
    waits(door, 1, 2, 3)
    home = await opened(door, api, CURATOR)
    await send(door, at_home(home, "review_on", "2"))
    turned = await shown(api, 2)
    assert [str(view["blocks"]).count("review_confirm") for view in (home, turned)] == [3, 1]
    await send(door, at_home(home, "review_on", "nonsense"))
    assert (await api[0].until("chat.postMessage"))[0]["channel"] == CURATOR


async def test_who_is_no_curator_any_more_can_decide_nothing_at_home(door: Door, api: tuple[Api, str]) -> None:
    waits(door, 1)
    home = await opened(door, api, CURATOR)
    pressed = at_home(home, "review_pass", button(home["blocks"], "review_pass")["value"]) | {"user": {"id": STAFF}}
    await send(door, pressed)
    told = (await api[0].until("chat.postMessage"))[0]
    assert (told["channel"], "kuratori" in told["text"]) == (STAFF, True)


async def test_curators_see_what_nothing_answered_but_not_who_asked(door: Door, api: tuple[Api, str]) -> None:
    unanswered(door, "How are volunteers paid?", "r1")
    unanswered(door, "Ar ką dirba savanoriai?", "r2", "weak", "lt")
    unanswered(door, "Answered all the same", "r3", "weak")
    door.rooms.corpus.questions.vote(Under("T1", "C1", "5.5", "U5"), helpful=True, reference="r3")
    unanswered(door, "Found at once", "r4", "found")
    home = await opened(door, api, CURATOR)
    assert "How are volunteers paid?" in words(home)
    assert "Ar ką dirba savanoriai?" in words(home)
    assert "Answered all the same" not in words(home)
    assert "Found at once" not in words(home)
    assert "U5" not in json.dumps(home["blocks"])


async def test_curators_see_what_is_asked_about_most_in_their_language(door: Door, api: tuple[Api, str]) -> None:
    """Of every question its topics are kept, whatever language it is in."""
    for number, text in enumerate(("Elektroniskā uzraudzība?", "elektroninė stebėsena", "zzzz qqqq")):
        await send(door, event(text=f"<@UBOT> {text}", ts=f"{number}.5"))
        await api[0].until("chat.update", number + 1)
    home = words(await opened(door, api, CURATOR))
    assert "Par ko 90 dienās jautāts visvairāk\nelektroniskā uzraudzība\n · 2 jautājumi" in home


async def test_a_question_that_was_handed_over_is_answered_from_the_home(door: Door, api: tuple[Api, str]) -> None:
    handed = door.rooms.corpus.questions.hand_over(
        Under("T1", "C1", "5.5", "U5"), thread="1.1", text="How are volunteers paid?", language="en", reference="r1"
    )
    assert handed
    home = await opened(door, api, CURATOR)
    await send(door, at_home(home, "answer", button(home["blocks"], "answer")["value"]))
    view = (await api[0].until("views.open"))[0]["view"]
    await send(door, submit(view, CURATOR, words="They are not."))
    answer, told = await api[0].until("chat.postMessage", 2)
    assert (answer["channel"], answer["thread_ts"]) == ("C1", "1.1")
    assert told["channel"] == CURATOR
    assert "How are volunteers paid?" not in words(await shown(api, 2))
    assert api[0].made("chat.update") == []


async def test_the_last_runs_name_what_could_not_be_read(door: Door, api: tuple[Api, str]) -> None:
    corpus = door.rooms.corpus
    sent = f"{door.rooms.settings.home}/uploads/5bd6/Vizīte.docx"
    run = corpus.begin_run("cli", ["/reports", sent], alone=True)
    failed = [{"source": f"/reports/{n}.pdf", "reason": "<!channel> The file is empty."} for n in range(5)]
    corpus.end_run(run, "done", {"new": 3, "changed": 0, "gone": 1, "failed": failed})
    home = words(await opened(door, api, CURATOR))
    assert "uploads" not in home
    for told in (
        "/reports, Vizīte.docx\n",
        "pabeigts · jauni: 3 · pazuduši: 1 · nenolasīti: 5",
        "/reports/2.pdf",
        "atzina runs",
    ):
        assert told in home
    assert "mainīti" not in home
    assert "/reports/3.pdf" not in home


async def test_administrators_see_settings_roles_and_how_things_stand(door: Door, api: tuple[Api, str]) -> None:
    home = await opened(door, api, ADMINISTRATOR)
    for told in ("Lomas", "leads", "Indekss atbilst korpusam.", "3 atskaites", "SQLite", "atzina doctor"):
        assert told in words(home)
    for member in (CURATOR, "S1", ADMINISTRATOR):
        assert member in json.dumps(home["blocks"])
    assert "Lomas" not in words(await opened(door, api, CURATOR))


def chosen(home: Json, channel: str) -> Json:
    """The body of choosing a channel in the menu of a Home."""
    body = at_home(home, "home_settings", None)
    menu = {"type": "conversations_select", "action_id": "home_settings", "block_id": "b"}
    return body | {"actions": [menu | {"selected_conversation": channel}]}


async def test_an_administrator_sets_a_channel_from_the_home(door: Door, api: tuple[Api, str]) -> None:
    """What becomes of it is told directly, and the Home names the channel."""
    home = await opened(door, api, ADMINISTRATOR)
    assert "C5" not in json.dumps(home["blocks"])
    await send(door, chosen(home, "C5"))
    view = (await api[0].until("views.open"))[0]["view"]
    everyone = next(b for b in view["blocks"] if b.get("block_id") == "audiences")["element"]["initial_options"][0]
    await send(door, submit(view, ADMINISTRATOR, language="et", audiences=everyone["value"]))
    told = (await api[0].until("chat.postMessage"))[0]
    assert (told["channel"], "C5" in json.dumps(told["blocks"])) == (ADMINISTRATOR, True)
    assert door.rooms.corpus.channels.of("T1", "C5").language == "et"
    assert "C5" in json.dumps((await shown(api, 2))["blocks"])


async def test_who_is_no_administrator_can_choose_no_channel(door: Door, api: tuple[Api, str]) -> None:
    home = await opened(door, api, ADMINISTRATOR)
    await send(door, chosen(home, "C5") | {"user": {"id": CURATOR}})
    told = (await api[0].until("chat.postMessage"))[0]
    assert (told["channel"], "administrator" in told["text"]) == (CURATOR, True)
    assert api[0].made("views.open") == []


async def test_a_part_that_fails_leaves_the_others(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(door.rooms.corpus), "runs", broken)
    home = words(await opened(door, api, CURATOR))
    assert "norādiet atsauci" in home
    assert "Report lv" in home


async def test_a_database_that_is_away_is_said_once(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the Home, and to who asks or decides there."""
    waits(door, 1)
    home = await opened(door, api, CURATOR)

    @contextmanager
    def away() -> Iterator[None]:
        raise Unavailable("The database is away.")
        yield

    corpus = door.rooms.corpus
    for held in (corpus, corpus.questions, corpus.reviews, corpus.events):
        for transaction in ("_reading", "_writing"):
            monkeypatch.setattr(held, transaction, away, raising=False)
    said = words(await opened(door, api, CURATOR))
    assert said.count(NOT_READY) == 1
    await send(door, ask(home, "Elektroniskā uzraudzība?"))
    assert words(await shown(api, 3)).startswith(NOT_READY)
    await send(door, at_home(home, "review_retire", button(home["blocks"], "review_retire")["value"]))
    assert NOT_READY in words((await api[0].until("chat.postMessage"))[-1])


@pytest.fixture(params=TRANSLATED)
def asked_in(request: pytest.FixtureRequest, rooms: Rooms) -> str:
    texts = {"lv": "Kas notiek cietumos?", "lt": "Kas vyksta kalėjimuose Lietuvoje?", "et": "Mis toimub vanglates?"}
    texts |= {"nb": "Hva skjer i fengslene i Norge?", "pl": "Co się dzieje w więzieniach?", "ru": "Что в тюрьмах?"}
    asked = Asked(texts[request.param], None, "nothing", "ab12", "T1", "C1", None, ADMINISTRATOR)
    rooms.corpus.questions.note(asked, keep=True)
    return str(request.param)


async def test_the_fullest_home_is_taken_by_slack_in_every_language(
    door: Door, api: tuple[Api, str], asked_in: str
) -> None:
    """However much waits, and whatever the texts are."""
    corpus = door.rooms.corpus
    for number in range(30):
        unanswered(door, f"{'zzz' * number} <!channel> *{number}* " * 20, f"r{number}")
        under = Under("T1", "C1", f"{number}.5", "U5")
        corpus.questions.hand_over(under, thread=None, text=f"q{number}", language="en", reference=f"r{number}")
    for document in corpus.documents():
        corpus.change(document.id, "test", title="<@U1> & " * 35)
    waits(door, 1, 2, 3)
    run = corpus.begin_run("cli", ["/reports" * 90] * 9, alone=True)
    corpus.end_run(run, "done", {"failed": [{"source": "/r" * 500, "reason": "x" * 4000}] * 50})
    home = await opened(door, api, ADMINISTRATOR)
    assert len(home["blocks"]) > 30
