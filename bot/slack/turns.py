"""`Turns`: messages at work in this process: in a thread one after the other, and no more than it can hold.

What there is no room for stays in the corpus's database, as does what comes behind it, and is taken up in order.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

Thread = tuple[str, str]  # a channel, and the message that the thread is below

_MOST = 200  # messages


class Turns:
    """One for each application."""

    def __init__(self) -> None:
        self._queues: dict[Thread, list[asyncio.Event]] = {}
        self._inside = 0
        self._stopped: set[Thread] = set()
        self._behind = False  # whether what comes now has to wait in the database
        self._left = 0  # how many were left there so far

    @property
    def room(self) -> int:
        """How many more messages fit."""
        return max(_MOST - self._inside, 0)

    @property
    def open(self) -> bool:
        """Whether a message can be worked on here: there is room, and nothing was left that came before it."""
        return bool(self.room) and not self._behind

    def busy(self, thread: Thread) -> bool:
        """Whether a message of a thread is at work."""
        return thread in self._queues

    def stopped(self, thread: Thread) -> bool:
        """Whether a message of a thread could not be answered yet, so that those behind it wait too."""
        return thread in self._stopped

    @contextmanager
    def entered(self, thread: Thread) -> Iterator[asyncio.Event]:
        """A message is in the queue of its thread inside, from now on; the event says that its turn has come."""
        mine, queue = asyncio.Event(), self._queues.setdefault(thread, [])
        queue.append(mine)
        queue[0].set()
        self._inside += 1
        try:
            yield mine
        finally:
            self._inside -= 1
            queue.remove(mine)
            if queue:
                queue[0].set()
            else:
                del self._queues[thread]

    def leave(self) -> None:
        """A message was left in the database, so those that come now have to wait behind it."""
        self._left += 1
        self._behind = True

    def stop(self, thread: Thread) -> None:
        """A message of a thread could not be answered yet, and was left in the database: that thread waits."""
        self._left += 1
        self._stopped.add(thread)

    def mark(self) -> int:
        """To be handed to `taken_up`, from before what was left is looked up."""
        return self._left

    def taken_up(self, mark: int, *, all_of_it: bool) -> None:
        """What was left was looked up, and is at work from now on; `all_of_it`: no more of it was there."""
        self._stopped.clear()
        # what was left meanwhile may not have been seen
        self._behind = not all_of_it or self._left > mark
