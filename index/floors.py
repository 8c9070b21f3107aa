"""The least that a set's measures may be, overall and in each pair of languages, in a file that is kept.

    {"least": {"recall@1": 0.9}, "by_pair": {"*": {"recall@10": 0.8}, "lv>en": {"recall@1": 0.85}}}

"*" stands for every pair that is not named.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpus.errors import Invalid
from index.evaluation import MEASURES, Evaluation

Floors = Mapping[str, Mapping[str, float]]


def read_floors(path: Path) -> tuple[Mapping[str, float], Floors]:
    """The floors overall and by pair. Raises Invalid for a file that holds none, or something else."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        least, by_pair = known.get("least", {}), known.get("by_pair", {})
        each = [*least.items(), *(item for floors in by_pair.values() for item in floors.items())]
    except OSError as fault:
        raise Invalid(f"{path} cannot be read: {fault.strerror}.") from fault
    except (ValueError, AttributeError) as fault:
        raise Invalid(f'{path} is no file of floors: {{"least": {{"recall@1": 0.9}}, "by_pair": …}}.') from fault
    if not each or known.keys() - {"least", "by_pair"}:
        raise Invalid(f'{path} holds no floors: they stand under "least" and "by_pair".')
    for name, value in each:
        if name not in MEASURES or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise Invalid(f"{path}: {name} = {value!r} is no floor. Measures, from 0 to 1: {', '.join(MEASURES)}.")
    return least, by_pair


def below(found: Evaluation, least: Mapping[str, float], by_pair: Floors) -> Iterator[str]:
    """A sentence for each floor that is not reached."""
    yield from _below("", found.whole.means(), least)
    for pair, measured in found.by_pair.items():
        yield from _below(f"{pair}: ", measured.means(), by_pair.get(pair, by_pair.get("*", {})))
    for pair in by_pair.keys() - {"*", *found.by_pair}:
        yield f"{pair}: the set has no such pair of languages."


def _below(where: str, means: Mapping[str, float], floors: Mapping[str, float]) -> Iterator[str]:
    for name, floor in floors.items():
        if means[name] < floor:
            yield f"{where}{name} is {means[name]:.3f}, below its floor of {floor}."
