"""A run that is killed at any instant: at least a hundred kills, and the end is that of a run nobody disturbed.

The real process, with the real model, reads, embeds and publishes; it is killed with SIGKILL at random instants while
files come, change and go. What may never be: a document lost or doubled, an index that differs from the corpus, a
file read again though it was done, a text embedded again though its vector was kept.
"""

import json
import random
import sqlite3
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from product import environ, run

from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Narrowing
from index.snapshot import read

_KILLS = 100
_INSTANTS = 0.2, 3.0  # seconds after its start between which a run is killed: it takes two or three
_PATIENCE = 10  # kills on end after which a run is left to come to its end
_SAID = [
    "Kurators tiekas ar jaunieti reizi nedēļā, un ceļa izdevumus atmaksā pašvaldība pēc čekiem.",
    "Savanoriai lanko jaunuolius kartą per savaitę, o mentorius padeda rasti darbą ar mokyklą.",
    "Vabatahtlikud kohtuvad noortega kord nädalas ja reisikulud hüvitab kohalik omavalitsus.",
    "Volunteers meet the young people once a week, and the municipality pays their travel back.",
    "Волонтёры встречаются с подростками раз в неделю, дорогу оплачивает муниципалитет города.",
    "Frivillige møter ungdommene en gang i uken, og kommunen betaler reiseutgiftene deres.",
]


def _write(folder: Path, number: int, version: int) -> None:
    """A report whose words depend on its number and version alone."""
    said = random.Random(f"{number} {version}")
    body = "\n\n".join(f"{said.choice(_SAID)} Tas ir {number}. ziņojums, {version}. redakcija, {n}." for n in range(4))
    folder.mkdir(exist_ok=True)
    if number % 10 == 7:
        with zipfile.ZipFile(folder / f"{number}.zip", "w") as archive:
            for part in range(3):
                inner = zipfile.ZipInfo(f"{part}.txt", (2020, 1, 1, 0, 0, 0))
                archive.writestr(inner, f"{part}. daļa\n\n{body} {part}")
    elif number % 10 == 8:
        (folder / f"{number}.pdf").write_bytes(f"%PDF-1.7 cut off {version}".encode())
    else:
        (folder / f"{number}.md").write_text(f"# Ziņojums {number}\n\n{body}\n", encoding="utf-8")


def _step(folder: Path, step: int) -> None:
    """What happens to the folder between two runs: some files come, some change, one goes, one moves."""
    for number in range(step * 6, step * 6 + 6):
        _write(folder, number, 0)
    if step:
        _write(folder, step * 3, step)
        gone = folder / f"{step * 6 - 5}.md"
        gone.unlink(missing_ok=True)
        moved = folder / f"{step * 6 - 2}.md"
        if moved.exists():
            (folder / "deep").mkdir(exist_ok=True)
            moved.rename(folder / "deep" / moved.name)


def _begun(home: Path, folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bot.cli", "ingest", str(folder), "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=home.parent, env=environ(home), stdout=pipe, stderr=pipe, text=True)


def _state(home: Path) -> dict[str, Any]:
    """All that can be seen of corpus and index, but ids and times."""
    with closing(sqlite3.connect(home / "atzina.db")) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = base.execute("SELECT source, status, reason, title, text, content_hash FROM documents").fetchall()
        spans = base.execute(
            "SELECT source, start, end, passages.language, text_hash FROM passages"
            " JOIN documents ON documents.id = document_id"
        ).fetchall()
        files = base.execute("SELECT source, content_hash, reason FROM files").fetchall()
        states = [state for (state,) in base.execute("SELECT state FROM runs ORDER BY id")]
    assert states[-1] == "done"
    assert "running" not in states
    return {"documents": sorted(map(str, rows)), "passages": sorted(map(str, spans)), "files": sorted(map(str, files))}


def _indexed(home: Path) -> list[str]:
    """The words of each passage that the index holds; it holds those that are live, and no others."""
    rooms = Rooms.open(Settings.from_env({"ATZINA_HOME": str(home)}))
    try:
        folder = next(path for path in (home / "index").iterdir() if (path / "CURRENT").exists())
        ids = read(folder / (folder / "CURRENT").read_text().strip()).hashes_of(None)
        live = rooms.corpus.passages(rooms.corpus.live_ids(Narrowing()))
        assert set(ids) == set(live)
        assert len(rooms.index) == len(live)
        return sorted(passage.text for passage, _ in live.values())
    finally:
        rooms.close()


def test_a_hundred_kills_leave_what_an_undisturbed_run_leaves(tmp_path: Path) -> None:
    """Between the kills files come, change, move and go; at the end a calm home on the same files holds the same.

    Two homes are disturbed at a time, one for each core.
    """
    with ThreadPoolExecutor(2) as pool:
        for told in pool.map(lambda seed: _disturbed(tmp_path / str(seed), seed), (1, 2)):
            print(told)


def _disturbed(place: Path, seed: int) -> str:
    chance = random.Random(seed)
    folder, home, calm = place / "reports", place / "home", place / "calm"
    place.mkdir()
    _step(folder, 0)
    kills, step, lived = 0, 0, 0
    while kills < _KILLS // 2:
        process = _begun(home, folder)
        left = None if lived >= _PATIENCE else chance.uniform(*_INSTANTS)
        try:
            _, said = process.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills, lived = kills + 1, lived + 1
            continue
        assert process.returncode == (3 if step else 0), said  # the file that is cut off is named, each time
        step, lived = step + 1, 0
        _step(folder, step)
    for each in (home, calm):
        process = _begun(each, folder)
        _, said = process.communicate(timeout=300)
        assert process.returncode == (3 if step else 0), said
    assert _live(_state(home)) == _live(_state(calm))
    assert _indexed(home) == _indexed(calm)
    assert json.loads(run(home, "sync", "--json"))["embedded"] == 0
    answer = json.loads(run(home, "ask", "--json", "Kas atmaksā ceļa izdevumus?"))
    assert answer["passages"]
    return f"{kills} kills, {step} steps"


def _live(state: dict[str, Any]) -> dict[str, Any]:
    """Without what was retired: a home that never saw a file has no document that was retired when it went."""
    gone = [line for line in state["documents"] if "'retired'" in line]
    sources = {line.split("'")[1] for line in gone}
    return {name: [line for line in lines if line.split("'")[1] not in sources] for name, lines in state.items()}
