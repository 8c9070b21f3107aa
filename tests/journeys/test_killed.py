"""A run that is killed at any instant: at least a hundred kills, and the end is that of a run nobody disturbed.

The real process, with the real model, reads, embeds and publishes; it is killed with SIGKILL at random instants while
files come, change and go: of one home on SQLite, of another on PostgreSQL. What may never be: a document lost or
doubled, an index that differs from the corpus, a file read again though it was done, a text embedded again though its
vector was kept.
"""

import json
import random
import signal
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from forked import Fork
from postgres import Postgres
from product import environ, run

from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Narrowing
from index.snapshot import read

_KILLS = 100
# seconds from when a run is at work until it is killed, at most: it reads for about one, then it loads the model,
# embeds and publishes; before it is at work there is nothing to be broken
_WITHIN = (*[0.8] * 7, 4.0)
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


@dataclass(frozen=True)
class Home:
    """A home folder, and where its database is: in it, unless told otherwise."""

    place: Path
    database: str | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {"ATZINA_DATABASE_URL": self.database} if self.database else {}

    def run(self, *arguments: str) -> str:
        return run(self.place, *arguments, **self.settings)

    def begin(self, folder: Path) -> Fork:
        """Begins a run over the folder."""
        settings = environ(self.place, **self.settings)
        return Fork(["ingest", str(folder), "--json"], settings, self.place.parent, self.log)

    @property
    def log(self) -> Path:
        return self.place.with_suffix(".log")

    @cached_property
    def engine(self) -> sa.Engine:
        return sa.create_engine(self.database or f"sqlite:///{self.place / 'atzina.db'}")

    def runs(self) -> int:
        """How many runs have begun."""
        if not self.database and not (self.place / "atzina.db").exists():
            return 0
        with self.engine.connect() as connection:
            known = sa.inspect(connection).has_table("runs")
            return int(connection.scalar(sa.text("SELECT count(*) FROM runs")) or 0) if known else 0


def _state(home: Home) -> dict[str, Any]:
    """All that can be seen of corpus and index, but ids and times."""
    with home.engine.connect() as base:

        def read(query: str) -> list[Any]:
            return [tuple(row) for row in base.execute(sa.text(query))]

        if base.dialect.name == "sqlite":
            assert read("PRAGMA integrity_check") == [("ok",)]
            assert read("PRAGMA foreign_key_check") == []
        rows = read("SELECT source, status, reason, title, text, content_hash FROM documents")
        spans = read(
            'SELECT source, start, "end", passages.language, text_hash FROM passages'
            " JOIN documents ON documents.id = document_id"
        )
        files = read("SELECT source, content_hash, reason FROM files")
        states = [state for (state,) in read("SELECT state FROM runs ORDER BY id")]
    assert states[-1] == "done"
    assert "running" not in states
    return {"documents": sorted(map(str, rows)), "passages": sorted(map(str, spans)), "files": sorted(map(str, files))}


def _indexed(home: Home) -> list[str]:
    """The words of each passage that the index holds; it holds those that are live, and no others."""
    settings = Settings.from_env({"ATZINA_HOME": str(home.place)} | home.settings)
    rooms = Rooms.open(settings)
    try:
        folder = next(path for path in settings.index.iterdir() if (path / "CURRENT").exists())
        ids = read(folder / (folder / "CURRENT").read_text().strip()).hashes_of(None)
        live = rooms.corpus.passages(rooms.corpus.live_ids(Narrowing()))
        assert set(ids) == set(live)
        assert len(rooms.index) == len(live)
        return sorted(passage.text for passage, _ in live.values())
    finally:
        rooms.close()


def test_a_hundred_kills_leave_what_an_undisturbed_run_leaves(tmp_path: Path, postgres: Postgres) -> None:
    """Between the kills files come, change, move and go; at the end a calm home on the same files holds the same.

    Two homes are disturbed at a time, one for each core; the calm ones are on SQLite, so the databases are compared.
    """
    with postgres.fresh() as url, ThreadPoolExecutor(2) as pool:
        homes = Home(tmp_path / "1" / "home"), Home(tmp_path / "2" / "home", url)
        for told in pool.map(_disturbed, homes, (1, 2)):
            print(told)


def _disturbed(home: Home, seed: int) -> str:
    chance = random.Random(seed)
    folder, calm = home.place.parent / "reports", Home(home.place.parent / "calm")
    home.place.parent.mkdir()
    _step(folder, 0)
    kills, step, lived = 0, 0, 0
    while kills < _KILLS // 2:
        before = home.runs()
        run = home.begin(folder)
        ended = _ended_first(home, run, before, chance) if lived < _PATIENCE else run.wait(300)
        if ended is None:
            run.kill()
        if run.returncode == -signal.SIGKILL:
            kills, lived = kills + 1, lived + 1
            continue
        _check(home, run.returncode, step)  # also where it was done at the instant of its kill
        step, lived = step + 1, 0
        _step(folder, step)
    for each in (home, calm):
        _check(each, each.begin(folder).wait(300), step)
    assert _live(_state(home)) == _live(_state(calm))
    assert _indexed(home) == _indexed(calm)
    assert json.loads(home.run("sync", "--json"))["embedded"] == 0
    assert json.loads(home.run("ask", "--json", "Kas atmaksā ceļa izdevumus?"))["passages"]
    for each in (home, calm):
        each.engine.dispose()
    return f"{kills} kills, {step} steps"


def _ended_first(home: Home, run: Fork, before: int, chance: random.Random) -> int | None:
    """The exit code of a run that is done before the instant at which it is to be killed; None where it is not."""
    ended = None
    while ended is None and home.runs() == before:
        ended = run.wait(0.05)
    return run.wait(chance.uniform(0, chance.choice(_WITHIN))) if ended is None else ended


def _check(home: Home, ended: int | None, step: int) -> None:
    assert ended == (3 if step else 0), home.log.read_text()  # the file that is cut off is named, each time


def _live(state: dict[str, Any]) -> dict[str, Any]:
    """Without what was retired: a home that never saw a file has no document that was retired when it went."""
    gone = [line for line in state["documents"] if "'retired'" in line]
    sources = {line.split("'")[1] for line in gone}
    return {name: [line for line in lines if line.split("'")[1] not in sources] for name, lines in state.items()}
