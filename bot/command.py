"""What the commands of the terminal share: rooms to work in, faults told in a sentence, JSON for scripts."""

import getpass
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import AtzinaError, Invalid

if TYPE_CHECKING:
    from bot.curation import Person
    from bot.rooms import Rooms
    from bot.settings import Settings

_LARGEST_LOG = 1_000_000  # bytes, after which it is set aside; one that was set aside is kept


class Commands(click.Group):
    """Says what failed in one sentence, and never shows a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AtzinaError as fault:
            click.echo(f"atzina: {fault}", err=True)
        except KeyboardInterrupt:
            click.echo("atzina: stopped; what was done is kept.", err=True)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as fault:
            click.echo(f"atzina: {_internal(fault, ctx.obj)}", err=True)
        return ctx.exit(1)


def _or_of_the_group(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    """Whether the flag stands behind the command or before it: `documents --json show 1`."""
    return value or bool(ctx.parent and ctx.parent.params.get("as_json"))


as_json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_or_of_the_group, help="Print JSON, for scripts."
)


def log_to_file() -> Path | None:
    """Where everything is logged from now on, since a terminal is for sentences; None where no home is set up."""
    log = logging.getLogger("atzina")
    log.addHandler(logging.NullHandler())  # without any handler Python prints what is logged
    logging.raiseExceptions = False  # a log that cannot be written stops nobody
    try:
        path = read_settings().home / "atzina.log"
    except AtzinaError:  # the command itself will say so
        return None
    file = RotatingFileHandler(path, maxBytes=_LARGEST_LOG, backupCount=1, encoding="utf-8", delay=True)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log.addHandler(file)
    return path


def _internal(fault: Exception, log: Path | None) -> str:
    """The sentence about a fault of ours: its reference, and the log that holds the rest."""
    from bot.faults import told

    message = told(fault).message
    if log is None or not log.exists():
        return f"{message} It was a {type(fault).__name__}; there is no log."
    return f"{message} What happened stands in {log}."


def read_settings() -> "Settings":
    from bot.settings import Settings

    return Settings.from_env(os.environ)


@contextmanager
def opened_rooms() -> Iterator["Rooms"]:
    from bot.rooms import Rooms

    rooms = Rooms.open(read_settings(), lambda line: click.echo(line, err=True))
    try:
        yield rooms
    finally:
        rooms.close()


def person() -> "Person":
    from bot.curation import Person, Role

    return Person(f"terminal:{getpass.getuser()}", Role.ADMINISTRATOR)


def say(found: object, as_json: bool, people: Callable[[], str]) -> None:
    text = json.dumps(found, ensure_ascii=False, indent=2) if as_json else people()
    try:
        click.echo(text)
    except UnicodeEncodeError as fault:
        raise Invalid("This terminal cannot show these letters. Set PYTHONIOENCODING=utf-8.") from fault
