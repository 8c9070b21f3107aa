"""What is worked on is claimed, and held under a lease: a process that dies holds it no longer, another takes it up."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

_log = logging.getLogger("atzina.slack")

LEASE = dt.timedelta(minutes=1)  # after which another process may take up what this one held
NO_LEASE = dt.timedelta(0)
_RENEWED = 20.0  # seconds from one renewal of a lease to the next
# one, so that what came first is claimed first: a database lets those who wait to write in by chance
_claiming = ThreadPoolExecutor(1, thread_name_prefix="claiming")
P = ParamSpec("P")
T = TypeVar("T")


async def at_once(claim: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What a claim comes to, made after those before it, in a thread that no search and no reading holds up."""
    return await asyncio.get_running_loop().run_in_executor(_claiming, partial(claim, *args, **kwargs))


@asynccontextmanager
async def held(hold: Callable[[dt.timedelta], object]) -> AsyncIterator[None]:
    """The lease is renewed inside; `hold` begins it anew, for as long as it is given, in a thread."""
    renewing = asyncio.create_task(_renew(hold))
    try:
        yield
    except asyncio.CancelledError:
        # this process ends: the next one need not wait until the lease is over
        renewing.cancel()
        await asyncio.to_thread(hold, NO_LEASE)
        raise
    finally:
        renewing.cancel()


async def _renew(hold: Callable[[dt.timedelta], object]) -> None:
    while True:
        await asyncio.sleep(_RENEWED)
        try:
            await asyncio.to_thread(hold, LEASE)
        except Exception:
            _log.exception("A lease could not be renewed; it is tried again.")
