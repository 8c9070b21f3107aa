"""Judged questions in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv (Thakur et al., arXiv:2104.08663)."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Invalid


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
