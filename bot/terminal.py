"""What the terminal command prints for people."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.answering import Answer, Shown
from bot.filters import Filters
from bot.phrases import about, caveats, narrowed_to, outcome_line, versions
from bot.words import voice
from index.evaluation import MEASURES
from ingest import Report, in_words

if TYPE_CHECKING:
    from bot.doctor import Check
    from bot.trial import Trial

_WIDEST = 100  # columns


def answer(found: Answer) -> str:
    """The outcome and the passages, in the language of the question; a source at its document's first passage."""
    told: set[int] = set()
    passages = []
    for shown in found.shown:
        passages.append(_passage(shown, found.reply_language, source=shown.document.id not in told))
        told.add(shown.document.id)
    narrowed = _narrowed(found.filters, found.reply_language)
    return "\n\n".join(filter(None, [_wrapped(outcome_line(found)), narrowed, *passages]))


def _narrowed(filters: Filters, language: str) -> str:
    """What of the question's words has narrowed the answer, and how each is taken off."""
    off = ", ".join(f"--without {name}" for name in filters.named(language))
    taken = voice(language).gettext("To take one off: {options}").format(options=off)
    return "\n".join(map(_wrapped, [narrowed_to(filters, language), taken])) if off else ""


def _passage(shown: Shown, language: str, *, source: bool) -> str:
    known = " · ".join([shown.document.name, *about(shown, language), *caveats(shown, language)])
    lines = [_wrapped(f"“{shown.quote}”", f"{shown.rank}. ", "   "), _wrapped(known, "   ", "   ")]
    if also := [f"{name} ({each.document.source})" for name, each in versions(shown, language)]:
        lines.append(_wrapped(f"{voice(language).gettext('Also in:')} {', '.join(also)}", "   ", "   "))
    return "\n".join(lines + ([_wrapped(shown.document.source, "   ", "   ")] if source else []))


def _wrapped(text: str, first: str = "", others: str = "") -> str:
    """The text in lines of the terminal's width, each behind its indent."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


def report(done: Report) -> str:
    """What a run did, every file that could not be read, with the reason, and how many of other kinds there were."""
    lines = [in_words(done)]
    lines += [f"  {failure.source}: {failure.reason}" for failure in done.failed]
    if number := done.ignored.total():
        kinds = ", ".join(f"{suffix or 'no suffix'} {count}" for suffix, count in sorted(done.ignored.items()))
        files, were = ("file", "was") if number == 1 else ("files", "were")
        lines.append(f"{number} {files} of kinds that cannot be read {were} left out: {kinds}.")
    elif not (done.new or done.changed or done.unchanged or done.gone or done.failed):
        lines.append("There are no files there.")
    return "\n".join(lines)


def runs(found: Sequence[Mapping[str, Any]]) -> str:
    """A line a run, newest first; below it each file that could not be read."""
    lines = []
    for run in found:
        report = run["report"]
        counts = ", ".join(
            f"{report[name]} {name}" for name in ("new", "changed", "unchanged", "gone") if name in report
        )
        took = f"{report['seconds']:.0f} s" if "seconds" in report else "–"
        lines.append(
            f"{run['run']:>5}  {run['began']}  {run['state']:<8} {took:>7}  {counts or ', '.join(run['places'])}"
        )
        lines += [f"       {each['source']}: {each['reason']}" for each in report.get("failed", ())]
    return "\n".join(lines) or "No runs yet. Begin one with: atzina ingest PATH"


def questions(found: Sequence[Mapping[str, Any]]) -> str:
    """Of each question that waits, a line with when, who and where, and below it what is asked."""
    lines = []
    for each in found:
        known = f"{each['at']}  {each['language'] or '–'}  {each['asker']} in {each['channel']}"
        lines += [f"{each['id']:>5}  {known}", _wrapped(str(each["text"]), "       ", "       ")]
    return "\n".join(lines) or "No question waits for the curators."


def alike(found: Sequence[Mapping[str, Any]]) -> str:
    """Two lines a pair, with how alike they are and what a curator said of it."""
    marks = {None: "to decide", "yes": "yes", "no": "no"}
    lines = []
    for pair in found:
        lines.append(f"{pair['likeness']:.0%} {pair['kind']}, {marks[pair['decided']]}:")
        lines += [f"  {each['id']:>5}  {each['title'] or each['source']}" for each in (pair["one"], pair["other"])]
    return "\n".join(lines) or "No two documents are nearly the same."


def documents(listed: Sequence[Mapping[str, Any]]) -> str:
    """A line a document."""
    lines = [
        f"{d['id']:>5}  {d['status']:<9}  {d['language'] or '–':<2}  {d['country'] or '–':<2}  {d['date'] or '–':<10}  "
        f"{d['passages']:>4} passage{' ' if d['passages'] == 1 else 's'}  {d['title'] or d['source']}"
        for d in listed
    ]
    return "\n".join(lines) or "No documents yet. Add some with: atzina ingest PATH"


def document(shown: Mapping[str, Any]) -> str:
    """Everything known of a document, its journal, its text."""
    known = fields({name: value for name, value in shown.items() if name not in {"text", "journal"}})
    changes = [line for change in shown["journal"] for line in _change(change)]
    return "\n".join([known, "journal", *changes, "", str(shown["text"])])


def _change(change: Mapping[str, Any]) -> list[str]:
    """Who did what and when; below it a line a field, with what it was, or that it was so already."""
    before, lines = change["before"], [f"  {change['at']}  {change['who']}  {change['what']}"]
    for name, value in change["after"].items():
        told = _told(name, value)
        if name in before:
            told = f"{told} (confirmed)" if before[name] == value else f"{_told(name, before[name])} → {told}"
        lines.append(f"      {name:<13} {told}")
    return lines


def receipt(forgotten: Mapping[str, Any]) -> str:
    """What was forgotten; its passages are counted, since hashes are for scripts."""
    return fields({**forgotten, "passages": len(forgotten["passages"])})


def fields(values: Mapping[str, Any]) -> str:
    """A line a field; what is not known is a dash."""
    return "\n".join(f"{name:<13} {_told(name, value)}" for name, value in values.items())


def measures(found: "Trial") -> str:
    """The measures over all questions, then by pair of languages; and what is different with another system."""
    usual = found.usual.as_json()
    head = f"{usual['set']}: {usual['queries']} questions, {usual['query_ms']['p50']} ms each (median)"  # type: ignore[index]
    rows = [("all", found.usual.whole), *found.usual.by_pair.items()]
    table = [f"{pair:<8}{len(row):>6}" + "".join(f"{row.means()[n]:>11.4f}" for n in MEASURES) for pair, row in rows]
    intervals = found.usual.whole.intervals()
    likely = f"{'95 %':<14}" + "".join(f"{'{:.3f}–{:.3f}'.format(*intervals[name]):>11}" for name in MEASURES)
    lines = [head, f"{'pair':<8}{'n':>6}" + "".join(f"{name:>11}" for name in MEASURES), table[0], likely, *table[1:]]
    return "\n".join([*lines, *_compared(found)])


def _compared(found: "Trial") -> Iterator[str]:
    if found.other and found.compared:
        yield f"\nWith {found.other.name}:"
        for name, each in found.differences().items():
            said = "real" if each.real else "may be chance"
            mean = found.compared.whole.means()[name]
            yield f"{name:<11}{mean:>8.4f}{each.difference:>+9.4f}  ({each.low:+.4f} to {each.high:+.4f})  {said}"


def checks(found: Sequence["Check"]) -> str:
    """A line a check, and what to do about each fault."""
    marks = {"ok": "ok  ", "note": "note", "fault": "FAIL"}
    lines = [f"{marks[c.state]}  {c.name}: {c.found}" + (f"\n      {c.advice}" if c.advice else "") for c in found]
    return "\n".join(lines)


def _told(name: str, value: object) -> str:
    if name == "content_hash":
        return f"{str(value)[:12]}…"  # enough to compare; scripts get it whole
    if isinstance(value, (list, dict)):  # of a dict, its names: scripts get the rest
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)
