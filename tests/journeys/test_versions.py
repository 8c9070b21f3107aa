"""One report in three languages is one finding, told in the asker's own, with the others beside it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import answering, curation, terminal
from bot.curation import Person, Role
from bot.rooms import Rooms
from bot.settings import Settings
from ingest import Source

REPORTS = {
    "lv": """# Ēdināšana atvērtajā cietumā

Ieslodzītie paši gatavo vakariņas 3 reizes nedēļā, un produktus iepērk vietējā veikalā. Katrai grupai ir 8 cilvēki un
viens pavārs, kas par ēdienu norēķinās līdz mēneša 5. datumam. Vienas dienas ēdiens izmaksā 6 eiro.

Virtuvē drīkst strādāt pēc 2 dienu mācībām par higiēnu. Nažus izsniedz un saskaita dežurējošais darbinieks. Par
bojātu ēdienu 2019. gadā saņemtas 4 sūdzības, un neviena nebija pamatota.

Pēc atbrīvošanas 17 cilvēki ir atraduši darbu ēdnīcās un restorānos. Darba devēji meklē tieši viņus, jo viņi ir
pieraduši celties plkst. 5 no rīta.
""",
    "lt": """# Maitinimas atvirajame kalėjime

Kaliniai patys gamina vakarienę 3 kartus per savaitę, o produktus perka vietinėje parduotuvėje. Kiekvienoje grupėje yra
8 žmonės ir vienas virėjas, kuris už maistą atsiskaito iki mėnesio 5 dienos. Vienos dienos maistas kainuoja 6 eurus.

Virtuvėje leidžiama dirbti po 2 dienų higienos mokymų. Peilius išduoda ir suskaičiuoja budintis darbuotojas. Dėl
sugedusio maisto 2019 metais gauti 4 skundai, ir nė vienas nebuvo pagrįstas.

Po išleidimo 17 žmonių rado darbą valgyklose ir restoranuose. Darbdaviai ieško būtent jų, nes jie įpratę keltis 5
valandą ryto.
""",
    "en": """# Meals in the open prison

Prisoners cook dinner themselves 3 times a week and buy the food in the local shop. Each group has 8 people and one
cook, who accounts for the food by the 5th of the month. The food of one day costs 6 euro.

Whoever works in the kitchen has 2 days of training in hygiene first. Knives are handed out and counted by the officer
on duty. In 2019 there were 4 complaints about spoiled food, and none of them was justified.

After release 17 people have found work in canteens and restaurants. Employers look for them in particular, because they
are used to getting up at 5 in the morning.
""",
}
OTHER = """# Meals in the closed prison

Dinner comes from a kitchen in town, at 16.30 every day. A tray costs 11 euro, and 2 officers hand it out to 40 cells.
"""


@pytest.fixture(scope="module")
def prison(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    folder = tmp_path_factory.mktemp("prison")
    for language, text in REPORTS.items():
        (folder / f"open-{language}.md").write_text(text, encoding="utf-8")
    (folder / "closed.md").write_text(OTHER, encoding="utf-8")
    rooms = Rooms.open(Settings.from_env({"ATZINA_HOME": str(folder / "home")}))
    curation.add(rooms, Person("cook", Role.ADMINISTRATOR), [Source(str(path)) for path in folder.glob("*.md")])
    return rooms


@pytest.mark.parametrize(
    ("question", "own", "said"),
    [
        ("Kurš gatavo vakariņas ieslodzītajiem?", "lv", "Arī šeit:"),
        ("Kas gamina vakarienę kaliniams?", "lt", "Taip pat čia:"),
        ("Do prisoners buy the food in the local shop?", "en", "Also in:"),
        ("Hvor mange dager varer opplæringen i hygiene?", None, "Også her:"),
    ],
)
def test_versions_of_a_report_are_one_finding(prison: Rooms, question: str, own: str | None, said: str) -> None:
    answer = answering.answer(prison, question)
    best = answer.shown[0]

    assert own in (best.language, None)
    assert {best.language, *(each.language for each in best.also)} == {"lv", "lt", "en"}
    assert len({each.document.id for each in (best, *best.also)}) == 3
    assert said in terminal.answer(answer)
    assert not any(each.document.source.endswith("closed.md") for each in best.also)


@pytest.mark.parametrize(("behind", "shown"), [(0.03, "lv"), (0.4, "en")])
def test_a_version_in_the_askers_language_is_shown_where_it_is_about_as_good(
    prison: Rooms, monkeypatch: pytest.MonkeyPatch, behind: float, shown: str
) -> None:
    """The English one is ranked first, the Latvian one so far behind it."""
    question = "Kurš gatavo vakariņas ieslodzītajiem?"
    hits = prison.index.search(question, 16)
    live = prison.corpus.passages(hit.passage_id for hit in hits)
    scores = {"open-en.md": 0.6, "open-lv.md": 0.6 - behind, "open-lt.md": 0.1, "closed.md": 0.0}
    ranked = [replace(hit, score=scores[Path(live[hit.passage_id][1].source).name]) for hit in hits]
    ranked.sort(key=lambda hit: -hit.score)
    monkeypatch.setattr(prison.index, "begin", lambda *_: lambda: ranked)

    best = answering.answer(prison, question).shown[0]
    assert best.language == shown
    assert {best.language, *(each.language for each in best.also)} == {"lv", "lt", "en"}


def test_what_is_retired_is_no_version_any_more(prison: Rooms) -> None:
    (english,) = [each for each in prison.corpus.documents() if each.source.endswith("open-en.md")]
    before = answering.answer(prison, "Kurš gatavo vakariņas ieslodzītajiem?").shown[0]
    curation.retire(prison, Person("cook", Role.ADMINISTRATOR), english.id, "novecojis")
    after = answering.answer(prison, "Kurš gatavo vakariņas ieslodzītajiem?").shown[0]

    assert english.id in {each.document.id for each in before.also}
    assert english.id not in {each.document.id for each in after.also}
