"""What is written down of a question that was asked: a line in the log for each, a row in the corpus."""

import json
import logging
from dataclasses import dataclass

from bot.answering import Answer
from bot.rooms import Rooms
from bot.slack.answers import SHOWN
from bot.slack.asks import Ask
from corpus import Asked
from index import topics

_log = logging.getLogger("atzina.questions")
FAILED = "failed"  # beside the outcomes of an answer


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where, by their ids; `message` is None where there is none, as for a command.

    `thread`: where others see the answer too, and a further question can follow; None where only the asker does.
    """

    team: str
    channel: str
    user: str
    message: str | None = None
    thread: str | None = None


def note(rooms: Rooms, ask: Ask, asker: Asker, found: Answer | None, seconds: float) -> None:
    """Logs that a question was asked, without its words and whose it was, and keeps what the settings allow.

    `found` is None where answering failed. Nobody is kept from an answer because this fails.
    """
    outcome, language = (found.outcome.value, found.language) if found else (FAILED, None)
    told = {
        "reference": ask.reference,
        "door": "slack",
        "language": language,
        "outcome": outcome,
        "passages": len(found.shown) if found else 0,
        "seconds": round(seconds, 3),
    }
    _log.info("question %s", json.dumps(told))
    if found:
        count(rooms, ask, found)
    asked = Asked(
        text=ask.question,
        language=language,
        outcome=outcome,
        reference=ask.reference,
        team=asker.team,
        channel=asker.channel,
        message=asker.message,
        asker=asker.user,
        thread=asker.thread,
        topics=tuple(topics(ask.question, language)),
    )
    try:
        rooms.corpus.questions.note(asked, keep=rooms.settings.questions_days > 0)
    except Exception:
        _log.exception("The question with the reference %s could not be kept.", ask.reference)


def count(rooms: Rooms, ask: Ask, found: Answer) -> None:
    """Counts the documents of which passages are shown. Nobody is kept from an answer because this fails."""
    try:
        rooms.corpus.showings.count(each.document.id for each in found.shown[ask.offset : ask.offset + SHOWN])
    except Exception:
        _log.exception("What was shown under the reference %s could not be counted.", ask.reference)
