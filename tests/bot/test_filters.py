"""What a person says beside a question narrows its answer, and nothing else does."""

import datetime as dt
import json

import pytest
from block_kit import button, faults, view_faults, words
from hypothesis import given
from hypothesis import strategies as st
from slack_api import Api, event, press, send, submit
from slack_bolt.async_app import AsyncBoltRequest

from bot.filters import CHOSEN, SPOKEN, Filters, in_words, read_filters
from bot.held import Held
from bot.slack.asks import Ask
from bot.slack.door import Door
from bot.slack.forms import Origin, filter_form
from bot.words import ENGLISH, TRANSLATED
from corpus import Status
from ingest import country_names

SINCE = dt.date(2019, 1, 1)
ALL = Filters("lt", "NO", Status.VALIDATED, SINCE)


@pytest.mark.parametrize(
    ("typed", "question", "expected"),
    [
        ("mentors in prisons, Norway, since 2019", "mentors in prisons", Filters(country="NO", since=SINCE)),
        ("burnout, Lithuanian reports", "burnout", Filters(language="lt")),
        ("burnout (only validated)", "burnout", Filters(status=Status.VALIDATED)),
        ("izdegšana; latviski", "izdegšana", Filters(language="lv")),
        ("izdegsana, norvegija", "izdegsana", Filters(country="NO")),
        ("mentori – Norvēģijā", "mentori", Filters(country="NO")),
        ("elektroniskā uzraudzība kopš 2019. gada", "elektroniskā uzraudzība", Filters(since=SINCE)),
        ("läbipõlemine, leedukeelsed aruanded", "läbipõlemine", Filters(language="lt")),
        ("mentoring, по-литовски", "mentoring", Filters(language="lt")),
        ("Ko dara mentori? Norvēģija", "Ko dara mentori? Norvēģija", Filters()),
        ("mentors since 05.2019", "mentors", Filters(since=dt.date(2019, 5, 1))),
    ],
)
def test_what_stands_apart_narrows(typed: str, question: str, expected: Filters) -> None:
    assert read_filters(typed) == (question, expected)


@pytest.mark.parametrize(
    "typed",
    [
        "What has changed since 2019?",
        "How do mentors work in Norway?",
        "Compare Latvia, Norway",
        "Sweden, Norway and Finland",
        "Compare the United Kingdom, Norway",
        "probation, in Norway, in Denmark",
        "Norway",
        "Norway, since 2019",
        "mentors, vacation reports",
        "mentors, Lithuanian",
        "reports, notes",
        "mentors, since 2019-13",
        ",",
        "",
        f"{'q ' * 150}, Norway",
    ],
)
def test_what_may_be_asked_about_does_not(typed: str) -> None:
    """Two countries, or nothing that is left to ask: all of it is the question."""
    assert read_filters(typed) == (typed, Filters())


EXAMPLES = {
    "en": "q, Norway, since 2019, only validated, Lithuanian reports",
    "lv": "q, Norvēģija, kopš 2019, tikai apstiprinātie, lietuviešu valodā",
    "lt": "q, Norvegija, nuo 2019, tik patvirtintos, lietuvių kalba",
    "et": "q, Norra, alates 2019, ainult kinnitatud, leedu keeles",
    "nb": "q, Norge, siden 2019, bare godkjente, på litauisk",
    "pl": "q, Norwegia, od 2019, tylko zatwierdzone, po litewsku",
    "ru": "q, Норвегия, с 2019, только подтверждённые, на литовском",
}


@pytest.mark.parametrize("language", [ENGLISH, *TRANSLATED])
async def test_the_examples_in_the_help_do_what_it_says(language: str, door: Door) -> None:
    """In each language, word for word."""
    example = EXAMPLES[language]
    helps = {
        "en": "help",
        "lv": "palīdzība",
        "lt": "pagalba",
        "et": "abi",
        "nb": "hjelp",
        "pl": "pomoc",
        "ru": "помощь",
    }
    helping = door.parts.desk.help(helps[language])
    assert helping
    assert example.removeprefix("q, ") in helping.text
    assert read_filters(example) == ("q", ALL)


def test_what_is_taken_off_is_asked_about_again() -> None:
    assert read_filters("mentors, Norway, since 2019", ["country"]) == ("mentors, Norway", Filters(since=SINCE))
    assert read_filters("mentors, Norway", ["country"]) == ("mentors, Norway", Filters())


@pytest.mark.parametrize("language", [ENGLISH, *TRANSLATED])
def test_what_the_form_says_is_read_as_it_was_meant(language: str) -> None:
    """Each country and each language that can be chosen, by the name that it has in the asker's language."""
    unread = {
        code: said
        for code in country_names(language)
        if read_filters(said := in_words("q", Filters(country=code), language)) != ("q", Filters(country=code))
    }
    assert unread == {}
    every = [
        in_words("", Filters(code, land, Status.VALIDATED, SINCE), language)
        for code in SPOKEN
        for land in country_names(language)
    ]
    assert max(map(len, every)) <= CHOSEN
    for code in SPOKEN:
        chosen = Filters(code, "NO", Status.VALIDATED, dt.date(2019, 5, 17))
        assert read_filters(in_words("q", chosen, language)) == ("q", chosen)


@pytest.mark.parametrize("language", [ENGLISH, *TRANSLATED])
@pytest.mark.parametrize("filters", [Filters(), ALL])
@pytest.mark.parametrize(
    "held", [Held(0, frozenset(), frozenset()), Held(3, frozenset({"NO"}), frozenset({"lt", "ja"}))]
)
def test_the_form_is_one_that_slack_takes(language: str, filters: Filters, held: Held) -> None:
    assert view_faults(filter_form(_origin(language), filters, held)) == []


def test_a_form_offers_what_slack_can_show() -> None:
    every = frozenset(country_names("en"))
    assert len(every) > 100
    assert view_faults(filter_form(_origin("en"), ALL, Held(1, every, frozenset(SPOKEN)))) == []


def _origin(language: str) -> Origin:
    return Origin("T1", "C1", "5.5", "1.1", "http://localhost/respond", language, Ask("mentors").value() or "")


@given(st.text(max_size=200), st.sampled_from(["", ", Norway", " since 2019", ", only validated (Lithuanian reports)"]))
def test_any_text_is_a_question(text: str, said: str) -> None:
    """What is no filter is asked as it stands; beside one something is left to ask; all can be taken off."""
    question, filters = read_filters(text + said)
    assert any(map(str.isalnum, question)) if filters != Filters() else question == text + said
    assert read_filters(text + said, ["country", "language", "status", "since"]) == (text + said, Filters())


async def test_a_filter_is_shown_and_taken_off_with_a_click(door: Door, api: tuple[Api, str]) -> None:
    """In the thread, once, under the same question; a second press is told that it stands there."""
    await send(door, event(text="<@UBOT> Elektroniskā uzraudzība, Japāna"))
    told = (await api[0].until("chat.update"))[0]
    assert faults(told["blocks"]) == []
    assert "Japāna" in words(told)
    assert "Neviena atskaite neatbilst" in words(told)
    off = button(told["blocks"], "without_country")
    assert off["text"]["text"] == "✕ Japāna"
    click = press(api[1], off["action_id"], off["value"])
    await send(door, click)
    posted = (await api[0].until("chat.postMessage", 2))[1]
    assert posted["thread_ts"] == "1.1"
    assert "Neviena atskaite neatbilst" not in words(posted)
    assert "Japāna" not in words(posted)
    await send(door, click)
    assert "Bez tā jau ir jautāts" in words((await api[0].until("click"))[0])
    assert len(api[0].made("chat.postMessage")) == 2


async def test_the_next_passages_are_narrowed_too(door: Door, api: tuple[Api, str]) -> None:
    """What a button carries is all that was typed, with what was taken off."""
    ask = Ask("Elektroniskā uzraudzība, Japāna", 3, without=("country",))
    assert Ask.read(ask.value()) == ask
    await send(door, press(api[1], "more", Ask("Elektroniskā uzraudzība, Japāna", 0).value()))
    assert "Japāna" in words((await api[0].until("chat.postMessage"))[0])


@pytest.mark.parametrize("private", [False, True])
async def test_the_form_answers_once_more(door: Door, api: tuple[Api, str], *, private: bool) -> None:
    """It opens with what narrows the answer already, and what it brings stands where the first answer stands."""
    asked = Ask("Elektroniskā uzraudzība, kopš 2019", private=private)
    await send(door, press(api[1], "narrow", asked.value()))
    view = (await api[0].until("views.open"))[0]["view"]
    assert view_faults(view) == []
    (since,) = [block["element"] for block in view["blocks"] if block["block_id"] == "since"]
    assert since["initial_value"] == "2019-01-01"
    await send(door, submit(view, country="NO", since=""))
    told = (await api[0].until("click" if private else "chat.postMessage"))[0]
    assert faults(told["blocks"]) == []
    assert "Norvēģija" in words(told)
    assert "2019" not in words(told)
    assert told.get("thread_ts") == "1.1"
    assert Ask.read(button(told["blocks"], "narrow")["value"]).question == "Elektroniskā uzraudzība, Norvēģija"
    await send(door, submit(view, since="2021"))
    await api[0].until("click" if private else "chat.postMessage", 2)
    mine = [each.text for each in door.rooms.corpus.questions.mine("T1", "U1", 5)]
    assert mine == ["Elektroniskā uzraudzība, kopš 2021-01-01", "Elektroniskā uzraudzība, Norvēģija"]


async def test_a_date_that_is_none_is_told_in_the_form(door: Door, api: tuple[Api, str]) -> None:
    view = filter_form(_origin("lv"), Filters(), Held(1, frozenset({"NO"}), frozenset({"lv"})))
    body = json.dumps(submit(view, since="pērn"))
    response = await door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    said = json.loads(response.body or "{}")
    assert said["response_action"] == "errors"
    assert list(said["errors"]) == ["since"]


async def test_a_form_that_cannot_be_opened_is_told(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["views.open"] = "expired_trigger_id"
    await send(door, press(api[1], "narrow", Ask("Elektroniskā uzraudzība").value()))
    assert "norādiet atsauci" in words((await api[0].until("click"))[0])
    await send(door, press(api[1], "narrow", "nonsense"))
    assert len(await api[0].until("click", 2)) == 2
