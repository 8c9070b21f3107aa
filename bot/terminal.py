"""What the terminal command prints for people."""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.answering import Answer, Shown
from bot.phrases import about, outcome_line
from bot.words import spoken
from ingest import Report

if TYPE_CHECKING:
    from bot.doctor import Check

_WIDEST = 100  # columns

Told = Callable[[int, int, str], None]


@contextmanager
def progress(*, quiet: bool) -> Iterator[Told]:
    """A function to tell how far things are: a bar on a terminal, plain lines elsewhere, nothing if quiet."""
    if quiet:
        yield lambda done, of, what: None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _lines()


def _bar() -> Iterator[Told]:
    from tqdm import tqdm

    with tqdm(unit="", leave=False) as bar:

        def told(done: int, of: int, what: str) -> None:
            bar.total, bar.n = of, done
            bar.set_description(what[-40:])

        yield told


def _lines() -> Told:
    said: dict[str, int] = {}

    def told(done: int, of: int, what: str) -> None:
        tenth = 10 * done // max(of, 1)
        stage = "embedding" if what == "embedding" else "reading"
        if said.get(stage) != tenth:
            said[stage] = tenth
            print(f"{stage}: {done} of {of}", file=sys.stderr, flush=True)

    return told


def answer(found: Answer) -> str:
    """The outcome and the passages, in the language of the question."""
    passages = [_passage(shown, spoken(found.language)) for shown in found.shown]
    return "\n\n".join(filter(None, [outcome_line(found), *passages]))


def _passage(shown: Shown, language: str) -> str:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    quote = textwrap.fill(f"“{shown.quote}”", width, initial_indent=f"{shown.rank}. ", subsequent_indent="   ")
    known = " · ".join([shown.document.name, *about(shown, language)])
    return "\n".join([quote, f"   {known}", f"   {shown.document.source}"])


def report(done: Report) -> str:
    """What a run did, and every file that could not be read, with the reason."""
    counts = f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged, {done.gone} gone"
    lines = [f"{counts}; {len(done.failed)} could not be read. {done.passages} passages in {done.seconds:.1f} s."]
    lines += [f"  {failure.source}: {failure.reason}" for failure in done.failed]
    return "\n".join(lines)


def documents(listed: Sequence[Mapping[str, Any]]) -> str:
    """A line a document."""
    lines = [
        f"{d['id']:>5}  {d['status']:<9}  {d['language'] or '–':<2}  {d['country'] or '–':<2}  {d['date'] or '–':<10}  "
        f"{d['passages']:>4} passages  {d['title'] or d['source']}"
        for d in listed
    ]
    return "\n".join(lines) or "No documents yet. Add some with: atzina ingest PATH"


def document(shown: Mapping[str, Any]) -> str:
    """Everything known of a document, its journal, its text."""
    known = fields({name: value for name, value in shown.items() if name not in {"text", "journal"}})
    changes = [f"  {c['at']}  {c['who']}  {c['what']}  {c['after'] or ''}" for c in shown["journal"]]
    return "\n".join([known, "journal", *changes, "", str(shown["text"])])


def fields(values: Mapping[str, Any]) -> str:
    """A line a field; what is not known is a dash."""
    return "\n".join(f"{name:<13} {_plain(value)}" for name, value in values.items())


def measures(found: Mapping[str, Any]) -> str:
    """The measures over all questions, then by pair of languages."""
    names = ("recall@1", "recall@10", "mrr@10", "ndcg@10", "map")
    head = f"{found['set']}: {found['queries']} questions, {found['query_ms']['p50']} ms each (median)"
    rows = [("all", found), *found["by_pair"].items()]
    table = [f"{pair:<8}{row['queries']:>6}" + "".join(f"{row[n]:>11.4f}" for n in names) for pair, row in rows]
    return "\n".join([head, f"{'pair':<8}{'n':>6}" + "".join(f"{name:>11}" for name in names), *table])


def checks(found: Sequence["Check"]) -> str:
    """A line a check, and what to do about each fault."""
    marks = {"ok": "ok  ", "note": "note", "fault": "FAIL"}
    lines = [f"{marks[c.state]}  {c.name}: {c.found}" + (f"\n      {c.advice}" if c.advice else "") for c in found]
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)
