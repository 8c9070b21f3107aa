"""What chance may have done to a measure: intervals, and which differences between two systems are real.

Bootstrap percentile intervals: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. The paired
randomisation test: Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information
Retrieval Evaluation", CIKM 2007, doi:10.1145/1321440.1321528. Several tests at once: Holm, "A Simple Sequentially
Rejective Multiple Test Procedure", 1979.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_SAMPLES = 2000
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two systems' means, the second's less the first's; `p`, corrected, and whether it is real at 0.05."""

    difference: float
    low: float
    high: float
    p: float

    @property
    def real(self) -> bool:
        return self.p < _LEVEL

    def as_json(self) -> dict[str, object]:
        ends = [round(self.low, 4), round(self.high, 4)]
        return {"difference": round(self.difference, 4), "interval": ends, "p": round(self.p, 4), "real": self.real}


def interval(values: Values) -> tuple[float, float]:
    """The ends of the 95 % bootstrap interval of a mean over questions; the same in each run.

    >>> interval(np.array([1.0, 1.0, 1.0]))
    (1.0, 1.0)
    """
    low, high = np.percentile(_resampled(values), [100 * _LEVEL / 2, 100 * (1 - _LEVEL / 2)])
    return float(low), float(high)


def compare(one: Mapping[str, Values], other: Mapping[str, Values]) -> dict[str, Difference]:
    """For each measure, what a second system does for the same questions, in the same order, beside a first."""
    between = {name: other[name] - values for name, values in one.items()}
    corrected = holm({name: _p(values) for name, values in between.items()})
    return {name: Difference(float(v.mean()), *interval(v), corrected[name]) for name, v in between.items()}


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Each p as it must be read when all of them are looked at.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})  # 3 * 0.01; then 2 * 0.03; then the larger of 0.04 and what was before
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    corrected, least = {}, 0.0
    for number, name in enumerate(sorted(p, key=lambda each: p[each])):
        least = max(least, min((len(p) - number) * p[name], 1.0))
        corrected[name] = least
    return corrected


def _p(between: Values) -> float:
    """How often the difference is as large when each question's two values are swapped by the toss of a coin."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (_SAMPLES, len(between)))
    as_large = np.abs((signs * between).mean(axis=1)) >= abs(between.mean()) - 1e-12
    return float((as_large.sum() + 1) / (_SAMPLES + 1))


def _resampled(values: Values) -> Values:
    chosen = np.random.default_rng(0).integers(len(values), size=(_SAMPLES, len(values)))
    return np.asarray(values[chosen].mean(axis=1))
