"""What is worked on is held under a lease: a process that dies holds it no longer, and another one takes it up."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_log = logging.getLogger("atzina.slack")

LEASE = dt.timedelta(minutes=1)  # after which another process may take up what this one held
NO_LEASE = dt.timedelta(0)
_RENEWED = 20.0  # seconds from one renewal of a lease to the next


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
