"""The terminal: the same verbs as every other door. Heavy imports wait until a command needs them."""

import getpass
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from dotenv import load_dotenv

from corpus.errors import AtzinaError, Invalid

if TYPE_CHECKING:
    from bot.curation import Person
    from bot.rooms import Rooms
    from bot.settings import Settings
    from corpus import Narrowing
    from ingest import Scheduled, Source

_SOME_UNREADABLE = 3
_LARGEST_LOG = 1_000_000  # bytes, after which it is set aside; one that was set aside is kept
_PARTS = ("fairness", "sentences", "words", "concepts")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SAMPLES = Path(__file__).parent.parent / "corpus" / "samples" / "reports"


class _Commands(click.Group):
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


_as_json = click.option("--json", "as_json", is_flag=True, callback=_or_of_the_group, help="Print JSON, for scripts.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="atzina")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Ask an organisation's own reports; get the passages that answer, verbatim, with their sources."""
    load_dotenv(".env")
    if ctx.invoked_subcommand != "serve":  # which logs to stderr
        ctx.obj = _log_to_file()


@main.command(short_help="Read files, folders or addresses into the corpus.")
@click.argument("places", nargs=-1, metavar="[PATH_OR_URL]...")
@click.option("--collection", help="The named set of documents to put them in (a new one goes to: reports).")
@click.option("--audience", multiple=True, help="Who may see them; can be given more than once (a new one: everyone).")
@click.option("--status", type=click.Choice(["draft", "validated"]), help="Whether they count as confirmed.")
@click.option("--pages", type=click.IntRange(1, 1000), default=1, help="Pages of a site's section or a feed, at most.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what is new, changed or gone, and change nothing.")
@click.option("--retry", "again", is_flag=True, help="Try again what could not be read before.")
@click.option("--accept-losses", is_flag=True, help="Retire what is gone, however much of a source it is.")
@click.option("--watch", is_flag=True, help="Go on: follow the folders of sources.toml, and read the rest when due.")
@_as_json
def ingest(
    places: tuple[str, ...],
    collection: str | None,
    audience: tuple[str, ...],
    status: str | None,
    pages: int,
    as_json: bool,
    watch: bool,
    **how: bool,
) -> None:
    """Read files, folders or addresses into the corpus, and make the index equal to it.

    Without any: all that is listed in sources.toml in ATZINA_HOME.
    """
    from corpus import Status
    from ingest import Source, Wanted

    if watch:
        if places or as_json or how["dry"]:
            raise click.UsageError("--watch follows what is listed in sources.toml; it takes no places.")
        _watch()
        return
    wanted = Wanted(collection, tuple(sorted(set(audience))) or None, Status(status) if status else None)
    sources = [Source(place, wanted, pages, _settings().forgets_gone) for place in places]
    _ingest(sources or [each.source for each in _agenda()], as_json, **how)


@main.command(short_help="List the runs over sources.")
@click.option("--last", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@_as_json
def runs(last: int, as_json: bool) -> None:
    """List the latest runs over sources: when, who, what was done, and what could not be read."""
    from bot import terminal
    from ingest import runs_as_json

    with _rooms() as rooms:
        found = runs_as_json(rooms.corpus.runs(last))
    _say(found, as_json, lambda: terminal.runs(found))


@main.command(short_help="List the questions that wait for the curators.")
@_as_json
def questions(as_json: bool) -> None:
    """List the questions that people in Slack handed to the curators, and nobody has answered yet."""
    from bot import records, terminal

    with _rooms() as rooms:
        found = [records.handed_over(each) for each in rooms.corpus.questions.open()]
    _say(found, as_json, lambda: terminal.questions(found))


@main.group(short_help="Go back to the former index.")
def index() -> None:
    """Look after the index."""


@index.command()
@_as_json
def rollback(as_json: bool) -> None:
    """Go back to the former index, at once; it stays until `atzina sync`."""
    from bot import terminal

    with _rooms() as rooms:
        done = {"passages": rooms.index.roll_back()}
    _say(done, as_json, lambda: terminal.fields(done))
    if not as_json:
        click.echo("It stays as it is until: atzina sync", err=True)


@main.command()
@_as_json
def samples(as_json: bool) -> None:
    """Load the sample corpus, if the corpus is empty."""
    from ingest import Report, Source, Wanted

    with _rooms() as rooms:
        empty = not rooms.corpus.documents(retired=True)
    if empty:
        _ingest([Source(str(_SAMPLES), Wanted(collection="samples"))], as_json)
    else:
        _say(Report().as_json(), as_json, lambda: "There are documents already; no samples were loaded.")


@main.command(short_help="Ask a question; get the passages that answer it.")
@click.argument("question", nargs=-1, required=True)
@click.option("--top", type=int, default=5, show_default=True, help="How many passages to show at most.")
@click.option("--language", help="Only passages in this language, such as lv.")
@click.option("--country", help="Only experience from this country, such as NO.")
@click.option("--collection", help="Only documents of this collection.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y"]),
    metavar="DATE",
    help="Only experience from this day or year on, such as 2015-01-01 or 2015.",
)
@_as_json
def ask(question: tuple[str, ...], top: int, as_json: bool, **narrowing: Any) -> None:
    """Ask a question; the answer is in its language, the passages in theirs."""
    from bot import answering, terminal

    with _rooms() as rooms:
        _catch_up(rooms, quiet=as_json)
        found = answering.answer(rooms, " ".join(question), top=top, narrowing=_narrowing(**narrowing))
    _say(answering.as_json(found), as_json, lambda: terminal.answer(found))


@main.group(invoke_without_command=True, short_help="List documents; show or change one.")
@_as_json
@click.pass_context
def documents(ctx: click.Context, as_json: bool) -> None:
    """List documents; show, tag, validate, retire, restore or forget one."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


@documents.command("list")
@_as_json
def documents_list(as_json: bool) -> None:
    """Every document, with its status."""
    _list(as_json)


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@_as_json
def show(document_id: int, as_json: bool) -> None:
    """One document with its text and its journal."""
    from bot import records, terminal

    with _rooms() as rooms:
        shown = records.shown(rooms.corpus, document_id)
    _say(shown, as_json, lambda: terminal.document(shown))


@documents.command(short_help="Set what is known of a document.")
@click.argument("document_id", type=int, metavar="ID")
@click.argument("fields", nargs=-1, required=True, metavar="KEY=VALUE...")
@_as_json
def tag(document_id: int, fields: tuple[str, ...], as_json: bool) -> None:
    r"""Set what is known of a document. The keys, and what their values look like:

    \b
    title, organisation, project,
    funding                         words
    collection, source              words, never empty
    country                         a code such as NO
    language                        a code such as lv
    date, review_by                 2021-04-20
    tags, audience                  a list with commas

    An empty value says that it is not known: project=
    """
    pairs = [field.partition("=") for field in fields]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"{wrong[0]!r} is not KEY=VALUE.")
    values = {name: value for name, _, value in pairs}
    _curate(as_json, lambda verbs, rooms, person: verbs.tag(rooms, person, document_id, values))


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@_as_json
def validate(document_id: int, as_json: bool) -> None:
    """Confirm a draft."""
    _curate(as_json, lambda verbs, rooms, person: verbs.validate(rooms, person, document_id))


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@click.option("--reason", required=True, help="Why it is no longer to be shown.")
@_as_json
def retire(document_id: int, reason: str, as_json: bool) -> None:
    """Take a document out of all answers; its text is kept."""
    _curate(as_json, lambda verbs, rooms, person: verbs.retire(rooms, person, document_id, reason))


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@_as_json
def restore(document_id: int, as_json: bool) -> None:
    """Bring a retired document back, with the status it had."""
    _curate(as_json, lambda verbs, rooms, person: verbs.restore(rooms, person, document_id))


@documents.command(short_help="Remove a document and all its traces.")
@click.argument("document_id", type=int, metavar="ID")
@_as_json
def forget(document_id: int, as_json: bool) -> None:
    """Remove a document with its text, passages, vectors and journal; print a receipt."""
    from bot import curation, terminal

    with _rooms() as rooms:
        receipt = curation.forget(rooms, _person(), document_id)
    _say(receipt, as_json, lambda: terminal.receipt(receipt))
    if os.path.lexists(source := str(receipt["source"])):
        left = f"The file is still at {source} and will be read again by the next ingest; delete it too."
        click.echo(left, err=True)


@documents.command(short_help="List documents that are nearly the same.")
@click.argument("ids", nargs=-1, type=int, metavar="[ID OTHER]")
@click.option("--yes/--no", "alike", default=None, help="Whether these two are, as you say.")
@_as_json
def alike(ids: tuple[int, ...], alike: bool | None, as_json: bool) -> None:
    """List documents that are nearly the same as another one, or its translation; or decide about two of them."""
    from bot import curation, records, terminal

    if len(ids) not in {0, 2} or (len(ids) == 2) != (alike is not None):
        raise click.UsageError("Name two documents with --yes or --no, or none to list all.")
    with _rooms() as rooms:
        if alike is not None:
            curation.decide(rooms, _person(), *ids, alike=alike)
        found = records.alike(rooms.corpus)
    _say(found, as_json, lambda: terminal.alike(found))


@main.command()
@click.option("--accept", is_flag=True, help="Take the new index even if it answers the golden questions worse.")
@_as_json
def sync(accept: bool, as_json: bool) -> None:
    """Make the index equal to the corpus."""
    import dataclasses

    from bot import curation, terminal

    with terminal.progress(quiet=as_json) as told, _rooms() as rooms:
        rooms.index.unpin()
        done = dataclasses.asdict(curation.sync(rooms, told, accept=accept))
    done["seconds"] = round(done["seconds"], 2)
    _say(done, as_json, lambda: terminal.fields(done))


@main.command("eval", short_help="Measure retrieval on judged questions.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="SET_DIR")
@click.option("--against", metavar="MODEL", help="Compare with another model: bundled, a folder or a hub name.")
@click.option("--without", multiple=True, type=click.Choice(_PARTS), help="Compare with a part left out.")
@click.option("--floors", type=_FILE, help="Fail where a measure is below its floor in this file.")
@_as_json
def evaluate(folder: Path, against: str | None, without: tuple[str, ...], floors: Path | None, as_json: bool) -> None:
    """Measure retrieval on judged questions (BEIR layout), by pair of languages; compare two models or settings."""
    from bot import terminal, trial
    from index.floors import below, read_floors

    settings, least = _settings(), read_floors(floors) if floors else ({}, {})
    other = trial.System(against or settings.model, frozenset(without)) if against or without else None
    with terminal.progress(quiet=as_json) as told:
        found = trial.run(settings, folder, told, other)
    _say(found.as_json(), as_json, lambda: terminal.measures(found))
    if wrong := list(below(found.usual, *least)):  # what was found has been said
        raise Invalid("\n".join(wrong))


@main.command(short_help="Make the subspace of languages for the model.")
@click.option("--parallel", type=_FILE, help="Parallel sentences: a column a language, by tabs.")
@click.option("--every", type=click.IntRange(1), default=1, help="Take every n-th sentence of the file.")
@click.option("--rank", type=click.IntRange(1), default=24, show_default=True, help="Directions to take out, at most.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to, instead of ATZINA_HOME.")
@_as_json
def calibrate(parallel: Path | None, every: int, rank: int, out: Path | None, as_json: bool) -> None:
    """Make, for the model in ATZINA_MODEL, the subspace of languages that is taken out of every vector.

    From parallel sentences or, without them, from the passages of the corpus. Run `atzina sync` afterwards.
    """
    from bot import terminal, trial
    from index.calibration import read_parallel

    texts = read_parallel(parallel, every) if parallel else None
    with terminal.progress(quiet=as_json) as told, _rooms() as rooms:
        done = trial.calibrate(rooms, texts, rank, out, told)
    _say(done, as_json, lambda: terminal.fields(done))
    if not (as_json or out):
        click.echo("A server that is running has to be started again. Then run: atzina sync", err=True)


@main.command(short_help="Serve the web page, the API and Slack.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--no-slack", is_flag=True, help="Leave Slack out even where its tokens are set.")
def serve(host: str, port: int, no_slack: bool) -> None:
    """Serve the web page, the API and, where SLACK_BOT_TOKEN is set, Slack."""
    from bot import server

    server.serve(_settings(), host, port, slack=not no_slack)


@main.command(short_help="Check everything Atzina needs.")
@_as_json
def doctor(as_json: bool) -> None:
    """Check everything Atzina needs, and say what to do about each fault."""
    from bot import doctor as checks
    from bot import terminal

    found = checks.examine(os.environ)
    _say([check.as_json() for check in found], as_json, lambda: terminal.checks(found))
    if any(check.failed for check in found):
        sys.exit(1)


def _log_to_file() -> Path | None:
    """Where everything is logged from now on, since a terminal is for sentences; None where no home is set up."""
    log = logging.getLogger("atzina")
    log.addHandler(logging.NullHandler())  # without any handler Python prints what is logged
    logging.raiseExceptions = False  # a log that cannot be written stops nobody
    try:
        path = _settings().home / "atzina.log"
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


def _settings() -> "Settings":
    from bot.settings import Settings

    return Settings.from_env(os.environ)


@contextmanager
def _rooms() -> Iterator["Rooms"]:
    from bot.rooms import Rooms

    rooms = Rooms.open(_settings(), lambda line: click.echo(line, err=True))
    try:
        yield rooms
    finally:
        rooms.close()


def _person() -> "Person":
    from bot.curation import Person, Role

    return Person(f"terminal:{getpass.getuser()}", Role.ADMINISTRATOR)


def _narrowing(**fields: Any) -> "Narrowing":
    from bot.answering import narrowing

    since = fields.pop("since")
    return narrowing(**fields, since=since.date() if since else None)


def _agenda() -> "list[Scheduled]":
    from ingest import NAME, read_agenda

    settings = _settings()
    return read_agenda(settings.home / NAME, forgets=settings.forgets_gone)


def _watch() -> None:
    from bot import watching

    with _rooms() as rooms:
        watching.follow(rooms, _person(), _agenda(), click.echo)


def _ingest(sources: "Sequence[Source]", as_json: bool, **how: bool) -> None:
    from bot import curation, reporting, terminal

    with terminal.progress(quiet=as_json) as told, _rooms() as rooms:
        report = curation.add(rooms, _person(), sources, progress=told, **how)
        if not how.get("dry"):
            reporting.post(rooms, report)
    _say(report.as_json(), as_json, lambda: terminal.report(report))
    if report.failed:
        sys.exit(_SOME_UNREADABLE)


def _catch_up(rooms: "Rooms", *, quiet: bool) -> None:
    from bot import curation, terminal

    if rooms.behind():
        with terminal.progress(quiet=quiet) as told:
            curation.sync(rooms, told)


def _list(as_json: bool) -> None:
    from bot import records, terminal

    with _rooms() as rooms:
        listed = [records.listed(document) for document in rooms.corpus.documents(retired=True)]
    _say(listed, as_json, lambda: terminal.documents(listed))


def _curate(as_json: bool, verb: Callable[[Any, "Rooms", "Person"], Any]) -> None:
    from bot import curation, records, terminal

    with _rooms() as rooms:
        changed = verb(curation, rooms, _person())
        shown = records.described(changed)
    _say(shown, as_json, lambda: terminal.fields(shown))


def _say(found: object, as_json: bool, people: Callable[[], str]) -> None:
    text = json.dumps(found, ensure_ascii=False, indent=2) if as_json else people()
    try:
        click.echo(text)
    except UnicodeEncodeError as fault:
        raise Invalid("This terminal cannot show these letters. Set PYTHONIOENCODING=utf-8.") from fault


if __name__ == "__main__":
    main()
