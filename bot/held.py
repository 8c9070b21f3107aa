"""What the corpus holds for everyone, for the lists from which a person chooses what to narrow an answer to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bot.words import country_name, language_name
from corpus import EVERYONE, Corpus, Document


@dataclass(frozen=True, slots=True)
class Held:
    """How many documents there are, from which countries (ISO 3166-1), in which languages (ISO 639-1)."""

    documents: int
    countries: frozenset[str]
    languages: frozenset[str]

    @classmethod
    def by(cls, corpus: Corpus) -> Self:
        return cls.of(corpus.documents(audience=frozenset({EVERYONE})))

    @classmethod
    def of(cls, seen: Iterable[Document]) -> Self:
        known = list(seen)
        countries = frozenset(each.country for each in known if each.country)
        return cls(len(known), countries, frozenset(each.language for each in known if each.language))

    def named_countries(self, language: str, beside: str = "") -> list[tuple[str, str]]:
        """Code and name of each, in order of name; `beside`: another code that must be among them."""
        codes = {*self.countries, beside} - {""}
        return _by_name({code: country_name(code, language) or code for code in codes})

    def named_languages(self, language: str, beside: str = "") -> list[tuple[str, str]]:
        """Code and name of each, in order of name; `beside`: another code that must be among them."""
        codes = {*self.languages, beside} - {""}
        return _by_name({code: language_name(code, language) or code for code in codes})


def _by_name(named: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(named.items(), key=lambda item: item[1].casefold())
