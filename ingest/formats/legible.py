"""Whether the text layer of a page is what a reader sees there: fonts without a map to Unicode give garbage. Pure."""

import re
import unicodedata

from ingest.language import detect

_GARBAGE = 0.03  # share of characters that no text has
_STRANGE = 0.30  # share of words that hold letters and signs in a mixture
_ENOUGH = 400  # letters from which a language's own letters must be among them
_OWN = {  # letters without which no page of the language is written
    "lv": frozenset("āēīūčģķļņšž"),
    "lt": frozenset("ąčęėįšųūž"),
    "et": frozenset("äõöü"),
    "pl": frozenset("ąćęłńóśźż"),
}
_USUAL = {"lv": "āīēš", "lt": "ėšųž", "et": "äõü", "pl": "łęąó"}  # those that hardly a page does without
_MANY, _LOST = 800, 2  # letters of a text, and how many of these may not be missing from it together
_RARE = 0.0015  # share of the letters: each of them has four times that
_FEW = 0.01  # share of the letters: a Latvian, Lithuanian, Estonian or Polish page has several times that
_STRANGE_WORD = re.compile(r"[^\W\d_]+[^\w\s'’.,:/@&()–-]+[^\W\d_]|[^\W\d_]\d+[^\W\d_]")


def is_legible(text: str) -> bool:
    r"""False for garbage, and for a page in a language of the region that lacks the letters of that language.

    >>> is_legible("Tas ir teikums."), is_legible("\x01\x02\ufffd!")
    (True, False)
    """
    seen = [c for c in text if not c.isspace()]
    if not seen:
        return False
    if sum(map(_is_garbage, seen)) > _GARBAGE * len(seen):
        return False
    words = text.split()
    if sum(bool(_STRANGE_WORD.search(word)) for word in words) > _STRANGE * len(words):
        return False
    return _has_own_letters(text)


def _is_garbage(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Co", "Cn", "Cs"}


def _has_own_letters(text: str) -> bool:
    letters = [c for c in text.casefold() if c.isalpha()]
    if len(letters) < _ENOUGH:
        return True
    language = detect(text)
    own, usual = _OWN.get(language or ""), _USUAL.get(language or "", "")
    if own is not None and sum(c in own for c in letters) < _FEW * len(letters):
        return False
    return len(letters) < _MANY or sum(letters.count(c) < _RARE * len(letters) for c in usual) < _LOST
