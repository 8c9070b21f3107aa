"""How well an index finds: recall, MRR, nDCG and MAP over judged questions, with what chance may have done to them.

The measures are those of Manning, Raghavan and Schütze, "Introduction to Information Retrieval", chapter 8, with
binary relevance. `recall@k` is the share of questions with a relevant passage among the first k, as the sets
this project is measured on use it (success@k elsewhere).
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.chance import Values, interval
from index.judged import JudgedQuestion, JudgedSet

MEASURES = ("recall@1", "recall@10", "mrr@10", "ndcg@10", "map")
_DEPTH = 1000  # how far down relevant passages are looked for


@dataclass(frozen=True, slots=True)
class Measured:
    """Of each measure, its value for each question, (n,) in [0, 1]."""

    values: Mapping[str, Values]

    def __len__(self) -> int:
        return len(self.values["map"])

    def means(self) -> dict[str, float]:
        return {name: round(float(values.mean()), 4) for name, values in self.values.items()}

    def as_json(self) -> dict[str, object]:
        """The means and their intervals."""
        return {"queries": len(self), **self.means(), "intervals": self.intervals()}

    def intervals(self) -> dict[str, list[float]]:
        """For each mean, between what it would be in 95 of 100 such samples of questions."""
        return {name: [round(end, 4) for end in interval(values)] for name, values in self.values.items()}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of a set. `by_pair`: by language of the question and of the passage, "lv>en"; `times` in ms."""

    name: str
    whole: Measured
    by_pair: Mapping[str, Measured]
    times: Sequence[float]

    def as_json(self) -> dict[str, object]:
        return {
            "set": self.name,
            **self.whole.as_json(),
            "by_pair": {name: measured.as_json() for name, measured in self.by_pair.items()},
            "query_ms": {"p50": _percentile(self.times, 50), "p95": _percentile(self.times, 95)},
        }


def first_rank(ranking: Sequence[str], relevant: Collection[str]) -> int | None:
    """The rank, from 1, of the first relevant passage.

    >>> first_rank(["a", "b", "c"], {"b", "c"})
    2
    """
    return next((rank for rank, found in enumerate(ranking, 1) if found in relevant), None)


def ndcg(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain at `k` with binary gains: Σ 1 / log2(rank + 1), over the best possible.

    >>> round(ndcg(["a", "b"], {"b"}, 10), 4)  # 1 / log2(3)
    0.6309
    """
    gain = sum(1 / math.log2(rank + 1) for rank, found in enumerate(ranking[:k], 1) if found in relevant)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), k) + 1))
    return gain / best if best else 0.0


def average_precision(ranking: Sequence[str], relevant: Collection[str]) -> float:
    """The mean, over relevant passages, of the precision at each one's rank; 0 for one that was not found.

    >>> average_precision(["a", "x", "b"], {"a", "b"})  # (1/1 + 2/3) / 2
    0.8333333333333333
    """
    ranks = [rank for rank, found in enumerate(ranking, 1) if found in relevant]
    return sum(found / rank for found, rank in enumerate(ranks, 1)) / len(relevant) if relevant else 0.0


def measures(rankings: Sequence[tuple[Sequence[str], Collection[str]]]) -> Measured:
    """Each measure for each pair of a ranking and what is relevant."""
    ranks = [first_rank(ranking, relevant) for ranking, relevant in rankings]
    values = {
        "recall@1": [float(rank == 1) for rank in ranks],
        "recall@10": [float(rank is not None and rank <= 10) for rank in ranks],
        "mrr@10": [1 / rank if rank is not None and rank <= 10 else 0.0 for rank in ranks],
        "ndcg@10": [ndcg(ranking, relevant, 10) for ranking, relevant in rankings],
        "map": [average_precision(ranking, relevant) for ranking, relevant in rankings],
    }
    return Measured({name: np.array(each) for name, each in values.items()})


def evaluate(judged: JudgedSet, search: Callable[[str, int], Sequence[str]]) -> Evaluation:
    """What `search(question, k) -> passage ids` finds of a set."""
    languages = {passage.id: passage.language for passage in judged.passages}
    rankings, pairs, times = [], defaultdict(list), []
    for question in judged.questions:
        began = time.perf_counter()
        ranking = search(question.text, _DEPTH)
        times.append(1000 * (time.perf_counter() - began))
        rankings.append((ranking, question.relevant))
        for pair, relevant in _pairs(question, languages).items():
            pairs[pair].append((ranking, relevant))
    by_pair = {name: measures(found) for name, found in sorted(pairs.items())}
    return Evaluation(judged.name, measures(rankings), by_pair, times)


def _pairs(question: JudgedQuestion, languages: Mapping[str, str | None]) -> dict[str, set[str]]:
    """The relevant passages by pair of question language and their own language, where both are known."""
    found: dict[str, set[str]] = defaultdict(set)
    for passage in question.relevant:
        if question.language and (language := languages.get(passage)):
            found[f"{question.language}>{language}"].add(passage)
    return found


def _percentile(values: Sequence[float], share: int) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, math.ceil(share / 100 * len(ordered)) - 1)], 1)
