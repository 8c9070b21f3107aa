"""The fields for what is known of a report, the same where it is added and where it is edited.

A country is chosen: on a phone that is quicker than typing, and it is always one that is known. The date is typed, as
people know it: often a year or a month, while Slack's calendar wants a day, and goes back month by month.
"""

from collections.abc import Iterable

from bot import curation
from bot.answering import NO_DATE
from bot.slack.blocks import Block, plain_text
from bot.slack.forms import Json, Origin, field, filled_in, options, typed
from bot.subcommands import read_date
from bot.words import country_name, language_name, voice

_DATE = 20  # characters
_DATES = "2019 · 05.2019 · 17.05.2019"


def country_field(chosen: str | None, language: str) -> Block:
    """Asks for one of all countries."""
    codes = {*curation.known_codes()["country"], chosen or ""} - {""}
    named = {code: country_name(code, language) or code for code in codes}
    return field("country", voice(language).gettext("Country"), _one_of("country", named, chosen), optional=True)


def language_field(codes: Iterable[str], chosen: str | None, language: str) -> Block:
    """Asks for one of these languages, or the one that is known already."""
    named = {code: language_name(code, language) or code for code in {*codes, chosen or ""} - {""}}
    return field("language", voice(language).gettext("Language"), _one_of("language", named, chosen), optional=True)


def date_field(already: str | None, language: str) -> Block:
    """Asks for the date of the experience: a year, a month or a day."""
    element = typed("date", already, _DATE) | {"placeholder": plain_text(_DATES)}
    return field("date", voice(language).gettext("Date of the experience"), element, optional=True)


def date_faults(view: Json) -> dict[str, str]:
    """What is wrong with what was typed into `date_field`, by field: told in the form, which then stays open."""
    typed_in = filled_in(view, "date")
    wrong = typed_in is not None and read_date(typed_in) is None
    return {"date": voice(Origin.read(view).language).gettext(NO_DATE)} if wrong else {}


def read_day(view: Json) -> str | None:
    """The first day of what was typed into `date_field`, as in ISO 8601; None where that is no date."""
    day = read_date(filled_in(view, "date") or "")
    return day.isoformat() if day else None


def _one_of(name: str, named: dict[str, str], chosen: str | None) -> Block:
    """A list in groups by first letter: Slack takes a hundred in a list, and a hundred groups of them."""
    by_letter: dict[str, list[tuple[str, str]]] = {}
    for code, label in sorted(named.items(), key=lambda each: each[1].casefold()):
        by_letter.setdefault(label[:1].upper(), []).append((code, label))
    groups = [{"label": plain_text(letter), "options": options(some)} for letter, some in by_letter.items()]
    element: Block = {"type": "static_select", "action_id": name, "option_groups": groups}
    return element | ({"initial_option": options([(chosen, named[chosen])])[0]} if chosen else {})
