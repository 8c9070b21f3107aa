"""The judged questions of the sample corpus, asked of the real model: no measure is below its floor."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from golden import GOLDEN, SETS, ask_all, faults, summary

from bot.rooms import Rooms
from bot.settings import Settings
from index.fusion import USUAL

_FLOORS = json.loads((GOLDEN / "floors.json").read_text())


@pytest.fixture
def rooms(own_home: Path) -> Iterator[Rooms]:
    opened = Rooms.open(Settings.from_env({"ATZINA_HOME": str(own_home)}))
    yield opened
    opened.close()


@pytest.mark.parametrize("name", SETS)
def test_no_measure_is_below_its_floor(rooms: Rooms, name: str) -> None:
    assert faults(summary(ask_all(rooms, name)), _FLOORS[name]) == []


def test_a_part_that_is_missing_is_noticed(own_home: Path) -> None:
    """Without concepts the floors are not reached: what they hold is worth holding."""
    weighing = replace(USUAL, concepts=0.0, whole=0.0)
    opened = Rooms.open(Settings.from_env({"ATZINA_HOME": str(own_home)}), weighing=weighing)
    assert faults(summary(ask_all(opened, "golden")), _FLOORS["golden"]) != []
    opened.close()
