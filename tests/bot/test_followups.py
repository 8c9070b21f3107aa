"""A further message in a thread is a question by itself, or one by the question before it, in each language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.filters import read_filters
from bot.followups import asks, resolve

LANGUAGES = ("lv", "lt", "et", "en", "nb", "pl", "ru")
LATVIAN = "Kādi ir elektroniskās uzraudzības nosacījumi Norvēģijā?"
ENGLISH = "What are the conditions of electronic monitoring in Norway?"

# -- which messages ask once more


@pytest.mark.parametrize(
    "said",
    [
        "and in Denmark",
        "un Dānijā",
        "un danija",
        "o Lietuvoje",
        "а в Эстонии",
        "aga Eestis",
        "og i Norge",
        "a w Polsce",
        "what about Denmark",
        "Denmark",
        "only validated",
        "un kopš 2019. gada",
        "latviešu valodā",
        "und?",
        "for women?",
        "why do they refuse",
        "kāpēc viņi atsakās",
        "kodėl jie atsisako",
        "miks nad keelduvad",
        "hvorfor nekter de",
        "dlaczego odmawiają",
        "почему они отказываются",
        "un cik tas maksā",
    ],
)
def test_a_question_is_told_from_a_remark(said: str) -> None:
    assert asks(said, LANGUAGES)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "?",
        ":eyes:",
        "thanks!",
        "and thanks?",
        "Paldies, labdien!",
        "ačiū",
        "aitäh",
        "takk",
        "dziękuję",
        "спасибо",
        "I was in Denmark.",
        "Es biju Dānijā un Norvēģijā",
        "Anna knows Denmark well",
        "and for women",
        "When I was in Norway, it was different",
        "Når jeg kommer, ser vi på det",
        "What a mess!",
        "Kas to būtu domājis.",
        "who",
        "ok, and now we go home",
        "mentors",
    ],
)
def test_a_remark_asks_nothing(said: str) -> None:
    assert not asks(said, LANGUAGES)


# -- what they ask


@pytest.mark.parametrize(
    ("before", "said", "question"),
    [
        (LATVIAN, "un Dānijā?", "Kādi ir elektroniskās uzraudzības nosacījumi Dānijā?"),
        (ENGLISH, "and in Denmark?", "What are the conditions of electronic monitoring in Denmark?"),
        ("Kaip dirba savanoriai Norvegijoje?", "o Lietuvoje?", "Kaip dirba savanoriai Lietuvoje?"),
        ("Kuidas töötavad mentorid Norras?", "aga Eestis?", "Kuidas töötavad mentorid Eestis?"),
        ("Hvordan jobber mentorer i Danmark?", "og i Norge?", "Hvordan jobber mentorer i Norge?"),
        ("Jak pracują mentorzy w Norwegii?", "a w Polsce?", "Jak pracują mentorzy w Polsce?"),
        ("Как работают менторы в Норвегии?", "а в Эстонии?", "Как работают менторы в Эстонии?"),
        # whose something is
        ("Kā strādā Norvēģijas probācija?", "un Dānijā?", "Kā strādā Dānijas probācija?"),
        ("How does Norway's probation work?", "and Denmark?", "How does Denmark's probation work?"),
        ("Ką daro Norvegijos mentoriai?", "o Danijoje?", "Ką daro Danijos mentoriai?"),
        # across languages, in the case and language of the question before
        (LATVIAN, "and in Denmark?", "Kādi ir elektroniskās uzraudzības nosacījumi Dānijā?"),
        (LATVIAN, "а в Эстонии?", "Kādi ir elektroniskās uzraudzības nosacījumi Igaunijā?"),
        (ENGLISH, "un Dānijā?", "What are the conditions of electronic monitoring in Denmark?"),
        ("Jak pracują mentorzy w Norwegii?", "aga Saksamaal?", "Jak pracują mentorzy w Niemczech?"),
        # no diacritics, no mark, other ways to say it
        (LATVIAN, "un danija", "Kādi ir elektroniskās uzraudzības nosacījumi Dānijā?"),
        (LATVIAN, "Kā ar Dāniju?", "Kādi ir elektroniskās uzraudzības nosacījumi Dānijā?"),
        (ENGLISH, "What about Denmark?", "What are the conditions of electronic monitoring in Denmark?"),
        ("Hvordan jobber mentorer i Norge?", "Hva med Danmark?", "Hvordan jobber mentorer i Danmark?"),
        ("Как работают менторы в Норвегии?", "А как насчёт Дании?", "Как работают менторы в Дании?"),
        ("Kuidas töötavad mentorid Norras?", "Kuidas seda Eestis tehakse?", "Kuidas töötavad mentorid Eestis?"),
        (ENGLISH, "How do they do it in Denmark?", "What are the conditions of electronic monitoring in Denmark?"),
        # where no country was named, and where two were
        ("Kā strādā mentori?", "un Dānijā?", "Kā strādā mentori Dānijā?"),
        ("Kā strādā mentori?", "and in Denmark?", "Kā strādā mentori Dānijā?"),
        ("How do mentors work?", "un Dānijā?", "How do mentors work in Denmark?"),
        ("training of the mentors", "a w Polsce?", "training of the mentors in Poland"),
        ("mentors in Norway and Sweden", "and in Denmark?", "mentors in Norway and Sweden in Denmark"),
        ("mentors in Norway", "and in Denmark and Sweden?", "mentors in Denmark, Sweden"),
        # what narrows an answer
        ("mentors, Norway", "and in Denmark?", "mentors, Denmark"),
        ("mentori, Norvēģija, kopš 2019", "and in Denmark?", "mentori, Dānija, kopš 2019-01-01"),
        ("mentors in prisons", "only validated", "mentors in prisons, only validated"),
        ("How do mentors work in Norway?", "and since 2019?", "How do mentors work in Norway, since 2019-01-01"),
        ("mentors, Norway, since 2015", "since 2020?", "mentors, Norway, since 2020-01-01"),
        ("mentors, Lithuanian reports", "in Estonian?", "mentors, in Estonian"),
        # other words
        ("How do mentors work?", "and for women?", "How do mentors work for women?"),
        (LATVIAN, "un sievietēm?", f"{LATVIAN[:-1]} sievietēm?"),
        (LATVIAN, "un sievietēm Dānijā?", "Kādi ir elektroniskās uzraudzības nosacījumi Dānijā sievietēm?"),
        ("Jak pracują mentorzy?", "a dla kobiet?", "Jak pracują mentorzy dla kobiet?"),
        ("mentors, Norway", "and for women, only validated?", "mentors for women, Norway, only validated"),
        # what refers to it
        (ENGLISH, "How long does it last?", f"{ENGLISH} How long does it last?"),
        (LATVIAN, "Kāpēc?", f"{LATVIAN} Kāpēc?"),
        (LATVIAN, "Kas to apmaksā?", f"{LATVIAN} Kas to apmaksā?"),
        ("Hvordan jobber mentorer?", "Hvor lenge varer det?", "Hvordan jobber mentorer? Hvor lenge varer det?"),
        ("Jak pracują mentorzy?", "Jak długo to trwa?", "Jak pracują mentorzy? Jak długo to trwa?"),
    ],
)
def test_what_asks_nothing_of_its_own_takes_it_from_the_question_before(before: str, said: str, question: str) -> None:
    understood = resolve(before, said)
    assert (understood.question, understood.typed, understood.completed) == (question, said, True)


@pytest.mark.parametrize(
    "said",
    [
        "Kas ir probācija?",
        "How are volunteers trained?",
        "How do volunteers work in Denmark?",
        "and how are volunteers trained in Ireland?",
        "Co to jest mentoring?",
        "Hva er mentoring?",
        "Mis on mentorlus?",
        "Что такое пробация?",
        "mentors",
        "mentors, Denmark",
        "volunteers in Danish prisons",
        "and the training of volunteers for work with youth",
        "grupas vardarbīgiem vīriešiem",
        "",
        "?",
        "👍",
    ],
)
def test_what_asks_something_of_its_own_stands_alone(said: str) -> None:
    assert resolve(LATVIAN, said).question == said
    assert not resolve(LATVIAN, said).completed


def test_without_a_question_before_a_message_stands_alone() -> None:
    assert resolve(None, "and in Denmark?").question == "and in Denmark?"
    assert resolve("", "and in Denmark?").question == "and in Denmark?"


def test_a_chain_follows_what_was_understood() -> None:
    question = LATVIAN
    for said in ("and in Denmark?", "un tikai apstiprinātie?", "o Estijoje?"):
        question = resolve(question, said).question
    assert question == "Kādi ir elektroniskās uzraudzības nosacījumi Igaunijā, tikai apstiprinātie"
    assert read_filters(question)[1].status


def test_what_would_be_too_long_stands_alone() -> None:
    assert not resolve("word " * 399, "and for women?").completed


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_words_are_understood_as_something(before: str, said: str) -> None:
    assert resolve(before, said).typed == said
    assert asks(said, LANGUAGES) in {True, False}
