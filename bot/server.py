"""The composition root: one process that serves the web page, the API and, where it is set up, Slack."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from fastapi import FastAPI

from bot import api, web
from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.settings import Settings
from bot.slack import door

_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
_log = logging.getLogger("atzina")


def serve(settings: Settings, host: str, port: int, *, slack: bool) -> None:
    """Serves until it is stopped. Raises Unavailable where the settings do not suffice."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("httpx", "alembic"):  # each call, each of its parts: nobody looks for these
        logging.getLogger(name).setLevel(logging.WARNING)
    rooms = Rooms.open(settings, _log.info)
    try:
        address = settings.url or f"http://{'127.0.0.1' if host in _EVERYWHERE else host}:{port}"
        app = create_app(rooms, address, slack=slack and settings.slack_bot_token is not None)
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False, server_header=False)
    finally:
        rooms.close()


def create_app(rooms: Rooms, address: str, *, slack: bool) -> FastAPI:
    """The application. `address` is where people reach it: links in Slack begin with it."""
    metrics = Metrics()
    opened = door.build(rooms, address, metrics) if slack else None

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            threading.Thread(target=_warm_up, args=(rooms,), name="warm-up", daemon=True).start()
            if opened:
                await running.enter_async_context(door.connect(opened))
            _log.info("Atzina answers on %s", address)
            yield

    app = FastAPI(title="Atzina", description="Ask an organisation's own reports.", lifespan=life, redoc_url=None)
    api.install(app, metrics, rooms.settings.languages)
    app.include_router(api.router(rooms, metrics))
    app.include_router(web.router(rooms, metrics))
    if opened and not rooms.settings.slack_app_token:
        app.include_router(door.routes(opened))
    return app


def _warm_up(rooms: Rooms) -> None:
    """The model takes seconds to load, and the index may be behind: both before the first question, not in it."""
    try:
        rooms.embedder.loaded()
        rooms.catch_up()
    except Exception:
        _log.exception("The model or the index could not be made ready; it is tried again with the first question.")
