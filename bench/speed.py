"""What Atzina costs, beside plain sentence-transformers and txtai with the same model, in one run: `make bench`.

    python bench/speed.py [--sizes 10000,100000,1000000] [--without-txtai]

Each figure is a median of turns taken one after another, so that a machine that slows down slows all of them. Figures
are this machine's; the ratios are what to quote. Writes bench/results.json, and docs/cost.svg: cost against size.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import pyplot
from scale import QUESTIONS, seconds
from sentence_transformers import SentenceTransformer

from bot import curation
from bot.curation import Person, Role
from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Narrowing
from index.bundled import PROMPTS, bundled_folder
from ingest import Source

ROOT = Path(__file__).parent.parent
PEER = ROOT / ".tools" / "txtai" / "bin" / "python"
_ROUNDS = 3
_PASSAGES = 160
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--without-txtai", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        rooms = Rooms.open(Settings.from_env({"ATZINA_HOME": home}), print)
        rooms.embedder.loaded()
        found: dict[str, Any] = {"ingest": _ingested(rooms)}
        found["first_answer_s"] = _first_answer(home)
        found["embedding"] = _compared(rooms, peer=not wanted.without_txtai)
        rooms.close()
    found["sizes"] = [_at_size(int(size)) for size in wanted.sizes.split(",") if size]
    machine = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "python": platform.python_version()}
    (ROOT / "bench" / "results.json").write_text(json.dumps(machine | found, indent=1) + "\n")
    _print(found)
    _plot(found["sizes"], ROOT / "docs" / "cost.svg")


def _ingested(rooms: Rooms) -> Figures:
    """Seconds of a first run over the sample reports, and of a second over the same."""
    reports = [Source(str(ROOT / "corpus" / "samples" / "reports"))]
    person = Person("bench", Role.ADMINISTRATOR)
    first = seconds(lambda: curation.add(rooms, person, reports))
    again = seconds(lambda: curation.add(rooms, person, reports))
    return {"first_s": first, "unchanged_s": again, "unchanged_share": again / first}


def _first_answer(home: str) -> float:
    """Seconds from starting `atzina ask` to its end."""
    command = [sys.executable, "-m", "bot.cli", "ask", QUESTIONS[0]]
    environ = os.environ | {"ATZINA_HOME": home}
    turns = [seconds(lambda: subprocess.run(command, env=environ, check=True, capture_output=True)) for _ in range(3)]
    return statistics.median(turns)


def _compared(rooms: Rooms, *, peer: bool) -> Figures:
    """Passages a second and milliseconds a question: ours, sentence-transformers', txtai's, in turns."""
    folder = str(bundled_folder(rooms.settings.cache / "models", print))
    plain = SentenceTransformer(folder, device="cpu")
    live = rooms.corpus.passages(rooms.corpus.live_ids(Narrowing()))
    texts = [passage.text for passage, _ in live.values()][:_PASSAGES]
    systems: dict[str, tuple[Callable[[Sequence[str]], object], Callable[[str], object]]] = {
        "atzina": (lambda t: list(rooms.embedder.passages(t)), rooms.embedder.question),
        "sentence_transformers": (
            lambda t: plain.encode(list(t), prompt=PROMPTS["document"], show_progress_bar=False),
            lambda q: plain.encode([q], prompt=PROMPTS["query"], show_progress_bar=False),
        ),
    }
    timed = {name: [_timer(work) for work in pair] for name, pair in systems.items()}
    if peer:
        txtai = _Txtai(folder)
        timed["txtai"] = [txtai.passages, txtai.question]
    return _turns(timed, texts)


def _timer(work: Callable[[Any], object]) -> Callable[[Any], float]:
    return lambda asked: seconds(lambda: work(asked))


def _turns(timed: Mapping[str, Sequence[Callable[[Any], float]]], texts: Sequence[str]) -> Figures:
    rates: dict[str, list[float]] = {name: [] for name in timed}
    times: dict[str, list[float]] = {name: [] for name in timed}
    for turn in range(_ROUNDS + 1):
        for name, (passages, question) in timed.items():
            rate = len(texts) / passages(texts)
            asked = [question(f"{each} {turn}") for each in QUESTIONS]  # no vector is remembered
            if turn:  # the first is to warm up
                rates[name].append(rate)
                times[name] += asked
    found = {f"passages_per_s_{name}": statistics.median(values) for name, values in rates.items()}
    found |= {f"question_ms_{name}": 1000 * statistics.median(values) for name, values in times.items()}
    for name in list(timed)[1:]:
        found[f"passages_ratio_{name}"] = found["passages_per_s_atzina"] / found[f"passages_per_s_{name}"]
        found[f"question_ratio_{name}"] = found["question_ms_atzina"] / found[f"question_ms_{name}"]
    return found


class _Txtai:
    """The peer in its own process. Raises SystemExit where its environment has not been made."""

    def __init__(self, folder: str) -> None:
        if not PEER.exists():
            sys.exit(f"{PEER} is missing. Run: make bench, which makes it; or leave txtai out: --without-txtai")
        pipe = subprocess.PIPE
        command = [str(PEER), str(ROOT / "bench" / "peer.py"), folder]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)

    def passages(self, texts: Sequence[str]) -> float:
        return self._ask({"passages": list(texts)})

    def question(self, question: str) -> float:
        return self._ask({"question": question})

    def _ask(self, asked: Mapping[str, object]) -> float:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("txtai has no pipes")
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        return float(json.loads(stdout.readline())["seconds"])


def _at_size(passages: int) -> Figures:
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, str(ROOT / "bench" / "scale.py"), str(passages), home]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(figures), flush=True)
    return figures


def _print(found: Mapping[str, Any]) -> None:
    alone = {"first_answer_s": found["first_answer_s"]}
    for title, figures in (("ingest", found["ingest"]), ("start", alone), ("embedding", found["embedding"])):
        print(f"\n{title}")
        print("\n".join(f"  {name:<40}{value:>10.3f}" for name, value in figures.items()))
    if sizes := found["sizes"]:
        print()
        for name in sizes[0]:
            print(f"{name:<20}" + "".join(f"{each[name]:>14.3f}" for each in sizes))


def _plot(sizes: Sequence[Figures], path: Path) -> None:
    """Milliseconds of a question, and seconds of a document more, against the number of passages."""
    if len(sizes) < 2:
        return
    pyplot.rcParams["svg.hashsalt"] = "atzina"  # so that equal figures give an equal file
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    at = [each["passages"] for each in sizes]
    for name, label in (("ask_ms", "whole answer"), ("ask_narrowed_ms", "narrowed"), ("vector_ms", "vector alone")):
        left.plot(at, [each[name] for each in sizes], marker="o", label=label)
    left.plot(at, [each["exact_ms"] for each in sizes], ":", label="comparing every vector")
    right.plot(at, [1000 * each["add_s"] for each in sizes], marker="o", label="one document more")
    for axes in (left, right):
        axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="milliseconds")
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
