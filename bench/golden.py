"""Judged questions on the sample corpus, asked as a user asks them: `make eval`.

    python bench/golden.py [--json] [--without-concepts] [--fit]

Ingests corpus/samples/reports into a home of its own and asks two sets of tests/golden: `golden`, on which the
constants of the ranking were chosen and its probabilities fitted, and `blind`, whose author saw the reports and
neither code, nor vocabulary, nor other questions. Prints how often the right document comes first, how often the
passage that holds the answer is among the first three, and what questions that cannot be answered are told. Ends
with 1 where a floor in tests/golden/floors.json is not reached. `--without-concepts` leaves the vocabulary out;
`--fit` prints the constants of index/confidence.py instead, as `golden` gives them.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from sklearn.linear_model import LogisticRegression

from bot import answering, curation
from bot.curation import Person, Role
from bot.rooms import Rooms
from bot.settings import Settings
from index import probability
from index.fusion import USUAL

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
SETS = {
    "golden": ("questions.jsonl", "unanswerable.jsonl"),
    "blind": ("blind.jsonl", "blind-unanswerable.jsonl"),
    "fresh": ("fresh.jsonl", "fresh-unanswerable.jsonl"),
}
REPORTS = ROOT / "corpus" / "samples" / "reports"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question. `document` and `passage`: rank of the right one among five, None if not there.

    `score` is the index's, of its first passage; `first`: whether that is of the right document.
    """

    text: str
    pair: str
    answerable: bool
    outcome: str
    score: float
    first: bool
    document: int | None
    passage: int | None


def ask_all(rooms: Rooms, name: str) -> list[Asked]:
    """Every question of a set, asked."""
    answerable, unanswerable = SETS[name]
    found = [_ask(rooms, row, answerable=True) for row in _rows(answerable)]
    return found + [_ask(rooms, row, answerable=False) for row in _rows(unanswerable)]


def summary(asked: Sequence[Asked]) -> dict[str, float]:
    """Shares of questions, in [0, 1]."""
    yes, no = [a for a in asked if a.answerable], [a for a in asked if not a.answerable]
    pairs = defaultdict(list)
    for each in yes:
        pairs[each.pair].append(each.passage is not None and each.passage <= 3)
    return {
        "questions": len(yes),
        "unanswerable": len(no),
        "document_first": fmean(a.document == 1 for a in yes),
        "passage_in_three": fmean(a.passage is not None and a.passage <= 3 for a in yes),
        "auroc": auroc([a.score for a in yes], [a.score for a in no]),
        "answerable_told_nothing": fmean(a.outcome == "nothing" for a in yes),
        "unanswerable_told_found": fmean(a.outcome == "found" for a in no),
        "worst_pair": min(fmean(found) for found in pairs.values()),
    }


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores higher than a negative, ties counting half (Mann and Whitney).

    >>> auroc([0.9, 0.4], [0.5, 0.1])
    0.75
    """
    wins = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    return fmean(wins)


def faults(found: dict[str, float], floors: dict[str, dict[str, float]]) -> list[str]:
    """A sentence for each measure below its least, or above its most."""
    least = [f"{n} is {found[n]:.3f}, below {v}" for n, v in floors["least"].items() if found[n] < v]
    return least + [f"{n} is {found[n]:.3f}, above {v}" for n, v in floors["most"].items() if found[n] > v]


def _ask(rooms: Rooms, row: dict[str, object], *, answerable: bool) -> Asked:
    shown = answering.answer(rooms, str(row["text"]), top=5)
    (best,) = rooms.index.search(str(row["text"]), 1)
    documents, answers = _listed(row.get("document")), _listed(row.get("answer"))
    names = [Path(each.document.source).name for each in shown.shown]
    held = [any(_fold(answer) in _fold(each.passage.text) for answer in answers) for each in shown.shown]
    return Asked(
        text=str(row["text"]),
        pair=f"{row['lang']}>{documents[0][:2]}" if documents else "",
        answerable=answerable,
        outcome=shown.outcome.value,
        score=best.score,
        first=Path(rooms.corpus.passages([best.passage_id])[best.passage_id][1].source).name in documents,
        document=_rank(name in documents for name in names),
        passage=_rank(held),
    )


def fitted(asked: Sequence[Asked]) -> tuple[float, float]:
    """Slope and middle of the logistic curve that tells best whether a first passage is of the right document."""
    curve = LogisticRegression(C=1e4).fit([[each.score] for each in asked], [each.first for each in asked])
    slope, intercept = float(curve.coef_[0][0]), float(curve.intercept_[0])
    return slope, -intercept / slope


def _rank(found: Iterable[bool]) -> int | None:
    return next((rank for rank, yes in enumerate(found, 1) if yes), None)


def _listed(value: object) -> list[str]:
    return [] if value is None else [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _rows(name: str) -> list[dict[str, object]]:
    lines = (GOLDEN / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        settings = replace(Settings.from_env({"ATZINA_HOME": home}))
        without = replace(USUAL, concepts=0.0, whole=0.0)
        weighing = without if "--without-concepts" in sys.argv else USUAL
        rooms = Rooms.open(settings, lambda line: print(line, file=sys.stderr), weighing)
        curation.add(rooms, Person("golden", Role.ADMINISTRATOR), [str(REPORTS)])
        asked = {name: ask_all(rooms, name) for name in SETS}
        rooms.close()
    if "--fit" in sys.argv:
        slope, middle = fitted(asked["golden"])
        sys.exit(print(f"_SLOPE = {slope:.1f}\n_MIDDLE = {middle:.3f}"))
    found = {name: summary(each) for name, each in asked.items()}
    if "--json" in sys.argv:
        print(json.dumps(found, indent=1))
    else:
        for name, each in asked.items():
            _print_misses(name, each)
        print(f"{'':<26}" + "".join(f"{name:>9}" for name in found))
        for measure in found["golden"]:
            print(f"{measure:<26}" + "".join(f"{each[measure]:>9.3f}" for each in found.values()))
    floors = json.loads((GOLDEN / "floors.json").read_text())
    wrong = [
        f"{name}: {fault}"
        for name, each in found.items()
        for fault in faults(each, floors.get(name, {"least": {}, "most": {}}))
    ]
    sys.exit("\n".join(wrong) if wrong else 0)


def _print_misses(name: str, asked: Sequence[Asked]) -> None:
    for each in asked:
        if each.answerable and (each.passage is None or each.passage > 3):
            print(f"{name}: missed  {each.pair}  {each.outcome:<8} document {each.document}  {each.text}")
        elif not each.answerable and each.outcome != "nothing":
            print(f"{name}: told {each.outcome}  {probability(each.score):.2f}  {each.text}")


if __name__ == "__main__":
    main()
