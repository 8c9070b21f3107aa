"""What a run did, for people and for scripts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus import Run


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a part of one, that could not be read, and why, in a sentence; or a source that was not pruned."""

    source: str
    reason: str


@dataclass(slots=True)
class Report:
    """What a run did, in documents; `ignored` are files of other kinds that lay in a folder, by suffix.

    `run` is its number in the list of runs, None for one that changed nothing on purpose; `alike` counts the
    documents that were found to be nearly the same as another one; `read` are the ids of those that were read.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: list[Failure] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0
    ignored: Counter[str] = field(default_factory=Counter)
    run: int | None = None
    alike: int = 0
    read: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The shape that scripts rely on: docs/reference.md."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "failed": [{"source": failure.source, "reason": failure.reason} for failure in self.failed],
            "passages": self.passages,
            "seconds": round(self.seconds, 2),
        }


def in_words(report: Report) -> str:
    """One line of what was done."""
    counts = f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged, {report.gone} gone"
    line = f"{counts}; {len(report.failed)} could not be read. {report.passages} passages in {report.seconds:.1f} s."
    return f"{line} {report.alike} are nearly the same as another one: atzina documents alike" if report.alike else line


def runs_as_json(runs: Sequence[Run]) -> list[dict[str, object]]:
    """Runs in the shape that scripts rely on: docs/reference.md."""
    return [
        {
            "run": run.id,
            "began": run.began.isoformat(timespec="seconds") + "Z",
            "ended": run.ended.isoformat(timespec="seconds") + "Z" if run.ended else None,
            "who": run.who,
            "places": list(run.places),
            "state": run.state,
            "report": dict(run.report),
        }
        for run in runs
    ]
