"""From a question to an answer: outcomes, verbatim quotes, narrowing, and what has just gone."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import answering, curation
from bot.answering import Outcome, answer, as_json, clean_question, narrowing, quote
from bot.curation import Person, Role
from bot.language import question_language
from bot.phrases import caveats, outcome_line
from bot.rooms import Rooms
from corpus import Draft, Invalid, Narrowing, NotAllowed, NotFound, Span, Unavailable, sentences, text_hash
from index import Index

CURATOR = Person("test", Role.CURATOR)
QUESTION = "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem"


def _ids(rooms: Rooms, question: str = QUESTION, **options: object) -> list[int]:
    return [each.document.id for each in answer(rooms, question, **options).shown]  # type: ignore[arg-type]


def test_an_answer_is_verbatim_and_opens_at_its_place(rooms: Rooms) -> None:
    found = answer(rooms, QUESTION)
    assert found.outcome is Outcome.FOUND
    assert found.language == "lv"
    first = as_json(found)["passages"][0]  # type: ignore[index]
    text = rooms.corpus.text(first["document"]["id"])
    assert text[first["start"] : first["end"]] == first["text"]
    assert first["quote"] in first["text"]
    assert first["quote"].startswith("Elektroniskā uzraudzība")
    shown = found.shown[0]
    assert text[shown.quote_start : shown.quote_end] == shown.quote


def test_the_shape_is_the_contracts(rooms: Rooms) -> None:
    found = as_json(answer(rooms, QUESTION))
    assert list(found) == ["question", "question_language", "outcome", "filters", "passages"]
    first = found["passages"][0]  # type: ignore[index]
    assert set(first) == {
        *("rank", "score", "text", "quote", "language", "page", "heading", "start", "end", "also", "document"),
    }
    assert set(first["document"]) == {"id", "title", "source", "language", "country", "date", "status", "collection"}
    assert first["document"]["date"] == "2023-05-15"
    assert first["page"] is None
    assert 0 <= first["score"] <= 1


def test_a_document_that_is_due_for_review_says_so(rooms: Rooms) -> None:
    """From the day after the date that a curator has set, whether it is validated or not."""
    said = caveats(answer(rooms, QUESTION).shown[0], "en")
    assert not any("review" in each for each in said)
    for days, due in ((2, False), (-2, True)):
        day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days)
        rooms.corpus.change(1, "cat", review_by=day)
        first = answer(rooms, QUESTION).shown[0]
        assert (first.document.id, "past its review date" in caveats(first, "en")) == (1, due)


def test_nothing_has_no_passages(rooms: Rooms) -> None:
    found = answer(rooms, "zzzz qqqq xxxx")
    assert (found.outcome, found.shown, found.searched) == (Outcome.NOTHING, (), 3)


def test_an_empty_corpus_says_that_nothing_was_searched(rooms: Rooms) -> None:
    found = answer(rooms, QUESTION, narrowing=Narrowing(country="JP"))
    assert (found.outcome, found.searched) == (Outcome.NOTHING, 0)


def test_what_is_retired_or_forgotten_is_in_no_answer_before_any_sync(rooms: Rooms) -> None:
    assert 1 in _ids(rooms)
    rooms.corpus.retire(1, "outdated", "test")
    assert 1 not in _ids(rooms)
    rooms.corpus.restore(1, "test")
    assert 1 in _ids(rooms)
    rooms.corpus.forget(1, "test")
    assert 1 not in _ids(rooms)


def test_a_document_for_others_is_in_no_answer(rooms: Rooms) -> None:
    rooms.corpus.change(1, "test", audience=("leaders",))
    assert 1 not in _ids(rooms)


def test_narrowing(rooms: Rooms) -> None:
    assert set(_ids(rooms, narrowing=Narrowing(language="lt"))) <= {2}
    assert _ids(rooms, narrowing=Narrowing(since=dt.date(2024, 1, 1))) == []
    assert 1 in _ids(rooms, narrowing=narrowing(language="LV", country="no", collection=None, since=None))
    with pytest.raises(Invalid, match="code of two letters"):
        narrowing(language="Latvian", country=None, collection=None, since=None)


def test_the_same_text_in_two_documents_is_shown_once(rooms: Rooms) -> None:
    text = rooms.corpus.text(1)
    span = (Span(start=0, end=len(text), language="lv"),)
    rooms.corpus.add(Draft(source="/copy", kind="txt", content_hash="other", text=text, passages=span), "test")
    curation.sync(rooms)
    assert [each.passage.text for each in answer(rooms, QUESTION).shown].count(text) == 1


@pytest.mark.parametrize("question", ["", "  \n ", "?!…", "\x00\x01"])
def test_no_question_is_refused(rooms: Rooms, question: str) -> None:
    with pytest.raises(Invalid, match="Please type a question"):
        answer(rooms, question)


@pytest.mark.parametrize(("top", "fine"), [(0, False), (51, False), (-1, False), (1, True), (50, True)])
def test_how_many(rooms: Rooms, top: int, fine: bool) -> None:
    if fine:
        assert len(answer(rooms, QUESTION, top=top).shown) <= top
    else:
        with pytest.raises(Invalid, match="1 to 50"):
            answer(rooms, QUESTION, top=top)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_any_text_is_answered_or_refused_in_words(rooms: Rooms, question: str) -> None:
    try:
        found = answer(rooms, question)
    except Invalid as fault:
        assert str(fault) in {answering.EMPTY, answering.TOO_LONG, answering.NOT_TEXT}  # noqa: PT017
        return
    assert clean_question(found.question) == found.question


@given(st.text(max_size=400), st.lists(st.floats(0, 1), max_size=12))
def test_a_quote_lies_within_its_passage(text: str, nearness: list[float]) -> None:
    start, end = quote(text, (), nearness[: len(sentences(text))])
    assert 0 <= start <= end <= len(text)


_LONG = (
    "Šis teikums ir tik garš, ka tas pats par sevi pasaka visu, ko vajag zināt par nosacījumiem, "
    "par kārtību un par termiņiem visiem kopā."
)


def test_a_neighbour_joins_a_quote_if_it_is_as_near() -> None:
    text = f"{_LONG} Otrs teikums ir par to pašu. Trešais teikums ir par citu."
    assert text[slice(*quote(text, (), [0.5, 0.48, 0.1]))] == f"{_LONG} Otrs teikums ir par to pašu."
    assert text[slice(*quote(text, (), [0.5, 0.1, 0.1]))] == _LONG


def test_a_very_short_quote_is_given_its_nearer_neighbour() -> None:
    text = f"{_LONG} Klientam tas jāzina no sākuma. Trešais teikums ir par citu."
    assert text[slice(*quote(text, (), [0.2, 0.5, 0.1]))] == f"{_LONG} Klientam tas jāzina no sākuma."


@pytest.mark.parametrize(
    "scrap", ["Mentors", "Mentors:", "Rādītājs | Ar mentoru | Bez tā", "Par mentoriem Dānijā kopā"]
)
def test_a_scrap_is_no_quote_where_there_is_a_sentence(scrap: str) -> None:
    text = f"{scrap}\n{_LONG}"
    assert text[slice(*quote(text, ("Par mentoriem Dānijā kopā",), [0.9, 0.1]))] == _LONG
    assert quote(scrap, (), [0.9]) == (0, len(scrap))


def test_an_index_that_is_not_there_yet_never_says_nothing(rooms: Rooms, tmp_path: Path) -> None:
    unmade = Rooms(rooms.settings, rooms.corpus, Index(tmp_path / "unmade", rooms.embedder), rooms.embedder)
    with pytest.raises(Unavailable, match="not ready"):
        answer(unmade, QUESTION)


def test_nothing_is_not_said_while_a_new_document_waits_to_be_indexed(rooms: Rooms) -> None:
    text = "Zupa ir karsta."
    span = (Span(start=0, end=len(text), language="lv"),)
    rooms.corpus.add(Draft(source="/soup", kind="txt", content_hash="soup", text=text, passages=span), "test")
    with pytest.raises(Unavailable, match="not ready"):
        answer(rooms, "zzzz qqqq xxxx")
    assert answer(rooms, QUESTION).outcome is Outcome.FOUND


def test_what_was_found_is_said(rooms: Rooms) -> None:
    found = answer(rooms, QUESTION)
    assert len(found.shown) == 3
    assert outcome_line(found) == "Atrasti 3 fragmenti."


def test_a_narrowing_that_fits_nothing_is_not_called_an_empty_corpus(rooms: Rooms) -> None:
    line = outcome_line(answer(rooms, "What is probation in Norway?", narrowing=Narrowing(country="JP")))
    assert line == "No report fits the country, language, collection, status or date that was asked for."


def test_staff_may_not_change_documents(rooms: Rooms) -> None:
    with pytest.raises(NotAllowed, match="takes a curator"):
        curation.retire(rooms, Person("slack:U1", Role.STAFF), 1, "because")


def test_fields_are_set_from_words(rooms: Rooms) -> None:
    changed = curation.tag(rooms, CURATOR, 1, {"country": "SE", "date": "2020-02-03", "tags": "b, a", "project": ""})
    assert (changed.country, changed.date, changed.tags, changed.project) == (
        "SE",
        dt.date(2020, 2, 3),
        ("a", "b"),
        None,
    )
    for wrong in ({"date": "soon"}, {"country": "Norway"}, {"colour": "red"}, {"audience": ""}):
        with pytest.raises(Invalid):
            curation.tag(rooms, CURATOR, 1, wrong)


def test_a_forgotten_document_leaves_no_trace_in_home(rooms: Rooms) -> None:
    """A search of every byte below home finds none of its words."""
    secret = "Xyzzyplugh vārds noslēpumā."
    span = (Span(start=0, end=len(secret)),)
    added = rooms.corpus.add(
        Draft(source="/s", kind="txt", content_hash=text_hash(secret), text=secret, passages=span, title="Xyzzyplugh"),
        "t",
    )
    curation.sync(rooms)
    curation.forget(rooms, CURATOR, added.id)
    files = [path for path in Path(rooms.settings.home).rglob("*") if path.is_file()]
    assert files
    assert all(b"xyzzyplugh" not in path.read_bytes().lower() for path in files)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Kādi ir elektroniskās uzraudzības nosacījumi Norvēģijā?", "lv"),
        ("supervīzijas kļūdas", "lv"),
        ("kas ir TOG", "lv"),
        ("Kiek kainuoja elektroninė stebėsena?", "lt"),
        ("perdegimo požymiai", "lt"),
        ("Mis on eluase esmalt?", "et"),
        ("võlanõustamine", "et"),
        ("How are volunteers trained?", "en"),
        ("ankle tag", "en"),
        ("Hva er vilkårene for elektronisk kontroll?", "nb"),
        ("Jak długo trwa program?", "pl"),
        ("wypalenie zawodowe", "pl"),
        ("Сколько стоит надзор?", "ru"),
        ("налоксон", "ru"),
        ("Wie lange dauert die elektronische Überwachung in Norwegen eigentlich?", "de"),
        ("12345 ?", None),
        ("Kas teikts ziņojumā “Зависимость и пробация: рабочие заметки”?", "lv"),
        ("Kas rašoma ataskaitoje „Gminne Centrum Integracji: pierwsze miesiące“?", "lt"),
        ("«Зависимость и пробация»", "ru"),
    ],
)
def test_the_language_of_a_question(question: str, expected: str | None) -> None:
    assert question_language(question, ("lv", "lt", "et", "en", "nb", "pl", "ru")) == expected


def test_a_reply_is_in_a_language_of_the_interface(rooms: Rooms) -> None:
    assert answer(rooms, QUESTION).reply_language == "lv"
    settings = replace(rooms.settings, languages=("et", "en"))
    found = answer(Rooms(settings, rooms.corpus, rooms.index, rooms.embedder), f"{QUESTION}, vai ne tā?")
    assert (found.language, found.reply_language) == ("lv", "en")
    assert outcome_line(found).startswith("Found:")


@pytest.mark.parametrize(
    ("question", "usual", "expected"), [("mentori", "lv", "lv"), ("mentori", "lt", "lt"), ("perdegimas", "lv", "lt")]
)
def test_what_the_asker_usually_reads_decides_where_the_question_does_not(
    question: str, usual: str, expected: str
) -> None:
    assert question_language(question, ("lv", "lt", "et", "en", "nb", "pl", "ru"), usual) == expected


def test_settings_do_not_show_tokens(rooms: Rooms) -> None:
    assert "xoxb-secret" not in repr(replace(rooms.settings, slack_bot_token="xoxb-secret"))


def test_nothing_says_what_was_looked_at_and_what_is_nearest(rooms: Rooms) -> None:
    """Documents that everybody may see, each once; where something is found there is no need of them."""
    rooms.corpus.change(1, "test", audience=("leaders",))
    found = answer(rooms, "zzzz qqqq xxxx")
    assert found.looked_at == {"en": 1, "lt": 1}
    assert sorted(document.id for document in found.nearest) == [2, 3]
    weak = replace(found, reply_language="en")
    assert "2 reports were searched. Languages: English, Lithuanian." in outcome_line(weak)
    rooms.corpus.change(1, "test", audience=("everyone",))
    good = answer(rooms, QUESTION)
    assert (good.looked_at, good.nearest) == ({}, ())


def test_languages_that_are_not_known_are_not_named(rooms: Rooms) -> None:
    nothing = answer(rooms, "zzzz qqqq xxxx", narrowing=Narrowing(collections=frozenset({"reports"})))
    unknown = replace(nothing, looked_at={None: 1}, reply_language="en")
    assert "1 report was searched. Try" in outcome_line(unknown)


def test_the_passage_of_a_document_that_is_nearest_to_a_question(rooms: Rooms) -> None:
    texts = ("Mentori tiekas ar jauniešiem parkā.", "Elektroniskā uzraudzība ilgst pusgadu Norvēģijā.")
    text = " ".join(texts)
    spans = (Span(start=0, end=len(texts[0])), Span(start=len(texts[0]) + 1, end=len(text)))
    document = rooms.corpus.add(Draft(source="/a", kind="txt", content_hash="a", text=text, passages=spans), "me")
    first = answering.in_document(rooms, QUESTION, document.id)
    assert first.passage.text == texts[0]  # what is in no index yet: the first passage
    rooms.sync()
    assert answering.in_document(rooms, QUESTION, document.id).passage.text == texts[1]
    assert answering.in_document(rooms, QUESTION, document.id, 0).passage.text == texts[0]
    assert answering.in_document(rooms, QUESTION, document.id, 7).passage.text == texts[1]
    rooms.corpus.change(document.id, "me", audience=("leaders",))
    for hidden in (document.id, 99):
        with pytest.raises(NotFound, match=str(hidden)):
            answering.in_document(rooms, QUESTION, hidden)


def test_the_language_of_a_question_is_told_by_its_filters_too(rooms: Rooms) -> None:
    """A word or two may be too little to tell it, and what narrows them is in the asker's language as well."""
    alone, narrowed = answer(rooms, "mentori"), answer(rooms, "mentori, Dānija, kopš 2015")
    assert (alone.language, narrowed.language, narrowed.reply_language) == ("en", "lv", "lv")
    assert narrowed.filters.country == "DK"
