"""How far a long piece of work is, with its rate and the time left: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Told = Callable[[int, int, str], None]

_STAGES = ("embedding", "calibrating")  # what is not a file that is being read
_PATIENCE = 30.0  # seconds without a line at most


@contextmanager
def progress(*, quiet: bool) -> Iterator[Told]:
    """A function to tell how many are done, of how many, and what is at work; it says nothing if quiet."""
    if quiet:
        yield lambda done, of, what: None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield Lines(lambda line: print(line, file=sys.stderr, flush=True))


def _stage(what: str) -> str:
    return what if what in _STAGES else "reading"


def _bar() -> Iterator[Told]:
    from tqdm import tqdm

    with tqdm(unit="", leave=False) as bar:
        stage = ""

        def told(done: int, of: int, what: str) -> None:
            nonlocal stage
            if stage != _stage(what):  # the rate is that of the stage
                stage = _stage(what)
                bar.reset()
            bar.total = of
            bar.set_description_str(what[-40:], refresh=False)
            bar.update(done - bar.n)

        yield told


@dataclass(slots=True)
class Lines:
    """Says a line for every tenth of a stage and, where that takes long, every half minute. `clock` is in seconds."""

    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _stage: str = ""
    _first: tuple[int, float] = field(default=(0, 0.0))  # how many were done when the stage began, and when that was
    _last: tuple[int, float] = field(default=(-1, 0.0))  # the tenth of the last line, and when it was said

    def __call__(self, done: int, of: int, what: str) -> None:
        """Tells it, if it is time for a line."""
        now, tenth = self.clock(), 10 * done // max(of, 1)
        if self._stage != _stage(what):
            self._stage, self._first, self._last = _stage(what), (done, now), (-1, now)
        if tenth != self._last[0] or now - self._last[1] >= _PATIENCE:
            self._last = tenth, now
            self.say(f"{self._stage}: {done:,} of {of:,}{self._pace(done, of, now)}")

    def _pace(self, done: int, of: int, now: float) -> str:
        many, took = done - self._first[0], now - self._first[1]
        if many <= 0 or took <= 0:
            return ""
        rate, left = many / took, round((of - done) * took / many)
        ahead = f", {left // 60} min {left % 60} s left" if left >= 60 else f", {left} s left"
        return f", {rate:,.1f} a second{ahead if done < of else ''}"
