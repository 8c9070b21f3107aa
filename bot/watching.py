"""Follows the sources of `sources.toml`: folders as they change, the rest as often as each says."""

import datetime as dt
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

_STEP = 2_000  # milliseconds for which a folder must be quiet: a copy that goes on is left alone
_log = logging.getLogger("atzina")

Say = Callable[[str], None]


def follow(rooms: Rooms, person: Person, agenda: Sequence[Scheduled], say: Say) -> None:
    """Reads everything once, then whatever changes or is due, until it is interrupted."""
    due = dict.fromkeys(range(len(agenda)), _now())
    for touched in _events(agenda):
        now = _now()
        chosen = [n for n in due if n in touched or due[n] <= now]
        if chosen:
            _read(rooms, person, [agenda[n] for n in chosen], say)
            due |= {n: agenda[n].next(_now()) for n in chosen}


def _now() -> dt.datetime:
    """By the clock of the place: "at 03:30" is a time there."""
    return dt.datetime.now(dt.UTC).astimezone()


def _events(agenda: Sequence[Scheduled]) -> Iterator[set[int]]:
    """Every two seconds: the numbers of the sources below which something has changed.

    What changes while a run is at work is not lost: the folders are watched from before the first one.
    """
    folders = {n: Path(each.source.place) for n, each in enumerate(agenda) if Path(each.source.place).is_dir()}
    while not folders:
        yield set()
        time.sleep(_STEP / 1000)
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
