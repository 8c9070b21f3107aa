"""Judged questions on the sample corpus, asked as a user asks them: `make eval`.

    python bench/golden.py [--json] [--fit] [--reliability FILE.svg] [--without-concepts] [--set MODULE.NAME=NUMBER]...

Ingests corpus/samples/reports into a home of its own and asks four sets of tests/golden: `golden`; `blind` and `fresh`,
whose authors saw the reports and neither code, nor vocabulary, nor other questions, and to which the probabilities are
fitted; `unseen`, by one more such author. The constants of the ranking were chosen on the first three. Prints how often
the right document comes first, how often the passage that holds the answer is among the first three, and what questions
that cannot be answered are told. Ends with 1 where a floor in tests/golden/floors.json is not reached. `--fit` prints
the constants of index/confidence.py instead; `--reliability` draws what was believed against what was so. For trials:
`--without-concepts` leaves the vocabulary out, `--set` changes a constant, such as bot.answering._OF_A_DOCUMENT=2, in
this process.
"""

import argparse
import importlib
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
from matplotlib import pyplot
from sklearn.linear_model import LogisticRegression

from bot import answering, curation
from bot.curation import Person, Role
from bot.rooms import Rooms
from bot.settings import Settings
from index import READ, Hit, any_of
from index.chance import Values, interval
from index.fusion import USUAL, Weighing
from ingest import Source

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
SETS = {
    "golden": ("questions.jsonl", "unanswerable.jsonl"),
    "blind": ("blind.jsonl", "blind-unanswerable.jsonl"),
    "fresh": ("fresh.jsonl", "fresh-unanswerable.jsonl"),
    "unseen": ("unseen.jsonl", "unseen-unanswerable.jsonl"),
}
FITTED = ("blind", "fresh")
UNANSWERABLE = 1.25  # what one weighs in the fit: people ask more such questions than the sets have, three in eight
PENALTY = 10  # inverse, on the constants, so that they do not lean on what only these few questions show
REPORTS = ROOT / "corpus" / "samples" / "reports"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question. `document` and `passage`: rank of the right one among five, None if not there.

    `hits` are the index's, its first three; `held`: which of them hold the judged answer.
    """

    text: str
    pair: str
    answerable: bool
    outcome: str
    hits: tuple[Hit, ...]
    held: tuple[bool, ...]
    document: int | None
    passage: int | None

    @property
    def likely(self) -> float:
        """The probability that one of the first three answers."""
        return any_of(self.probabilities)

    @property
    def probabilities(self) -> list[float]:
        return [hit.probability(first=not place) for place, hit in enumerate(self.hits)]

    @property
    def found(self) -> bool:
        return self.passage is not None and self.passage <= READ


def ask_all(rooms: Rooms, name: str) -> list[Asked]:
    """Every question of a set, asked."""
    answerable, unanswerable = SETS[name]
    found = [_ask(rooms, row, answerable=True) for row in _rows(answerable)]
    return found + [_ask(rooms, row, answerable=False) for row in _rows(unanswerable)]


def summary(asked: Sequence[Asked]) -> dict[str, float]:
    """Shares of questions, in [0, 1]; Brier score and calibration error of the first three passages' probabilities."""
    yes, no = [a for a in asked if a.answerable], [a for a in asked if not a.answerable]
    believed, held = _believed(asked)
    return {
        "questions": len(yes),
        "unanswerable": len(no),
        "document_first": fmean(a.document == 1 for a in yes),
        "passage_in_three": fmean(a.found for a in yes),
        "auroc": auroc([a.likely for a in yes], [a.likely for a in no]),
        "answerable_told_nothing": fmean(a.outcome == "nothing" for a in yes),
        "unanswerable_told_found": fmean(a.outcome == "found" for a in no),
        "brier": float(((believed - held) ** 2).mean()),
        "calibration_error": fmean(abs(p - share) * n for p, share, n in bins(believed, held)) * 10 / len(believed),
    }


def by(asked: Sequence[Asked], part: Callable[[Asked], str]) -> dict[str, list[float]]:
    """For each part of the answerable questions, whether the right passage is among the first three."""
    found = defaultdict(list)
    for each in asked:
        if each.answerable:
            found[part(each)].append(float(each.found))
    return dict(sorted(found.items()))


def bins(believed: Values, held: Values) -> list[tuple[float, float, int]]:
    """Ten of equal width: mean probability, share that held, and how many (0, 0, 0 for an empty one)."""
    places = np.minimum((believed * 10).astype(int), 9)
    chosen = [places == place for place in range(10)]
    return [(believed[c].mean(), held[c].mean(), int(c.sum())) if c.any() else (0.0, 0.0, 0) for c in chosen]


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
    hits = rooms.index.search(str(row["text"]), READ)
    live = rooms.corpus.passages(hit.passage_id for hit in hits)
    documents, answers = _listed(row.get("document")), _listed(row.get("answer"))
    names = [Path(each.document.source).name for each in shown.shown]
    held = [any(_fold(answer) in _fold(each.passage.text) for answer in answers) for each in shown.shown]
    return Asked(
        text=str(row["text"]),
        pair=f"{row['lang']}>{documents[0][:2]}" if documents else "",
        answerable=answerable,
        outcome=shown.outcome.value,
        hits=tuple(hits),
        held=tuple(any(_fold(a) in _fold(live[hit.passage_id][0].text) for a in answers) for hit in hits),
        document=_rank(name in documents for name in names),
        passage=_rank(held),
    )


def fitted(asked: Sequence[Asked]) -> dict[str, float]:
    """The constants of the curve that tells best which of three passages hold the answer, by name."""
    hits = [(hit, not place) for each in asked for place, hit in enumerate(each.hits)]
    known = [[hit.score, hit.meant, hit.unnamed, float(first)] for hit, first in hits]
    weights = [1.0 if each.answerable else UNANSWERABLE for each in asked for _ in each.hits]
    curve = LogisticRegression(C=PENALTY).fit(known, [held for each in asked for held in each.held], weights)
    (slope, of_meant, of_unnamed, of_first), intercept = map(float, curve.coef_[0]), float(curve.intercept_[0])
    middles = {"_MIDDLE": -intercept / slope, "_MIDDLE_OF_FIRST": -(intercept + of_first) / slope}
    return {"_SLOPE": slope, **middles, "_UNNAMED": -of_unnamed / slope, "_MEANT": of_meant / slope}


def draw(asked: dict[str, list[Asked]], path: Path) -> None:
    """A reliability diagram: what was believed of passages, against the share of them that held the answer."""
    pyplot.rcParams["svg.hashsalt"] = "atzina"  # so that equal figures give an equal file
    figure, axes = pyplot.subplots(figsize=(4.2, 4.2), layout="constrained")
    axes.plot([0, 1], [0, 1], ":", color="grey")
    for name, each in asked.items():
        filled = [found for found in bins(*_believed(each)) if found[2]]
        axes.plot([f[0] for f in filled], [f[1] for f in filled], marker="o", label=name)
    axes.set(xlabel="probability that the passage answers", ylabel="share that did", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _believed(asked: Sequence[Asked]) -> tuple[Values, Values]:
    believed = [probability for each in asked for probability in each.probabilities]
    return np.array(believed), np.array([float(held) for each in asked for held in each.held])


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
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--reliability", type=Path)
    parser.add_argument("--without-concepts", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    wanted = parser.parse_args()
    for name, number in (each.split("=") for each in wanted.set):
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, float(number) if "." in number else int(number))
    asked = _asked(replace(USUAL, concepts=0.0, whole=0.0) if wanted.without_concepts else USUAL)
    if wanted.fit:
        constants = fitted([each for name in FITTED for each in asked[name]])
        sys.exit(print("\n".join(f"{name} = {value:.3f}" for name, value in constants.items())))
    if wanted.reliability:
        draw(asked, wanted.reliability)
    found = {name: summary(each) for name, each in asked.items()}
    if wanted.json:
        print(json.dumps(found, indent=1))
    else:
        _print(asked, found)
    floors = json.loads((GOLDEN / "floors.json").read_text())
    wrong = [f"{name}: {fault}" for name, each in found.items() for fault in faults(each, floors[name])]
    sys.exit("\n".join(wrong) if wrong else 0)


def _asked(weighing: Weighing) -> dict[str, list[Asked]]:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.from_env({"ATZINA_HOME": home})
        rooms = Rooms.open(settings, lambda line: print(line, file=sys.stderr), weighing)
        curation.add(rooms, Person("golden", Role.ADMINISTRATOR), [Source(str(REPORTS))])
        asked = {name: ask_all(rooms, name) for name in SETS}
        rooms.close()
    return asked


def _print(asked: dict[str, list[Asked]], found: dict[str, dict[str, float]]) -> None:
    for name, each in asked.items():
        _print_misses(name, each)
    print("\nright passage among the first three, by language of the question and of the report (95 % interval)")
    everything = [each for rows in asked.values() for each in rows]
    for part in (lambda a: a.pair[:3], lambda a: a.pair):
        for name, values in by(everything, part).items():
            low, high = interval(np.array(values))
            print(f"{name:<8}{len(values):>4}{fmean(values):>8.3f}  {low:.2f}–{high:.2f}")
    print(f"\n{'':<26}" + "".join(f"{name:>9}" for name in found))
    for measure in found["golden"]:
        print(f"{measure:<26}" + "".join(f"{each[measure]:>9.3f}" for each in found.values()))


def _print_misses(name: str, asked: Sequence[Asked]) -> None:
    for each in asked:
        if each.answerable and not each.found:
            print(f"{name}: missed  {each.pair}  {each.outcome:<8} document {each.document}  {each.text}")
        elif not each.answerable and each.outcome != "nothing":
            print(f"{name}: told {each.outcome}  {each.likely:.2f}  {each.text}")


if __name__ == "__main__":
    main()
