"""The adapter is what it should be, and what it holds is added to the matrices that it names."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from bot.settings import Settings
from index import SentenceEmbedder
from index.bundled import _adapted, multiplies_whole_numbers
from index.embedder import BUNDLED

_ADAPTER = resources.files("index").joinpath("adapter", "bundled.safetensors")
_MOST_BYTES = 3_000_000


def test_without_onnx_runtime_pytorch_does_the_same(tmp_path: Path) -> None:
    """In a process of its own, in which nothing of ONNX can be imported; the model is made there, too."""
    code = (
        "import sys; from pathlib import Path; import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name.startswith('onnx') else find(name, *rest)\n"
        "sys.modules['onnx'] = sys.modules['onnxruntime'] = None\n"
        "from index import SentenceEmbedder\n"
        "embedder = SentenceEmbedder('bundled', Path(sys.argv[1]))\n"
        "assert embedder.key.endswith('-torch')\n"
        "print(*embedder.question('Kas ir mentors?').tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    usual = SentenceEmbedder(BUNDLED, Settings.from_env({}).cache / "models").question("Kas ir mentors?")
    assert np.array(done.stdout.split(), np.float32) @ usual > 0.99


@pytest.mark.parametrize(
    ("machine", "told", "whole"),
    [
        ("x86_64", "flags\t: fpu avx2 avx512f avx512_vnni\n", True),
        ("x86_64", "flags\t: fpu avx2 avx_vnni\n", True),
        ("x86_64", "flags\t: fpu avx2\n", False),
        ("x86_64", None, True),
        ("aarch64", "Features\t: fp asimd\n", True),
    ],
)
def test_whole_numbers_where_the_processor_is_made_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, told: str | None, whole: bool
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    cpuinfo = tmp_path / "cpuinfo"
    if told:
        cpuinfo.write_text(told)
    assert multiplies_whole_numbers(cpuinfo) is whole


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
