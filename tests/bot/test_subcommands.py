"""What is wished for by `/lessons` is told from what is asked, in every language."""

import datetime as dt
import re

import pytest

from bot.settings import LANGUAGES
from bot.smalltalk import smalltalk
from bot.subcommands import Subcommand, Wish, subcommand
from bot.words import TRANSLATED, voice

HELP = (
    "/lessons mine shows your latest questions and what became of them.\n/lessons new shows what was added or "
    "validated in the last 30 days; a date can follow.\n/lessons help shows this."
)

SETTINGS = "/lessons settings, typed in a channel, lets an administrator say how I work there."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("mine", Subcommand(Wish.MINE, "en")),
        ("Manas", Subcommand(Wish.MINE, "lv")),
        ("mani  jautājumi!", Subcommand(Wish.MINE, "lv")),
        ("мои вопросы", Subcommand(Wish.MINE, "ru")),
        ("jaunumi", Subcommand(Wish.NEW, "lv")),
        ("kas jauns?", Subcommand(Wish.NEW, "lv")),
        ("new since 2024-05-01", Subcommand(Wish.NEW, "en", dt.date(2024, 5, 1))),
        ("nowe od 1.05.2024", Subcommand(Wish.NEW, "pl", dt.date(2024, 5, 1))),
        ("uued 2024-05", Subcommand(Wish.NEW, "et", dt.date(2024, 5, 1))),
        ("naujienos nuo 2024", Subcommand(Wish.NEW, "lt", dt.date(2024, 1, 1))),
        ("nytt siden 05.2024", Subcommand(Wish.NEW, "nb", dt.date(2024, 5, 1))),
        ("jaunumi no 2024.", Subcommand(Wish.NEW, "lv", dt.date(2024, 1, 1))),
    ],
)
def test_a_wish_is_understood(typed: str, expected: Subcommand) -> None:
    assert subcommand(typed, LANGUAGES) == expected


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "2024",
        "since 2024",
        "mine 2024",
        "new since last week",
        "new 2024-13-45",
        "new rules for probation in Norway?",
        "jaunumi par mentoriem",
        "manas tiesības kā klientam",
        "mine clearance training",
        "help me find housing reports",
        "moje prawa",
        "новое в законе 2024",
    ],
)
def test_a_question_that_begins_with_such_a_word_is_a_question(asked: str) -> None:
    for languages in (LANGUAGES, ("de", "lv"), ()):
        assert subcommand(asked, languages) is None


def test_what_several_languages_say_alike_is_in_the_one_that_is_spoken_here() -> None:
    assert subcommand("mine", ("nb", "en")) == Subcommand(Wish.MINE, "nb")
    assert subcommand("mine", ("en", "nb")) == Subcommand(Wish.MINE, "en")


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_help_names_words_that_are_understood_in_its_language(language: str) -> None:
    setting = re.findall(r"/lessons (\w+)", voice(language).gettext(SETTINGS))
    assert [subcommand(each, (language,)) for each in setting] == [Subcommand(Wish.SETTINGS, language)]
    mine, new, help_ = re.findall(r"/lessons (\w+)", voice(language).gettext(HELP))
    assert subcommand(mine, (language,)) == Subcommand(Wish.MINE, language)
    assert subcommand(new, (language,)) == Subcommand(Wish.NEW, language)
    assert smalltalk(help_, (language,)) == language
