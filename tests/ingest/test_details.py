"""What a document states of itself is found, and nothing is said where it states nothing: no fact is guessed."""

import datetime as dt

import pytest

from ingest.countries import country_named, country_observed
from ingest.dates import date_in, day_in_title
from ingest.details import mark_details, read_details
from ingest.formats import read
from ingest.language import detect
from ingest.passages import compose
from ingest.reading import Block, Kind, Reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023. gada 15.–18. maijs", dt.date(2023, 5, 15)),
        ("2020. gada 5. novembrī", dt.date(2020, 11, 5)),
        ("2021 m. rugsėjo 6–9 d.", dt.date(2021, 9, 6)),
        ("14.–16. oktoober 2019", dt.date(2019, 10, 14)),
        ("12–14 May 2014", dt.date(2014, 5, 12)),
        ("May 12, 2014", dt.date(2014, 5, 12)),
        ("20.–22. september 2022", dt.date(2022, 9, 20)),
        ("29. august – 1. september 2022", dt.date(2022, 8, 29)),
        ("15–17 czerwca 2022 r.", dt.date(2022, 6, 15)),
        ("12 мая 2019 г.", dt.date(2019, 5, 12)),
        ("10.12.2019.", dt.date(2019, 12, 10)),
        ("15.–18.05.2023", dt.date(2023, 5, 15)),
        ("30.04.–02.05.2023", dt.date(2023, 4, 30)),
        ("2020-02-28", dt.date(2020, 2, 28)),
        ("2020-02-30", None),
        ("maijs 2020", None),
        ("2014–2021", None),
        ("Nr. 12.345", None),
    ],
)
def test_dates(text: str, expected: dt.date | None) -> None:
    assert date_in(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Date of visit: 12–14 May 2014", dt.date(2014, 5, 12)),
        ("Apmeklējuma datums: 2023. gada 15. maijs", dt.date(2023, 5, 15)),
        ("12–14 May 2014", dt.date(2014, 5, 12)),
        ("2023. gada 15.–18. maijs", dt.date(2023, 5, 15)),
        ("2023-05-15 – 2023-05-18", dt.date(2023, 5, 15)),
        ("10.12.2019.", None),
        ("10.12.2019 - 10:45", None),
        ("Published 12 May 2021", None),
        ("Published 12–13 May 2021", None),
        ("Published: 12 May 2021", None),
        ("Updated 12 May 2021", None),
        ("Printed 2021-05-03", None),
        ("Ataskaita parengta 2021-05-03", None),
        ("Apstiprināts 05.06.2019.", None),
        ("Last revised 5 June 2019", None),
        ("Signed on 5 June 2019", None),
        ("Next meeting 5–6 June 2019 in Riga", None),
        ("Law of 12 May 1998 on probation", None),
    ],
)
def test_the_date_of_an_experience_is_no_other_date(line: str, expected: dt.date | None) -> None:
    reading = Reading((Block("A visit", Kind.HEADING), Block(line), Block("We saw much there. " * 9)))
    assert read_details(reading, "en").date == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Seminar in Riga, 4 March 2020", dt.date(2020, 3, 4)),
        ("Commentary on the Law of 12 May 1998", None),
        ("Ataskaita parengta 2021-05-03", None),
    ],
)
def test_a_date_in_a_title(title: str, expected: dt.date | None) -> None:
    assert day_in_title(title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norvēģija", "NO"),
        ("Taani", "DK"),
        ("Норвегия, Осло", "NO"),
        ("NO", "NO"),
        ("Norvegijoje", "NO"),
        ("Jordan", "JO"),
        ("New Zealand", "NZ"),
        ("Northern Ireland", "GB"),
        ("Põhja-Iirimaa", "GB"),
        ("New Mexico", None),
        ("Latvia og Estland", None),
        ("Vizīte pie kolēģiem", None),
    ],
)
def test_a_labelled_country(text: str, expected: str | None) -> None:
    assert country_named(text) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Vizīte Norvēģijā", "NO"),
        ("VIZĪTE NORVĒĢIJĀ", "NO"),
        ("Visiit Norrasse", "NO"),
        ("Õppereis Soome: eluase esmalt", "FI"),
        ("Поездка в Норвегию", "NO"),
        ("Vizito Danijoje ataskaita", "DK"),
        ("Wizyta delegacji z Polski w Norwegii", "NO"),
        ("Studietur til Danmark", "DK"),
        ("Erfaringer på Island", "IS"),
        ("Work in Denmark", "DK"),
        ("Visit to the Netherlands", "NL"),
        ("Visit report – Norway", "NO"),
        ("Latvijas delegācijas brauciens uz Norvēģiju", "NO"),
        ("Youth courts in Northern Ireland", "GB"),
        ("Northern Ireland: youth courts", "GB"),
        ("Studietur til Latvia og Estland", None),
        ("Visit to Norway, Sweden and Denmark", None),
        ("Latvijas delegācijas brauciens uz Oslo", None),
        ("Lietuvos probacijos tarnybos vizitas Osle", None),
        ("Sadarbība ar Norvēģiju: seminārs", None),
        ("Norra toetuste programm", None),
        ("Norwegian grants: seminar report", None),
        ("Norway Grants: seminar report", None),
        ("Par darbu ar jauniešiem", None),
        ("Children in care", None),
        ("Child protection in practice", None),
        ("Visit to Leeds probation service", None),
        ("Sotsiaaltöötajate poolt koostatud", None),
        ("Swimming pool project", None),
        ("Austrumu reģiona probācijas pārskats", None),
        ("Indivīda vajadzību novērtējums", None),
        ("Индивид и общество", None),
        ("Island prisons", None),
        ("George's story", None),
        ("Kongress", None),
        ("New Jersey drug courts", None),
        ("New Mexico restorative justice", None),
        ("Jordan Peterson", None),
    ],
)
def test_the_country_that_a_title_says_was_seen(title: str, expected: str | None) -> None:
    """The place of what was seen: no visitor, no programme, no word that only begins like a country."""
    assert country_observed(title) == expected


_TEXT = "Three officers of the service saw how colleagues work with young people, and wrote down what they learned."


def test_a_label_that_goes_on_in_the_next_line_is_whole() -> None:
    block = "Host organisation: Norwegian Correctional Service, offices in Oslo and\nHedmark\nProject: One for\nall"
    details = read_details(Reading((Block(block), Block(_TEXT))), None)
    assert details.organisation == "Norwegian Correctional Service, offices in Oslo and Hedmark"
    assert details.project == "One for all"


def test_a_sentence_below_a_label_is_not_its_value() -> None:
    block = "Host organisation: Norwegian Correctional Service, offices in Oslo and Hedmark\nThe visit was in May."
    assert read_details(Reading((Block(block),)), None).organisation == block.partition("\n")[0].partition(": ")[2]


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        (f"Country: Norway\nVisitors: five officers\nDate of visit: 12 May 2014\n\n{_TEXT}", [_TEXT]),
        (f"Country: Norway\n\nVisitors: five officers\n\nDate of visit: 12 May 2014\n\n{_TEXT}", [_TEXT]),
        (f"Country: Norway\n\nConclusion: they listen\n\n{_TEXT}", [f"Conclusion: they listen\n\n{_TEXT}"]),
        (
            f"Country: Norway\nConclusion: they listen\n\n{_TEXT}",
            [f"Country: Norway Conclusion: they listen\n\n{_TEXT}"],
        ),
    ],
)
def test_labelled_lines_at_the_top_are_no_answer(text: str, passages: list[str]) -> None:
    whole, spans = compose(mark_details(read(text.encode(), ".txt").blocks))
    assert [whole[span.start : span.end] for span in spans] == passages


_MOTTO = "Moving forward together towards safe and open communities"
_LITHUANIAN = "Savanoriai padeda žmonėms, kurie grįžta iš kalėjimo, ir susitinka su jais kartą per savaitę. " * 3


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [_MOTTO, "Savanorių darbas su grįžtančiais iš įkalinimo įstaigų"],
            "Savanorių darbas su grįžtančiais iš įkalinimo įstaigų",
        ),
        ([_MOTTO], _MOTTO),
        (["Mentoriai", "Savanorių darbas su grįžtančiais iš įkalinimo įstaigų"], "Mentoriai"),
    ],
)
def test_a_motto_in_another_language_is_no_title(lines: list[str], expected: str) -> None:
    text = "\n\n".join([*lines, _LITHUANIAN])
    assert read_details(read(text.encode(), ".txt"), "lt").title == expected
    assert read_details(read(f"---\ntitle: {_MOTTO}\n---\n\n{text}".encode(), ".md"), "lt").title == _MOTTO


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kommunen betaler.", None),
        ("Mentori", None),
        ("12 345", None),
        ("Kontakt: Anna Berg, Oslo, Bergen, Stavanger, Trondheim, Bodø", None),
        (_LITHUANIAN, "lt"),
        (_TEXT, "en"),
    ],
)
def test_no_language_is_guessed(text: str, expected: str | None) -> None:
    assert detect(text) == expected
