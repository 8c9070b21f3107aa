"""The forms in which curators decide on a document."""

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.slack.blocks import Block, plain_text
from bot.slack.forms import Json, Origin, all_chosen, field, filled_in, form, options
from bot.words import country_name, language_name, voice
from corpus import EVERYONE, Document

_TITLE, _NAME, _TAGS, _WORDS = 300, 100, 500, 2000  # characters
_YEAR = dt.timedelta(days=365)


def confirm_form(origin: Origin, document: Document, today: dt.date) -> Json:
    """Asks until when a document is right; a year on, where nothing later is set."""
    say = voice(origin.language)
    already = document.review_by if document.review_by and document.review_by > today else None
    day = _day("review_by", already or today + _YEAR)
    blocks = [field("review_by", say.gettext("Review again by"), day, optional=True)]
    return form("review_confirmed", origin, say.gettext("The report is right"), blocks)


def edit_form(origin: Origin, document: Document, offered: Mapping[str, Sequence[str]]) -> Json:
    """Asks for what is known of a document, with what is known filled in.

    `offered`: the codes of the countries and languages, and the audiences, that can be chosen.
    """
    say, language = voice(origin.language), origin.language
    countries = {code: country_name(code, language) or code for code in offered["countries"]}
    languages = {code: language_name(code, language) or code for code in offered["languages"]}
    readers = options([(each, each) for each in dict.fromkeys([EVERYONE, *offered["audiences"], *document.audience])])
    seen = [each for each in readers if each["value"] in document.audience]
    audience = {"type": "multi_static_select", "action_id": "audience", "options": readers, "initial_options": seen}
    blocks = [
        field("title", say.gettext("Title"), _typed("title", document.title, _TITLE), optional=True),
        field("country", say.gettext("Country"), _one_of("country", countries, document.country), optional=True),
        field("date", say.gettext("Date of the experience"), _day("date", document.date), optional=True),
        field("language", say.gettext("Language"), _one_of("language", languages, document.language), optional=True),
        field("collection", say.gettext("Collection"), _typed("collection", document.collection, _NAME)),
        field("audience", say.gettext("Who may see it"), audience),
        field("tags", say.gettext("Tags, with commas"), _typed("tags", ", ".join(document.tags), _TAGS), optional=True),
        field("review_by", say.gettext("Review again by"), _day("review_by", document.review_by), optional=True),
    ]
    return form("review_edited", origin, say.gettext("Edit details"), blocks)


def edited(view: Json) -> dict[str, str]:
    """What stands in the form of `edit_form`, in words as `curation.tag` takes them."""
    names = ("title", "country", "date", "language", "collection", "tags", "review_by")
    return {name: filled_in(view, name) or "" for name in names} | {"audience": ",".join(all_chosen(view, "audience"))}


def retire_form(origin: Origin) -> Json:
    """Asks why a document is retired."""
    say = voice(origin.language)
    typed = _typed("reason", None, _TAGS)
    return form(
        "review_retired", origin, say.gettext("Retire the report"), [field("reason", say.gettext("Why?"), typed)]
    )


def ask_author_form(origin: Origin, author: str | None) -> Json:
    """Asks whom to ask about a document, and what; `author` is the id of who added it, if that is a person in Slack."""
    say = voice(origin.language)
    whom = {"type": "users_select", "action_id": "whom"} | ({"initial_user": author} if author else {})
    usual = say.gettext("Can you tell us more about this report?")
    typed = _typed("words", usual, _WORDS) | {"multiline": True}
    blocks = [field("whom", say.gettext("Whom to ask"), whom), field("words", say.gettext("Your question"), typed)]
    return form("review_asked", origin, say.gettext("Ask the author"), blocks)


def reply_form(origin: Origin) -> Json:
    """Asks for the answer to a curator's question."""
    say = voice(origin.language)
    typed = _typed("words", None, _WORDS) | {"multiline": True}
    return form("review_replied", origin, say.gettext("Answer"), [field("words", say.gettext("In your words"), typed)])


def _typed(name: str, already: str | None, most: int) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    return element | ({"initial_value": already[:most]} if already else {})


def _day(name: str, already: dt.date | None) -> Block:
    return {"type": "datepicker", "action_id": name} | ({"initial_date": already.isoformat()} if already else {})


def _one_of(name: str, named: Mapping[str, str], already: str | None) -> Block:
    """A list in groups by first letter: Slack takes a hundred in a list, and a hundred groups of them."""
    by_letter: dict[str, list[tuple[str, str]]] = {}
    for code, label in sorted(named.items(), key=lambda each: each[1].casefold()):
        by_letter.setdefault(label[:1].upper(), []).append((code, label))
    groups = [{"label": plain_text(letter), "options": options(some)} for letter, some in by_letter.items()]
    element: Block = {"type": "static_select", "action_id": name, "option_groups": groups}
    chosen = options([(already, named[already])]) if already and already in named else []
    return element | ({"initial_option": chosen[0]} if chosen else {})
