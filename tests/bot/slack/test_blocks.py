"""Whatever a document or a person writes, a message is one that Slack takes, and nothing in it comes alive."""

import dataclasses
import datetime as dt
import json

import pytest
from block_kit import faults, view_faults
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering import Answer, Outcome, Shown
from bot.filters import read_filters
from bot.phrases import collected
from bot.slack.answers import answer_message
from bot.slack.asks import Ask
from bot.slack.blocks import Block, Message, cut, escape, plain_message
from bot.slack.home_blocks import interest_blocks, run_blocks, topic_blocks
from bot.slack.notices import answered_notice, handed_over_notice
from bot.topics import Topic
from bot.words import spoken
from corpus import Document, Handover, Interest, Passage, Run, State, Status, Unanswered

BASE = "https://lessons.example.org"
HOSTILE = [
    "<!channel>",
    "<@U123>",
    "*bold*",
    "<http://evil|label>",
    "`code`",
    "&amp;",
    "]]>",
    "\u202e",
    "🧨",
    "a\nb",
    "|>",
]
text = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=40), min_size=1, max_size=30).map(" ".join)
written = st.lists(st.tuples(text, st.none() | text), min_size=1, max_size=6)
question = text.filter(lambda words: bool(words.strip()))


def _shown(quote: str, title: str | None, rank: int = 1) -> Shown:
    quote = quote if quote.strip() else "words"
    passage = Passage(id=1, document_id=1, start=0, end=len(quote), page=3, heading=None, language="lt", text=quote)
    document = Document(
        id=1,
        source="/reports/<!here>.txt",
        kind="txt",
        content_hash="abc" * 20,
        title=title,
        language="lt",
        country="NO",
        organisation=None,
        project=None,
        date=dt.date(2021, 4, 20),
        collection="visits",
        audience=("everyone",),
        status=Status.DRAFT,
        reason=None,
        review_by=None,
        tags=(),
        added_at=dt.datetime(2024, 1, 1),  # noqa: DTZ001 - the corpus keeps UTC without saying so
        added_by="test",
        passages=1,
    )
    return Shown(rank, 0.8, passage, document, 0, len(quote))


def _answer(asked: str, *shown: Shown, outcome: Outcome = Outcome.FOUND, language: str | None = "lv") -> Answer:
    filters = read_filters(asked)[1]
    return Answer(asked, language, outcome, shown, 100, filters=filters, reply_language=spoken(language))


def _passages(message: Message) -> list[list[Block]]:
    """What each passage of a message is made of: its quote, and the line about it."""
    return [b["elements"] for b in message.blocks if b["type"] == "rich_text" and len(b["elements"]) == 2]


def _living(blocks: object) -> list[str]:
    """Every text in which Slack looks for markup."""
    if isinstance(blocks, list):
        return [found for each in blocks for found in _living(each)]
    if isinstance(blocks, dict):
        own = [str(blocks.get("text"))] if blocks.get("type") in {"mrkdwn", "markdown"} else []
        return own + [found for each in blocks.values() for found in _living(each)]
    return []


@settings(deadline=None, max_examples=200)
@given(
    question,
    st.sampled_from(["", ", Norway, since 2019, only validated, Lithuanian reports"]),
    st.lists(st.tuples(text, st.none() | text), min_size=1, max_size=6),
    st.sampled_from(Outcome),
    st.sampled_from(["lv", "ru", "en", None]),
    st.sampled_from([(0, None), (3, None), (0, "ann <!here>")]),
    st.booleans(),
    st.just("") | question,
)
def test_any_answer_is_a_message_that_slack_takes(
    asked: str,
    narrowed: str,
    documents: list[tuple[str, str | None]],
    outcome: Outcome,
    language: str | None,
    page: tuple[int, str | None],
    private: bool,
    typed: str,
) -> None:
    shown = [_shown(quote, title, rank) for rank, (quote, title) in enumerate(documents, 1)]
    answer = _answer(asked, *shown, outcome=outcome, language=language)
    answer = dataclasses.replace(answer, nearest=tuple(each.document for each in shown[:3]))
    ask = Ask(asked + narrowed, page[0], private, typed=typed)
    message = answer_message(answer, BASE, ask, shared_by=page[1])
    assert faults(message.blocks) == []
    assert _living(message.blocks) == []
    assert "<" not in message.text
    assert len(message.text) <= 4000
    assert len(json.dumps(message.blocks, ensure_ascii=False)) < 13_000


@settings(deadline=None, max_examples=50)
@given(question, st.none() | text, st.none() | text, st.sampled_from(["lv", "ru", "en"]))
def test_anything_that_goes_to_the_curators_and_back_is_a_message_that_slack_takes(
    asked: str, said: str | None, title: str | None, language: str
) -> None:
    at, shown = dt.datetime(2026, 3, 1), _shown(asked, title)  # noqa: DTZ001 - the corpus keeps UTC without saying so
    handed = Handover(1, "T", "C", "1", None, "U", asked, "lt", "REFERENC", at, State.OPEN, None, None, None)
    done = dataclasses.replace(handed, state=State.ANSWERED, answered_by="slack:T:U9", document=1)
    for message in (
        handed_over_notice(handed, None, BASE, language),
        handed_over_notice(done, shown.document, BASE, language),
        answered_notice(done, shown, said and said * 9, BASE, language),
    ):
        assert faults(message.blocks) == []
        assert _living(message.blocks) == []
        assert "<" not in message.text
        assert len(message.text) <= 4000
        assert len(json.dumps(message.blocks, ensure_ascii=False)) < 13_000


def test_a_quote_is_word_for_word_and_cut_only_at_a_word() -> None:
    long = "vārds " * 400
    quote, rest = _passages(answer_message(_answer("?", _shown(long.strip(), "T")), BASE, Ask("?")))[0][0]["elements"]
    assert long.startswith(quote["text"])
    assert quote["text"].endswith("vārds")
    assert rest["text"] == " …"


def test_a_passage_says_where_it_comes_from() -> None:
    message = answer_message(_answer("?", _shown("citāts", "Vizīte")), BASE, Ask("?"))
    title, about, link = _passages(message)[0][1]["elements"]
    assert title == {"type": "text", "text": "1. Vizīte", "style": {"bold": True}}
    assert (
        about["text"]
        == " · Norvēģija · 2021. gada 20. aprīlis · lietuviešu · 3. lpp. · krājums: visits · vēl nav apstiprināts · "
    )
    assert link["url"].startswith(f"{BASE}/documents/1?passage=0-6&quote=0-6&version=")


def test_a_validated_document_says_so() -> None:
    """What was confirmed is told apart from what nobody has looked at by a word of its own, and not by silence."""
    shown = _shown("citāts", "Vizīte")
    validated = dataclasses.replace(shown, document=dataclasses.replace(shown.document, status=Status.VALIDATED))
    message = answer_message(_answer("?", validated), BASE, Ask("?"))
    assert " · lietuviešu · apstiprināts · 3. lpp. · " in _passages(message)[0][1]["elements"][1]["text"]


def test_a_long_name_of_a_collection_does_not_crowd_a_phone() -> None:
    document = dataclasses.replace(_shown("q", "T").document, collection="Visits to other countries, from 2009 onwards")
    assert collected(document, "en") == "collection: Visits to other countries, from 2009 on…"
    assert collected(dataclasses.replace(document, collection="reports"), "en") is None


def test_buttons_offer_what_can_be_done() -> None:
    shown = [_shown(f"citāts {n}", "T", n) for n in range(1, 6)]

    def offered(ask: Ask, **options: str) -> list[str]:
        blocks = answer_message(_answer(ask.question, *shown), BASE, ask, **options).blocks
        return [each["action_id"] for block in blocks if block["type"] == "actions" for each in block["elements"]]

    assert offered(Ask("q")) == ["more", "narrow"]
    assert offered(Ask("q", private=True)) == ["more", "narrow", "share"]
    assert offered(Ask("q", offset=3, private=True)) == ["narrow", "share"]
    assert offered(Ask("q, Norway, since 2019"))[:2] == ["without_country", "without_since"]
    assert offered(Ask(f"{'q' * 300}, Norway")) == ["more"]  # taken as it is
    assert offered(Ask("q" * 171)) == ["more"]  # what is chosen in the form would have no room
    assert offered(Ask("q", offset=3)) == ["narrow"]
    assert offered(Ask("q"), shared_by="ann") == offered(Ask("q", typed="t"), shared_by="ann") == []
    assert offered(Ask("q", typed="t")) == ["only", "correct", "more", "narrow"]
    assert offered(Ask("q", offset=3, typed="t")) == ["narrow"]
    assert offered(Ask("q" * 1999, private=True)) == []  # a question that no button can carry is not cut


@given(question, st.integers(0, 50), st.booleans(), st.just("") | question)
def test_a_button_carries_the_question_whole(asked: str, offset: int, private: bool, typed: str) -> None:
    ask = Ask(asked, offset, private, typed=typed)
    value = ask.value()
    assert value is None or (len(value) <= 2000 and Ask.read(value) == ask)


def test_outcomes_are_said_plainly() -> None:
    nothing = answer_message(_answer("?", outcome=Outcome.NOTHING), BASE, Ask("?"))
    assert "neatradās" in nothing.text
    empty = dataclasses.replace(_answer("?", outcome=Outcome.NOTHING), searched=0)
    message = answer_message(empty, BASE, Ask("?"))
    assert "pievienota" in message.text
    assert "hand_over" not in json.dumps(message.blocks)  # where nothing was added yet, that is what is to be done
    assert "hand_over" in json.dumps(nothing.blocks)
    for outcome in (Outcome.FOUND, Outcome.WEAK):
        assert "Vairāk fragmentu nav" in answer_message(_answer("?", outcome=outcome), BASE, Ask("?", offset=3)).text


@pytest.mark.parametrize(("outcome", "offered"), [(Outcome.WEAK, True), (Outcome.FOUND, False)])
def test_what_is_uncertain_can_be_handed_over_too(outcome: Outcome, *, offered: bool) -> None:
    message = answer_message(_answer("?", _shown("citāts", "Vizīte"), outcome=outcome), BASE, Ask("?"))
    assert ("hand_over" in json.dumps(message.blocks)) == offered


@pytest.mark.parametrize("offset", [0, 3])
@pytest.mark.parametrize("sharer", [None, "Ann"])
def test_what_is_uncertain_is_said_on_every_page_and_when_it_is_shared(offset: int, sharer: str | None) -> None:
    shown = [_shown(f"citāts {n}", "T", n) for n in range(1, 6)]
    message = answer_message(
        _answer("q", *shown, outcome=Outcome.WEAK), BASE, Ask("q", offset, private=True), shared_by=sharer
    )
    assert "Iespējams" in message.text
    assert "Iespējams" in json.dumps(message.blocks, ensure_ascii=False)


def test_the_next_passages_go_on_counting() -> None:
    shown = [_shown(f"citāts {n}", "T", n) for n in range(1, 6)]
    titles = [
        each[1]["elements"][0]["text"] for each in _passages(answer_message(_answer("q", *shown), BASE, Ask("q", 3)))
    ]
    assert titles == ["4. T", "5. T"]


def test_who_shares_and_what_was_asked_is_in_the_notification_too() -> None:
    message = answer_message(_answer("Kas *tas* ir?", _shown("citāts", "T")), BASE, Ask("q"), shared_by="<Ann>")
    assert message.text.startswith("&lt;Ann&gt; jautāja un kopīgo atbildi: Kas  tas  ir?\n")


@pytest.mark.parametrize(
    "value",
    [None, "", "{}", "[]", "5", "not json", '{"q": 1}', '{"q": {}, "o": 0, "p": 0}', '{"q": "a", "o": "x", "p": 0}',
     '{"q": "a", "o": Infinity, "p": 0}', '{"q": "a", "o": null, "p": 0}', "[" * 100_000],
)  # fmt: skip
def test_a_value_that_no_button_carries_is_refused(value: str | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        Ask.read(value)


@pytest.mark.parametrize(("offset", "expected"), [(-5, 0), (49, 49), (10**9, 50)])
def test_an_offset_is_one_that_can_be_shown(offset: int, expected: int) -> None:
    assert Ask.read(json.dumps({"q": "a", "o": offset, "p": 1})) == Ask("a", expected, private=True)


def test_our_own_sentences_are_escaped_too() -> None:
    assert plain_message("a <b>").text == "a &lt;b&gt;"
    assert escape("&<>") == "&amp;&lt;&gt;"
    assert cut("a b", 10) == ("a b", False)


@given(asked=st.lists(question, min_size=1, max_size=8), read=st.lists(st.tuples(text, text), max_size=5), place=text)
@settings(max_examples=40, deadline=None)
def test_any_text_is_a_home_that_slack_takes(asked: list[str], read: list[tuple[str, str]], place: str) -> None:
    at = dt.datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the corpus keeps UTC without saying so
    topics = [Topic((Unanswered(at, each, "lv", number or None),)) for number, each in enumerate(asked)]
    interests = [Interest(each, 2, 1) for each in asked]
    failed = [{"source": source, "reason": reason} for source, reason in read]
    known = {"began": at, "ended": None, "who": "cli", "state": "done", "report": {"new": 1, "failed": failed}}
    run = Run(id=1, places=(place,), **known)
    for language in ("lv", "en"):
        blocks = [
            *topic_blocks(topics, language),
            *interest_blocks(interests, language),
            *run_blocks([run], str, language),
        ]
        assert view_faults({"type": "home", "blocks": blocks}) == []
