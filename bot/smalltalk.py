"""Words that ask for nothing in the reports: a call for help, a greeting, thanks. Who says them learns how to ask."""

import re
import unicodedata
from collections.abc import Sequence

_EMOJI = re.compile(r":[a-z0-9_+'-]+:")  # as Slack hands them on
_LONGEST = 8  # words: more of them ask something
_WORD = re.compile(r"[^\W_]+")
_SAID = {
    language: frozenset(phrases.split(", "))
    for language, phrases in {
        "en": "help, hi, hello, hey, thanks, thank you, thank you very much, thx, good morning, good afternoon, ok",
        "lv": "palīdzība, palīdzi, palīgā, sveiki, sveiks, sveika, čau, labdien, labrīt, labvakar, paldies, "
        "liels paldies",
        "lt": "pagalba, padėk, labas, labas rytas, laba diena, labas vakaras, sveiki, sveikas, sveika, "
        "ačiū, labai ačiū",
        "et": "abi, appi, tere, tere hommikust, tere päevast, tere õhtust, tervist, aitäh, tänan, suur aitäh, "
        "suur tänu",
        "nb": "hjelp, hei, heisann, hallo, god morgen, god dag, god kveld, takk, tusen takk, takk skal du ha",
        "pl": "pomoc, pomocy, cześć, hej, witam, dzień dobry, dobry wieczór, dziękuję, dzięki, dziękuję bardzo",
        "ru": "помощь, помоги, помогите, привет, здравствуй, здравствуйте, добрый день, доброе утро, добрый вечер, "
        "спасибо, большое спасибо, благодарю",
    }.items()
}


def smalltalk(text: str, languages: Sequence[str]) -> str | None:
    """The language of a call for help, a greeting or thanks; None where something else is said.

    Where nothing is said it is the first of `languages`, those that the organisation speaks; they also decide
    what several languages say alike.

    >>> smalltalk("Paldies!", ("lv", "lt")), smalltalk("abi", ("lv", "lt")), smalltalk("Paldies kam?", ("lv", "lt"))
    ('lv', 'et', None)
    """
    words = _WORD.findall(_EMOJI.sub(" ", unicodedata.normalize("NFC", text).casefold()))
    spoken = [*languages, *(code for code in _SAID if code not in languages)]
    if not words:
        return spoken[0]
    if len(words) > _LONGEST:
        return None
    return next((code for code in spoken if _is_smalltalk(words, _SAID.get(code, frozenset()))), None)


def _is_smalltalk(words: list[str], said: frozenset[str]) -> bool:
    """Whether the words are nothing but phrases of a language, one after the other."""
    if not words:
        return True
    starts = (n for n in range(1, len(words) + 1) if " ".join(words[:n]) in said)
    return any(_is_smalltalk(words[n:], said) for n in starts)
