"""Where sentences begin and end, for lv, lt, et, en, nb, pl and ru at once: no language needs to be known.

One rule serves reading, indexing and quoting, so a quote is always a sentence that was indexed.
"""

import re

# A line break always ends a sentence: a heading, an item of a list. Elsewhere a mark and white space must follow.
_BREAK = re.compile(r"\n+|(?P<mark>[.!?…]+)[\"'”“’»)\]]*(?P<space>[^\S\n]+)")
_BEFORE = re.compile(r".*[\s(„“”«»\"']", re.DOTALL)  # what stands before the last token
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_OPENING = re.compile(r"[\"'„“”«(\[–—-]*\s*")

# Abbreviations after which a capital may follow within the sentence.
_INNER = frozenset(
    [
        "dr",
        "prof",
        "mag",
        "sk",
        "skat",
        "t.i",
        "piem",
        "plkst",
        "tālr",
        "nr",
        "st",
        "p",
        "lpp",
        "red",
        "izd",
        "nod",
        "pag",
        "nov",
        "raj",
        "šķ",
        "d",
        "m",
        "pvz",
        "pav",
        "vad",
        "psl",
        "žr",
        "tel",
        "str",
        "gyv",
        "doc",
        "inž",
        "kun",
        "plg",
        "nt",
        "lk",
        "vt",
        "tl",
        "mnt",
        "pr",
        "telf",
        "hr",
        "nim",
        "vm",
        "kd",
        "e.g",
        "i.e",
        "no",
        "fig",
        "vs",
        "mr",
        "mrs",
        "ms",
        "st",
        "sec",
        "ch",
        "vol",
        "pp",
        "ca",
        "approx",
        "f.eks",
        "bl.a",
        "jf",
        "kl",
        "nr",
        "ca",
        "s",
        "tlf",
        "gt",
        "np",
        "ul",
        "tzn",
        "tj",
        "godz",
        "ok",
        "ww",
        "im",
        "pl",
        "al",
        "woj",
        "pow",
        "gm",
        "os",
        "art",
        "ust",
        "т.е",
        "напр",
        "см",
        "ул",
        "им",
        "др-р",
        "проф",
        "рис",
        "стр",
        "гл",
        "ст",
        "п",
        "тел",
        "руб",
        "тыс",
        "млн",
    ]
)
# Abbreviations that often end a sentence: what follows decides.
_OUTER = frozenset(
    [
        "u.c",
        "utt",
        "u.tml",
        "t.sk",
        "g",
        "gada",
        "kt",
        "pan",
        "t.t",
        "jne",
        "etc",
        "m.m",
        "osv",
        "itd",
        "itp",
        "r",
        "w",
        "т.д",
        "т.п",
        "др",
        "г",
        "гг",
        "вв",
    ]
)
_LONGEST_ORDINAL = 2  # digits: "12. maijs", but "in 2014. Then"


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, in order, without the white space between them.

    >>> text = "Vizīte notika 12. un 13. maijā, 2014. gadā. Piedalījās S. Bērziņa u.c. kolēģi."
    >>> [text[start:end] for start, end in sentences(text)]
    ['Vizīte notika 12. un 13. maijā, 2014. gadā.', 'Piedalījās S. Bērziņa u.c. kolēģi.']
    """
    found, start = [], 0
    for match in _BREAK.finditer(text):
        if match["mark"] is None or _ends(text, start, match):
            found.append(_trimmed(text, start, match.start() if match["mark"] is None else match.start("space")))
            start = match.end()
    found.append(_trimmed(text, start, len(text)))
    return [(a, b) for a, b in found if any(c.isalnum() for c in text[a:b])]


def _ends(text: str, start: int, match: "re.Match[str]") -> bool:
    """Whether the mark ends the sentence that began at `start`."""
    following = text[_after_opening(text, match.end()) :][:1]
    if following.islower():
        return False
    if match["mark"] != ".":
        return True
    end = match.start("mark")
    before = _BEFORE.match(text, start, end)
    token = text[before.end() if before else start : end]
    return not token or not _continues(token, text[start : end - len(token)].strip() == "")


def _continues(token: str, first: bool) -> bool:
    """Whether a full stop after this token, before a capital or a digit, is within a sentence."""
    word = token.casefold()
    if word.isdigit():
        return first and len(word) <= _LONGEST_ORDINAL  # the number of an item: "1. Pirmais solis"
    if _INITIALS.fullmatch(token):
        return token.isupper() or word in _INNER
    return word in _INNER and word not in _OUTER


def _after_opening(text: str, position: int) -> int:
    match = _OPENING.match(text, position)
    return match.end() if match else position


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
