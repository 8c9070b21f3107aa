"""Texts to vectors: the only importer of sentence_transformers, which takes seconds to import, so it waits."""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import Unavailable
from index.bundled import PROMPTS, bundled_folder
from index.bundled import Say as Say

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"
Vectors = NDArray[np.float32]
_QUIETLY: dict[str, Any] = {"batch_size": 32, "show_progress_bar": False}  # texts a forward pass
_STEP = 256  # texts between two reports of progress


class Embedder(Protocol):
    """What the index needs of a model. `key` names model and prompts: vectors of one key can be compared."""

    @property
    def key(self) -> str: ...

    def passages(self, texts: Sequence[str]) -> Iterator[Vectors]: ...

    def question(self, text: str) -> Vectors: ...


class SentenceEmbedder:
    """A sentence-transformers model: `bundled`, a folder, or a hub name. Loaded on first use, safe in threads."""

    def __init__(self, model: str, cache: Path, say: Say = lambda _: None) -> None:
        self._name, self._cache, self._say = model, cache, say
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._key: str | None = None

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
            part = list(texts[start : start + _STEP])
            with self._lock:
                found = model.encode_document(part, prompt=self._prompt("document"), **_QUIETLY)
            yield unit(np.asarray(found, dtype=np.float32))

    def question(self, text: str) -> Vectors:
        """(d,) float32 of unit length."""
        model = self.loaded()
        with self._lock:
            found = model.encode_query([text], prompt=self._prompt("query"), **_QUIETLY)
        vector: Vectors = unit(np.asarray(found, dtype=np.float32))[0]
        return vector

    def questions(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32 of unit length: many questions at once, for evaluation and calibration."""
        model = self.loaded()
        with self._lock:
            found = model.encode_query(list(texts), prompt=self._prompt("query"), **_QUIETLY)
        return unit(np.asarray(found, dtype=np.float32))

    def loaded(self) -> "SentenceTransformer":
        """The model itself. Raises Unavailable where it cannot be had."""
        with self._lock:
            if self._model is None:
                self._model = _load(self._name, self._cache, self._say)
            return self._model

    @property
    def is_loaded(self) -> bool:
        """Whether a question can be embedded without waiting for the model."""
        return self._model is not None

    def _prompt(self, role: str) -> str | None:
        # E5 models are trained with these words in front; their published folders do not say so.
        model = self._model
        if model is not None and "e5" in self._name.lower() and not any((model.prompts or {}).values()):
            return PROMPTS[role]
        return None  # the model's own


def model_key(name: str) -> str:
    """`bundled`, or a readable part and a hash of where the model is and what its folder's settings say.

    >>> model_key("bundled")
    'bundled'
    """
    if name == BUNDLED:
        return BUNDLED
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


def _load(name: str, cache: Path, say: Callable[[str], None]) -> "SentenceTransformer":
    path = str(bundled_folder(cache, say)) if name == BUNDLED else name
    if name == BUNDLED or Path(name).is_dir():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a folder needs no hub; without this some calls try one
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        return SentenceTransformer(path, device="cpu")
    except Exception as fault:  # the library raises a dozen kinds for a folder that is not a model
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise Unavailable(f"The model {name} cannot be loaded: {reason.rstrip('.')}. Check ATZINA_MODEL.") from fault
