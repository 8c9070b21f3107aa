"""Readers on files that were damaged at random: what becomes of each, and whether the worker holds its limits.

    python bench/fuzz.py [--mutants 50000] [--seed 1]

Each mutant is one of the files of the tests (tests/files), with bytes flipped, cut, doubled, blanked or put in; of a
zip the damage is, every second time, inside one of its files, so that it gets past the check of the archive. Scans are
left out and Tesseract is hidden: a mutant of a scan is as good a picture as it was, and takes seconds. It fails where a
run would: an exception other than Unreadable, a passage outside its text, a limit of time that was not held.
"""

import argparse
import io
import json
import os
import random
import resource
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from corpus import Unreadable
from ingest.formats import READERS
from ingest.isolation import Reader

FILES = Path(__file__).resolve().parent.parent / "tests" / "files"
_ZIPPED = {".docx", ".odt", ".epub", ".pptx", ".xlsx", ".ods", ".odp", ".zip"}
_KINDS = {"text", "web page", "mail", "archive"}
_SECONDS = 20.0  # for one mutant
_SLACK = 5.0  # seconds that ending a worker and starting another may take


def main() -> int:
    """0 where every mutant was read or named within the limits."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--mutants", type=int, default=50_000)
    asked.add_argument("--seed", type=int, default=1)
    wanted = asked.parse_args()
    os.environ["PATH"] = ""  # no Tesseract; the workers are started by their own path
    began, outcomes, slowest = time.monotonic(), Counter[str](), 0.0
    with Reader(seconds=_SECONDS) as reader:
        for number, (name, data) in enumerate(mutants(wanted.mutants, wanted.seed), 1):
            start = time.monotonic()
            outcomes[outcome(reader, name, data)] += 1
            slowest = max(slowest, time.monotonic() - start)
            if number % 1000 == 0:
                print(f"{number}: {dict(outcomes)}, slowest {slowest:.1f} s", file=sys.stderr, flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    took = time.monotonic() - began
    print(f"{wanted.mutants} mutants in {took:.0f} s, slowest {slowest:.1f} s, peak of a worker {peak:.0f} MB")
    for said, count in outcomes.most_common():
        print(f"{count:>7}  {said}")
    return int(slowest > _SECONDS + _SLACK)


def outcome(reader: Reader, name: str, data: bytes) -> str:
    """`read`, or the reason, without its numbers. Raises AssertionError for a passage that is not of its text."""
    try:
        held = reader.read(data, Path(name).suffix)
    except Unreadable as fault:
        return "".join("N" if c.isdigit() else c for c in str(fault)[:60])
    held.text.encode()
    for span in held.passages:
        assert 0 <= span.start < span.end <= len(held.text), name
    return "read"


def mutants(number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Damaged files, with the names of the whole ones; the same for the same seed."""
    chance = random.Random(seed)
    told = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
    paths = [FILES / "made" / each["file"] for each in told if each["kind"] in _KINDS]
    whole = {path.name: path.read_bytes() for path in paths if path.suffix in READERS}
    names = sorted(whole)
    for _ in range(number):
        name = chance.choice(names)
        inside = Path(name).suffix in _ZIPPED and chance.random() < 0.5
        yield name, _inside(whole[name], chance) if inside else damaged(whole[name], chance)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes, damaged at one to eight places."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not made:
            break
        at, size = chance.randrange(len(made)), chance.choice((1, 1, 4, 64, 1024))
        how = chance.randrange(6)
        if how == 0:
            made[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            del made[at:]
        elif how == 2:
            made[at:at] = made[at : at + size] * chance.randint(1, 50)
        elif how == 3:
            made[at : at + size] = bytes(min(size, len(made) - at))
        elif how == 4:
            made[at:at] = chance.randbytes(size)
        else:
            del made[at : at + size]
    return bytes(made)


def _inside(data: bytes, chance: random.Random) -> bytes:
    """A zip, one of its files damaged."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        hit = chance.choice(names)
        for name in names:
            part = old.read(name)
            new.writestr(name, damaged(part, chance) if name == hit else part)
    return held.getvalue()


if __name__ == "__main__":
    sys.exit(main())
