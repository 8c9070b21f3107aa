"""How sure: the probability that a passage answers, from the score that ranked it, and what follows from it.

The curve was fitted to the first three passages of the blind and the fresh questions, by whether they hold the judged
answer (`python bench/golden.py --fit`), and tested on those of two other authors: docs/retrieval.md,
docs/reliability.svg.

What an answer is called follows from what a mistake costs the asker, in minutes, by Bayes' rule. They are estimates:
a service that sees it otherwise changes them here.
"""

import math
from collections.abc import Iterable

_SLOPE = 4.510
_MIDDLE = 0.919  # the score at which it is as likely as not
_MIDDLE_OF_FIRST = 0.592  # and that for the passage which is ranked first: that nothing is nearer says something, too
_UNNAMED = 0.608  # score that a passage would need more, were it to name nothing of what every word asks about
_MEANT = 0.368  # of the score, how much more a unit of it counts that vectors gave and not the vocabulary

READ = 3  # passages that are read, and of which one should answer
_FOUND_BUT_NOT_THERE = 10  # three sources followed in vain
_WEAK_BUT_NOT_THERE = 4  # three passages read in vain
_WEAK_BUT_THERE = 6  # an answer that is doubted, and looked for elsewhere
_NOTHING_BUT_THERE = 30  # what others have learned is learned again, or asked of a colleague

# of an answer: the chance that one of its passages answers, from which it is cheaper to call it found than weak …
FOUND = (_FOUND_BUT_NOT_THERE - _WEAK_BUT_NOT_THERE) / (_FOUND_BUT_NOT_THERE - _WEAK_BUT_NOT_THERE + _WEAK_BUT_THERE)
# … and from which it is cheaper to show it than to say that there is nothing
WEAK = _WEAK_BUT_NOT_THERE / (_WEAK_BUT_NOT_THERE + _NOTHING_BUT_THERE - _WEAK_BUT_THERE)


def probability(score: float, meant: float, unnamed: float, *, first: bool) -> float:
    """That a passage with this score answers: in [0, 1], growing with the score. `first`: it is ranked first.

    `meant`: how near it is by vectors alone. What it names puts it before others, but says less of whether it answers.
    `unnamed`: the share of the question's words that name a concept which the passage does not, in [0, 1]. The nearest
    passage to a question that no report answers is often about the same matter, but not about all that is asked.

    >>> found = probability(_MIDDLE, 0, 0, first=False), probability(_MIDDLE_OF_FIRST + _UNNAMED, 0, 1, first=True)
    >>> [round(each, 6) for each in found]
    [0.5, 0.5]
    """
    middle = _MIDDLE_OF_FIRST if first else _MIDDLE
    return 1 / (1 + math.exp(-_SLOPE * (score + _MEANT * meant - middle - _UNNAMED * unnamed)))


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
