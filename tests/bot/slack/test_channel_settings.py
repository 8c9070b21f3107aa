"""An administrator sets how the bot works in a channel; others are told that they cannot; nothing is overwritten."""

import json
from dataclasses import replace
from typing import Any

import pytest
from block_kit import faults, view_faults, words
from slack_api import Api, event, send, submit, type_command
from slack_bolt.async_app import AsyncBoltRequest

from bot.metrics import Metrics
from bot.slack import door as slack_door
from bot.slack.channel_forms import Offered, chosen_channel, settings_form
from bot.slack.door import Door
from bot.slack.forms import Target
from bot.subcommands import Wish, subcommand
from bot.words import TRANSLATED
from corpus import EVERYONE, Channel, Setting

Json = dict[str, Any]
QUESTION = "<@UBOT> Volunteers are trained for twenty-four hours?"
SET = Channel(
    language="lt",
    collections=frozenset({"notes"}),
    audiences=frozenset({EVERYONE, "leads"}),
    askers=frozenset({"U05", "S012"}),
    follows=False,
)


@pytest.fixture
def door(door: Door) -> Door:
    """The door where U8 and U9 are administrators, U7 is a curator, and there are leads."""
    settings = replace(
        door.rooms.settings,
        administrators=frozenset({"U8", "U9"}),
        curators=frozenset({"U7"}),
        audiences={"leads": frozenset({"U1"})},
    )
    return slack_door.build(replace(door.rooms, settings=settings), "http://web", Metrics())


async def opened(door: Door, api: tuple[Api, str], typed: str = "settings", user: str = "U9") -> Json:
    """The form that `/lessons settings` opens."""
    before = len(api[0].made("views.open"))
    await type_command(door, api[1], typed, user)
    view: Json = (await api[0].until("views.open", before + 1))[-1]["view"]
    assert view_faults(view) == []
    return view


def elements(view: Json) -> dict[str, Json]:
    return {each["block_id"]: each["element"] for each in view["blocks"] if each["type"] == "input"}


def untouched(view: Json) -> dict[str, str]:
    """What stands in a form when it opens."""
    found = {}
    for name, element in elements(view).items():
        chosen = element.get("initial_options") or [e for e in [element.get("initial_option")] if e]
        several = [each["value"] for each in chosen] or element.get("initial_users") or []
        found[name] = element.get("initial_value") or ",".join(several)
    return found


def value(view: Json, name: str, label: str) -> str:
    """What stands for a choice of a list."""
    return next(str(each["value"]) for each in elements(view)[name]["options"] if each["text"]["text"] == label)


async def sent(door: Door, api: tuple[Api, str], view: Json, user: str = "U9", **changed: str) -> Json:
    """What somebody is told who has sent the form, with this changed in it."""
    before = len(api[0].made("one"))
    assert await send(door, submit(view, user, **untouched(view) | changed)) == 200
    told = (await api[0].until("one", before + 1))[-1]
    assert faults(told["blocks"]) == []
    return told


async def test_what_is_set_is_kept_and_told(door: Door, api: tuple[Api, str]) -> None:
    door.rooms.corpus.change(3, "test", collection="visits")
    view = await opened(door, api)
    told = await sent(
        door,
        api,
        view,
        language="et",
        collections=value(view, "collections", "visits"),
        audiences=f"{value(view, 'audiences', 'everyone')},{value(view, 'audiences', 'leads')}",
        people="U05,U06",
        groups="s12345, S99",
        follows="",
    )
    channels = door.rooms.corpus.channels
    asks = frozenset({"U05", "U06", "S12345", "S99"})
    everyone = frozenset({EVERYONE, "leads"})
    assert channels.of("T1", "C1") == Channel(
        language="et", collections=frozenset({"visits"}), audiences=everyone, askers=asks, follows=False
    )
    assert channels.setting("T1", "C1").who == "slack:T1:U9"
    assert "Settings saved" in words(told)
    assert all(each in words(told) for each in ("Estonian", "visits", "everyone, leads", "only with a mention"))
    assert all(each in json.dumps(told) for each in ("C1", "U05", "S12345"))
    assert told["response_type"] == "ephemeral"


async def test_what_holds_is_filled_in_and_sent_untouched_changes_nothing(door: Door, api: tuple[Api, str]) -> None:
    """Also where a collection, an audience or a language is no longer there; and it is told who has set it."""
    what = replace(SET, language="de", collections=frozenset({"gone " * 40}), audiences=frozenset({"former"}))
    door.rooms.corpus.channels.set("T1", "C1", what, "slack:T1:U8")
    before = door.rooms.corpus.channels.setting("T1", "C1")
    view = await opened(door, api)
    assert '"user_id": "U8"' in json.dumps(view["blocks"])
    assert "guests too" in json.dumps(view["blocks"])
    told = await sent(door, api, view)
    assert "Nothing has been changed" in words(told)
    assert door.rooms.corpus.channels.setting("T1", "C1") == before
    assert "German" not in words(told)
    told = await sent(door, api, view, follows="follows")
    assert door.rooms.corpus.channels.of("T1", "C1") == replace(what, follows=True)
    assert ("without a mention" in words(told), "German" in words(told)) == (True, False)


@pytest.mark.parametrize("user", ["U1", "U7"])
async def test_only_an_administrator_sees_and_sends_the_form(door: Door, api: tuple[Api, str], user: str) -> None:
    """Whoever sends it is asked for, not who opened it; what holds is not told either."""
    await type_command(door, api[1], "iestatījumi", user)
    assert "Tikai administratori" in (await api[0].until("one"))[0]["text"]
    assert api[0].made("views.open") == []
    view = await opened(door, api)
    told = await sent(door, api, view, user, language="et")
    assert "Only administrators" in told["text"]
    door.rooms.corpus.channels.set("T1", "C1", SET, "slack:T1:U8")
    assert "notes" not in words(await sent(door, api, view, user, language="et"))
    assert door.rooms.corpus.channels.of("T1", "C1") == SET


async def test_the_later_of_two_changes_nothing_and_is_told(door: Door, api: tuple[Api, str]) -> None:
    one, other = await opened(door, api), await opened(door, api, user="U8")
    await sent(door, api, one, language="et", groups="S777")
    told = await sent(door, api, other, "U8", language="lt")
    assert "quicker" in words(told)
    assert all(each in json.dumps(told) for each in ("U9", "S777", "Estonian"))
    assert door.rooms.corpus.channels.of("T1", "C1").language == "et"
    again = await opened(door, api, user="U8")
    await sent(door, api, again, "U8", language="lt")
    assert door.rooms.corpus.channels.of("T1", "C1") == Channel(language="lt", askers=frozenset({"S777"}))


async def test_settings_are_those_of_a_channel(door: Door, api: tuple[Api, str]) -> None:
    """By the command in a direct message, and by the word alone there."""
    await type_command(door, api[1], "seaded", "U9", "D1")
    assert "/lessons seaded" in (await api[0].until("one"))[0]["text"]
    await send(door, event("message", "settings", channel="D1", channel_type="im", user="U9"))
    assert "/lessons settings" in (await api[0].until("chat.postMessage"))[0]["text"]
    await send(door, event("message", "settings", ts="2.2", channel="D2", channel_type="im", user="U1"))
    assert "Only administrators" in (await api[0].until("chat.postMessage", 2))[1]["text"]
    assert api[0].made("views.open") == []


async def test_without_a_command_it_is_told_directly(door: Door, api: tuple[Api, str]) -> None:
    """As where the form was opened from elsewhere, for a channel that is named."""
    settings, client = door.parts.settings, door.app.client
    refused = await settings.open(client, "T1", "U1", "C5", "1.2.3", "lv")
    assert refused
    assert "Tikai administratori" in refused.text
    assert await settings.open(client, "T1", "U9", "C5", "1.2.3", "lv") is None
    (made,) = await api[0].until("views.open")
    await send(door, submit(made["view"], "U9", **untouched(made["view"]) | {"language": "pl"}))
    (told,) = await api[0].until("chat.postMessage")
    assert (told["channel"], "poļu" in words(told), faults(told["blocks"])) == ("U9", True, [])
    assert door.rooms.corpus.channels.of("T1", "C5").language == "pl"


async def test_where_the_command_takes_no_reply_any_more_it_is_told_directly(door: Door, api: tuple[Api, str]) -> None:
    """After half an hour, for which a form can stand open."""
    view = await opened(door, api)
    api[0].fail["one"] = [404]
    await send(door, submit(view, "U9", **untouched(view) | {"language": "et"}))
    (told,) = await api[0].until("chat.postMessage")
    assert (told["channel"], "Settings saved" in words(told)) == ("U9", True)
    assert door.rooms.corpus.channels.of("T1", "C1").language == "et"


async def test_a_form_that_slack_does_not_open_is_told(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["views.open"] = "expired_trigger_id"
    await type_command(door, api[1], "settings", "U9")
    assert "Something went wrong" in (await api[0].until("one"))[0]["text"]


@pytest.mark.parametrize("typed", ["<!subteam^S12|leads>", "@leads", "U12345", "S12345 leads", "S1<>", "S" * 2000])
async def test_what_is_no_id_of_a_group_is_said_under_the_field(door: Door, api: tuple[Api, str], typed: str) -> None:
    view = await opened(door, api, "nustatymai")
    response = await dispatched(door, submit(view, "U9", **untouched(view) | {"groups": typed, "audiences": ""}))
    assert response["response_action"] == "errors"
    assert "naudotojų grupės" in response["errors"]["groups"]
    assert len(response["errors"]["groups"]) < 500
    assert set(response["errors"]) == {"groups", "audiences"}
    assert door.rooms.corpus.channels.count() == 0


async def dispatched(door: Door, body: Json) -> Json:
    """What a form is acknowledged with."""
    answered = await door.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    found: Json = json.loads(answered.body)
    return found


@pytest.mark.parametrize(
    "forged",
    [
        {"collections": "0123456789abcdef"},
        {"audiences": "board"},
        {"language": "xx"},
        {"people": "U05,<!channel>"},
    ],
)
async def test_what_was_not_offered_is_not_set(door: Door, api: tuple[Api, str], forged: dict[str, str]) -> None:
    view = await opened(door, api)
    assert "no longer there" in words(await sent(door, api, view, **forged))
    assert door.rooms.corpus.channels.count() == 0


@pytest.mark.parametrize(
    "carried",
    ["", "[]", "{}", "nonsense", '{"team": "T1"}', "[" * 5000, None],
)
async def test_a_form_that_is_none_of_ours_sets_nothing(door: Door, api: tuple[Api, str], carried: str | None) -> None:
    view = await opened(door, api)
    if carried is None:
        carried = json.dumps(json.loads(view["private_metadata"]) | {"channel": ["C1"]})
    status = await send(door, submit(view | {"private_metadata": carried}, "U9", **untouched(view)))
    assert status == 500
    with pytest.raises(ValueError, match="none of ours|Expecting"):
        Target.read({"private_metadata": carried})
    assert door.rooms.corpus.channels.count() == 0
    forged = json.loads(view["private_metadata"]) | {"before": "guessed"}
    told = await sent(door, api, view | {"private_metadata": json.dumps(forged)}, language="et")
    assert "quicker" in words(told)
    assert door.rooms.corpus.channels.count() == 0


async def test_what_is_set_holds_at_once(door: Door, api: tuple[Api, str]) -> None:
    """The language, who may ask, and that a further question needs a mention."""
    await sent(door, api, await opened(door, api), language="et", people="U05", follows="")
    await send(door, event(text=QUESTION, user="U1"))
    assert "Volunteers are trained" not in (await api[0].until("chat.update"))[0]["text"]
    await send(door, event(text=QUESTION, user="U05", ts="2.2"))
    answer = (await api[0].until("chat.update", 2))[1]
    assert "Leiti 3 lõiku" in words(answer)
    assert "Volunteers are trained" in answer["text"]
    assert not door.rooms.corpus.channels.of("T1", "C1").follows
    further = {"user": "U05", "thread_ts": "2.2", "channel_type": "channel"}
    await send(door, event("message", "aga Norras?", ts="2.3", **further))
    await sent(door, api, await opened(door, api), follows="follows")
    await send(door, event("message", "aga Taanis?", ts="2.4", **further))
    # what is said in a thread is answered in its order, so an answer to the one before would be the third
    assert "Taani" in words((await api[0].until("chat.update", 3))[2])


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_the_form_is_what_slack_takes_in_every_language(language: str) -> None:
    """However many collections there are, and however long their names."""
    names = [f"{n:03} {'ā' * 200}" for n in range(250)]
    what = replace(SET, collections=frozenset(names[:150]))
    offered = Offered.beside(what, (*TRANSLATED, "en"), names, ["leads"])
    target = Target("T1", "C1", what.stamp(), language, "http://slack/" + "x" * 200)
    view = settings_form(target, Setting(what, "slack:T1:U9", None), offered)
    assert view_faults(view) == []
    entered = untouched(view)
    assert chosen_channel(submit(view, "U9", **entered)["view"], offered) == what
    nothing = Offered.beside(Channel(), ("de",), [], [])
    assert view_faults(settings_form(target, Setting(), nothing)) == []
    labels = [each["label"]["text"] for each in view["blocks"] if each["type"] == "input"]
    assert all(len(each) < 75 for each in labels)


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("settings", "en"),
        ("iestatījumi", "lv"),
        ("Nustatymai", "lt"),
        ("seaded", "et"),
        ("innstillinger", "nb"),
        ("ustawienia", "pl"),
        ("настройки", "ru"),
    ],
)
def test_the_word_is_understood(typed: str, language: str) -> None:
    found = subcommand(typed, ("lv", "en"))
    assert found
    assert (found.wish, found.language) == (Wish.SETTINGS, language)
    assert subcommand(f"{typed} 2024", ("lv",)) is None
