"""Countries in what people ask: where a text names one, and how another one is named in its place.

A question in Latvian that has "Norvēģijā" has "Dānijā" when it is asked of Denmark: the forms of each name are known by
language and case (`ingest/countries.tsv`). A genitive, which that table leaves out, is made from the name.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from index import fold
from ingest import country_cases, country_forms, country_names

_TOKEN = re.compile(r"[^\W_]+")
_LONGEST_NAME = 4  # words
_PREPOSITION = re.compile("do ")  # before a name, in the table
_HARD = re.compile("Fr|Wł")  # "we Francji"
_WHERE, _OTHER, _GENITIVE = "where", "other", "genitive"
_CASES = {"lv": (1, 2), "lt": (1, 2), "et": (2, 1), "en": (1, 1), "nb": (1, 1), "pl": (1, 2), "ru": (1, 3)}  # of a name
_STANDS = {  # after which word a name says where, and in which of its other cases, where no form says so by itself
    "en": ("in", 0),
    "nb": ("i", 0),
    "pl": ("w", 1),
    "ru": ("в", 1),
}


@dataclass(frozen=True, slots=True)
class Named:
    """A country in a text: where its name stands. `possessed`: in the genitive, as often of a visitor as of a place."""

    code: str
    start: int
    end: int
    possessed: bool


@dataclass(frozen=True, slots=True)
class _Form:
    spelt: str
    code: str
    language: str
    kind: str
    case: int


def countries_in(text: str) -> list[Named]:
    """The countries that a text names, in order, also without their diacritics.

    >>> [each.code for each in countries_in("Kā Latvijas mentori strādā Norvēģijā un Danija?")]
    ['LV', 'NO', 'DK']
    """
    words = list(_TOKEN.finditer(text))
    found: list[Named] = []
    place = 0
    while place < len(words):
        for end in range(min(place + _LONGEST_NAME, len(words)), place, -1):
            name = " ".join(fold(word[0]) for word in words[place:end])
            possessed = name not in code_by_name()
            if code := code_by_name().get(name) or _code_by_genitive().get(name):
                found.append(Named(code, words[place].start(), words[end - 1].end(), possessed))
                place = end - 1
                break
        place += 1
    return found


def is_named(text: str) -> bool:
    """Whether a text names a country, and not only as whose something is."""
    return any(not each.possessed for each in countries_in(text))


def in_its_place(name: str, code: str, language: str) -> str:
    """A country's name in the case and language of another one's; `language` decides where several share that form.

    >>> in_its_place("Norvēģijā", "DK", "lv"), in_its_place("Norvegijos", "DK", "lt")
    ('Dānijā', 'Danijos')
    """
    forms = _forms().get(_folded(name), ())
    if not forms:
        return country_names(language).get(code, name)
    # without diacritics cases can be alike too: then the first is taken, which says where
    form = max(forms, key=lambda each: (each.language == language, each.spelt == name.casefold()))
    return _inflected(code, form.language, form.kind, form.case)


def where(code: str, language: str) -> str:
    """That something is in a country, as a language says it.

    >>> where("DK", "lv"), where("DK", "pl"), where("JP", "en")
    ('Dānijā', 'w Danii', 'in Japan')
    """
    if language in _STANDS:
        word, case = _STANDS[language]
        name = _inflected(code, language, _OTHER, case)
        return f"{word}e {name}" if language == "pl" and _HARD.match(name) else f"{word} {name}"
    return _inflected(code, language, _WHERE, 0)


def languages_of(name: str) -> frozenset[str]:
    """The languages that have this form of a country's name."""
    return frozenset(each.language for each in _forms().get(_folded(name), ()))


@lru_cache(maxsize=1)
def code_by_name() -> dict[str, str]:
    """Code by each form of a country's name, folded; a form that two countries share is none."""
    return _without_shared([(_folded(form), code) for form, code in country_forms().items()])


@lru_cache(maxsize=1)
def _code_by_genitive() -> dict[str, str]:
    genitives = [(form, each) for form, all_of in _forms().items() for each in all_of if each.kind == _GENITIVE]
    return _without_shared([(form, each.code) for form, each in genitives])


def _without_shared(named: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str | None] = {}
    for form, code in named:
        found[form] = code if found.get(form, code) == code else None
    return {form: code for form, code in found.items() if code}


@lru_cache(maxsize=1)
def _forms() -> dict[str, list[_Form]]:
    """What each form is, folded. Of a country with several names, each has the same cases."""
    found: dict[str, list[_Form]] = defaultdict(list)
    for (code, language), (places, others) in _table().items():
        for kind, forms, cases in zip((_WHERE, _OTHER), (places, others), _CASES[language], strict=True):
            for number, form in enumerate(forms):
                # some names have fewer forms than others, where two are alike
                case = number % min(cases, len(forms))
                told = (_OTHER, _STANDS[language][1]) if kind == _WHERE and language in _STANDS else (kind, case)
                found[_folded(form)].append(_Form(form.casefold(), code, language, *told))
        for name in others[:: _CASES[language][1]]:
            if genitive := _genitive(name, language):
                found[_folded(genitive)].append(_Form(genitive.casefold(), code, language, _GENITIVE, 0))
    return found


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
    """The forms that say where, and the others, by code and language."""
    bare = ((code, language, _bare(places), others) for code, language, places, others in country_cases())
    return {(code, language): (places, others) for code, language, places, others in bare}


def _bare(forms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_PREPOSITION.sub("", form) for form in forms)


def _inflected(code: str, language: str, kind: str, case: int) -> str:
    """A form of a country's name; the name as it is where that form is not known."""
    places, others = _table().get((code, language), ((), ()))
    name = next(iter(others), None) or country_names(language).get(code, code)
    if kind == _GENITIVE:
        return _genitive(name, language) or name
    forms = places if kind == _WHERE else others
    return forms[case] if case < len(forms) else name


def _genitive(name: str, language: str) -> str | None:
    """Whose something is, in languages in which the table has no form for that.

    >>> _genitive("Norvēģija", "lv"), _genitive("Kipras", "lt"), _genitive("Norge", "nb")
    ('Norvēģijas', 'Kipro', 'Norges')
    """
    if language == "lv" and name.endswith(("a", "e")):
        return f"{name}s"
    if language == "lt":
        endings = {"a": "os", "ė": "ės", "as": "o"}
        ending = next((each for each in ("as", "a", "ė") if name.endswith(each)), None)
        return name.removesuffix(ending) + endings[ending] if ending else None
    return f"{name}s" if language == "nb" and not name.endswith("s") else None


def _folded(name: str) -> str:
    return " ".join(fold(word) for word in _TOKEN.findall(name))
