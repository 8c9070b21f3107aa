"""The watcher: what comes while a run is at work is read by the next one."""

import datetime as dt
from pathlib import Path

import pytest

from bot import watching
from ingest import Scheduled, Source


class _Enough(Exception):
    pass


def test_what_comes_while_a_run_is_at_work_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, quiet = tmp_path / "busy", tmp_path / "quiet"
    busy.mkdir()
    quiet.mkdir()
    runs: list[list[str]] = []
    rounds = iter(range(200))

    def read(_: object, __: object, chosen: list[Scheduled], ___: object) -> None:
        runs.append([Path(each.source.place).name for each in chosen])
        if len(runs) == 2:
            raise _Enough
        (busy / "new.md").write_text("Came while the first run was at work.")

    def now() -> dt.datetime:
        assert next(rounds, None) is not None, "the new file was never noticed"
        return dt.datetime(2026, 11, 25, tzinfo=dt.UTC)

    monkeypatch.setattr(watching, "_read", read)
    monkeypatch.setattr(watching, "_now", now)
    monkeypatch.setattr(watching, "_STEP", 100)
    agenda = [Scheduled(Source(str(folder))) for folder in (busy, quiet)]
    with pytest.raises(_Enough):
        watching.follow(None, None, agenda, print)  # type: ignore[arg-type]
    assert runs == [["busy", "quiet"], ["busy"]]
