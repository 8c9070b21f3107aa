"""Speed against plain sentence-transformers with the same model, in one run: `make bench`.

Writes bench/results.json and prints the same. Absolute figures are this machine's; the ratios are what to quote.
"""

import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot import answering, curation
from bot.curation import Person, Role
from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Narrowing

ROOT = Path(__file__).parent.parent
QUESTIONS = ["Kā strādā brīvprātīgie?", "elektroniskā uzraudzība", "How are mentors matched?", "Что помогает семьям?"]


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        rooms = Rooms.open(Settings.from_env({"ATZINA_HOME": home}), print)
        rooms.embedder.loaded()
        first = _seconds(lambda: _ingest(rooms))
        again = _seconds(lambda: _ingest(rooms))
        found = _compare(rooms) | {"first_ingest_s": first, "unchanged_ingest_s": again}
        rooms.close()
    results = {name: round(value, 3) for name, value in found.items()}
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    (ROOT / "bench" / "results.json").write_text(json.dumps(machine | results, indent=1) + "\n")
    print("\n".join(f"{name:<42}{value:>10}" for name, value in results.items()))


def _ingest(rooms: Rooms) -> None:
    curation.add(rooms, Person("bench", Role.ADMINISTRATOR), [str(ROOT / "corpus" / "samples" / "reports")])


def _compare(rooms: Rooms) -> dict[str, float]:
    """Ours and the peer's, in turn, so that a machine that slows down slows both."""
    model = rooms.embedder.loaded()
    live = rooms.corpus.passages(rooms.corpus.live_ids(Narrowing()))
    texts = [passage.text for passage, _ in live.values()][:96]
    ours, peer = [], []
    for _ in range(3):
        ours.append(len(texts) / _seconds(lambda: list(rooms.embedder.passages(texts))))
        peer.append(len(texts) / _seconds(lambda: model.encode_document(texts, show_progress_bar=False)))
    asked = [_seconds(lambda q=q: answering.answer(rooms, q)) for q in QUESTIONS * 5]  # type: ignore[misc]
    vector = [_seconds(lambda q=q: model.encode_query([q], show_progress_bar=False)) for q in QUESTIONS * 5]  # type: ignore[misc]
    return {
        "passages": len(live),
        "passages_per_s": statistics.median(ours),
        "passages_per_s_sentence_transformers": statistics.median(peer),
        "ask_ms": 1000 * statistics.median(asked),
        "question_vector_ms_sentence_transformers": 1000 * statistics.median(vector),
    }


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
