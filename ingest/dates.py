"""Dates in a text, in the languages of the reports, and which of them can be the day of an experience.

A text has more dates than that one: when it was published, printed, approved, when a law was made. A date counts
where a person would read it as the experience's own, and nowhere else.
"""

import datetime as dt
import re

_MONTHS = (
    "jan januar janvār sausi styczeń stycznia январ",
    "feb februar veebruar febr vasari luty lutego феврал",
    "mar mär märt mart kov marz marc март",
    "apr april aprill aprīl baland kwiecień kwietnia апрел",
    "may mai maj maij geguž май мая мае",
    "jun juni juuni jūnij birž czerwiec czerwca июн",
    "jul juli juuli jūlij liep lipiec lipca июл",
    "aug august augus rugpjū sierpień sierpnia август",
    "sep sept rugsėj wrzesień września сентябр",
    "oct okt oktoober oktober oktobr spali spalio październik października октябр",
    "nov novem lapkri lapkrič listopad ноябр",
    "dec dets des decem gruod grudzień grudnia декабр",
)
_DASH = r"\s*(?:[-–—]|un|ir|ja|og|and|i|и|to|til|do|līdz|iki|kuni|по)\s*"
_DAY = r"(?P<day>\d{1,2})\.?"
_RANGE = rf"{_DAY}(?:(?:{_DASH})\d{{1,2}}\.?)?"
_WORD = r"(?P<month>[^\W\d_]{3,})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"(?<![\d.])(?P<day>\d{{1,2}})(?:\.?{_DASH}\d{{1,2}})?[./](?P<number>\d{{1,2}})[./]{_YEAR}(?!\d)",
        rf"(?<![\d.])(?P<day>\d{{1,2}})\.(?P<number>\d{{1,2}})\.?{_DASH}\d{{1,2}}\.\d{{1,2}}\.{_YEAR}(?!\d)",
        rf"{_YEAR}\.?\s*(?:gada|g\.|m\.|aasta|a\.)\s*{_RANGE}\s*{_WORD}",
        rf"{_YEAR}\.?\s*(?:gada|g\.|m\.|aasta|a\.)\s*{_WORD}\s*{_RANGE}",
        rf"(?<!\d){_RANGE}\s*{_WORD}\.?,?\s*{_YEAR}",
        rf"(?<!\d){_DAY}\s*{_WORD}\s*{_DASH}\d{{1,2}}\.?\s*[^\W\d_]{{3,}}\.?,?\s*{_YEAR}",
        rf"{_WORD}\s+{_RANGE},?\s+{_YEAR}",
    )
)
_SPAN = re.compile(rf"\d\.?\s*(?:[^\W\d_]{{3,}}\.?)?{_DASH}\d", re.IGNORECASE)
_WHOLE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}")
_AROUND = frozenset(
    ["gada", "g", "m", "d", "aasta", "a", "r", "г", "года", "roku", "dienas", "un", "ir", "ja", "og", "and", "i", "и"]
)
_AROUND |= frozenset(["to", "til", "do", "līdz", "iki", "kuni", "по", "с", "no", "nuo", "from", "od", "fra"])
_OTHER_DAY = re.compile(  # words, by their beginning, beside which a date is that of a paper or of a law
    r"\b(?:law|act|regulation|directive|decision|resolution|publish|updated|printed|revised|prepared|approved|signed"
    r"|next|deadline|likum|noteikum|lēmum|rīkojum|publicēt|aktualizēt|atjaunots|atjaunināt|apstiprināt|parakstīt"
    r"|sagatavot|drukāt|nākam|įstatym|nutarim|įsakym|sprendim|paskelbt|atnaujint|patvirtint|pasirašyt|parengt"
    r"|spausdint|kitas|seadus|määrus|otsus|avaldatud|uuendatud|kinnitatud|allkirjastatud|koostatud|trükitud|järgmi"
    r"|lov\b|loven|forskrift|vedtak|publisert|oppdatert|godkjent|signert|utarbeidet|trykt|neste|ustaw|rozporządzen"
    r"|uchwał|opublikowan|zaktualizowan|zatwierdzon|podpisan|sporządzon|wydrukowan|następn|закон|постановлен|приказ"
    r"|опубликован|обновл|утвержд|подписан|составлен|напечатан|следующ)",
    re.IGNORECASE,
)


def date_in(text: str) -> dt.date | None:
    """The first day of the first date, or range of dates, in a text; None where a day, month or year is lacking.

    >>> date_in("2023. gada 15.–18. maijs"), date_in("10.12.2019."), date_in("maijs 2020")
    (datetime.date(2023, 5, 15), datetime.date(2019, 12, 10), None)
    """
    found = [(match.start(), date) for form in _FORMS for match in form.finditer(text) if (date := _as_date(match))]
    return min(found, default=(0, None), key=lambda each: each[0])[1]


def days_of(line: str) -> dt.date | None:
    """The first of the days that a line consists of; None where it is a single day, or says anything else.

    >>> days_of("2023. gada 15.–18. maijs"), days_of("10.12.2019."), days_of("Published 1–2 May 2021")
    (datetime.date(2023, 5, 15), None, None)
    """
    if ":" in line or not _SPAN.search(_WHOLE.sub("1", line)):
        return None
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", line)]
    return date_in(line) if all(word in _AROUND or _month(word) for word in words) else None


def day_in_title(title: str) -> dt.date | None:
    """The date in a title, unless a word there makes it that of a law or of a paper.

    >>> day_in_title("Seminar in Riga, 4 March 2020"), day_in_title("On the Law of 12 May 1998")
    (datetime.date(2020, 3, 4), None)
    """
    return None if _OTHER_DAY.search(title) else date_in(title)


def _as_date(match: "re.Match[str]") -> dt.date | None:
    groups = match.groupdict()
    month = int(groups["number"]) if groups.get("number") else _month(groups["month"])
    try:
        return dt.date(int(groups["year"]), month, int(groups["day"])) if month else None
    except ValueError:
        return None


def _month(word: str) -> int | None:
    """The month that a word, in any of the languages and cases, names."""
    low = word.casefold()
    for number, stems in enumerate(_MONTHS, 1):
        for stem in stems.split():
            if low == stem or (len(stem) >= 3 and low.startswith(stem) and len(low) <= len(stem) + 5):
                return number
    return None
