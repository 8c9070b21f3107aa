"""The forms in which a person confirms what becomes of what they have sent."""

from collections.abc import Sequence

from bot.curation import Person, Role
from bot.slack.blocks import Block, cut, plain_block, plain_text
from bot.slack.fact_fields import country_field, date_field, language_field, read_day
from bot.slack.forms import Json, Origin, choice, field, filled_in, form, typed
from bot.slack.sendings import Choice, Sending
from bot.words import noted, voice
from corpus import COLLECTION, EVERYONE, Status

_TITLE = 300  # characters
_WORD = 100
_STATUSES = {Status.DRAFT.value: noted("draft"), Status.VALIDATED.value: noted("validated")}


def adding_form(
    origin: Origin, sending: Sending, person: Person, audiences: Sequence[str], languages: Sequence[str]
) -> Json:
    """Asks to confirm what was read of one file, or only what several have in common; of curators also the status."""
    say, usable = voice(origin.language), sending.usable
    blocks = _own(sending, languages, origin.language) if _is_one(sending) else []
    if not blocks:
        blocks.append(plain_block("\n".join(cut(each.title or each.name, _WORD)[0] for each in usable)))
    collection = typed("collection", next((each.collection for each in usable if each.collection), COLLECTION), _WORD)
    stated = [each.audience for each in usable if each.audience and each.audience != EVERYONE]
    known = sorted({*audiences, *stated} - {EVERYONE})
    named = [(EVERYONE, say.gettext("everyone")), *[(each, each) for each in known]]
    blocks.append(field("collection", say.gettext("Collection"), collection))
    blocks += choice("audience", say.gettext("Who may see it"), named, next(iter(stated), EVERYONE), optional=False)
    if person.role >= Role.CURATOR:
        statuses = [(status, say.gettext(label)) for status, label in _STATUSES.items()]
        blocks += choice("status", say.gettext("Status"), statuses, Status.DRAFT.value, optional=False)
    return form("adding", origin, say.gettext("Add to the lessons"), blocks)


def read_choice(view: Json, by: str) -> Choice:
    """What was filled into the form of `adding_form`, which has no faults."""
    fields: dict[str, str | None] = {}
    if any(block.get("block_id") == "title" for block in view.get("blocks") or ()):
        fields = {
            "title": filled_in(view, "title"),
            "country": filled_in(view, "country"),
            "date": read_day(view),
            "language": filled_in(view, "language"),
        }
    audience = filled_in(view, "audience") or EVERYONE
    validated = filled_in(view, "status") == Status.VALIDATED.value
    return Choice(by, filled_in(view, "collection") or COLLECTION, audience, validated, fields)


def saying_view(language: str, blocks: Sequence[Block]) -> Json:
    """A window that only says something, until it is replaced or closed."""
    say = voice(language)
    return {
        "type": "modal",
        "title": plain_text(say.gettext("Add to the lessons")),
        "close": plain_text(say.gettext("Close")),
        "blocks": list(blocks),
    }


def _is_one(sending: Sending) -> bool:
    """Whether there is one document to be described: what is in an archive describes itself."""
    return len(sending.usable) == 1 and not sending.usable[0].inner


def _own(sending: Sending, languages: Sequence[str], language: str) -> list[Block]:
    """The fields of the one file, with what was recognised."""
    say, sent = voice(language), sending.usable[0]
    return [
        field("title", say.gettext("Title"), typed("title", sent.title or sent.name, _TITLE)),
        country_field(sent.country, language),
        date_field(sent.date, language),
        language_field(languages, sent.language, language),
    ]
