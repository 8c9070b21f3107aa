"""What is sent to be added: read, shown, confirmed, added once; refused with the reason; taken up where it was left."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from block_kit import button, faults, has_button, view_faults, words
from slack_api import Api, event, press, send, submit
from slack_sdk.web.async_client import AsyncWebClient
from waiting import DEADLINE, wait_for

from bot.curation import Person, Role
from bot.metrics import Metrics
from bot.slack import door as slack_door
from bot.slack.adding_forms import adding_form, read_choice
from bot.slack.door import Door
from bot.slack.fact_fields import date_faults
from bot.slack.forms import Origin
from bot.slack.receiving import Receiving
from bot.slack.sendings import Sending, Sent
from bot.words import TRANSLATED
from corpus import Document, Stage, Status

Json = dict[str, Any]
T = TypeVar("T")
REPORT = "# Mentori Tartu\n\nValsts: Igaunija\n\nDatums: 2024-05-17\n\nMentori Tartu tiekas katru nedēļu.\n"
SOON = dt.timedelta(minutes=1)


@pytest.fixture
def door(door: Door) -> Door:
    """The door where U9 is a curator, and an audience is known."""
    settings = replace(door.rooms.settings, curators=frozenset({"U9"}), audiences={"leads": frozenset({"U9"})})
    return slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())


def _shared(api: tuple[Api, str], *files: Json, ts: str = "7.1", text: str = "", user: str = "U1") -> Json:
    """The body of the event by which files come in a direct message."""
    return event(
        "message", text, ts, subtype="file_share", channel_type="im", channel="D1", user=user, files=list(files)
    )


def _report(api: tuple[Api, str], text: str = REPORT, name: str = "mentori.md", file_id: str = "F1") -> Json:
    return api[0].share(api[1], name, text.encode(), file_id, user_team="T1")


async def _read(door: Door, api: tuple[Api, str], *files: Json, **how: Any) -> Json:
    """What is said of files once they have been read."""
    before = len(api[0].made("chat.update"))
    await send(door, _shared(api, *files, **how))
    return (await api[0].until("chat.update", before + 1))[-1]


async def _opened(door: Door, api: tuple[Api, str], told: Json, user: str = "U1") -> Json:
    """The form that the button under it opens."""
    before = len(api[0].made("views.open"))
    await send(door, press(api[1], "add", button(told["blocks"], "add")["value"], user={"id": user}))
    view: Json = (await api[0].until("views.open", before + 1))[-1]["view"]
    return json.loads(view) if isinstance(view, str) else view


async def _until(look: Callable[[], T]) -> T:
    return await asyncio.to_thread(wait_for, look, "the database to hold it", 30)


def _uploads(door: Door) -> list[Path]:
    return [path for path in (door.rooms.settings.home / "uploads").rglob("*") if path.is_file()]


def _new(door: Door) -> list[Document]:
    return door.rooms.corpus.documents()[3:]


async def _done(door: Door) -> None:
    await _until(lambda: door.rooms.corpus.intakes.live() == [])


async def test_a_file_is_read_and_added_as_it_is_confirmed(door: Door, api: tuple[Api, str]) -> None:
    """By one of the staff: a draft under their name, announced. Before that it is in no answer."""
    announced: list[Document] = []

    async def announce(client: AsyncWebClient, document: Document) -> None:
        announced.append(document)

    door.parts.adding._announce = announce
    told = await _read(door, api, _report(api))
    assert words(told).count("Mentori Tartu") == 1
    assert "Igaunija · 2024. gada 17. maijs · latviešu" in words(told)
    assert faults(told["blocks"]) == []
    assert _new(door) == []
    assert api[0].downloads == ["Bearer xoxb-1"]

    view = await _opened(door, api, told)
    assert view_faults(view) == []
    assert not any(each["block_id"] == "status" for each in view["blocks"])
    filled = submit(view, title="Mentori", country="EE", date="2024", collection="visits", audience="leads")
    await send(door, filled)
    await send(door, filled)
    await _done(door)
    (document,) = _new(door)
    assert (document.status, document.added_by) == (Status.DRAFT, "slack:T1:U1")
    assert (document.title, document.country, document.date) == ("Mentori", "EE", dt.date(2024, 1, 1))
    assert (document.collection, document.audience) == ("visits", ("leads",))
    assert [str(path) for path in _uploads(door)] == [document.source]
    assert announced == [document]
    last = api[0].made("chat.update")[-1]
    assert "Mentori" in words(last)
    assert faults(last["blocks"]) == []
    assert len(api[0].made("chat.postMessage")) == 1
    assert "jau" in str((await api[0].until("click"))[-1])


async def test_a_curator_may_confirm_it_at_once(door: Door, api: tuple[Api, str]) -> None:
    """Also what somebody else has sent; nobody else may."""
    told = await _read(door, api, _report(api))
    value = button(told["blocks"], "add")["value"]
    await send(door, press(api[1], "add", value, user={"id": "U2"}))
    await api[0].until("click")
    assert api[0].made("views.open") == []
    view = await _opened(door, api, told, "U9")
    assert view_faults(view) == []
    await send(door, submit(view, "U9", title="M", collection="reports", audience="everyone", status="validated"))
    await _done(door)
    assert [(each.status, each.added_by) for each in _new(door)] == [(Status.VALIDATED, "slack:T1:U9")]


async def test_what_is_let_be_is_gone(door: Door, api: tuple[Api, str]) -> None:
    told = await _read(door, api, _report(api))
    assert len(_uploads(door)) == 1
    await send(door, press(api[1], "let_be", button(told["blocks"], "let_be")["value"]))
    await _done(door)
    assert (_uploads(door), _new(door)) == ([], [])
    assert not has_button(api[0].made("chat.update")[-1], "add")


async def test_what_is_delivered_again_is_read_once(door: Door, api: tuple[Api, str]) -> None:
    file = _report(api)
    await _read(door, api, file)
    await send(door, _shared(api, file))
    assert len(api[0].made("files.info")) == len(api[0].made("chat.postMessage")) == 1


async def test_a_copy_is_named_and_not_added(door: Door, api: tuple[Api, str]) -> None:
    """With a link, if everybody may see what it is a copy of; the document keeps its file."""
    view = await _opened(door, api, await _read(door, api, _report(api)))
    await send(door, submit(view, title="Mentori", collection="reports", audience="everyone"))
    await _done(door)
    again = await _read(door, api, _report(api, name="other.md", file_id="F2"), ts="7.2")
    assert not has_button(again, "add")
    assert f"http://web/documents/{_new(door)[0].id}" in json.dumps(again["blocks"])
    door.rooms.corpus.change(_new(door)[0].id, "test", audience=("leads",))
    hidden = await _read(door, api, _report(api, file_id="F3"), ts="7.3")
    assert "Mentori" not in words(hidden)
    await _done(door)
    assert len(_uploads(door)) == len(_new(door)) == 1


async def test_slow_reading_delays_no_confirmation(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not confirmed within three seconds is sent again."""
    go_on, real = asyncio.Event(), Receiving.read

    async def slow(self: Receiving, *arguments: Any) -> tuple[Sent, ...]:
        await go_on.wait()
        return await real(self, *arguments)

    monkeypatch.setattr(Receiving, "read", slow)
    async with asyncio.timeout(DEADLINE):
        await send(door, _shared(api, _report(api)))
    go_on.set()
    await api[0].until("chat.update")


async def test_several_files_have_one_form(door: Door, api: tuple[Api, str]) -> None:
    """Those that cannot be added are named with the reason; each other is as it was recognised."""
    other = REPORT.replace("Tartu", "Valga")
    many = [_report(api, file_id="F1"), _report(api, other, "valga.md", "F2"), _report(api, "x", "run.exe", "F3")]
    many.append(_report(api, "", "empty.md", "F4"))
    told = await _read(door, api, *many)
    assert [each in words(told) for each in ("Mentori Tartu", "Mentori Valga", ".exe", "empty.md")] == [True] * 4
    assert len(api[0].downloads) == 2
    view = await _opened(door, api, told)
    assert view_faults(view) == []
    await send(door, submit(view, collection="visits", audience="everyone"))
    await _done(door)
    assert [(each.title, each.country, each.collection) for each in _new(door)] == [
        ("Mentori Tartu", "EE", "visits"),
        ("Mentori Valga", "EE", "visits"),
    ]
    last = words(api[0].made("chat.update")[-1])
    assert "run.exe" in last


async def test_only_ten_files_are_read(door: Door, api: tuple[Api, str]) -> None:
    told = await _read(door, api, *[_report(api, "x", f"{n}.exe", f"F{n}") for n in range(12)])
    assert words(told).count(".exe:") == 10
    assert "10" in words(told)
    assert faults(told["blocks"]) == []


async def test_an_encrypted_file_is_refused_with_the_readers_reason(door: Door, api: tuple[Api, str]) -> None:
    path = Path(__file__).parents[2] / "files" / "made" / "lv-oslo-encrypted-aes256.pdf"
    told = await _read(door, api, api[0].share(api[1], "a.pdf", path.read_bytes()))
    assert not has_button(told, "add")
    assert "parol" in words(told)
    await _done(door)
    assert _uploads(door) == []


async def test_what_slack_no_longer_has_is_said(door: Door, api: tuple[Api, str]) -> None:
    told = await _read(door, api, {"id": "F9", "name": "gone.pdf"})
    assert "gone.pdf: " in words(told)
    assert not has_button(told, "add")


async def test_a_mention_with_a_file_is_no_question(door: Door, api: tuple[Api, str]) -> None:
    await send(door, event(text="<@UBOT> Te ir atskaite", files=[_report(api)]))
    assert has_button((await api[0].until("chat.update"))[-1], "add")


async def test_a_file_in_a_channel_that_is_not_for_us_is_ignored(door: Door, api: tuple[Api, str]) -> None:
    await send(door, event("message", "Te ir", subtype="file_share", channel_type="channel", files=[_report(api)]))
    assert api[0].calls == [] or {name for name, _ in api[0].calls} == {"auth.test"}


def _shortcut(api: str, callback: str = "add", user: str = "U1", **message: Any) -> Json:
    """The body of a shortcut that is chosen on a message in a channel."""
    return {
        "type": "message_action",
        "callback_id": callback,
        "trigger_id": "1.2.3",
        "user": {"id": user},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "message": {"type": "message", "user": "U5", "ts": "1716000000.1", "text": "", **message},
        "response_url": f"{api}/respond/click",
    }


async def test_a_message_becomes_a_document(door: Door, api: tuple[Api, str]) -> None:
    """Its first line is the title; who wrote it, and when, stands in the stored file."""
    text = "Mentori &amp; jaunieši\n\nTartu mentori tiekas ar jauniešiem katru nedēļu."
    await send(door, _shortcut(api[1], text=text))
    view = (await api[0].until("views.update"))[-1]["view"]
    view = json.loads(view) if isinstance(view, str) else view
    assert view_faults(view) == []
    first = api[0].made("views.open")[0]["view"]
    assert view_faults(json.loads(first) if isinstance(first, str) else first) == []
    await _until(lambda: [each for each in door.rooms.corpus.intakes.live() if each.stage is Stage.WAITING])
    titles = [each["element"]["initial_value"] for each in view["blocks"] if each["block_id"] == "title"]
    assert titles == ["Mentori & jaunieši"]
    await send(door, submit(view, title=titles[0], date="2024-05-18", collection="notes", audience="everyone"))
    await _done(door)
    (document,) = _new(door)
    assert (document.title, document.date) == ("Mentori & jaunieši", dt.date(2024, 5, 18))
    assert "katru nedēļu" in door.rooms.corpus.text(document.id)
    assert "\n\nSlack: U5, 2024-05-18\n" in "".join(path.read_text() for path in _uploads(door))
    said = api[0].made("chat.postMessage")
    assert [each["channel"] for each in said] == ["U1"]


async def test_a_closed_window_is_followed_by_a_message(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["views.update"] = "not_found"
    await send(door, _shortcut(api[1], files=[_report(api)]))
    told = (await api[0].until("chat.postMessage"))[-1]
    assert told["channel"] == "U1"
    assert has_button(told, "add")


@pytest.mark.parametrize("message", [{}, {"text": " "}, {"text": "A quote", "bot_id": "B1"}])
async def test_what_holds_nothing_of_a_persons_is_refused(door: Door, api: tuple[Api, str], message: Json) -> None:
    await send(door, _shortcut(api[1], **message))
    view = (await api[0].until("views.open"))[-1]["view"]
    assert view_faults(json.loads(view) if isinstance(view, str) else view) == []
    assert door.rooms.corpus.intakes.live() == []


async def test_what_is_known_about_a_message_is_shown_to_one(door: Door, api: tuple[Api, str]) -> None:
    """In its thread; its words narrow nothing, and a long one is cut."""
    said = "Elektroniskā uzraudzība ilgst līdz sešiem mēnešiem, Japāna"
    await send(door, _shortcut(api[1], "find", text=said, thread_ts="1.1"))
    sign, answer = await api[0].until("click", 2)
    assert {each["response_type"] for each in (sign, answer)} == {"ephemeral"}
    assert {each["thread_ts"] for each in (sign, answer)} == {"1.1"}
    assert "mēnešiem" in words(answer)
    assert "✕" not in words(answer)
    await send(door, _shortcut(api[1], "find", text="vārds " * 1000))
    assert len((await api[0].until("click", 4))[-1]["blocks"]) > 0
    await send(door, _shortcut(api[1], "find"))
    assert len(await api[0].until("click", 5)) == 5
    assert api[0].made("chat.postMessage") == []


@pytest.mark.parametrize("stage", [Stage.READING, Stage.ADDING])
async def test_what_a_dead_process_left_is_taken_up(door: Door, api: tuple[Api, str], stage: Stage) -> None:
    """In the place of what it has said; what it had added already is not added again."""
    intakes, nothing = door.rooms.corpus.intakes, dt.timedelta(0)
    view = await _opened(door, api, await _read(door, api, _report(api)))
    waiting = intakes.live()[0]
    if stage is Stage.READING:
        assert intakes.move(waiting.id, Stage.WAITING, Stage.READING, waiting.payload | {"found": []}, lease=nothing)
        await door.parts.adding.take_up(door.app.client)
        assert has_button(api[0].made("chat.update")[-1], "add")
        assert len(api[0].downloads) == 2
        return
    choice = read_choice(submit(view, title="M", collection="c", audience="everyone")["view"], "U1")
    sending = replace(Sending.read(waiting.payload), choice=choice)
    adding = intakes.move(waiting.id, Stage.WAITING, Stage.ADDING, sending.payload(), lease=nothing)
    assert adding
    added = door.parts.adding._receiving.add(Person("slack:T1:U1", Role.STAFF), sending.found[0], sending, adding)
    assert len(added.added) == 1
    await door.parts.adding.take_up(door.app.client)
    assert [each.id for each in _new(door)] == [added.added[0].id]
    last = api[0].made("chat.update")[-1]
    assert f"/documents/{added.added[0].id}" in json.dumps(last["blocks"])
    assert intakes.live() == []


async def test_what_waits_too_long_is_let_be(door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch) -> None:
    await _read(door, api, _report(api))
    await _until(lambda: [each for each in door.rooms.corpus.intakes.live() if each.stage is Stage.WAITING])
    await door.parts.adding.take_up(door.app.client)
    assert len(_uploads(door)) == 1
    monkeypatch.setattr("bot.slack.adding._WAITS", -SOON)
    await door.parts.adding.take_up(door.app.client)
    assert (_uploads(door), door.rooms.corpus.intakes.live()) == ([], [])


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_the_form_is_one_that_slack_takes_in_every_language(language: str) -> None:
    origin = Origin("T1", "C9", "8.8", None, "http://slack", language, "1")
    sent = Sent("a.pdf", "/a", "h", title="T" * 900, country="NO", date="2024-05-17", language="de", audience="leads")
    sending = Sending(language, "D1", found=(sent,))
    view = adding_form(origin, sending, Person("a", Role.CURATOR), [], ["lv", "en"])
    assert view_faults(view) == []
    seen = next(each["element"] for each in view["blocks"] if each["block_id"] == "audience")
    assert seen["initial_option"]["value"] == "leads"
    many = replace(sending, found=(sent,) * 10)
    assert view_faults(adding_form(origin, many, Person("a", Role.STAFF), [], [])) == []
    wrong = date_faults(submit(view, country="NO", date="soon")["view"])
    assert set(wrong) == {"date"}
    right = submit(view, title="T", country="NO", date="17.05.2024", language="de", audience="leads")["view"]
    assert date_faults(right) == {}
    assert read_choice(right, "U1").fields == {"title": "T", "country": "NO", "date": "2024-05-17", "language": "de"}
