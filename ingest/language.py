"""The language of a text, by langdetect: seeded, since it is random otherwise. The only importer of langdetect."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from langdetect import DetectorFactory
from langdetect.detector import Detector
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException
from numpy.typing import NDArray

from corpus import Span

_SURE = 0.80  # probability from which a language is believed
_BEYOND_DOUBT = 0.999
_LONG = 100  # letters
_ENOUGH = 40  # letters from which it is looked for
_SELDOM = Detector.ALPHA_DEFAULT / Detector.BASE_FREQ  # probability of an n-gram that a language's profile has not
_NAMES = {"no": "nb", "zh-cn": "zh", "zh-tw": "zh"}
_lock = threading.Lock()


def language_probabilities(text: str) -> dict[str, float]:
    """Probability by ISO 639-1 code, of the languages that langdetect believes in; {} without letters.

    By its profiles and its rule, with each of the text's n-grams counted once. It draws them at random itself, seven
    times until it is sure, which takes ten times as long and gives a short question another answer with each seed.

    >>> max(language_probabilities("Tas ir teikums latviešu valodā."))
    'lv'
    """
    detector = _detector(text)
    detector.cleaning_text()
    grams = detector._extract_ngrams()
    if not grams:
        return {}
    logs = np.sum([_logs(gram) for gram in grams], axis=0)
    likely = np.exp(logs - logs.max())
    return _believed(zip(detector.langlist, (likely / likely.sum()).tolist(), strict=True))


@lru_cache(maxsize=20_000)  # n-grams come again and again
def _logs(gram: str) -> NDArray[np.float64]:
    """The logarithm of an n-gram's probability in each language that langdetect knows."""
    logs: NDArray[np.float64] = np.log(np.array(_factory().word_lang_prob_map[gram]) + _SELDOM)
    return logs


def _drawn(text: str, trials: int) -> dict[str, float]:
    """The same as langdetect does it: by n-grams drawn at random, in trials that differ where a text is mixed."""
    detector = _detector(text)
    detector.seed = 0
    detector.n_trial = trials
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return {}
    return _believed((each.lang, each.prob) for each in found)


def _detector(text: str) -> Detector:
    """What langdetect holds of a text, with its table of profiles."""
    detector = _factory().create()
    detector.append(text)
    return detector


def _believed(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    """By our codes, of what is likely enough to be told."""
    believed: dict[str, float] = {}
    for language, likely in found:
        if likely > Detector.PROB_THRESHOLD:
            code = _NAMES.get(language, language)
            believed[code] = believed.get(code, 0.0) + likely
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
        believed = _drawn(text, trials)
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
