"""A text's terms for the words index: whole words, without case and diacritics, beside their beginnings.

A word's first five letters stand in for its stem: in languages that inflect at the end this comes close to a
lemmatiser (McNamee and Mayfield, "Character N-Gram Tokenization for European Language Text Retrieval", 2004,
doi:10.1023/B:INRT.0000009441.78971.be), it needs no dictionary and no language, and a missing diacritic or a
wrong ending does no harm. Dictionaries of base forms for seven languages took 950 MB and seconds to load.
"""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"}
_LONGEST = 60  # characters of a word that count
_STEM = 5  # characters


def terms(text: str) -> list[list[str]]:
    """For each word of the text, in order: its folded form and, where it is longer, its beginning with a star.

    >>> terms("Probācijas TOG 2014")
    [['probacijas', 'proba*'], ['tog'], ['2014']]
    """
    words = (folded for word in _WORD.findall(unicodedata.normalize("NFC", text)) if (folded := fold(word[:_LONGEST])))
    return [[word, word[:_STEM] + "*"] if len(word) > _STEM and not word.isdigit() else [word] for word in words]


@lru_cache(maxsize=20_000)  # words come again and again
def fold(word: str) -> str:
    """Without case and diacritics.

    >>> fold("Ļaužu"), fold("Łódź"), fold("Ёлка")
    ('lauzu', 'lodz', 'елка')
    """
    return "".join(fold_text(word).split())


def fold_text(text: str) -> str:
    r"""Text without case and diacritics, its white space as it is.

    >>> fold_text("Ļaužu\tŁódź")
    'lauzu\tlodz'
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    for letter, spelt in _LETTERS.items():
        plain = plain.replace(letter, spelt)
    marked = unicodedata.normalize("NFKD", plain)  # folding case can bring marks back
    for mark in () if marked.isascii() else filter(unicodedata.combining, set(marked)):
        marked = marked.replace(mark, "")
    return marked
