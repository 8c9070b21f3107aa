"""Some hundred of the damaged files of `python bench/fuzz.py`: each is read or named, within the limits."""

import resource

from fuzz import mutants, outcome

from ingest.isolation import Reader


def test_damaged_files_are_read_or_named() -> None:
    outcomes = set[str]()
    with Reader(seconds=20) as reader:
        for name, data in mutants(250, seed=7):
            said = outcome(reader, name, data)
            outcomes.add(said)
            assert said == "read" or said[0].isupper(), name
    assert "read" in outcomes
    assert len(outcomes) > 3
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3_000_000  # kilobytes
