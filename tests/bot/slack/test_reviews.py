"""Curators decide on what waits, each once; whoever is no curator, or comes later, is told so and changes nothing."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from block_kit import button, faults, has_button, view_faults, words
from slack_api import Api, event, press, send, submit, type_command
from slack_bolt.async_app import AsyncBoltRequest

from bot.metrics import Metrics
from bot.phrases import today
from bot.slack import delivery
from bot.slack import door as slack_door
from bot.slack.asks import Item
from bot.slack.door import Door
from bot.slack.forms import Origin
from bot.slack.review_forms import as_filled, ask_author_form, confirm_form, edit_form, retire_form
from bot.words import TRANSLATED
from corpus import EVERYONE, Document, Draft, Span, Status, text_hash

Json = dict[str, Any]


@pytest.fixture
def door(door: Door) -> Door:
    """The door where U8 and U9 are curators, and curators read C9."""
    settings = replace(door.rooms.settings, curators=frozenset({"U8", "U9"}), curators_channel="C9")
    built = slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())
    for document in built.rooms.corpus.documents():
        if document.status is Status.DRAFT:
            built.rooms.corpus.validate(document.id, "test")
    return built


@pytest.fixture
def draft(door: Door) -> Document:
    """A document that waits."""
    return door.rooms.corpus.replace(1, _draft(), "slack:T1:U1")


def _draft() -> Draft:
    text = "Elektroniskā uzraudzība <!channel> ilgst sešus mēnešus."
    spans = (Span(start=0, end=len(text), language="lv"),)
    return Draft(source="x", kind="md", content_hash=text_hash(text), text=text, passages=spans, title="Report lv")


async def queue(door: Door, api: tuple[Api, str], user: str = "U9") -> Json:
    """What `/lessons review` shows a person."""
    before = len(api[0].made("one"))
    await type_command(door, api[1], "review", user)
    return (await api[0].until("one", before + 1))[-1]


async def announced(door: Door, api: tuple[Api, str], document: Document) -> Json:
    """The document as the curators' channel sees it."""
    await door.parts.reviews.announce(door.app.client, document)
    return api[0].made("chat.postMessage")[-1]


async def filled(door: Door, api: tuple[Api, str], message: Json, action: str, user: str = "U9", **how: str) -> Json:
    """Presses a button of a message in C9; the form that opens, filled in and sent."""
    before = len(api[0].made("views.open"))
    pressed = press(api[1], action, button(message["blocks"], action)["value"], user={"id": user})
    await send(door, pressed | {"channel": {"id": "C9"}, "message": {"ts": "5.5"}})
    view = (await api[0].until("views.open", before + 1))[-1]["view"]
    assert view_faults(view) == []
    await send(door, submit(view, user, **how))
    return dict(view)


async def test_a_curator_sees_what_waits_and_others_do_not(door: Door, api: tuple[Api, str], draft: Document) -> None:
    shown = await queue(door, api)
    assert "Report lv" in words(shown)
    assert "Elektroniskā uzraudzība <!channel> ilgst" in words(shown)
    assert faults(shown["blocks"]) == []
    assert "Report lt" not in words(shown)
    refused = await queue(door, api, "U1")
    assert "Report lv" not in words(refused)
    assert "curators" in refused["text"]


async def test_what_is_shown_most_stands_first(door: Door, api: tuple[Api, str]) -> None:
    """Every answer counts the documents of its passages."""
    for document in door.rooms.corpus.documents():
        door.rooms.corpus.change(document.id, "test", review_by=today() - dt.timedelta(days=1))
    await send(door, event(text="<@UBOT> Savanoriai lanko jaunuolius kartą per savaitę?"))
    await api[0].until("chat.update")
    times = door.rooms.corpus.showings.since(today() - dt.timedelta(days=1))
    assert times[2] == 1
    said = words(await queue(door, api))
    first = min(times, key=lambda each: (-times[each], each))
    title = door.rooms.corpus.document(first).name
    assert all(said.index(title) <= said.index(each.name) for each in door.rooms.corpus.documents())


async def test_a_curator_validates_until_a_day(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """The message then says who has done so, and its buttons are gone."""
    message = await announced(door, api, draft)
    assert (message["channel"], faults(message["blocks"])) == ("C9", [])
    view = await filled(door, api, message, "review_confirm")
    changed = (await api[0].until("chat.update"))[0]
    assert (changed["channel"], changed["ts"]) == ("C9", "5.5")
    assert not has_button(changed, "review_confirm")
    assert "U9" in json.dumps(changed["blocks"])
    assert faults(changed["blocks"]) == []
    day = next(each for each in view["blocks"] if each["block_id"] == "review_by")["element"]["initial_date"]
    assert dt.date.fromisoformat(day) > today()
    document = door.rooms.corpus.document(1)
    assert (document.status, door.rooms.corpus.journal(1)[-1].who) == (Status.VALIDATED, "slack:T1:U9")


async def test_the_later_of_two_is_told_who_was_quicker(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """By the button as by a form that was open already; nothing is changed."""
    message = await announced(door, api, draft)
    pressed = press(api[1], "review_retire", button(message["blocks"], "review_retire")["value"], user={"id": "U8"})
    pressed |= {"channel": {"id": "C9"}, "message": {"ts": "5.5"}}
    await send(door, pressed)
    view = (await api[0].until("views.open"))[0]["view"]
    await filled(door, api, message, "review_confirm", "U9")
    await api[0].until("chat.update")
    await send(door, submit(view, "U8", reason="wrong"))
    await send(door, pressed)
    for told in await api[0].until("click", 2):
        assert "quicker" in words(told) or "ātrāks" in words(told)
        assert "U9" in json.dumps(told["blocks"])
        assert faults(told["blocks"]) == []
    assert door.rooms.corpus.document(1).status is Status.VALIDATED
    assert len(api[0].made("views.open")) == 2


async def test_who_is_no_curator_can_neither_press_nor_send(door: Door, api: tuple[Api, str], draft: Document) -> None:
    message = await announced(door, api, draft)
    for action in ("review_confirm", "review_edit", "review_retire", "review_ask", "review_pass"):
        await send(door, press(api[1], action, button(message["blocks"], action)["value"]))
    assert len(await api[0].until("click", 5)) == 5
    assert api[0].made("views.open") == []
    view = await filled(door, api, message, "review_retire", "U9", reason="")
    await api[0].until("click", 6)
    await send(door, submit(view, "U1", reason="mine"))
    await api[0].until("click", 7)
    assert door.rooms.corpus.document(1).status is Status.DRAFT


async def test_a_retired_document_is_in_no_answer(door: Door, api: tuple[Api, str], draft: Document) -> None:
    await filled(door, api, await announced(door, api, draft), "review_retire", reason="Likums ir mainīts.")
    await api[0].until("chat.update")
    assert (door.rooms.corpus.document(1).status, door.rooms.corpus.document(1).reason) == (
        Status.RETIRED,
        "Likums ir mainīts.",
    )


async def test_only_what_was_changed_in_the_form_is_set(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """What is known is filled in; the document waits on, in its new version."""
    message = await announced(door, api, draft)
    before = door.rooms.corpus.document(1)
    known = {"title": "Jauns", "country": "NO", "collection": before.collection, "audience": EVERYONE}
    await filled(door, api, message, "review_edit", **known, language=before.language or "")
    changed = (await api[0].until("chat.update"))[0]
    now = door.rooms.corpus.document(1)
    assert (now.title, now.country, now.audience, now.language) == ("Jauns", "NO", (EVERYONE,), before.language)
    assert set(door.rooms.corpus.journal(1)[-1].after) == {"title", "country"}
    assert has_button(changed, "review_confirm")
    assert (
        Item.read(button(changed["blocks"], "review_confirm")["value"]).version
        > Item.read(button(message["blocks"], "review_confirm")["value"]).version
    )


async def test_a_form_that_nobody_touched_changes_nothing(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """Also where what is known is longer than its field, or in no list: a language that no public document has."""
    before = door.rooms.corpus.change(1, "test", title="T" * 400, language="de", audience=("leads", "board"))
    message = await announced(door, api, before)
    lines = len(door.rooms.corpus.journal(1))
    view = await filled(door, api, message, "review_edit", **_untouched(before))
    fields = {each["block_id"]: each["element"] for each in view["blocks"]}
    assert fields["language"]["initial_option"]["value"] == "de"
    assert len(fields["title"]["initial_value"]) == 300
    await filled(door, api, message, "review_edit", **_untouched(before) | {"country": "NO"})
    await api[0].until("chat.update")
    assert len(door.rooms.corpus.journal(1)) == lines + 1
    assert door.rooms.corpus.document(1) == replace(before, country="NO", proposed={})


async def test_a_date_is_typed_as_it_is_known_also_where_it_is_edited(
    door: Door, api: tuple[Api, str], draft: Document
) -> None:
    """A year or a month is its first day; what is no date is told in the form, and changes nothing."""
    before = door.rooms.corpus.document(1)
    message = await announced(door, api, before)
    await filled(door, api, message, "review_edit", **_untouched(before) | {"date": "05.2019"})
    await api[0].until("chat.update")
    assert door.rooms.corpus.document(1).date == dt.date(2019, 5, 1)
    view = api[0].made("views.open")[-1]["view"]
    view = json.loads(view) if isinstance(view, str) else view
    body = json.dumps(submit(view, "U9", **_untouched(before) | {"date": "soon"}))
    response = await door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert list(json.loads(response.body)["errors"]) == ["date"]
    assert door.rooms.corpus.document(1).date == dt.date(2019, 5, 1)


def _untouched(document: Document) -> dict[str, str]:
    """What a form holds that was opened and sent."""
    return {name: word for name, word in as_filled(document).items() if word}


async def test_what_was_done_is_told_though_its_message_is_gone(
    door: Door, api: tuple[Api, str], draft: Document
) -> None:
    api[0].refuse["chat.update"] = "message_not_found"
    await filled(door, api, await announced(door, api, draft), "review_retire", reason="Likums ir mainīts.")
    (told,) = await api[0].until("click")
    assert "Report lv" in told["text"]
    assert "atsauci" not in told["text"]
    assert door.rooms.corpus.document(1).status is Status.RETIRED


async def test_what_is_not_mine_leaves_my_queue_alone(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """Once every curator has passed it on, all see it again."""
    for user, left in (("U9", False), ("U8", True)):
        shown = await queue(door, api, user)
        await send(
            door, press(api[1], "review_pass", button(shown["blocks"], "review_pass")["value"], user={"id": user})
        )
        redrawn = (await api[0].until("click", 1 if user == "U9" else 2))[-1]
        assert redrawn["replace_original"] is True
        assert has_button(redrawn, "review_pass") is left
    assert has_button(await queue(door, api), "review_pass")


async def test_the_author_is_asked_and_answers(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """Only who was asked can answer; the curator gets it directly."""
    message = await announced(door, api, draft)
    await filled(door, api, message, "review_ask", whom="U1", words="Kad? <!channel>")
    await api[0].until("click")
    asked = api[0].made("chat.postMessage")[-1]
    assert (asked["channel"], "Kad? <!channel>" in words(asked), faults(asked["blocks"])) == ("U1", True, [])
    value = button(asked["blocks"], "review_reply")["value"]
    await send(door, press(api[1], "review_reply", value, user={"id": "U2"}))
    await api[0].until("click", 2)
    assert len(api[0].made("views.open")) == 1
    await send(door, press(api[1], "review_reply", value, user={"id": "U1"}))
    view = (await api[0].until("views.open", 2))[1]["view"]
    assert view_faults(view) == []
    await send(door, submit(view, "U2", words="Nē."))
    await api[0].until("click", 3)
    await send(door, submit(view, "U1", words="Maijā."))
    await api[0].until("click", 4)
    told = api[0].made("chat.postMessage")[-1]
    assert (told["channel"], "Maijā." in words(told), faults(told["blocks"])) == ("U9", True, [])


async def test_the_curators_are_reminded_once(door: Door, api: tuple[Api, str]) -> None:
    """Where Slack does not take it, later."""
    door.rooms.corpus.change(2, "test", review_by=today() - dt.timedelta(days=1))
    api[0].refuse["chat.postMessage"] = "not_in_channel"
    await door.parts.reviews.remind(door.app.client)
    api[0].refuse.clear()
    for _ in range(2):
        await door.parts.reviews.remind(door.app.client)
    _, reminded = api[0].made("chat.postMessage")
    assert (reminded["channel"], "Report lt" in words(reminded), faults(reminded["blocks"])) == ("C9", True, [])
    await send(door, press(api[1], "review_queue", "0", user={"id": "U9"}))
    assert "Report lt" in words((await api[0].until("click"))[0])


async def test_words_for_a_few_are_not_shown_to_all_curators(door: Door, api: tuple[Api, str], draft: Document) -> None:
    door.rooms.corpus.change(1, "test", audience=("leads",))
    said = words(await announced(door, api, door.rooms.corpus.document(1)))
    assert "leads" in said
    assert "ilgst" not in said
    assert "ilgst" not in words(await queue(door, api))


async def test_a_long_queue_is_turned(door: Door, api: tuple[Api, str], draft: Document) -> None:
    """Within Slack's limits, whatever the titles are."""
    for number in range(7):
        title = f"{number} {'<!channel> ' * 40}"
        door.rooms.corpus.add(replace(_draft(), source=f"s{number}", title=title), "test")
    shown = await queue(door, api)
    assert faults(shown["blocks"]) == []
    assert len(json.dumps(shown["blocks"])) < 13_000
    await send(door, press(api[1], "review_on", button(shown["blocks"], "review_on")["value"], user={"id": "U9"}))
    second = (await api[0].until("click"))[0]
    assert (second["replace_original"], faults(second["blocks"])) == (True, [])
    assert has_button(second, "review_back")
    assert not has_button(second, "review_on")


@pytest.mark.parametrize("value", ["", "[]", "not json", None, '{"d": 999, "v": 1, "p": "m", "o": 0}'])
async def test_a_value_that_is_not_ours_changes_nothing(door: Door, api: tuple[Api, str], value: str | None) -> None:
    for action in ("review_confirm", "review_reply"):
        await send(door, press(api[1], action, value, user={"id": "U9"}))
    assert len(await api[0].until("click", 2)) == 2
    assert api[0].made("views.open") == []


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
async def test_the_forms_are_ones_that_slack_takes_in_every_language(
    door: Door, draft: Document, language: str
) -> None:
    origin = Origin("T1", "C9", "8.8", None, "http://slack", language, Item(1, 1, Item.MESSAGE).value())
    for view in (
        confirm_form(origin, draft, today()),
        edit_form(origin, draft, door.parts.reviews._offered()),
        retire_form(origin),
        ask_author_form(origin, "U1"),
    ):
        assert view_faults(view) == []


async def test_who_cannot_be_answered_where_they_clicked_is_told_directly(
    door: Door, api: tuple[Api, str], draft: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address for it is gone after half an hour."""
    monkeypatch.setattr(delivery, "_PAUSES", ())
    message = await announced(door, api, draft)
    api[0].fail["click"] = [404]
    await send(door, press(api[1], "review_pass", button(message["blocks"], "review_pass")["value"]))
    told = (await api[0].until("chat.postMessage", 2))[-1]
    assert (told["channel"], "kuratori" in told["text"]) == ("U1", True)
