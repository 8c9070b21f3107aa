"""`atzina documents`: what curators do with documents. Heavy imports wait until a command needs them."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from bot.command import as_json_option, opened_rooms, person, say

if TYPE_CHECKING:
    from bot.curation import Person
    from bot.rooms import Rooms


@click.group(invoke_without_command=True, short_help="List documents; show or change one.")
@as_json_option
@click.pass_context
def documents(ctx: click.Context, as_json: bool) -> None:
    """List documents; show, tag, validate, retire, restore or forget one."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


@documents.command("list")
@as_json_option
def documents_list(as_json: bool) -> None:
    """Every document, with its status."""
    _list(as_json)


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@as_json_option
def show(document_id: int, as_json: bool) -> None:
    """One document with its text and its journal."""
    from bot import records, terminal

    with opened_rooms() as rooms:
        shown = records.shown(rooms.corpus, document_id)
    say(shown, as_json, lambda: terminal.document(shown))


@documents.command(short_help="Set what is known of a document.")
@click.argument("document_id", type=int, metavar="ID")
@click.argument("fields", nargs=-1, required=True, metavar="KEY=VALUE...")
@as_json_option
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
@as_json_option
def validate(document_id: int, as_json: bool) -> None:
    """Confirm a draft."""
    _curate(as_json, lambda verbs, rooms, person: verbs.validate(rooms, person, document_id))


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@click.option("--reason", required=True, help="Why it is no longer to be shown.")
@as_json_option
def retire(document_id: int, reason: str, as_json: bool) -> None:
    """Take a document out of all answers; its text is kept."""
    _curate(as_json, lambda verbs, rooms, person: verbs.retire(rooms, person, document_id, reason))


@documents.command()
@click.argument("document_id", type=int, metavar="ID")
@as_json_option
def restore(document_id: int, as_json: bool) -> None:
    """Bring a retired document back, with the status it had."""
    _curate(as_json, lambda verbs, rooms, person: verbs.restore(rooms, person, document_id))


@documents.command(short_help="Remove a document and all its traces.")
@click.argument("document_id", type=int, metavar="ID")
@as_json_option
def forget(document_id: int, as_json: bool) -> None:
    """Remove a document with its text, passages, vectors and journal; print a receipt."""
    from bot import curation, terminal

    with opened_rooms() as rooms:
        receipt = curation.forget(rooms, person(), document_id)
    say(receipt, as_json, lambda: terminal.receipt(receipt))
    if os.path.lexists(source := str(receipt["source"])):
        left = f"The file is still at {source} and will be read again by the next ingest; delete it too."
        click.echo(left, err=True)


@documents.command(short_help="List documents that are nearly the same.")
@click.argument("ids", nargs=-1, type=int, metavar="[ID OTHER]")
@click.option("--yes/--no", "alike", default=None, help="Whether these two are, as you say.")
@as_json_option
def alike(ids: tuple[int, ...], alike: bool | None, as_json: bool) -> None:
    """List documents that are nearly the same as another one, or its translation; or decide about two of them."""
    from bot import curation, records, terminal

    if len(ids) not in {0, 2} or (len(ids) == 2) != (alike is not None):
        raise click.UsageError("Name two documents with --yes or --no, or none to list all.")
    with opened_rooms() as rooms:
        if alike is not None:
            curation.decide(rooms, person(), *ids, alike=alike)
        found = records.alike(rooms.corpus)
    say(found, as_json, lambda: terminal.alike(found))


def _list(as_json: bool) -> None:
    from bot import records, terminal

    with opened_rooms() as rooms:
        listed = [records.listed(document) for document in rooms.corpus.documents(retired=True)]
    say(listed, as_json, lambda: terminal.documents(listed))


def _curate(as_json: bool, verb: Callable[[Any, "Rooms", "Person"], Any]) -> None:
    from bot import curation, records, terminal

    with opened_rooms() as rooms:
        changed = verb(curation, rooms, person())
        shown = records.described(changed)
    say(shown, as_json, lambda: terminal.fields(shown))
