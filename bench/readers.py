"""Libraries that read files, on the same real files: words, headings, speed, memory. Writes a table to standard output.

    make readers

Runs in an environment of its own (.tools/readers), where the peers are; Atzina's own readers run beside them, each
library in a process of its own for each format. "Words" is the share of the source's words that were found, each as
often as it is there; "headings" the share of its headings that come out as such (a line of Markdown that begins with
#, or a block of that kind); "around", how many pieces of what surrounds the report a file has left in it. docling is
not among them: it fetches its models from a hub when it runs.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "tests" / "files"
_SECONDS = 60.0
_WORD = re.compile(r"[^\W_]+")
_HEADING = re.compile(r"^#+ +(.+?)\s*#*$", re.MULTILINE)

Read = Callable[[Path], tuple[str, list[str]]]


def main() -> int:
    """Measures every library on every format, or, in a process of its own, one on one."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--one", nargs=2)
    chosen = asked.parse_args().one
    if chosen:
        print(json.dumps(_measured(*chosen)))
        return 0
    formats = sorted({_format(each) for each in _told()})
    print("| format | files | library | words | headings | around | ms a file | peak MB |")
    print("|---|---:|---|---:|---:|---:|---:|---:|")
    for name in formats:
        for library in READERS:
            command = [sys.executable, __file__, "--one", library, name]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            found = json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None
            if found and found["words"] > 0.2:
                print(
                    f"| {name} | {found['files']} | {library} | {found['words']:.3f} | {found['headings']:.2f} "
                    f"| {found['around']:.1f} "
                    f"| {found['ms']:.0f} | {found['mb']:.0f} |",
                    flush=True,
                )
    return 0


def _told() -> list[dict[str, Any]]:
    told = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
    return [each for each in told if each["kind"] in {"text", "web page"}]


def _format(told: dict[str, Any]) -> str:
    kind = str(told["file"].rpartition(".")[2])
    return "web page" if told["kind"] == "web page" else kind


def _measured(library: str, name: str) -> dict[str, float]:
    read = READERS[library]()
    files = [each for each in _told() if _format(each) == name]
    words: list[float] = []
    headings: list[bool] = []
    around: list[int] = []
    read(FILES / "made" / files[0]["file"])  # what is loaded on the first call
    began = time.perf_counter()
    for told in files:
        text, heads = read(FILES / "made" / told["file"])
        wanted, found = _words((FILES / told["text"]).read_text(encoding="utf-8")), _words(text)
        words.append(sum((wanted & found).values()) / sum(wanted.values()))
        around.append(sum(each in text for each in told.get("furniture", ()) if " " in each))
        named = {" ".join(head.split()) for head in heads}
        headings += [head in named for head in told["headings"]]
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    known = {"files": len(files), "words": sum(words) / len(files), "headings": sum(headings) / max(1, len(headings))}
    known["around"] = sum(around) / len(files)
    return known | {"ms": 1000 * took / len(files), "mb": peak}


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _atzina() -> Read:
    sys.path.insert(0, str(ROOT))
    from ingest.formats import read
    from ingest.reading import Kind

    def one(path: Path) -> tuple[str, list[str]]:
        found = read(path.read_bytes(), path.suffix)
        heads = [" ".join(block.text.split()) for block in found.blocks if block.kind is Kind.HEADING]
        return "\n".join(block.text for block in found.blocks), heads

    return one


def _markdown(convert: Callable[[Path], str]) -> Read:
    def one(path: Path) -> tuple[str, list[str]]:
        text = convert(path)
        return text, _HEADING.findall(text)

    return one


def _kreuzberg() -> Read:
    from kreuzberg import ExtractionConfig, extract_file_sync

    config = ExtractionConfig(use_cache=False, output_format="markdown")
    return _markdown(lambda path: str(extract_file_sync(str(path), config=config).content))


def _markitdown() -> Read:
    from markitdown import MarkItDown

    converter = MarkItDown()
    return _markdown(lambda path: str(converter.convert(str(path)).text_content))


def _trafilatura() -> Read:
    import trafilatura

    def convert(path: Path) -> str:
        return str(trafilatura.extract(path.read_bytes(), output_format="markdown", include_tables=True) or "")

    return _markdown(convert)


def _pypdfium2() -> Read:
    import pypdfium2

    def convert(path: Path) -> str:
        document = pypdfium2.PdfDocument(path)
        return "\n".join(page.get_textpage().get_text_range() for page in document)

    return _markdown(convert)


def _pandoc() -> Read:
    def convert(path: Path) -> str:
        # without a limit it takes all memory there is on some files: -M is a limit of GHC's runtime
        command = ["pandoc", "+RTS", "-M1g", "-RTS", str(path), "-t", "markdown-smart", "--wrap=none"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)
        return done.stdout.decode()

    return _markdown(convert)


READERS: dict[str, Callable[[], Read]] = {
    "Atzina": _atzina,
    "kreuzberg": _kreuzberg,
    "markitdown": _markitdown,
    "trafilatura": _trafilatura,
    "pypdfium2": _pypdfium2,
    "pandoc": _pandoc,
}

if __name__ == "__main__":
    sys.exit(main())
