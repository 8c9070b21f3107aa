"""What people asked and said is kept as long as it may be, once each, and nothing of a document with it."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from corpus import Asked, Corpus, Draft, Handover, NotFound, Questions, State, Under, statements
from corpus import questions as module

NONE = dt.timedelta(0)
DAY = dt.datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the corpus keeps UTC without saying so


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """What time it is: the last of these."""
    times = [DAY]
    for where in (module, statements):
        monkeypatch.setattr(where, "now", lambda: times[-1])
    return times


def _asked(message: str | None = "1.1", **others: Any) -> Asked:
    known = {"text": "Kas ir probācija?", "language": "lv", "outcome": "found", "reference": f"REF{message}"}
    return Asked(**known | {"team": "T1", "channel": "C1", "message": message, "asker": "U1"} | others)


def _under(message: str = "5.5", person: str = "U1") -> Under:
    return Under("T1", "C1", message, person)


def _hand_over(questions: Questions, message: str = "5.5", reference: str | None = "REF1.1") -> Handover:
    text = "Kas ir probācija?"
    found = questions.hand_over(_under(message), thread="1.1", text=text, language="lv", reference=reference)
    assert found
    return found


def _rows(corpus: Corpus, query: str) -> list[tuple[Any, ...]]:
    with corpus._engine.connect() as connection:
        found = connection.execute(sa.text(query)).all()
    return [tuple(each.isoformat() if isinstance(each, dt.date) else each for each in row) for row in found]


def test_a_question_is_counted_once_a_message(corpus: Corpus) -> None:
    for message in ("1.1", "1.1", None, None):  # a command leaves no message, and every one counts
        corpus.questions.note(_asked(message), keep=True)
    assert _rows(corpus, "SELECT message FROM questions ORDER BY id") == [("1.1",), (None,), (None,)]


@pytest.mark.usefixtures("clock")
def test_a_question_that_may_not_be_kept_is_a_number(corpus: Corpus) -> None:
    """Language, outcome, day and topics stay, and nothing else."""
    corpus.questions.note(_asked(topics=("probation",)), keep=False)
    (row,) = _rows(corpus, "SELECT * FROM questions")
    assert row[:-1] == (1, "2026-03-01", "lv", "found", *(None,) * 8)
    assert "probation" in str(row[-1])
    assert corpus.questions.mine("T1", "U1", 10) == []


def test_after_some_days_a_question_is_a_number_too(corpus: Corpus, clock: list[dt.datetime]) -> None:
    corpus.questions.note(_asked(), keep=True)
    corpus.questions.explain(_under(), reason="outdated", words="vairs neder", reference=None)
    clock.append(DAY + dt.timedelta(days=29))
    corpus.questions.note(_asked("2.2"), keep=True)
    corpus.questions.drop_texts(30)
    assert len(corpus.questions.mine("T1", "U1", 10)) == 2
    clock.append(DAY + dt.timedelta(days=30, seconds=1))
    corpus.questions.drop_texts(30)
    old, new = _rows(corpus, "SELECT * FROM questions ORDER BY id")
    assert old[:-1] == (1, "2026-03-01", "lv", "found", *(None,) * 8)
    assert new[-3] == "Kas ir probācija?"
    assert _rows(corpus, "SELECT reason, words FROM votes") == [("outdated", None)]


def test_the_last_question_of_a_person_in_a_thread(corpus: Corpus) -> None:
    """Of nobody else, in no other thread, channel or workspace; none that failed, and not the message's own."""
    questions = corpus.questions
    others: list[dict[str, Any]] = [{"thread": "9.9"}, {"asker": "U2"}, {"channel": "C2"}, {"team": "T2"}]
    others += [{"thread": None}, {"outcome": "failed"}]
    for number, where in enumerate(others):
        questions.note(_asked(f"8.{number}", **{"thread": "1.1", "text": "Cits?"} | where), keep=True)
    assert questions.last_in("T1", "C1", "1.1", "U1") is None
    questions.note(_asked("1.1", thread="1.1", text="Pirmais?"), keep=True)
    questions.note(_asked(None, thread="1.1", text="Otrais?"), keep=True)
    questions.note(_asked("1.3", thread="1.1", text="Trešais?"), keep=True)
    questions.note(_asked("1.4", thread="1.1", text="Klusais?"), keep=False)
    assert questions.last_in("T1", "C1", "1.1", "U1") == "Trešais?"
    assert questions.last_in("T1", "C1", "1.1", "U1", besides="1.3") == "Otrais?"
    assert questions.last_in("T1", "C1", "1.1", "U2") == "Cits?"


def test_a_question_that_was_dropped_is_followed_no_more(corpus: Corpus, clock: list[dt.datetime]) -> None:
    corpus.questions.note(_asked(thread="1.1"), keep=True)
    clock.append(DAY + dt.timedelta(days=31))
    corpus.questions.drop_texts(30)
    assert corpus.questions.last_in("T1", "C1", "1.1", "U1") is None
    assert _rows(corpus, "SELECT thread FROM questions") == [(None,)]


def test_a_person_has_one_vote_a_message_and_can_change_it(corpus: Corpus) -> None:
    """Why something was not helpful stays until it is called helpful, or another reason is given."""
    questions, everything = corpus.questions, "SELECT voter, helpful, reason, words FROM votes ORDER BY voter"
    questions.vote(_under(), helpful=True, reference="R")
    questions.vote(_under(person="U2"), helpful=True, reference="R")
    questions.explain(_under(), reason="language", words="poliski?", reference="R")
    questions.vote(_under(), helpful=False, reference="R")
    assert _rows(corpus, everything) == [("U1", 0, "language", "poliski?"), ("U2", 1, None, None)]
    questions.vote(_under(), helpful=True, reference="R")
    assert _rows(corpus, everything) == [("U1", 1, None, None), ("U2", 1, None, None)]


def test_a_question_is_handed_over_once_a_message(corpus: Corpus) -> None:
    first = _hand_over(corpus.questions)
    again = corpus.questions.hand_over(_under(person="U2"), thread=None, text="?", language=None, reference=None)
    other = _hand_over(corpus.questions, "6.6")
    assert again is None
    assert corpus.questions.open() == [first, other]
    assert (first.state, first.asker, first.thread, first.text) == (State.OPEN, "U1", "1.1", "Kas ir probācija?")


def test_a_question_is_answered_once(corpus: Corpus) -> None:
    questions, handed = corpus.questions, _hand_over(corpus.questions)
    answered = questions.answer(handed.id, "U8", None, {"words": "Jā."}, lease=NONE)
    assert answered == questions.handover(handed.id)
    assert questions.answer(handed.id, "U9", None, {}, lease=NONE) is None
    assert answered
    assert (answered.state, answered.answered_by, questions.open()) == (State.ANSWERED, "U8", [])
    questions.reopen(handed.id)
    assert questions.open() == [handed]
    with pytest.raises(NotFound, match="99"):
        questions.handover(99)


def test_what_is_to_be_told_is_kept_until_it_was(corpus: Corpus, clock: list[dt.datetime]) -> None:
    """By whoever holds it, or else by whoever asks for it first; then it is gone, and stays answered."""
    questions, minute = corpus.questions, dt.timedelta(minutes=1)
    handed, other = _hand_over(questions), _hand_over(questions, "6.6")
    questions.answer(handed.id, "U8", None, {"words": "Jā."}, lease=minute)
    assert questions.untold(lease=minute) == []
    clock.append(DAY + minute)
    (left,) = questions.untold(lease=minute)
    assert (left.id, left.payload) == (handed.id, {"words": "Jā."})
    assert questions.untold(lease=minute) == []
    clock.append(DAY + dt.timedelta(days=31))
    questions.drop_texts(30)
    assert questions.handover(handed.id).asker == "U1"  # who is still to be told
    questions.told(handed.id)
    assert questions.untold(lease=minute) == []
    assert _rows(corpus, "SELECT payload, leased_until FROM handovers WHERE id = 1") == [(None, None)]
    questions.reopen(handed.id)  # too late
    assert questions.open() == [other]
    questions.drop_texts(30)
    assert questions.handover(handed.id).asker is None


def test_what_was_handed_over_is_dropped_some_days_after_its_answer(corpus: Corpus, clock: list[dt.datetime]) -> None:
    """An open one is kept, however old it is: somebody waits for it."""
    questions = corpus.questions
    answered, waiting = _hand_over(questions), _hand_over(questions, "6.6")
    clock.append(DAY + dt.timedelta(days=99))
    questions.answer(answered.id, "U8", None, {}, lease=NONE)
    questions.told(answered.id)
    questions.drop_texts(30)
    assert questions.handover(answered.id).text
    clock.append(DAY + dt.timedelta(days=130))
    questions.drop_texts(30)
    gone, kept = questions.handover(answered.id), questions.handover(waiting.id)
    assert (gone.text, gone.asker, gone.state) == (None, None, State.ANSWERED)
    assert kept == waiting


def test_what_became_of_my_questions(corpus: Corpus, clock: list[dt.datetime]) -> None:
    """Newest first, each with what the curators did; nobody else's; also one that is only with the curators."""
    questions = corpus.questions
    questions.note(_asked("1.1", outcome="nothing"), keep=True)
    clock.append(DAY + dt.timedelta(minutes=1))
    handed = _hand_over(questions)
    alone = _hand_over(questions, "7.7", reference="LONG AGO")
    clock.append(DAY + dt.timedelta(minutes=2))
    questions.note(_asked("2.2"), keep=True)
    questions.note(_asked("3.3", asker="U2"), keep=True)
    questions.note(_asked("4.4", team="T2"), keep=True)
    mine = questions.mine("T1", "U1", 10)
    assert [(each.reference, each.outcome, each.handover) for each in mine] == [
        ("REF2.2", "found", None),
        ("LONG AGO", "nothing", alone),
        ("REF1.1", "nothing", handed),
    ]
    assert [each.reference for each in questions.mine("T1", "U1", 1)] == ["REF2.2"]


def test_what_nothing_answered(corpus: Corpus) -> None:
    """Questions that found nothing sure, and what waits for the curators; not what has been settled since."""
    questions = corpus.questions
    for number, outcome in enumerate(("nothing", "weak", "found", "failed", "weak", "nothing", "nothing")):
        questions.note(_asked(f"{number}.1", outcome=outcome, text=f"q{number}"), keep=True)
    questions.note(_asked("7.1", outcome="nothing", text="q7", team="T2"), keep=True)
    questions.vote(_under("4.2"), helpful=True, reference="REF4.1")
    questions.vote(_under("0.2"), helpful=False, reference="REF0.1")
    assert questions.answer(_hand_over(questions, "5.2", "REF5.1").id, "U9", None, {}, lease=dt.timedelta(0))
    handed, other = _hand_over(questions, "6.2", "REF6.1"), _hand_over(questions, "8.2", None)
    found = questions.unanswered("T1", 10)
    assert {(each.text, each.handover) for each in found} == {
        ("q0", None),
        ("q1", None),
        ("q6", handed.id),
        ("Kas ir probācija?", other.id),
    }
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert len(questions.unanswered("T1", 1)) == 2


def test_what_nothing_answered_is_known_as_long_as_a_question_is_kept(corpus: Corpus, clock: list[dt.datetime]) -> None:
    corpus.questions.note(_asked(outcome="nothing"), keep=True)
    corpus.questions.note(_asked("2.1", outcome="nothing"), keep=False)
    assert len(corpus.questions.unanswered("T1", 10)) == 1
    clock.append(DAY + dt.timedelta(days=31))
    corpus.questions.drop_texts(30)
    assert corpus.questions.unanswered("T1", 10) == []


def test_what_was_asked_about_most(corpus: Corpus, clock: list[dt.datetime]) -> None:
    """It is known when the words have long been dropped; and what found nothing sure is counted beside it."""
    for number, (outcome, topics) in enumerate(
        [("found", ("mentor", "prison")), ("nothing", ("mentor",)), ("weak", ("mentor",)), ("found", ("drugs",))]
    ):
        corpus.questions.note(_asked(f"{number}.1", outcome=outcome, topics=topics), keep=number != 1)
    corpus.questions.note(_asked("9.1", topics=()), keep=True)
    clock.append(DAY + dt.timedelta(days=40))
    corpus.questions.drop_texts(30)
    assert _rows(corpus, "SELECT COUNT(text) FROM questions") == [(0,)]
    corpus.questions.note(_asked("10.1", topics=("drugs",)), keep=True)
    found = [(each.topic, each.asked, each.unsure) for each in corpus.questions.interests(DAY.date(), 3)]
    assert found == [("mentor", 3, 2), ("drugs", 2, 0), ("prison", 1, 0)]
    assert [each.topic for each in corpus.questions.interests(DAY.date(), 1)] == ["mentor"]
    assert [each.topic for each in corpus.questions.interests(clock[-1].date(), 3)] == ["drugs"]


def test_a_forgotten_document_leaves_the_answer_that_named_it(corpus: Corpus) -> None:
    text = "Slepens teksts."
    document = corpus.add(Draft(source="/a.txt", kind="txt", content_hash="a", text=text, passages=()), "me")
    handed = _hand_over(corpus.questions)
    corpus.questions.answer(handed.id, "U8", document.id, {}, lease=NONE)
    corpus.forget(document.id, "me")
    found = corpus.questions.handover(handed.id)
    assert (found.state, found.document) == (State.ANSWERED, None)


def test_no_table_of_questions_has_room_for_a_documents_text(corpus: Corpus) -> None:
    """The columns are those that people fill with what they typed, and ids."""
    inspected = sa.inspect(corpus._engine)
    typed = {
        table: {column["name"] for column in inspected.get_columns(table)} & {"text", "words", "quote", "title"}
        for table in ("questions", "votes", "handovers")
    }
    assert typed == {"questions": {"text"}, "votes": {"words"}, "handovers": {"text"}}
