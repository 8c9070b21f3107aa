"""The examples in docstrings are so."""

import doctest
import importlib
import pkgutil

import pytest

_MODULES = [
    found.name
    for package in ("bot", "corpus", "index", "ingest")
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    if not found.name.startswith("corpus.migrations.")  # what Alembic runs, which holds no examples
]


@pytest.mark.parametrize("name", _MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
