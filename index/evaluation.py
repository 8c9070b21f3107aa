"""How well an index finds: recall, MRR, nDCG and MAP over judged questions, in BEIR layout.

The measures are those of Manning, Raghavan and Schütze, "Introduction to Information Retrieval", chapter 8, with
binary relevance. `recall@k` is the share of questions with a relevant passage among the first k, as the sets
this project is measured on use it (success@k elsewhere).
"""

import json
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Invalid

_DEPTH = 1000  # how far down relevant passages are looked for


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    id: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    id: str
    text: str
    language: str | None
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    name: str
    passages: tuple[JudgedPassage, ...]
    questions: tuple[JudgedQuestion, ...]


def read_set(folder: Path) -> JudgedSet:
    """A set in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv. Questions without a judgement are left out.

    Raises Invalid where a file is missing or a line is not what it should be.
    """
    judged = _read_qrels(folder / "qrels" / "test.tsv")
    passages = tuple(
        JudgedPassage(row["_id"], _words(row), row.get("lang")) for row in _read_rows(folder / "corpus.jsonl")
    )
    questions = tuple(
        JudgedQuestion(row["_id"], row["text"], row.get("lang"), frozenset(judged[row["_id"]]))
        for row in _read_rows(folder / "queries.jsonl")
        if row["_id"] in judged
    )
    if not passages or not questions:
        raise Invalid(f"{folder} holds no passages or no judged questions.")
    return JudgedSet(folder.name, passages, questions)


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


def measures(rankings: Sequence[tuple[Sequence[str], Collection[str]]]) -> dict[str, float]:
    """Each measure's mean over pairs of a ranking and what is relevant."""
    ranks = [first_rank(ranking, relevant) for ranking, relevant in rankings]
    values = {
        "recall@1": [float(rank == 1) for rank in ranks],
        "recall@10": [float(rank is not None and rank <= 10) for rank in ranks],
        "mrr@10": [1 / rank if rank is not None and rank <= 10 else 0.0 for rank in ranks],
        "ndcg@10": [ndcg(ranking, relevant, 10) for ranking, relevant in rankings],
        "map": [average_precision(ranking, relevant) for ranking, relevant in rankings],
    }
    return {name: round(statistics.fmean(each), 4) for name, each in values.items()}


def evaluate(judged: JudgedSet, search: Callable[[str, int], Sequence[str]]) -> dict[str, object]:
    """The measures of `search(question, k) -> passage ids`, over all and by pair of languages, with its times."""
    languages = {passage.id: passage.language for passage in judged.passages}
    rankings, pairs, times = [], defaultdict(list), []
    for question in judged.questions:
        began = time.perf_counter()
        ranking = search(question.text, _DEPTH)
        times.append(1000 * (time.perf_counter() - began))
        rankings.append((ranking, question.relevant))
        for pair, relevant in _pairs(question, languages).items():
            pairs[pair].append((ranking, relevant))
    return {
        "set": judged.name,
        "queries": len(judged.questions),
        **measures(rankings),
        "by_pair": {name: {"queries": len(found), **measures(found)} for name, found in sorted(pairs.items())},
        "query_ms": {"p50": _percentile(times, 50), "p95": _percentile(times, 95)},
    }


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


def _words(row: Mapping[str, str]) -> str:
    return f"{row['title']}\n{row['text']}" if row.get("title") else row["text"]


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row.get("_id"), str) or not isinstance(row.get("text"), str):
                        raise Invalid(f'{path}, line {number}: each line needs "_id" and "text".')
                    yield row
    except OSError as fault:
        raise Invalid(f"{path} cannot be read: {fault.strerror}. A set has corpus.jsonl and queries.jsonl.") from fault
    except (ValueError, AttributeError) as fault:
        raise Invalid(f"{path}, line {number}: this is not a JSON object in UTF-8.") from fault


def _read_qrels(path: Path) -> dict[str, set[str]]:
    judged: dict[str, set[str]] = defaultdict(set)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        for line in lines:
            question, passage, score = line.split("\t")
            if int(score) > 0:
                judged[question].add(passage)
    except (OSError, ValueError) as fault:
        raise Invalid(f"{path} cannot be read as judgements (question, passage, score, by tabs).") from fault
    return dict(judged)
