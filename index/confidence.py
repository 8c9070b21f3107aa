"""How sure: the probability that a passage answers, from the score that ranked it, and what follows from it.

The curve was fitted to the first three passages of the blind questions, by whether they hold the judged answer
(`python bench/golden.py --fit`), and tested on questions of two other authors: docs/retrieval.md, docs/reliability.svg.

What an answer is called follows from what a mistake costs the asker, in minutes, by Bayes' rule. They are estimates:
a service that sees it otherwise changes them here.
"""

import math
from collections.abc import Iterable

_SLOPE = 7.5
_MIDDLE = 0.688  # the score at which it is as likely as not
_MIDDLE_OF_FIRST = 0.531  # and that for the passage which is ranked first: that nothing is nearer says something, too

READ = 3  # passages that are read, and of which one should answer
_FOUND_BUT_NOT_THERE = 10  # three sources followed in vain
_WEAK_BUT_NOT_THERE = 4  # three passages read in vain
_WEAK_BUT_THERE = 7  # an answer that is doubted, and looked for elsewhere
_NOTHING_BUT_THERE = 30  # what others have learned is learned again, or asked of a colleague

# of an answer: the chance that one of its passages answers, from which it is cheaper to call it found than weak …
FOUND = (_FOUND_BUT_NOT_THERE - _WEAK_BUT_NOT_THERE) / (_FOUND_BUT_NOT_THERE - _WEAK_BUT_NOT_THERE + _WEAK_BUT_THERE)
# … and from which it is cheaper to show it than to say that there is nothing
WEAK = _WEAK_BUT_NOT_THERE / (_WEAK_BUT_NOT_THERE + _NOTHING_BUT_THERE - _WEAK_BUT_THERE)


def probability(score: float, *, first: bool) -> float:
    """That a passage with this score answers: in [0, 1], growing with the score. `first`: it is ranked first.

    >>> probability(_MIDDLE, first=False), probability(_MIDDLE_OF_FIRST, first=True)
    (0.5, 0.5)
    """
    middle = _MIDDLE_OF_FIRST if first else _MIDDLE
    return 1 / (1 + math.exp(-_SLOPE * (score - middle)))


def any_of(probabilities: Iterable[float]) -> float:
    """That one passage answers at least, as if each did so by itself.

    >>> any_of([0.5, 0.5])
    0.75
    """
    return 1 - math.prod(1 - p for p in probabilities)


def single(threshold: float) -> float:
    """The probability of a passage of which `READ` together would just reach a threshold.

    >>> round(any_of([single(0.4)] * READ), 6)
    0.4
    """
    return float(1 - (1 - threshold) ** (1 / READ))
