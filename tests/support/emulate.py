"""Slack's Web API once more, by somebody who has thought of scopes: emulate 0.12.2 (vercel-labs/emulate, Apache-2.0).

With `strict_scopes` it refuses what a token has no scope for, as Slack does. It knows no events and no user groups.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from programs import EMULATE, node
from waiting import answers, free_port, wait_for

PERSON = "U0ASKER"
CHANNEL = "general"


@contextmanager
def emulated(folder: Path, tokens: Mapping[str, set[str]]) -> Iterator[str]:
    """The address of a workspace in which each of these tokens has its scopes, and no other."""
    assert EMULATE.is_file(), "The server that checks scopes is not installed. Run: python tests/tools/install.py"
    seeded = [{"token": token, "user": "atzina", "scopes": sorted(scopes)} for token, scopes in tokens.items()]
    people = [{"name": "atzina"}, {"name": "asker", "id": PERSON}]
    seed = {"strict_scopes": True, "team": {"name": "Office"}, "users": people, "channels": [{"name": CHANNEL}]}
    (folder / "seed.json").write_text(json.dumps({"slack": seed | {"tokens": seeded}}), encoding="utf-8")
    port = free_port()
    command = [*node(), EMULATE, "start", "--service", "slack", "--seed", folder / "seed.json", "--port", str(port)]
    with (folder / "emulate.log").open("wb") as log:
        process = subprocess.Popen([*command, "--host", "127.0.0.1"], stdout=log, stderr=log)
    try:
        wait_for(lambda: _up(process, port, folder / "emulate.log"), "emulate to start")
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        process.terminate()
        process.wait(20)


def _up(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, f"emulate ended with {process.returncode}: {log.read_text()}"
    return answers(f"http://127.0.0.1:{port}/")
