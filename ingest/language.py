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
_BEYOND_DOUBT = 0.999
_LONG = 100  # letters
_ENOUGH = 40  # letters from which it is looked for
_NAMES = {"no": "nb", "zh-cn": "zh", "zh-tw": "zh"}
_lock = threading.Lock()


def language_probabilities(text: str, trials: int = 7) -> dict[str, float]:
    """Probability by ISO 639-1 code, of the languages that langdetect believes in; {} without letters.

    >>> max(language_probabilities("Tas ir teikums latviešu valodā."))
    'lv'
    """
    if not any(character.isalpha() for character in text):
        return {}
    detector = _factory().create()
    detector.seed = 0
    detector.n_trial = trials
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
    letters = sum(character.isalpha() for character in text)
    if letters < _ENOUGH:
        return None
    # one of langdetect's trials takes a seventh of the time, and of a long text it leaves hardly ever a doubt
    for trials in (1, 7) if letters >= _LONG else (7,):
        believed = language_probabilities(text, trials)
        likely = max(believed, key=lambda code: believed[code], default=None)
        if likely and believed[likely] >= _BEYOND_DOUBT:
            return likely
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
