"""The house as it is shipped: what rooms export, what the wheel holds, what importing costs."""

import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "corpus", "index", "ingest")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_exports_what_it_names(room: str) -> None:
    """`__all__` is sorted and complete: every public name of the room's `__init__` is in it."""
    module = importlib.import_module(room)
    exported = list(getattr(module, "__all__", []))
    public = {n for n, v in vars(module).items() if not n.startswith("_") and not isinstance(v, type(sys))}
    assert set(exported) == public
    assert exported == sorted(exported, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert module.__doc__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in the wheel that the build backend makes."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as archive:
        return archive.namelist()


@pytest.mark.parametrize("room", ROOMS)
def test_the_wheel_holds_every_module(wheel: list[str], room: str) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / room).rglob("*.py")}
    assert modules <= set(wheel)


@pytest.mark.parametrize(
    "pattern",
    [
        "bot/words/*.po",
        "bot/pages/*",
        "corpus/samples/reports/*",
        "corpus/migrations/*.mako",
        "index/subspace/*.npy",
        "index/adapter/*",
        "*/*.tsv",
    ],
)
def test_the_wheel_holds_what_is_no_code(wheel: list[str], pattern: str) -> None:
    files = {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern) if path.is_file()}
    assert files
    assert files <= set(wheel)


def test_the_wheel_holds_nothing_else(wheel: list[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {*ROOMS, "atzina-0.1.0.dist-info"}


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["documents", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from bot.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'sentence_transformers', 'faiss', 'tantivy', 'slack_bolt', 'fastapi'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_pinned_twice() -> None:
    """Each package stands once in the constraints, at one exact version."""
    names = [line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if line]
    assert len(names) == len(set(names))
