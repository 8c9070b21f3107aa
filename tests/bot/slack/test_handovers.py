"""What nothing answers goes to the curators, once a message; a curator answers, and who asked is told."""

import asyncio
import datetime as dt
import json
import logging
from dataclasses import asdict, replace
from typing import Any

import pytest
from block_kit import button, faults, view_faults, words
from slack_api import Api, event, press, send, submit
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.slack import delivery
from bot.slack import door as slack_door
from bot.slack import handovers as module
from bot.slack.asks import Ask
from bot.slack.door import Door
from bot.slack.forms import Origin, answer_faults, answer_form, read_document
from bot.words import TRANSLATED
from corpus import Handover, State

Json = dict[str, Any]
NOTHING = "zzzz qqqq xxxx"
ASKED = "Kas ir kļāķēģī?"


@pytest.fixture
def door(door: Door) -> Door:
    """The door where U9 is a curator, and curators read C9."""
    settings = replace(door.rooms.settings, curators=frozenset({"U9"}), curators_channel="C9")
    return slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())


def _handing(api: str, *, asker: str = "U1", private: bool = False, user: str = "U1", ts: str = "5.5") -> Json:
    value = Ask(ASKED, private=private, asker=asker, reference="REFERENC").value()
    message = {} if private else {"message": {"ts": ts, "thread_ts": "1.1"}}
    place = {"container": {"message_ts": ts}, "message": None} | message
    return press(api, "hand_over", value, user={"id": user}, **place)


async def _handed(door: Door, api: tuple[Api, str], **how: Any) -> Handover:
    """A question that was handed over just now."""
    before = len(api[0].made("click"))
    await send(door, _handing(api[1], **how))
    await api[0].until("click", before + 1)
    return door.rooms.corpus.questions.open()[-1]


def _answering(door: Door, api: str, handed: Handover, user: str = "U9", **filled: str) -> Json:
    """The body of a curator's form."""
    origin = Origin("T1", "C9", "8.8", None, f"{api}/respond/curator", "lv", str(handed.id))
    return submit(answer_form(origin), user, **filled)


def _answers(api: tuple[Api, str]) -> list[Json]:
    """What was said to who asked."""
    return [each for each in api[0].made("chat.postMessage") if each["channel"] != "C9"]


def _told(api: tuple[Api, str]) -> str:
    return str(api[0].made("curator")[-1]["text"])


async def test_nothing_found_says_what_was_searched_and_offers_the_curators(door: Door, api: tuple[Api, str]) -> None:
    """How many reports, in which languages, and the nearest ones by title, as what they are."""
    door.rooms.corpus.change(3, "test", audience=("leaders",))
    door.rooms.sync()
    await send(door, event(text=f"<@UBOT> {NOTHING}"))
    answer = (await api[0].until("chat.update"))[0]
    said = words(answer)
    assert "Pārmeklētas 2 atskaites. Valodas: lietuviešu, latviešu." in said
    assert {title for title in ("Report lv", "Report lt", "Report en") if title in said} == {"Report lv", "Report lt"}
    assert "neatbild" in said
    assert "http://web/documents/1" in json.dumps(answer["blocks"])
    offered = Ask.read(button(answer["blocks"], "hand_over")["value"])
    assert (offered.question, offered.asker, offered.private) == (NOTHING, "U1", False)
    assert faults(answer["blocks"]) == []
    assert "judged" not in json.dumps(answer["blocks"])


async def test_a_question_goes_to_the_curators_once(door: Door, api: tuple[Api, str]) -> None:
    """However often it is pressed, and by whom; the asker stays who asked, and each is told what happened."""
    handed = await _handed(door, api, asker="U1", user="U2")
    await send(door, _handing(api[1], user="U3"))
    first, second = await api[0].until("click", 2)
    assert (first["response_type"], first["thread_ts"]) == ("ephemeral", "1.1")
    assert "nodots kuratoriem" in first["text"]
    assert "jau" in second["text"]
    assert (handed.asker, handed.thread, handed.text, handed.language) == ("U1", "1.1", ASKED, "lv")
    assert len(door.rooms.corpus.questions.open()) == 1
    (shown,) = api[0].made("chat.postMessage")
    assert shown["channel"] == "C9"
    assert ASKED in words(shown)
    assert button(shown["blocks"], "answer")["value"] == str(handed.id)
    assert faults(shown["blocks"]) == []


@pytest.mark.parametrize("channel", [None, "C9"])
async def test_a_question_is_kept_though_no_curator_can_be_shown_it(
    door: Door, api: tuple[Api, str], caplog: pytest.LogCaptureFixture, channel: str | None
) -> None:
    api[0].refuse["chat.postMessage"] = "not_in_channel"
    settings = replace(door.rooms.settings, curators_channel=channel)
    lonely = slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())
    with caplog.at_level(logging.WARNING, "atzina.slack"):
        await _handed(lonely, api)
    assert "nodots kuratoriem" in api[0].made("click")[0]["text"]
    assert len(door.rooms.corpus.questions.open()) == 1
    assert ("not_in_channel" in caplog.text) == (channel is not None)


async def test_an_asker_who_is_not_known_is_who_presses(door: Door, api: tuple[Api, str]) -> None:
    """Under a message from before the button knew who had asked."""
    assert (await _handed(door, api, asker="", user="U2")).asker == "U2"


async def test_a_curator_is_asked_for_the_answer(door: Door, api: tuple[Api, str]) -> None:
    await send(door, press(api[1], "answer", "1", user={"id": "U9"}))
    view = (await api[0].until("views.open"))[0]["view"]
    assert view_faults(view) == []
    assert Origin.read(view).about == "1"


async def test_a_stranger_is_refused_at_the_button_and_at_the_form(door: Door, api: tuple[Api, str]) -> None:
    """The role is asked for of who clicks or sends, whoever sees the button."""
    handed = await _handed(door, api)
    await send(door, press(api[1], "answer", str(handed.id), user={"id": "U1"}))
    refused = (await api[0].until("click", 2))[1]
    assert (refused["response_type"], "kuratori" in refused["text"]) == ("ephemeral", True)
    assert api[0].made("views.open") == []
    await send(door, _answering(door, api[1], handed, "U1", words="Es zinu!"))
    await api[0].until("curator")
    assert "kuratori" in _told(api)
    assert door.rooms.corpus.questions.open() == [handed]
    assert [each["channel"] for each in api[0].made("chat.postMessage")] == ["C9"]


async def test_who_asked_is_told_where_they_asked(door: Door, api: tuple[Api, str]) -> None:
    """The curator's words and the passage of the document they named; and the curators see who has answered."""
    handed = await _handed(door, api)
    await send(door, _answering(door, api[1], handed, document="#2", words="Skat. <!channel> *te*."))
    await api[0].until("curator")
    assert "nosūtīta" in _told(api)
    answer = api[0].made("chat.postMessage")[1]
    assert (answer["channel"], answer["thread_ts"]) == ("C1", "1.1")
    assert ASKED in words(answer)
    assert "Skat. <!channel> *te*." in words(answer)
    assert "Savanoriai lanko jaunuolius" in words(answer)
    assert "<!" not in answer["text"]
    assert faults(answer["blocks"]) == []
    marked = api[0].made("chat.update")[0]
    assert (marked["channel"], marked["ts"]) == ("C9", "8.8")
    assert "Report lt" in words(marked)
    assert "answer" not in [each.get("action_id") for block in marked["blocks"] for each in block.get("elements", [])]
    assert faults(marked["blocks"]) == []
    kept = door.rooms.corpus.questions.handover(handed.id)
    assert (kept.state, kept.answered_by, kept.document) == (State.ANSWERED, "slack:T1:U9", 2)


@pytest.mark.parametrize("gone", [False, True])
async def test_who_asked_alone_is_told_alone(door: Door, api: tuple[Api, str], gone: bool) -> None:
    """Where only they saw it; and where the bot may no longer write in the channel."""
    handed = await _handed(door, api, private=not gone)
    if gone:
        api[0].refuse_in["C1"] = "not_in_channel"
    await send(door, _answering(door, api[1], handed, words="Jā."))
    await api[0].until("curator")
    assert api[0].made("chat.postMessage")[-1]["channel"] == "U1"
    assert "thread_ts" not in api[0].made("chat.postMessage")[-1]
    assert "nosūtīta" in _told(api)


async def test_a_question_is_answered_once(door: Door, api: tuple[Api, str]) -> None:
    """Whichever curator is later is told so, and nothing is said twice."""
    handed = await _handed(door, api)
    for words_ in ("Viens.", "Divi."):
        await send(door, _answering(door, api[1], handed, words=words_))
    told = [words(each) for each in await api[0].until("curator", 2)]
    assert sorted("jau ir atbildēts" in each for each in told) == [False, True]
    assert [each["channel"] for each in api[0].made("chat.postMessage")] == ["C9", "C1"]


async def test_an_answer_that_reaches_nobody_leaves_the_question_open(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", ())
    handed = await _handed(door, api)
    api[0].fail["chat.postMessage"] = [503]
    await send(door, _answering(door, api[1], handed, words="Jā."))
    await api[0].until("curator")
    assert "atsauci" in _told(api)
    assert door.rooms.corpus.questions.open() == [handed]


@pytest.mark.parametrize("lost", ["unknown", "retired", "for others"])
async def test_a_document_that_not_everybody_may_see_is_no_answer(door: Door, api: tuple[Api, str], lost: str) -> None:
    handed, number = await _handed(door, api), {"unknown": 99}.get(lost, 2)
    if lost == "retired":
        door.rooms.corpus.retire(2, "old", "test")
    if lost == "for others":
        door.rooms.corpus.change(2, "test", audience=("leaders",))
    await send(door, _answering(door, api[1], handed, document=str(number)))
    await api[0].until("curator")
    assert f"Nav dokumenta {number}" in _told(api)
    assert door.rooms.corpus.questions.open() == [handed]


@pytest.mark.parametrize(
    ("filled", "wrong"), [({}, True), ({"document": "the second one"}, True), ({"words": "Jā."}, False)]
)
async def test_what_is_wrong_with_the_form_is_told_in_the_form(
    door: Door, api: tuple[Api, str], filled: dict[str, str], wrong: bool
) -> None:
    """It then stays open, and nothing that was typed is lost."""
    handed = await _handed(door, api)
    body = json.dumps(_answering(door, api[1], handed, **filled))
    response = await door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    said = json.loads(response.body or "{}")
    assert (said.get("response_action") == "errors") == wrong
    assert list(said.get("errors", {})) == (["document"] if wrong else [])
    if not wrong:
        await api[0].until("curator")


@pytest.mark.parametrize("value", ["", "[]", "not json", None])
async def test_a_value_that_is_not_ours_is_told_with_a_reference(
    door: Door, api: tuple[Api, str], value: str | None
) -> None:
    await send(door, press(api[1], "hand_over", value))
    assert "atsauci" in (await api[0].until("click"))[0]["text"]
    await send(door, press(api[1], "answer", value, user={"id": "U9"}))
    view = (await api[0].until("views.open"))[0]["view"]
    await send(door, submit(view, "U9", words="Jā."))
    assert "atsauci" in (await api[0].until("click", 2))[1]["text"]


async def test_a_process_that_ends_leaves_the_answer_to_the_next(door: Door, api: tuple[Api, str]) -> None:
    """It ends after the question was taken and before the answer was told; the next one need not wait."""
    handed = await _handed(door, api)
    waiting, client = asyncio.Event(), AsyncWebClient("xoxb-1", base_url=f"{api[1]}/api/")

    async def never(**_: object) -> None:
        waiting.set()
        await asyncio.Event().wait()

    client.chat_postMessage = never  # type: ignore[method-assign, assignment]
    body = _answering(door, api[1], handed, words="Jā.")
    task = asyncio.create_task(door.parts.handovers.answer(client, body, body["view"]))
    async with asyncio.timeout(30):
        await waiting.wait()
    assert door.rooms.corpus.questions.open() == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await door.parts.handovers.take_up(door.app.client)
    assert [words(each).count("Jā.") for each in _answers(api)] == [1]
    assert door.rooms.corpus.questions.open() == []


class Killed(BaseException):
    """The process is no more: nothing of it runs after this, as nothing does after SIGKILL."""


@pytest.mark.parametrize("dies", ["before it was posted", "after it was posted", "after it was told"])
@pytest.mark.parametrize("private", [False, True])
async def test_an_answer_is_told_once_whenever_its_process_is_killed(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch, dies: str, private: bool
) -> None:
    """Only what goes to a person directly may come twice: Slack shows no conversation without its id."""
    handed, questions = await _handed(door, api, private=private), door.rooms.corpus.questions
    body = _answering(door, api[1], handed, document="2", words="Jā.")

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        where, name = {
            "before it was posted": (type(door.parts.handovers), "_tell_asker"),
            "after it was posted": (type(questions), "told"),
            "after it was told": (type(door.parts.handovers), "_mark"),
        }[dies]
        dying.setattr(where, name, killed)
        with pytest.raises(Killed):
            await door.parts.handovers.answer(door.app.client, body, body["view"])
    assert questions.open() == []
    await door.parts.handovers.take_up(door.app.client)
    assert len(_answers(api)) == (0 if "before" in dies else 1)  # it may be at work still
    questions.hold(handed.id, lease=dt.timedelta(0))
    for _ in range(2):
        await door.parts.handovers.take_up(door.app.client)
    assert len(_answers(api)) == (2 if private and dies == "after it was posted" else 1)
    assert all("Jā." in words(each) and "Savanoriai" in words(each) for each in _answers(api))
    assert (questions.handover(handed.id).state, questions.handover(handed.id).payload) == (State.ANSWERED, None)
    assert len(api[0].made("chat.update")) == (0 if dies == "after it was told" else 1)  # what the curators see


@pytest.mark.parametrize(("refusal", "days", "stays"), [(503, 0, False), (503, 2, True), ("not_in_channel", 0, True)])
async def test_what_was_left_and_cannot_be_told_is_tried_for_a_day_then_open_again(
    door: Door, api: tuple[Api, str], monkeypatch: pytest.MonkeyPatch, refusal: str | int, days: int, stays: bool
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES", ())
    handed, questions = await _handed(door, api), door.rooms.corpus.questions
    kept = {"origin": asdict(Origin("T1", "C9", "8.8", None, "", "lv", "1")), "document": None, "words": "Jā."}
    questions.answer(handed.id, "slack:T1:U9", None, kept, lease=dt.timedelta(0))
    if isinstance(refusal, str):
        api[0].refuse["chat.postMessage"] = refusal
    else:
        api[0].fail["chat.postMessage"] = [refusal]
    later = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(days=days)
    monkeypatch.setattr(module, "_now", lambda: later)
    await door.parts.handovers.take_up(door.app.client)
    assert (questions.open() == [handed]) == stays
    questions.hold(handed.id, lease=dt.timedelta(0))
    await door.parts.handovers.take_up(door.app.client)
    assert (questions.handover(handed.id).state is State.ANSWERED) == (not stays)


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_the_form_is_one_that_slack_takes_in_every_language(language: str) -> None:
    view = answer_form(Origin("T1", "C9", "8.8", None, "http://slack", language, "1"))
    assert view_faults(view) == []
    assert all(answer_faults(view).values())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("7", (7, None)),
        (" #7 ", (7, None)),
        ("https://lessons.example.org/documents/7?passage=20-90&quote=25-80&version=ab#here", (7, 20)),
        ("http://127.0.0.1:8000/documents/7", (7, None)),
        ("7 or 8", None),
        ("https://lessons.example.org/about/7", None),
        ("9" * 30, None),
        ("", None),
    ],
)
def test_a_document_is_named_by_number_or_link(typed: str, expected: tuple[int, int | None] | None) -> None:
    assert read_document(typed) == expected
