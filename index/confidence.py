"""How sure: the probability that a passage answers, from the score that ranked it."""

import math

_SLOPE = 20.0
_MIDDLE = 0.5  # the score at which it is as likely as not


def probability(score: float) -> float:
    """In [0, 1], growing with the score: a logistic curve fitted on judged questions (docs/retrieval.md).

    >>> probability(_MIDDLE)
    0.5
    """
    return 1 / (1 + math.exp(-_SLOPE * (score - _MIDDLE)))
