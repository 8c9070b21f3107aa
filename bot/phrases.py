"""What every door says of an answer, in the asker's language."""

import datetime as dt

from bot.answering import Answer, Outcome, Shown
from bot.filters import Filters
from bot.words import country_name, date_text, language_name, voice
from corpus import COLLECTION, EVERYONE, Document, Status

_COLLECTION = 40  # characters of a collection's name


def outcome_line(answer: Answer) -> str:
    """What was found, said plainly."""
    say = voice(answer.reply_language)
    if not answer.searched and answer.narrowed:
        return say.gettext("No report fits the country, language, collection, status or date that was asked for.")
    if not answer.searched:
        return say.gettext("There is nothing to search yet: no reports have been added that you may see.")
    if answer.outcome is Outcome.NOTHING:
        nothing = say.gettext("Nothing in the reports answers this question.")
        hint = say.gettext("Try other words, or a whole sentence.")
        return " ".join([nothing, *_looked_at(answer), hint])
    if answer.outcome is Outcome.WEAK:
        return say.gettext("This may not answer your question. The nearest passages are:")
    n = len(answer.shown)
    return say.ngettext("Found: {n} passage.", "Found: {n} passages.", n).format(n=n)


def _looked_at(answer: Answer) -> list[str]:
    """How many reports were searched, and in which languages, as far as these are known."""
    say, reports = voice(answer.reply_language), sum(answer.looked_at.values())
    searched = say.ngettext("{n} report was searched.", "{n} reports were searched.", reports).format(n=reports)
    known = [language_name(code, answer.reply_language) for code in answer.looked_at if code]
    languages = say.gettext("Languages: {languages}.").format(languages=", ".join(filter(None, known)))
    return [searched, *([languages] if known else [])]


def narrowed_to(filters: Filters, language: str) -> str:
    """What of a question's own words has narrowed its answer; empty where nothing has."""
    named = filters.named(language)
    label = voice(language).gettext("Only these reports were searched:")
    return f"{label} {' · '.join(named.values())}" if named else ""


def about(shown: Shown, language: str) -> list[str]:
    """Where a passage is from, as far as it is known: country, date, language, status, page, an unusual collection.

    Of the status that a curator has confirmed it; what is against a document is said among the `caveats`.
    """
    passage, document, say = shown.passage, shown.document, voice(language)
    known = [
        country_name(document.country, language),
        date_text(document.date, language),
        language_name(shown.language, language),
        say.gettext("validated") if document.status is Status.VALIDATED else None,
        say.gettext("page {page}").format(page=passage.page) if passage.page else None,
        collected(document, language),
    ]
    return [each for each in known if each]


def collected(document: Document, language: str) -> str | None:
    """In which collection a document is; None for the usual one. A long name is cut, so that it fits a phone."""
    name = document.collection
    short = name if len(name) <= _COLLECTION else f"{name[: _COLLECTION - 1].rstrip()}…"
    return None if name == COLLECTION else voice(language).gettext("collection: {name}").format(name=short)


def caveats(shown: Shown, language: str) -> list[str]:
    """What to know of a passage: who may not see it, an unconfirmed or outdated document, a doubt, a scan."""
    say = voice(language)
    draft, review_by = shown.document.status is Status.DRAFT, shown.document.review_by
    readers = None if is_public(shown.document) else ", ".join(shown.document.audience)
    against = (
        say.gettext("not for everyone: {audience}").format(audience=readers) if readers is not None else None,
        say.gettext("not validated yet") if draft else None,
        say.gettext("past its review date") if review_by and review_by < today() else None,
        None if shown.sure else say.gettext("may not answer"),
        say.gettext("read from a scan") if shown.passage.confidence is not None else None,
    )
    return [each for each in against if each]


def is_public(document: Document) -> bool:
    """Whether everybody may see it, so that the web page shows it."""
    return EVERYONE in document.audience


def today() -> dt.date:
    """The day it is, in UTC."""
    return dt.datetime.now(dt.UTC).date()


def versions(shown: Shown, language: str) -> list[tuple[str, Shown]]:
    """The passages of other documents that say the same, each under its language; a copy under its title."""
    named = ((language_name(each.language, language), each) for each in shown.also)
    return [(name if name and each.language != shown.language else each.document.name, each) for name, each in named]
