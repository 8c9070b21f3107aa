"""A measure below its floor is named, with its pair; a file that holds no floors is refused."""

from pathlib import Path

import numpy as np
import pytest

from corpus import Invalid
from index.evaluation import MEASURES, Evaluation, Measured
from index.floors import below, read_floors


def _measured(value: float) -> Measured:
    return Measured({name: np.array([value]) for name in MEASURES})


_FOUND = Evaluation("set", _measured(0.8), {"lv>en": _measured(0.5), "lt>en": _measured(0.9)}, [1.0])


@pytest.mark.parametrize(
    ("floors", "said"),
    [
        ('{"least": {"recall@1": 0.8}}', []),
        ('{"least": {"recall@1": 0.81}}', ["recall@1 is 0.800, below its floor of 0.81."]),
        ('{"by_pair": {"*": {"map": 0.6}}}', ["lv>en: map is 0.500, below its floor of 0.6."]),
        ('{"by_pair": {"*": {"map": 0.6}, "lv>en": {"map": 0.4}}}', []),
        ('{"by_pair": {"pl>en": {"map": 0.1}}}', ["pl>en: the set has no such pair of languages."]),
    ],
)
def test_floors(tmp_path: Path, floors: str, said: list[str]) -> None:
    path = tmp_path / "floors.json"
    path.write_text(floors)
    assert list(below(_FOUND, *read_floors(path))) == said


@pytest.mark.parametrize(
    ("floors", "said"),
    [
        ("", "no file of floors"),
        ("[]", "no file of floors"),
        ('{"least": 3}', "no file of floors"),
        ("{}", "holds no floors"),
        ('{"lest": {"map": 1}, "least": {"map": 1}}', "holds no floors"),
        ('{"least": {"recal@1": 0.8}}', "recal@1 = 0.8 is no floor"),
        ('{"least": {"map": 80}}', "map = 80 is no floor"),
        ('{"least": {"map": "0.8"}}', "is no floor"),
    ],
)
def test_a_file_without_floors_is_refused(tmp_path: Path, floors: str, said: str) -> None:
    path = tmp_path / "floors.json"
    path.write_text(floors)
    with pytest.raises(Invalid, match=said):
        read_floors(path)
