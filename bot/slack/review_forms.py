"""The forms in which curators decide on a document."""

import datetime as dt
from collections.abc import Iterable, Mapping

from bot.slack.blocks import Block
from bot.slack.fact_fields import country_field, date_field, language_field, read_day
from bot.slack.forms import Json, Origin, all_chosen, field, filled_in, form, options, typed
from bot.words import voice
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


def edit_form(origin: Origin, document: Document, offered: Mapping[str, Iterable[str]]) -> Json:
    """Asks for what is known of a document, with what is known filled in.

    `offered`: the codes of languages, and the audiences, that can be chosen beside those it has.
    """
    say, language, known = voice(origin.language), origin.language, as_filled(document)
    readers = options([(each, each) for each in dict.fromkeys([EVERYONE, *offered["audiences"], *document.audience])])
    seen = [each for each in readers if each["value"] in document.audience]
    audience = {"type": "multi_static_select", "action_id": "audience", "options": readers, "initial_options": seen}
    blocks = [
        field("title", say.gettext("Title"), typed("title", known["title"], _TITLE), optional=True),
        country_field(known["country"], language),
        date_field(known["date"], language),
        language_field(offered["languages"], known["language"], language),
        field("collection", say.gettext("Collection"), typed("collection", known["collection"], _NAME)),
        field("audience", say.gettext("Who may see it"), audience),
        field("tags", say.gettext("Tags, with commas"), typed("tags", known["tags"], _TAGS), optional=True),
        field("review_by", say.gettext("Review again by"), _day("review_by", document.review_by), optional=True),
    ]
    return form("review_edited", origin, say.gettext("Edit details"), blocks)


def as_filled(document: Document) -> dict[str, str]:
    """What stands in the form of `edit_form` as long as nobody touches it, in words as `curation.tag` takes them."""
    return {
        "title": (document.title or "")[:_TITLE].strip(),
        "country": document.country or "",
        "date": document.date.isoformat() if document.date else "",
        "language": document.language or "",
        "collection": document.collection[:_NAME].strip(),
        "audience": ",".join(sorted(document.audience)),
        "tags": ", ".join(document.tags)[:_TAGS].strip(),
        "review_by": document.review_by.isoformat() if document.review_by else "",
    }


def edited(view: Json, document: Document) -> dict[str, str]:
    """What somebody has changed in the form of `edit_form`, in words as `curation.tag` takes them."""
    known = as_filled(document)
    given = {name: filled_in(view, name) or "" for name in known}
    given["date"] = read_day(view) or ""
    given["audience"] = ",".join(sorted(all_chosen(view, "audience")))
    return {name: word for name, word in given.items() if word != known[name]}


def retire_form(origin: Origin) -> Json:
    """Asks why a document is retired."""
    say = voice(origin.language)
    why = typed("reason", None, _TAGS)
    return form("review_retired", origin, say.gettext("Retire the report"), [field("reason", say.gettext("Why?"), why)])


def ask_author_form(origin: Origin, author: str | None) -> Json:
    """Asks whom to ask about a document, and what; `author` is the id of who added it, if that is a person in Slack."""
    say = voice(origin.language)
    whom = {"type": "users_select", "action_id": "whom"} | ({"initial_user": author} if author else {})
    usual = say.gettext("Can you tell us more about this report?")
    asking = typed("words", usual, _WORDS, multiline=True)
    blocks = [field("whom", say.gettext("Whom to ask"), whom), field("words", say.gettext("Your question"), asking)]
    return form("review_asked", origin, say.gettext("Ask the author"), blocks)


def reply_form(origin: Origin) -> Json:
    """Asks for the answer to a curator's question."""
    say = voice(origin.language)
    answering = typed("words", None, _WORDS, multiline=True)
    return form(
        "review_replied", origin, say.gettext("Answer"), [field("words", say.gettext("In your words"), answering)]
    )


def _day(name: str, already: dt.date | None) -> Block:
    return {"type": "datepicker", "action_id": name} | ({"initial_date": already.isoformat()} if already else {})
