"""What a further message in a thread asks: by itself, or of the question before it ("and in Denmark?").

Pure, by rules that a person can foresee. A message that asks nothing of its own takes the words of the question before:
it names another country, language, date or status, which takes the place of the former one; or words that are led by
"and" or "for", which are added; or an interrogative and a "that", which stand behind it. Whatever asks something of its
own stands alone. What was made of a message is shown to who wrote it, who can have it otherwise.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.answering import LONGEST_QUESTION
from bot.countries import Named, countries_in, in_its_place, languages_of, where
from bot.filters import Filters, in_words, read_alone, read_filters
from bot.language import question_language
from bot.smalltalk import smalltalk
from bot.words import ENGLISH, TRANSLATED
from index import fold

_WORD = re.compile(r"[^\W_]+")
_ENDS = " ?!.,;:…"
_JOINED = 3  # words of its own that a message may have which is led by "and" or "for"
_SHORT = 6  # words that it may have in all
_REFERRING = 1  # words of its own that a question may have which refers to the one before


def _of(*said: str) -> frozenset[str]:
    """The words of all languages. One that is listed means that in one of them: which one is meant is hard to tell."""
    return frozenset(" ".join(said).split())


# all folded, as what is typed is; in English, Latvian, Lithuanian, Estonian, Norwegian, Polish, Russian
_PHRASES = (
    "and, but, or, so, then, also, what about, how about, what of, "
    "un, bet, vai, tad, ari, ka ar, kas ar, "
    "o, ir, tai, taip pat, kaip del, kaip su, "
    "aga, ja, ning, kuidas on lood, mis saab, "
    "og, men, eller, enn, hva med, hva om, "
    "a, i, oraz, ale, lub, co z, jak z, jak jest z, "
    "а, и, но, или, как насчет, что насчет, что с, как с"
)
_JOINERS = sorted((tuple(phrase.split()) for phrase in _PHRASES.split(", ")), key=len, reverse=True)
_LEADING = _of(
    "for about with without among",
    "par ar bez pie starp",
    "apie su be del tarp",
    "om med uten blant",
    "dla o z bez wsrod",
    "для о об про с без среди",
)
_INTERROGATIVE = _of(
    "what which who whom whose why where how",
    "kas ko kam kur ka kapec kadel kadi kada kads kadas kadu cik kura kurs kuri kuras vai",
    "kaip kodel kokie kokia koks kokios kokiu kiek kuris kuri kurie kurios",
    "mis mida kes keda kus kuhu miks kuidas millal milline millised milliseid mitu",
    "hva hvem hvor hvordan hvorfor hvilken hvilke hvilket",
    "co kto kogo komu gdzie dlaczego czemu jak jaki jaka jakie jakich ile czy ktory ktora ktore",
    "что кто кого кому где куда почему зачем как какой какая какое какие каких сколько чем",
)
_ALSO_ASKING = _of(  # which begin other sentences too
    "when is are do does did can could should was were",
    "kad ar kada kui kas nar er har kan finnes kiedy когда есть",
)
_REFERRING_WORDS = _of(
    "it they them this that these those there",
    "tas to ta tie tos tur tam vini vinus",
    "tai jie juos ten jis ji",
    "see seda selle need neid nad seal",
    "det de den dem der dette",
    "tego oni ich",
    "это этого они их там он она его",
)
_IS = _of("is are was ir ira yra buvo bija on oli er var jest sa byl byla byli есть было такое такой")
_SAYING_NOTHING = _of(
    "do does did done doing go goes work works happen look like the a an of in on to at by from be been",
    "long much many often old now",
    "dara darits notiek iet klajas strada darbojas ilgi daudz biezi vecs no uz pec ja",
    "daro daroma vyksta veikia sekasi ilgai daug daznai is i nuo po prie",
    "teha tehakse teevad toimub tootab kaib kaua palju tihti siis ka",
    "gjor gjores gjort fungerer virker gar lenge mye mange ofte pa i til fra av som",
    "robi robia sie dziala wyglada dlugo duzo czesto w we na do od po",
    "делают делается обстоит дела работает происходит долго много часто в во на по из от у же ли",
)
_AND = frozenset(phrase[0] for phrase in _JOINERS if len(phrase) == 1)
_FUNCTION = _AND | _LEADING | _INTERROGATIVE | _ALSO_ASKING | _REFERRING_WORDS | _IS | _SAYING_NOTHING


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is to be asked, and what was typed."""

    question: str
    typed: str

    @property
    def completed(self) -> bool:
        """Whether it took something from the question before."""
        return self.question != self.typed


def asks(said: str, languages: Sequence[str]) -> bool:
    """Whether a message that names nobody, in a thread in which its author has asked something, asks once more.

    It does with a question mark, with an interrogative at its beginning that begins no other sentence, or where it
    says nothing but what an answer can be narrowed to, as in "and in Denmark". Greetings and thanks ask nothing.

    >>> [asks(said, ("lv",)) for said in ("un Dānijā", "kā ar izmaksām", "paldies, Anna!", "Es biju Dānijā.")]
    [True, True, False, False]
    """
    if smalltalk(said, languages) is not None or smalltalk(_without_joiners(said), languages) is not None:
        return False
    if "?" in said:
        return True
    if said.rstrip().endswith((".", "!", "…")):
        return False
    core = _without_joiners(said)
    begins = {words[0] for words in (_words(said), _words(core))}
    return read_alone(core) != Filters() or (len(_words(said)) > 1 and not begins.isdisjoint(_INTERROGATIVE))


def resolve(before: str | None, said: str) -> Understood:
    """A message as a question, after the one before it in the thread, if there was one.

    >>> resolve("Kā strādā mentori Norvēģijā?", "un Dānijā?").question
    'Kā strādā mentori Dānijā?'
    >>> resolve("How do mentors work?", "and for women?").question
    'How do mentors work for women?'
    >>> resolve("How do mentors work?", "Kas ir probācija?").question
    'Kas ir probācija?'
    """
    question = _completed(before, said) if before else None
    return Understood(question if question and len(question) <= LONGEST_QUESTION else said, said)


def _completed(before: str, said: str) -> str | None:
    """What a message asks by the question before it; None where it asks something of its own."""
    core = _without_joiners(said)
    joined = core != said.strip(_ENDS)
    narrows = read_alone(core)
    rest, filters = ("", narrows) if narrows != Filters() else read_filters(core)
    countries = countries_in(rest)
    words = _words(rest)
    own = _own(_without(rest, countries))
    asking = bool(words) and words[0] in _INTERROGATIVE | _ALSO_ASKING
    if not own and (filters != Filters() or countries):
        return _narrowed(before, filters, countries, core, "")
    if not own and not words:
        return None
    refers = joined or not own or not _REFERRING_WORDS.isdisjoint(words)
    if asking and refers and len(own) <= _REFERRING and (not own or _IS.isdisjoint(words)):
        return _narrowed(before, filters, countries, core, "") if countries else f"{before} {said}"
    if (joined or words[0] in _LEADING) and not asking and len(own) <= _JOINED and len(words) <= _SHORT:
        return _narrowed(before, filters, countries, core, _without(rest, countries))
    return None


def _narrowed(before: str, filters: Filters, countries: Sequence[Named], core: str, added: str) -> str:
    """The question before with other filters and another country, and with words added."""
    language = question_language(before, (ENGLISH, *TRANSLATED)) or ENGLISH
    rest, known = read_filters(before)
    codes = list(dict.fromkeys([each.code for each in countries] or ([filters.country] if filters.country else [])))
    merged = _merged(known, replace(filters, country=None))
    if codes and known.country and len(codes) == 1:
        merged = replace(merged, country=codes[0])
    elif codes:
        merged = replace(merged, country=None)
        rest = _elsewhere(rest, codes, core, language)
    if added:
        rest = _longer(rest, added)
    return in_words(rest if merged == Filters() else rest.rstrip(_ENDS), merged, language)


def _merged(known: Filters, new: Filters) -> Filters:
    return Filters(
        language=new.language or known.language,
        country=new.country or known.country,
        status=new.status or known.status,
        since=new.since or known.since,
    )


def _elsewhere(question: str, codes: Sequence[str], core: str, language: str) -> str:
    """A question with other countries in the place of the one that it names, or behind it."""
    named = countries_in(question)
    places = [each for each in named if not each.possessed] or named
    if len({each.code for each in places}) == 1:
        for each in reversed(places):
            name = question[each.start : each.end]
            others = ", ".join(in_its_place(name, code, language) for code in codes)
            question = question[: each.start] + others + question[each.end :]
        return question
    typed = [core[each.start : each.end] for each in countries_in(core)]
    if all(language in languages_of(name) for name in typed) and not _own(_without(core, countries_in(core))):
        return _longer(question, core)
    return _longer(question, ", ".join(where(code, language) for code in codes))


def _longer(question: str, added: str) -> str:
    bare = question.rstrip(_ENDS)
    return f"{bare} {added}{'?' if '?' in question[len(bare) :] else ''}"


def _without_joiners(said: str) -> str:
    """A message without the "and" or "what about" that leads it, and without the marks at its end."""
    core = said.strip(_ENDS)
    while True:
        spans = list(_WORD.finditer(core))
        words = [fold(span[0]) for span in spans]
        joiner = next((each for each in _JOINERS if tuple(words[: len(each)]) == each and len(words) > len(each)), None)
        if joiner is None:
            return core
        core = core[spans[len(joiner)].start() :]


def _without(text: str, countries: Iterable[Named]) -> str:
    """A text without the countries that it names, nor the word that leads one."""
    for each in sorted(countries, key=lambda named: -named.start):
        lead = re.sub(r"(?:^|\s)(?:in|i|w|we|в|во|på|pa)\s*$", " ", text[: each.start], flags=re.IGNORECASE)
        text = f"{lead} {text[each.end :]}"
    return " ".join(text.split())


def _own(text: str) -> list[str]:
    """The words by which a text asks something."""
    return [word for word in _words(text) if word not in _FUNCTION]


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(text)]
