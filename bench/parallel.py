"""Texts that say the same in several languages: what an adapter and the vocabulary learn from."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HOUSE = ("lv", "lt", "et", "en", "no", "pl", "ru")  # as the data call the languages
FILED = {"no": "nb"}  # what our own files call one
VOCABULARY = Path(__file__).parent.parent / "index"
FINDINGS = Path(__file__).parent / "findings.jsonl"

Row = Mapping[str, str]  # a sentence in every language


def table(path: Path) -> list[Row]:
    """The rows of a table that is separated by tabs, by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def findings() -> list[dict[str, Any]]:
    """Our own, with what none of them answers."""
    return [json.loads(line) for line in FINDINGS.read_text(encoding="utf-8").splitlines()]
