"""The adapter is what it should be, and what it holds is added to the matrices that it names."""

from importlib import resources

import numpy as np
from safetensors.numpy import load

from index.bundled import _adapted

_ADAPTER = resources.files("index").joinpath("adapter", "bundled.safetensors")
_MOST_BYTES = 3_000_000


def test_the_adapter_is_small_and_changes_the_upper_layers_alone() -> None:
    held = _ADAPTER.read_bytes()
    layers = {int(name.split(".")[2]) for name in load(held)}
    assert len(held) <= _MOST_BYTES
    assert layers == set(range(6, 12))


def test_what_it_holds_is_added() -> None:
    held = load(_ADAPTER.read_bytes())
    names = [name.removesuffix(".up") for name in held if name.endswith(".up")]
    before = {n: np.ones((len(held[f"{n}.up"]), held[f"{n}.down"].shape[1]), np.float32) for n in names}
    after = _adapted(before)
    assert set(after) == set(names)
    for name in names:
        added = held[f"{name}.up"].astype(np.float32) @ held[f"{name}.down"].astype(np.float32)
        assert np.abs(added).max() > 0
        np.testing.assert_allclose(after[name], 1 + added, rtol=1e-6)
