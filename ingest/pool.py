"""Files read side by side: a worker for each core, a few files ahead of what has been taken, in the order given."""

import os
import queue
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

from ingest.isolation import Reader

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # files for each worker that are read, or waiting, before their turn: what is held in memory


class Pool(Generic[T, R]):
    """A context manager. `work` is done in threads, each with a Reader of its own; what it gives comes in order."""

    def __init__(self, work: Callable[[Reader, T], R], workers: int = 0) -> None:
        self._work = work
        self._workers = workers or os.cpu_count() or 1
        self._idle: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        self._readers = [Reader() for _ in range(self._workers)]
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="reader")
        self._waiting: deque[T] = deque()
        self._begun: deque[tuple[T, Future[R]]] = deque()

    @property
    def left(self) -> int:
        """How many tasks have not come out yet."""
        return len(self._waiting) + len(self._begun)

    def __enter__(self) -> Self:
        for reader in self._readers:
            self._idle.put(reader)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._waiting.clear()
        if kind is not None:  # stopped: a scan that is being read may take minutes more
            for reader in self._readers:
                reader.interrupt()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for reader in self._readers:
            reader.close()

    def add(self, task: T, *, first: bool = False) -> None:
        """Puts a task behind the others or, `first`, before all that has not begun."""
        if first:
            self._waiting.appendleft(task)
        else:
            self._waiting.append(task)

    def results(self) -> Iterator[tuple[T, R]]:
        """Each task with what the work gave, until there are no more; tasks may be added meanwhile."""
        while self._waiting or self._begun:
            while self._waiting and len(self._begun) < _AHEAD * self._workers:
                task = self._waiting.popleft()
                self._begun.append((task, self._threads.submit(self._done, task)))
            task, future = self._begun.popleft()
            yield task, future.result()

    def _done(self, task: T) -> R:
        reader = self._idle.get()
        try:
            return self._work(reader, task)
        finally:
            self._idle.put(reader)
