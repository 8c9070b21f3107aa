"""Follows the sources of `sources.toml`: folders as they change, the rest as often as each says."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from watchfiles import watch

from bot import curation, reporting
from bot.curation import Person
from bot.rooms import Rooms
from corpus import AtzinaError
from ingest import Report, Scheduled, in_words

_USUAL = 24 * 3600  # seconds after which a source that says nothing is read again, however quiet it is
_STEP = 2_000  # milliseconds for which a folder must be quiet: a copy that goes on is left alone
_log = logging.getLogger("atzina")

Say = Callable[[str], None]


def follow(rooms: Rooms, person: Person, agenda: Sequence[Scheduled], say: Say) -> None:
    """Reads everything once, then whatever changes or is due, until it is interrupted."""
    due = dict.fromkeys(range(len(agenda)), 0.0)
    for touched in _events(agenda):
        now = time.monotonic()
        chosen = [n for n in due if n in touched or due[n] <= now]
        if not chosen:
            continue
        _read(rooms, person, [agenda[n] for n in chosen], say)
        for n in chosen:
            due[n] = time.monotonic() + (agenda[n].every or _USUAL)


def _events(agenda: Sequence[Scheduled]) -> Iterator[set[int]]:
    """Again and again: the numbers of the sources below which something has changed."""
    folders = {n: Path(each.source.place) for n, each in enumerate(agenda) if Path(each.source.place).is_dir()}
    yield set()
    if not folders:
        while True:
            time.sleep(_STEP / 1000)
            yield set()
    for changes in watch(*folders.values(), step=_STEP // 4, debounce=_STEP, rust_timeout=_STEP, yield_on_timeout=True):
        yield _touched(folders.items(), [Path(path) for _, path in changes])


def _touched(folders: Iterable[tuple[int, Path]], changed: Sequence[Path]) -> set[int]:
    return {n for n, folder in folders if any(path.is_relative_to(folder.resolve()) for path in changed)}


def _read(rooms: Rooms, person: Person, chosen: Sequence[Scheduled], say: Say) -> Report | None:
    """The report of a run, said; a run that fails is said too, and the next one goes on."""
    try:
        report = curation.add(rooms, person, [each.source for each in chosen])
    except AtzinaError as fault:
        say(str(fault))
        return None
    except Exception:
        _log.exception("A run over the sources failed.")
        say("A run failed; the log has what happened. The next one goes on.")
        return None
    if report.new or report.changed or report.gone or report.failed:
        say(in_words(report))
        for failure in report.failed:
            say(f"  {failure.source}: {failure.reason}")
    reporting.post(rooms, report)
    return report
