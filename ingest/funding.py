"""The code under which a project was paid for, as a report states it. When in doubt nothing is said. Pure.

Codes have shapes of their own, so they are known wherever they stand: Erasmus+ (`2019-1-LV01-KA204-060413`), Nordplus
(`NPAD-2020/10012`), the European Social Fund in Latvia (`9.1.2.0/16/I/001`) and Lithuania
(`08.4.1-ESFA-V-405-01-0001`), EEA and Norway grants (`LV-JUSTICE-0003`, `EEZ/2021/1/07`), Interreg (`LLI-448`,
`EST-LAT 62`). Any other counts only behind a label that says that it is one.
"""

import re

from corpus import Place

_SHAPES = re.compile(
    r"(?<![\w/.-])(?:"
    r"20\d\d-\d-[A-Z]{2}\d\d-KA\d{3}(?:-[A-Z]{3})?-\d{6,9}"
    r"|NP[A-Z]{2}-20\d\d/\d{4,6}"
    r"|\d\d?\.\d\.\d\.\d?/\d\d/[A-Z]{1,3}/\d{3}"
    r"|\d\d\.\d\.\d-[A-Z]{3,5}-[A-Z]-\d{3}-\d\d-\d{4}"
    r"|(?:LV|LT|EE|PL|NO)-[A-Z]{4,}-\d{3,5}"
    r"|(?:EEZ|EEA|EMP|NFI|NOR)/20\d\d/[\w/-]{1,12}\d"
    r"|LLI-\d{2,4}"
    r"|(?:EST-LAT|LAT-LIT|LV-RU|EST-RU)[ -]?\d{2,4}"
    r")(?![\w/-])"
)
_LABELLED = re.compile(
    r"(?:project (?:no|number|code)|grant (?:agreement|no|number)(?: no| number)?"
    r"|projekta (?:nr|numurs|kods|identifikācijas nr)"
    r"|projekto (?:nr|numeris|kodas)|projekti (?:nr|number|kood)|prosjekt(?:nummer|nr)|(?:nr|numer) projektu"
    r"|(?:номер|код) проекта|toetuslepingu? (?:nr|number)|umowa nr|līguma (?:nr|numurs))"
    r"\.?\s*[:№#]?\s*((?=[\w./-]*\d)[A-Z0-9][\w./-]{3,38}\w)",
    re.IGNORECASE,
)


def funding_code(text: str) -> tuple[str, Place] | None:
    """The first code in a text, and where it stands; None where there is none.

    >>> funding_code("Projekta Nr. 2019-1-LV01-KA204-060413, vizīte")
    ('2019-1-LV01-KA204-060413', (13, 37))
    """
    found = [match.span() for match in [_SHAPES.search(text)] if match]
    found += [match.span(1) for match in [_LABELLED.search(text)] if match]
    if not found:
        return None
    start, end = min(found)
    return text[start:end], (start, end)
