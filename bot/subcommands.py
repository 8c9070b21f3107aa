"""What can follow `/lessons` beside a question, such as "mine", or "new" with or without a date, in each language."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_AROUND = " .,;:!?…\"'"  # what may stand around a word and says nothing


class Wish(StrEnum):
    MINE = "mine"
    NEW = "new"
    REVIEW = "review"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Subcommand:
    """What is wished for, in which language, and since when, where that was said."""

    wish: Wish
    language: str
    since: dt.date | None = None


_SAID = {
    Wish.MINE: {
        "en": "mine, my questions",
        "lv": "manas, mani, mani jautājumi",
        "lt": "mano, mano klausimai",
        "et": "minu, minu küsimused",
        "nb": "mine, mine spørsmål",
        "pl": "moje, moje pytania",
        "ru": "мои, мои вопросы",
    },
    Wish.REVIEW: {
        "en": "review, queue, review queue",
        "lv": "pārskatīt, pārskatīšana, pārskatāmais",
        "lt": "peržiūra, peržiūrėti",
        "et": "läbivaatus, ülevaatamine, vaata üle",
        "nb": "gjennomgang, gjennomgå",
        "pl": "przegląd, do przejrzenia",
        "ru": "проверка, на проверку",
    },
    Wish.SETTINGS: {
        "en": "settings, channel settings",
        "lv": "iestatījumi, kanāla iestatījumi",
        "lt": "nustatymai, kanalo nustatymai",
        "et": "seaded, kanali seaded",
        "nb": "innstillinger, innstillingene, kanalinnstillinger",
        "pl": "ustawienia, ustawienia kanału",
        "ru": "настройки, настройки канала",
    },
    Wish.NEW: {
        "en": "new, news, what's new",
        "lv": "jaunumi, jaunais, jaunākais, kas jauns",
        "lt": "naujienos, nauja, naujausi, kas naujo",
        "et": "uued, uudised, uut, mis on uut",
        "nb": "nytt, nye, nyheter, hva er nytt",
        "pl": "nowe, nowości, co nowego",
        "ru": "новое, новые, новости, что нового",
    },
}
SINCE = {"since", "from", "kopš", "no", "nuo", "alates", "siden", "fra", "od", "с", "со"}
_DATES = (
    re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?)?"),
    re.compile(r"(?:(?P<day>\d\d?)\.)?(?P<month>\d\d?)\.(?P<year>\d{4})"),
)


def subcommand(text: str, languages: Sequence[str]) -> Subcommand | None:
    """What a person wishes for; None where they ask something, though it may begin with the same word.

    `languages` are those that the organisation speaks: they decide what several languages say alike.

    >>> subcommand("jaunumi kopš 2024", ("lv",)).since, subcommand("new rules in Norway?", ("lv",))
    (datetime.date(2024, 1, 1), None)
    """
    words = [word.strip(_AROUND) for word in unicodedata.normalize("NFC", text).casefold().split()]
    words = [word for word in words if word]
    since = read_date(words[-1]) if words else None
    if since:
        words = words[:-2] if words[-2:-1] and words[-2] in SINCE else words[:-1]
    if not words:
        return None
    wishes = (Wish.NEW,) if since else tuple(Wish)
    spoken = [*languages, *(code for code in _SAID[Wish.NEW] if code not in languages)]
    named = ((wish, code) for code in spoken for wish in wishes if " ".join(words) in _phrases(wish, code))
    wish, language = next(named, (None, ""))
    return Subcommand(wish, language, since) if wish else None


def read_date(word: str) -> dt.date | None:
    """The first day of a day, a month or a year as people write them; None for anything else.

    >>> read_date("2024-05"), read_date("17.05.2024"), read_date("2024-13")
    (datetime.date(2024, 5, 1), datetime.date(2024, 5, 17), None)
    """
    for pattern in _DATES:
        if found := pattern.fullmatch(word):
            try:
                return dt.date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
            except ValueError:
                return None
    return None


def _phrases(wish: Wish, language: str) -> list[str]:
    return _SAID[wish].get(language, "").split(", ")
