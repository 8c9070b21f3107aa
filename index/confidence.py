"""How sure: the probability that a passage answers, from the score that ranked it."""

import math

_SLOPE = 12.4
_MIDDLE = 0.401  # the score at which it is as likely as not


def probability(score: float) -> float:
    """In [0, 1], growing with the score: a logistic curve, fitted so that it is the share
    of first passages that come from the right document (`python bench/golden.py --fit`).

    >>> probability(_MIDDLE)
    0.5
    """
    return 1 / (1 + math.exp(-_SLOPE * (score - _MIDDLE)))
