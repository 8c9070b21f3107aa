"""The language of a text, by langdetect: seeded, since it is random otherwise. The only importer of langdetect."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from langdetect import DetectorFactory
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException

from corpus import Span

_SURE = 0.80  # probability from which a language is believed
_ENOUGH = 40  # letters from which it is looked for
_NAMES = {"no": "nb", "zh-cn": "zh", "zh-tw": "zh"}
_lock = threading.Lock()


def language_probabilities(text: str) -> dict[str, float]:
    """Probability by ISO 639-1 code, of the languages that langdetect believes in; {} without letters.

    >>> max(language_probabilities("Tas ir teikums latviešu valodā."))
    'lv'
    """
    if not any(character.isalpha() for character in text):
        return {}
    detector = _factory().create()
    detector.seed = 0
    detector.append(text)
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return {}
    believed: dict[str, float] = {}
    for each in found:
        code = _NAMES.get(each.lang, each.lang)
        believed[code] = believed.get(code, 0.0) + each.prob
    return believed


def detect(text: str) -> str | None:
    """The language of a text, as an ISO 639-1 code; None where the text is too short, or mixed, to be sure.

    >>> detect("Tas ir teikums latviešu valodā, pietiekami garš."), detect("Mentori")
    ('lv', None)
    """
    if sum(character.isalpha() for character in text) < _ENOUGH:
        return None
    believed = language_probabilities(text)
    likely = max(believed, key=lambda code: believed[code], default=None)
    return likely if likely and believed[likely] >= _SURE else None


def with_languages(text: str, spans: Sequence[Span], document: str | None) -> tuple[Span, ...]:
    """The spans, each with its own language where that is sure, else with the document's."""
    return tuple(replace(span, language=detect(text[span.start : span.end]) or document) for span in spans)


@lru_cache(maxsize=1)
def _loaded() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory


def _factory() -> DetectorFactory:
    with _lock:  # several threads must not load the profiles at once
        return _loaded()
