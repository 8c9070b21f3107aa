"""What waits for a curator, in which order, and that of two who act at once the later one changes nothing."""

import datetime as dt

import pytest

from corpus import Conflict, Corpus, Document, Draft, NotFound, Span, Status, text_hash

TODAY = dt.date(2026, 11, 26)
LONG_AGO = dt.date(2020, 1, 1)


def added(corpus: Corpus, name: str, **fields: object) -> Document:
    text = f"About {name}."
    draft = Draft(
        source=name,
        kind="md",
        content_hash=text_hash(text),
        text=text,
        passages=(Span(start=0, end=len(text)),),
        **fields,  # type: ignore[arg-type]
    )
    return corpus.add(draft, "test")


def waiting(corpus: Corpus) -> list[str]:
    return [each.document.source for each in corpus.reviews.waiting("T1", TODAY, LONG_AGO)]


def version(corpus: Corpus, document: Document) -> int:
    return corpus.reviews.seen(document.id, "T1", TODAY, LONG_AGO).version


def test_drafts_and_what_is_overdue_wait_those_shown_most_first(corpus: Corpus) -> None:
    """What is validated and not overdue, and what is retired, does not wait."""
    one, two = added(corpus, "one"), added(corpus, "two")
    yesterday = TODAY - dt.timedelta(days=1)
    old = added(corpus, "old", status=Status.VALIDATED, review_by=yesterday)
    added(corpus, "fine", status=Status.VALIDATED, review_by=TODAY)
    gone = added(corpus, "gone", review_by=yesterday)
    corpus.retire(gone.id, "wrong", "test")
    corpus.showings.count([two.id, old.id, two.id])
    corpus.showings.count([two.id, 999])
    assert waiting(corpus) == ["two", "old", "one"]
    found = {each.document.id: each for each in corpus.reviews.waiting("T1", TODAY, LONG_AGO)}
    assert {each: found[each].shown for each in found} == {one.id: 0, two.id: 2, old.id: 1}
    assert [found[each].overdue for each in (one.id, old.id)] == [False, True]
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    assert all(each.shown == 0 for each in corpus.reviews.waiting("T1", TODAY, tomorrow))
    corpus.forget(two.id, "test")
    assert waiting(corpus) == ["old", "one"]


def test_who_comes_later_changes_nothing(corpus: Corpus) -> None:
    """Every verb that is given the version somebody saw is refused once something has happened since."""
    document = added(corpus, "one")
    seen = version(corpus, document)
    corpus.validate(document.id, "first", seen, review_by=TODAY)
    assert corpus.document(document.id).review_by == TODAY
    for later in (
        lambda: corpus.validate(document.id, "second", seen),
        lambda: corpus.change(document.id, "second", seen, title="Mine"),
        lambda: corpus.retire(document.id, "wrong", "second", seen),
    ):
        with pytest.raises(Conflict):
            later()
    now = corpus.document(document.id)
    assert (now.status, now.title, [each.who for each in corpus.journal(document.id)]) == (
        Status.VALIDATED,
        None,
        ["test", "first"],
    )
    assert [(each.what, each.who) for each in corpus.reviews.since(document.id, seen)] == [("validated", "first")]
    corpus.retire(document.id, "wrong", "second", version(corpus, document))


def test_what_is_passed_on_comes_back_when_something_has_happened_to_it(corpus: Corpus) -> None:
    """In each workspace by itself."""
    document = added(corpus, "one")
    corpus.reviews.pass_on(document.id, "T1", "U1")
    corpus.reviews.pass_on(document.id, "T1", "U1")
    corpus.reviews.pass_on(999, "T1", "U1")
    assert corpus.reviews.seen(document.id, "T1", TODAY, LONG_AGO).passed == {"U1"}
    assert corpus.reviews.seen(document.id, "T2", TODAY, LONG_AGO).passed == frozenset()
    corpus.change(document.id, "test", title="Another")
    assert corpus.reviews.seen(document.id, "T1", TODAY, LONG_AGO).passed == frozenset()
    with pytest.raises(NotFound):
        corpus.reviews.seen(999, "T1", TODAY, LONG_AGO)


def test_who_was_asked_about_a_document_is_known(corpus: Corpus) -> None:
    document = added(corpus, "one")
    assert corpus.reviews.asked(document.id, "T1", "U1") is None
    corpus.reviews.ask(document.id, "T1", "U1", "U9", "When?")
    corpus.reviews.ask(document.id, "T1", "U1", "U8", "Where?")
    assert corpus.reviews.asked(document.id, "T1", "U1") == ("U8", "Where?")
    assert corpus.reviews.asked(document.id, "T1", "U2") is None
    corpus.forget(document.id, "test")
    assert corpus.reviews.asked(document.id, "T1", "U1") is None


def test_of_a_review_date_is_reminded_once(corpus: Corpus) -> None:
    """Again where nobody could be told, and of another date."""
    due = added(corpus, "due", review_by=TODAY - dt.timedelta(days=1))
    added(corpus, "later", review_by=TODAY)
    added(corpus, "never")
    assert [each.source for each in corpus.reviews.take_reminders(TODAY)] == ["due"]
    assert corpus.reviews.take_reminders(TODAY) == []
    corpus.reviews.give_back([due])
    assert len(corpus.reviews.take_reminders(TODAY)) == 1
    corpus.change(due.id, "test", review_by=TODAY + dt.timedelta(days=5))
    assert [each.source for each in corpus.reviews.take_reminders(TODAY + dt.timedelta(days=5))] == ["later"]
    assert [each.source for each in corpus.reviews.take_reminders(TODAY + dt.timedelta(days=6))] == ["due"]
