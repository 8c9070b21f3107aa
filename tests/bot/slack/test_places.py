"""Who people are, and what may be shown where an answer appears: by ids, asked anew, never by a fault."""

from dataclasses import replace

import pytest
from block_kit import words
from slack_api import QUESTION, Api, event, press, send, type_command

from bot.curation import Role
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack import door as slack_door
from bot.slack import people
from bot.slack.asks import Ask
from bot.slack.door import Door
from bot.slack.people import People
from corpus import EVERYONE, Channel

LEADS = "Report lv"


@pytest.fixture
def door(door: Door) -> Door:
    """The only Latvian report is for leads: U1 is one by the group, U2 is not."""
    rooms = door.rooms
    given = {"audiences": {"leads": frozenset({"S1"})}, "curators": frozenset({"S2"}), "administrators": {"U8"}}
    rooms.corpus.change(1, "test", audience=("leads",))
    rooms.sync()
    return slack_door.build(replace(rooms, settings=replace(rooms.settings, **given)), "http://web", Metrics())


@pytest.fixture
def groups(api: tuple[Api, str]) -> dict[str, list[str]]:
    api[0].groups |= {"S1": ["U1"], "S2": ["U7"]}
    return api[0].groups


@pytest.mark.parametrize(("user", "role"), [("U1", Role.STAFF), ("U7", Role.CURATOR), ("U8", Role.ADMINISTRATOR)])
async def test_roles_come_from_lists_and_groups(
    door: Door, groups: dict[str, list[str]], user: str, role: Role
) -> None:
    person = await People(door.rooms.settings).person(door.app.client, "T1", user)
    assert (person.name, person.role) == (f"slack:T1:{user}", role)


async def test_who_left_a_group_has_lost_its_role(
    door: Door, groups: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "_KNOWN_FOR", -1.0)
    known = People(door.rooms.settings)
    assert (await known.person(door.app.client, "T1", "U7")).role is Role.CURATOR
    groups["S2"] = []
    assert (await known.person(door.app.client, "T1", "U7")).role is Role.STAFF


@pytest.mark.usefixtures("groups")
async def test_a_group_that_cannot_be_read_gives_no_right(door: Door, api: tuple[Api, str]) -> None:
    api[0].refuse["usergroups.users.list"] = "missing_scope"
    known = People(door.rooms.settings)
    assert (await known.person(door.app.client, "T1", "U7")).role is Role.STAFF
    assert await known.audiences(door.app.client, "U1") == {EVERYONE}


@pytest.mark.usefixtures("groups")
async def test_what_one_person_sees_holds_what_they_may_see(door: Door, api: tuple[Api, str]) -> None:
    """Directly and by the command; marked as not for everyone, and with no link that would not open."""
    await send(door, event("message", QUESTION, channel="D1", channel_type="im"))
    answer = (await api[0].until("chat.postMessage"))[0]
    assert LEADS in answer["text"]
    assert "ne visiem: leads" in words(answer)
    assert "http://web/documents/1" not in str(answer["blocks"])
    await type_command(door, api[1], QUESTION)
    assert LEADS in (await api[0].until("one", 2))[1]["text"]
    await type_command(door, api[1], QUESTION, "U2")
    assert LEADS not in (await api[0].until("one", 4))[3]["text"]


@pytest.mark.usefixtures("groups")
async def test_a_channel_shows_what_everybody_there_may_see(door: Door, api: tuple[Api, str]) -> None:
    """Whoever asks, and also where an answer that one person saw is shared with it."""
    await send(door, event())
    assert LEADS not in (await api[0].until("chat.update"))[0]["text"]
    value = Ask(QUESTION, private=True).value()
    await send(door, press(api[1], "share", value))
    assert LEADS not in (await api[0].until("click"))[0]["text"]

    door.rooms.corpus.channels.set("T1", "C1", Channel(audiences=frozenset({EVERYONE, "leads"})), "test")
    await send(door, event(ts="2.2", user="U2"))
    assert LEADS in (await api[0].until("chat.update", 2))[1]["text"]


@pytest.mark.usefixtures("groups")
async def test_a_channel_has_its_language_and_collections(door: Door, api: tuple[Api, str], rooms: Rooms) -> None:
    door.rooms.corpus.change(3, "test", collection="visits")
    rooms.sync()
    door.rooms.corpus.channels.set("T1", "C1", Channel(language="et", collections=frozenset({"visits"})), "test")
    await send(door, event(text="<@UBOT> Volunteers are trained for twenty-four hours?"))
    answer = (await api[0].until("chat.update"))[0]
    assert "Leiti 1 lõik" in words(answer)
    await send(door, event(text="<@UBOT> Savanoriai lanko jaunuolius kartą per savaitę?", ts="2.2"))
    assert "Savanoriai lanko" not in (await api[0].until("chat.update", 2))[1]["text"].partition("\n")[2]


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize(("user", "may"), [("U1", True), ("U7", True), ("U8", True), ("U2", False)])
async def test_a_channel_has_its_askers(door: Door, api: tuple[Api, str], user: str, *, may: bool) -> None:
    """People and groups that are named, and curators; others are told."""
    door.rooms.corpus.channels.set("T1", "C1", Channel(askers=frozenset({"S1"})), "test")
    await send(door, event(text="<@UBOT> Volunteers are trained for twenty-four hours?", user=user))
    said = (await api[0].until("chat.update"))[0]["text"]
    assert ("Volunteers are trained" in said) == may
    assert ("only some people may ask" in said) != may
