"""Texts to vectors. The bundled model runs on ONNX Runtime, any other on PyTorch; both wait until they are needed."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.bundled import VERSION, bundled_folder, has_runtime
from index.bundled import Say as Say

BUNDLED = "bundled"
Vectors = NDArray[np.float32]
_STEP = 256  # texts between two reports of progress
_REMEMBERED = 1024  # questions whose vectors are kept in memory


class Embedder(Protocol):
    """What the index needs of a model. `key` names model and prompts: vectors of one key can be compared."""

    @property
    def key(self) -> str: ...

    def passages(self, texts: Sequence[str]) -> Iterator[Vectors]: ...

    def question(self, text: str) -> Vectors: ...


class _Model(Protocol):
    """`index/runtime.py`, `index/reference.py`."""

    def documents(self, texts: Sequence[str]) -> Vectors: ...

    def queries(self, texts: Sequence[str]) -> Vectors: ...


class SentenceEmbedder:
    """A sentence-transformers model: `bundled`, a folder, or a hub name. Loaded on first use, safe in threads."""

    def __init__(self, model: str, cache: Path, say: Say = lambda _: None) -> None:
        self._name, self._cache, self._say = model, cache, say
        self._lock = threading.Lock()
        self._model: _Model | None = None
        self._key: str | None = None
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        return self._name

    @property
    def key(self) -> str:
        """A short name for model and prompts, stable between runs; made without loading the model."""
        if self._key is None:
            self._key = model_key(self._name)
        return self._key

    def passages(self, texts: Sequence[str]) -> Iterator[Vectors]:
        """(n, d) float32 of unit length, in order, some hundred rows at a time so that progress can be kept."""
        model = self.loaded()
        for start in range(0, len(texts), _STEP):
            yield unit(model.documents(texts[start : start + _STEP]))

    def question(self, text: str) -> Vectors:
        """(d,) float32 of unit length. The vectors of the last thousand questions are remembered."""
        found = self._remembered.get(text)
        if found is None:
            found = self.questions([text])[0]
        with self._lock:
            self._remembered[text] = found
            self._remembered.move_to_end(text)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def questions(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32 of unit length: many questions at once, for evaluation and calibration."""
        return unit(self.loaded().queries(texts))

    def loaded(self) -> _Model:
        """The model itself. Raises Unavailable where it cannot be had."""
        with self._lock:
            if self._model is None:
                self._model = _load(self._name, self._cache, self._say)
            return self._model

    @property
    def is_loaded(self) -> bool:
        """Whether a question can be embedded without waiting for the model."""
        return self._model is not None


def model_key(name: str) -> str:
    """`bundled` and how it was made, or a readable part and a hash of where the model is and what its settings say.

    >>> model_key("bundled").startswith("bundled-")
    True
    """
    if name == BUNDLED:
        return f"{BUNDLED}-{VERSION}" + ("" if has_runtime() else "-torch")
    folder = Path(name)
    told = [str(folder.resolve())] if folder.is_dir() else [name]
    for path in sorted(folder.glob("*.json")) + sorted(folder.glob("*.safetensors")):
        state = path.stat()
        told.append(f"{path.name} {state.st_size} {state.st_mtime_ns}")
    readable = "".join(c if c.isalnum() else "-" for c in folder.name)[:40]
    return f"{readable}-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]}"


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays.

    >>> unit(np.array([[3, 4]], dtype=np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _load(name: str, cache: Path, say: Say) -> _Model:
    folder = bundled_folder(cache, say) if name == BUNDLED else None
    if folder and has_runtime():
        from index.runtime import OnnxModel

        return OnnxModel(folder)
    from index.reference import TorchModel

    return TorchModel(str(folder or name))
