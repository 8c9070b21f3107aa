"""What reading costs: by format, beside embedding, in memory, and when nothing has changed.

    python bench/ingestion.py [--documents 1000] [--sizes 100,1000,10000]

`make bench` runs it. The first table reads the files of the tests (tests/files) in one worker. The second is a run over
so many reports in four formats, each of its own words: what the run takes beside what embedding the same texts takes
alone, with the same model, in the same process. The third is the peak of memory, the process and its workers together,
at growing numbers of documents, with vectors that are drawn instead of computed: embedding takes the same at any size.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from docx import Document
from scale import Drawn, sample_sentences, seconds

from bot import curation
from bot.curation import Person, Role
from bot.rooms import Rooms
from bot.settings import Settings
from index import Index, SentenceEmbedder
from index.syncing import in_context, split
from ingest import Source
from ingest.formats import READERS
from ingest.isolation import Reader

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "tests" / "files"
_KINDS = ("txt", "md", "html", "docx")
_PERSON = Person("bench", Role.ADMINISTRATOR)

Figures = dict[str, Any]


def main() -> None:
    """Prints the tables, and adds what they say to bench/results.json where that is there."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--documents", type=int, default=1000)
    asked.add_argument("--sizes", default="100,1000,10000")
    asked.add_argument("--one", nargs=2, metavar=("DOCUMENTS", "HOME"))
    wanted = asked.parse_args()
    if wanted.one:
        print(json.dumps(_at_size(int(wanted.one[0]), Path(wanted.one[1]))))
        return
    found: Figures = {"formats": _by_format(), "run": _run_beside_embedding(wanted.documents), "sizes": []}
    for size in filter(None, wanted.sizes.split(",")):
        with tempfile.TemporaryDirectory() as home:
            command = [sys.executable, __file__, "--one", size, home]
            found["sizes"].append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    _print(found)
    results = ROOT / "bench" / "results.json"
    known = json.loads(results.read_text()) if results.exists() else {}
    results.write_text(json.dumps(known | {"ingestion": found}, indent=1) + "\n")


def write_reports(folder: Path, number: int, paragraphs: int, seed: int = 0) -> None:
    """So many reports, in four formats by turns, each of its own words."""
    said = [sentence for _, sentence in sample_sentences()]
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(number):
        chance = random.Random(f"{seed} {n}")
        body = [f"{' '.join(chance.sample(said, 6))} ({n}.{place})" for place in range(paragraphs)]
        _write(folder / f"{n}.{_KINDS[n % 4]}", f"Report {n}", body)


def _write(path: Path, title: str, body: Sequence[str]) -> None:
    if path.suffix == ".docx":
        made = Document()
        made.add_heading(title, 1)
        for paragraph in body:
            made.add_paragraph(paragraph)
        made.save(str(path))
        return
    heads = {".txt": f"{title}\n\n", ".md": f"# {title}\n\n", ".html": f"<html><body><h1>{title}</h1><p>"}
    between = "</p>\n<p>" if path.suffix == ".html" else "\n\n"
    path.write_text(heads[path.suffix] + between.join(body) + "\n", encoding="utf-8")


def _by_format() -> list[Figures]:
    """Files, pages and passages a second, by format, in one worker."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for told in json.loads((FILES / "expected.json").read_text(encoding="utf-8")):
        scan, path = told["kind"] == "scan", FILES / "made" / told["file"]
        if told["kind"] not in {"encrypted", "archive"} and path.suffix in READERS:
            groups[f"{path.suffix[1:]} (scan)" if scan else path.suffix[1:]].append(path)
    found = []
    with Reader() as reader:
        reader.read(b"Some words to begin with.", ".txt")
        for kind, paths in sorted(groups.items()):
            began, pages, passages = time.perf_counter(), 0, 0
            for path in paths:
                held = reader.read(path.read_bytes(), path.suffix)
                pages += max((span.page or 0 for span in held.passages), default=0)
                passages += len(held.passages)
            took = time.perf_counter() - began
            rates = {"files_per_s": len(paths) / took, "pages_per_s": pages / took, "passages_per_s": passages / took}
            found.append({"format": kind, "files": len(paths)} | rates)
    return found


def _run_beside_embedding(number: int) -> Figures:
    """A whole run, and embedding the same texts alone: all that is embedded, and passages without their sentences."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "reports"
        write_reports(folder, number, 4)
        rooms = Rooms.open(Settings.from_env({"ATZINA_HOME": str(Path(name) / "home")}))
        rooms.embedder.loaded()
        whole = seconds(lambda: curation.add(rooms, _PERSON, [Source(str(folder))]))
        reading = float(str(rooms.corpus.runs(1)[0].report["seconds"]))
        unchanged = seconds(lambda: curation.add(rooms, _PERSON, [Source(str(folder))]))
        texts, parts = _texts(rooms)
        alone = seconds(lambda: list(rooms.embedder.passages(sorted(texts, key=len))))
        alone_parts = seconds(lambda: list(rooms.embedder.passages(sorted(parts, key=len))))
        rooms.close()
    known = {"documents": number, "passages": len(texts), "sentences": len(parts), "run_s": whole, "reading_s": reading}
    known |= {"embedding_s": alone + alone_parts, "passages_alone_s": alone, "unchanged_s": unchanged}
    return known | {"ratio": whole / (alone + alone_parts), "embedding_share": (alone + alone_parts) / whole}


def _texts(rooms: Rooms) -> tuple[list[str], list[str]]:
    """What a sync embeds: passages in their context, and their sentences, each once."""
    live = rooms.corpus.passages(rooms.corpus.live_hashes())
    texts = dict.fromkeys(in_context(passage.text, document.title) for passage, document in live.values())
    parts = dict.fromkeys(part for passage, _ in live.values() for part in split(passage.text))
    return list(texts), [part for part in parts if part not in texts]


def _at_size(number: int, home: Path) -> Figures:
    """The peak of memory of a run over so many documents, and the seconds of a run over the same once more."""
    write_reports(home / "reports", number, 1)
    settings = Settings.from_env({"ATZINA_HOME": str(home / "home")})
    rooms = Rooms.open(settings)
    drawn = Drawn(SentenceEmbedder("bundled", settings.cache / "models"), [s for _, s in sample_sentences()])
    rooms = Rooms(settings, rooms.corpus, Index(settings.home / "index", drawn), drawn)  # type: ignore[arg-type]
    with _Peak() as peak:
        first = seconds(lambda: curation.add(rooms, _PERSON, [Source(str(home / "reports"))]))
    again = [seconds(lambda: curation.add(rooms, _PERSON, [Source(str(home / "reports"))])) for _ in range(2)]
    rooms.close()
    return {"documents": number, "peak_mb": peak.megabytes, "first_s": first, "unchanged_s": again[-1]}


class _Peak:
    """The most memory that this process and its children had at once, in megabytes, asked ten times a second."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.megabytes = max(self.megabytes, sum(map(_resident, [os.getpid(), *_children(os.getpid())])))


def _resident(process: int) -> float:
    if process != os.getpid() and _command(process) == _command(os.getpid()):
        return 0.0  # it is only just being made, and its memory is still ours
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found + [below for child in found for below in _children(child)] if found else []


def _print(found: Figures) -> None:
    print("\n| format | files | files/s | pages/s | passages/s |\n|---|---:|---:|---:|---:|")
    for each in found["formats"]:
        pages = f"{each['pages_per_s']:.1f}" if each["pages_per_s"] else "–"
        rates = f"{each['files_per_s']:.1f} | {pages} | {each['passages_per_s']:.0f}"
        print(f"| {each['format']} | {each['files']} | {rates} |")
    run = found["run"]
    print(
        f"\n{run['documents']} documents, {run['passages']} passages and {run['sentences']} sentences: the run takes "
        f"{run['run_s']:.0f} s, of which reading {run['reading_s']:.0f} s; embedding the same texts alone takes "
        f"{run['embedding_s']:.0f} s (passages without their sentences {run['passages_alone_s']:.0f} s). The run is "
        f"{run['ratio']:.2f} x the embedding; once more, unchanged: {run['unchanged_s']:.2f} s."
    )
    print("\n| documents | peak MB | first run s | unchanged s |\n|---:|---:|---:|---:|")
    for each in found["sizes"]:
        print(f"| {each['documents']:,} | {each['peak_mb']:.0f} | {each['first_s']:.1f} | {each['unchanged_s']:.2f} |")


if __name__ == "__main__":
    main()
