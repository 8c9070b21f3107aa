"""The language of a question: it picks the language of the reply and nothing else.

langdetect knows sentences but errs on two words, so for a short question more things count: letters that only one
of the languages has, its commonest small words, the words of this work, and the language that the person who asks
usually reads.
"""

import math
import re
from collections.abc import Sequence

from bot.words import spoken
from index import label_languages
from ingest import language_probabilities

_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"[“„«][^“”„«»]*[“”»]")
_SURE = 0.95  # probability from which a long question may be in a language outside the interface
_LONG = 4  # words
_LETTER, _SMALL_WORD, _FLOOR = 4.0, 2.5, 0.02  # in natural logarithms; the floor is a probability
_LABEL = 2.0
_USUAL = 1.0  # for what the asker usually reads
_FILED_AS = {"no": "nb", "nn": "nb"}
_PLAIN = 0.5  # for English, where no letter is marked: it settles a tie

_LETTERS = {
    "lv": "āēģīķļņ",
    "lt": "ąęėįųū",
    "et": "õäöü",
    "nb": "øåæ",
    "pl": "łąęćńśźżó",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
}
_SMALL_WORDS = {
    code: frozenset(words.split())
    for code, words in {
        "lv": "ir kas kā kādi kāda kāds kur kad vai par no un ar uz pie pēc lai cik kādas kādu kuri kam bez darbs",
        "lt": "yra kas kaip kokie kokia koks kur kada ar apie iš ir su į prie po kiek kokios kuo kam be dėl",
        "et": "on mis kuidas millised milline kus millal kas ja või ning mitu kui kes ei ka koos miks palju",
        "en": "is are what how which where when who does do did the of in for and to with many much was were a an",
        "nb": "er hva hvordan hvilke hvilken hvor når hvem og i på av for til med om det den en et ikke var mange",
        "pl": "jest jak co jakie jaki jaka gdzie kiedy czy kto i w na z do o dla ile są po od oraz się",
        "ru": "как что какие какой где когда кто и в на с о для ли по из сколько это при или",
    }.items()
}


def filed_as(code: str) -> str:
    """The code under which a language is kept, for one that people type.

    >>> filed_as("NO"), filed_as("lv")
    ('nb', 'lv')
    """
    low = code.lower()
    return _FILED_AS.get(low, low)


def question_language(text: str, languages: Sequence[str], usual: str | None = None) -> str | None:
    """ISO 639-1 code of the language a question is in; None where it has no letters.

    What stands in quotation marks, as a title does, may be in any, so the words around it decide if there are some.
    A language outside `languages` is told only from a question of four words or more. `usual` is the language that
    the asker usually reads: it decides where the question does not.

    >>> question_language("Kā strādā mentori?", ("lv", "lt", "en"))
    'lv'
    """
    around = _QUOTED.sub(" ", text)
    text = around if _WORD.search(around) else text
    words = [word.casefold() for word in _WORD.findall(text)]
    if not words:
        return None
    believed = language_probabilities(text)
    likely = max(believed, key=lambda code: believed[code], default=None)
    labels = label_languages(text)
    scores = {
        code: _score(code, words, believed.get(code, 0.0))
        + _LABEL * min(labels[code], 2)
        + (_USUAL if code == usual else 0.0)
        for code in languages
    }
    best = max(scores, key=lambda code: scores[code], default=None)
    sure = likely is not None and believed[likely] >= _SURE and len(words) >= _LONG
    return likely if best is None or (sure and likely not in scores) else best


def reply_language(question: str, languages: Sequence[str], usual: str | None = None) -> str:
    """The language in which who asks this is answered; of those that people here read, the first is the usual one.

    Unless another is named that who asks usually reads.
    """
    usual = usual or next(iter(languages), None)
    return spoken(question_language(question, languages, usual) or usual, languages)


def _score(code: str, words: Sequence[str], believed: float) -> float:
    letters = set("".join(words)) & _own_letters(code)
    small = sum(word in _SMALL_WORDS.get(code, ()) for word in words)
    plain = _PLAIN if code == "en" and all(word.isascii() for word in words) else 0.0
    return math.log(max(believed, _FLOOR)) + _LETTER * min(len(letters), 2) + _SMALL_WORD * min(small, 3) + plain


def _own_letters(code: str) -> set[str]:
    """The letters that tell this language from the other ones of the interface."""
    others = set("".join(letters for other, letters in _LETTERS.items() if other != code))
    return set(_LETTERS.get(code, "")) - others
