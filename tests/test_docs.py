"""The documentation cannot go stale: every command, option, route and setting stands in it."""

import re
from pathlib import Path

import click
import pytest

from bot.cli import main
from bot.rooms import Rooms
from bot.server import create_app

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text()


def _commands(group: click.Group, before: str = "atzina") -> list[tuple[str, click.Command]]:
    found = []
    for name, command in group.commands.items():
        found.append((f"{before} {name}", command))
        if isinstance(command, click.Group):
            found += _commands(command, f"{before} {name}")
    return found


@pytest.mark.parametrize(("name", "command"), _commands(main))
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    last = name.split()[-1]
    assert re.search(rf"`[^`]*\b{last}\b[^`]*`", REFERENCE), name
    options = {o for p in command.params if isinstance(p, click.Option) for o in p.opts} - {"--help"}
    assert {o for o in options if o not in REFERENCE} == set()
    assert command.help


def test_every_route_is_documented(rooms: Rooms) -> None:
    app = create_app(rooms, "http://127.0.0.1:8000", slack=False)
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in REFERENCE, (method, path)


def test_every_setting_is_documented() -> None:
    """In the reference and in .env.example; and nothing is documented that is not read."""
    read = set(re.findall(r'"((?:ATZINA|SLACK)_[A-Z_]+)"', (ROOT / "bot" / "settings.py").read_text()))
    for text in (REFERENCE, (ROOT / ".env.example").read_text()):
        assert set(re.findall(r"\b((?:ATZINA|SLACK)_[A-Z_]+)\b", text)) == read


def test_every_make_target_has_a_line_of_help() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z]+):.*## \w", text, re.MULTILINE))


def test_links_in_the_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
