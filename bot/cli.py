"""The terminal: the same verbs as every other door. Heavy imports wait until a command needs them."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from dotenv import load_dotenv

from bot.command import Commands, as_json_option, log_to_file, opened_rooms, person, read_settings, say
from bot.documents_command import documents
from bot.progress import progress
from corpus.errors import Invalid

if TYPE_CHECKING:
    from bot.rooms import Rooms
    from corpus import Narrowing
    from ingest import Scheduled, Source

_SOME_UNREADABLE = 3
_PARTS = ("fairness", "sentences", "words", "concepts")
_FILTERS = ("language", "country", "status", "since")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SAMPLES = Path(__file__).parent.parent / "corpus" / "samples" / "reports"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="atzina")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Ask an organisation's own reports; get the passages that answer, verbatim, with their sources."""
    load_dotenv(".env")
    if ctx.invoked_subcommand != "serve":  # which logs to stderr
        ctx.obj = log_to_file()


main.add_command(documents)


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
@as_json_option
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
    sources = [Source(place, wanted, pages, read_settings().forgets_gone) for place in places]
    _ingest(sources or [each.source for each in _agenda()], as_json, **how)


@main.command(short_help="List the runs over sources.")
@click.option("--last", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@as_json_option
def runs(last: int, as_json: bool) -> None:
    """List the latest runs over sources: when, who, what was done, and what could not be read."""
    from bot import terminal
    from ingest import runs_as_json

    with opened_rooms() as rooms:
        found = runs_as_json(rooms.corpus.runs(last))
    say(found, as_json, lambda: terminal.runs(found))


@main.command(short_help="List the questions that wait for the curators.")
@as_json_option
def questions(as_json: bool) -> None:
    """List the questions that people in Slack handed to the curators, and nobody has answered yet."""
    from bot import records, terminal

    with opened_rooms() as rooms:
        found = [records.handed_over(each) for each in rooms.corpus.questions.open()]
    say(found, as_json, lambda: terminal.questions(found))


@main.group(short_help="Go back to the former index.")
def index() -> None:
    """Look after the index."""


@index.command()
@as_json_option
def rollback(as_json: bool) -> None:
    """Go back to the former index, at once; it stays until `atzina sync`."""
    from bot import terminal

    with opened_rooms() as rooms:
        done = {"passages": rooms.index.roll_back()}
    say(done, as_json, lambda: terminal.fields(done))
    if not as_json:
        click.echo("It stays as it is until: atzina sync", err=True)


@main.command()
@as_json_option
def samples(as_json: bool) -> None:
    """Load the sample corpus, if the corpus is empty."""
    from ingest import Report, Source, Wanted

    with opened_rooms() as rooms:
        empty = not rooms.corpus.documents(retired=True)
    if empty:
        _ingest([Source(str(_SAMPLES), Wanted(collection="samples"))], as_json)
    else:
        say(Report().as_json(), as_json, lambda: "There are documents already; no samples were loaded.")


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
@click.option(
    "--without",
    type=click.Choice(_FILTERS),
    multiple=True,
    help="Do not take words of the question for this filter; can be given more than once.",
)
@as_json_option
def ask(question: tuple[str, ...], top: int, without: tuple[str, ...], as_json: bool, **narrowing: Any) -> None:
    """Ask a question; the answer is in its language, the passages in theirs.

    What stands behind a comma narrows the answer: "mentors, Norway, since 2019, only validated, Lithuanian reports".
    """
    from bot import answering, terminal

    with opened_rooms() as rooms:
        _catch_up(rooms, quiet=as_json)
        narrowed = _narrowing(**narrowing)
        found = answering.answer(rooms, " ".join(question), top=top, narrowing=narrowed, without=without)
    say(answering.as_json(found), as_json, lambda: terminal.answer(found))


@main.command()
@click.option("--accept", is_flag=True, help="Take the new index even if it answers the golden questions worse.")
@as_json_option
def sync(accept: bool, as_json: bool) -> None:
    """Make the index equal to the corpus."""
    import dataclasses

    from bot import curation, terminal

    with progress(quiet=as_json) as told, opened_rooms() as rooms:
        rooms.index.unpin()
        done = dataclasses.asdict(curation.sync(rooms, told, accept=accept))
    done["seconds"] = round(done["seconds"], 2)
    say(done, as_json, lambda: terminal.fields(done))


@main.command("eval", short_help="Measure retrieval on judged questions.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="SET_DIR")
@click.option("--against", metavar="MODEL", help="Compare with another model: bundled, a folder or a hub name.")
@click.option("--without", multiple=True, type=click.Choice(_PARTS), help="Compare with a part left out.")
@click.option("--floors", type=_FILE, help="Fail where a measure is below its floor in this file.")
@as_json_option
def evaluate(folder: Path, against: str | None, without: tuple[str, ...], floors: Path | None, as_json: bool) -> None:
    """Measure retrieval on judged questions (BEIR layout), by pair of languages; compare two models or settings."""
    from bot import terminal, trial
    from index.floors import below, read_floors

    settings, least = read_settings(), read_floors(floors) if floors else ({}, {})
    other = trial.System(against or settings.model, frozenset(without)) if against or without else None
    with progress(quiet=as_json) as told:
        found = trial.run(settings, folder, told, other)
    say(found.as_json(), as_json, lambda: terminal.measures(found))
    if wrong := list(below(found.usual, *least)):  # what was found has been said
        raise Invalid("\n".join(wrong))


@main.command(short_help="Make the subspace of languages for the model.")
@click.option("--parallel", type=_FILE, help="Parallel sentences: a column a language, by tabs.")
@click.option("--every", type=click.IntRange(1), default=1, help="Take every n-th sentence of the file.")
@click.option("--rank", type=click.IntRange(1), default=24, show_default=True, help="Directions to take out, at most.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to, instead of ATZINA_HOME.")
@as_json_option
def calibrate(parallel: Path | None, every: int, rank: int, out: Path | None, as_json: bool) -> None:
    """Make, for the model in ATZINA_MODEL, the subspace of languages that is taken out of every vector.

    From parallel sentences or, without them, from the passages of the corpus. Run `atzina sync` afterwards.
    """
    from bot import terminal, trial
    from index.calibration import read_parallel

    texts = read_parallel(parallel, every) if parallel else None
    with progress(quiet=as_json) as told, opened_rooms() as rooms:
        done = trial.calibrate(rooms, texts, rank, out, told)
    say(done, as_json, lambda: terminal.fields(done))
    if not (as_json or out):
        click.echo("A server that is running has to be started again. Then run: atzina sync", err=True)


@main.command(short_help="Serve the web page, the API and Slack.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--no-slack", is_flag=True, help="Leave Slack out even where its tokens are set.")
def serve(host: str, port: int, no_slack: bool) -> None:
    """Serve the web page, the API and, where SLACK_BOT_TOKEN is set, Slack."""
    from bot import server

    server.serve(read_settings(), host, port, slack=not no_slack)


@main.command(short_help="Check everything Atzina needs.")
@as_json_option
def doctor(as_json: bool) -> None:
    """Check everything Atzina needs, and say what to do about each fault."""
    from bot import doctor as checks
    from bot import terminal

    found = checks.examine(os.environ)
    say([check.as_json() for check in found], as_json, lambda: terminal.checks(found))
    if any(check.failed for check in found):
        sys.exit(1)


def _narrowing(**fields: Any) -> "Narrowing":
    from bot.answering import narrowing

    since = fields.pop("since")
    return narrowing(**fields, since=since.date() if since else None)


def _agenda() -> "list[Scheduled]":
    from ingest import NAME, read_agenda

    settings = read_settings()
    return read_agenda(settings.home / NAME, forgets=settings.forgets_gone)


def _watch() -> None:
    from bot import watching

    with opened_rooms() as rooms:
        watching.follow(rooms, person(), _agenda(), click.echo)


def _ingest(sources: "Sequence[Source]", as_json: bool, **how: bool) -> None:
    from bot import curation, reporting, terminal

    with progress(quiet=as_json) as told, opened_rooms() as rooms:
        report = curation.add(rooms, person(), sources, progress=told, **how)
        if not how.get("dry"):
            reporting.post(rooms, report)
    say(report.as_json(), as_json, lambda: terminal.report(report))
    if report.failed:
        sys.exit(_SOME_UNREADABLE)


def _catch_up(rooms: "Rooms", *, quiet: bool) -> None:
    from bot import curation

    if rooms.behind():
        with progress(quiet=quiet) as told:
            curation.sync(rooms, told)


if __name__ == "__main__":
    main()
