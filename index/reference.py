"""Any sentence-transformers model on PyTorch: the only importer of sentence_transformers, which takes seconds.

The bundled model's vectors are measured against this; where ONNX Runtime is not to be had, it is used in its place.
"""

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import Unavailable
from index.bundled import PROMPTS

Vectors = NDArray[np.float32]
_QUIETLY: dict[str, Any] = {"batch_size": 32, "show_progress_bar": False}  # texts a forward pass


class TorchModel:
    """A folder, or a hub name. Safe in threads. Raises Unavailable where it cannot be loaded."""

    def __init__(self, name: str) -> None:
        if Path(name).is_dir():
            os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a folder needs no hub; without this some calls try one
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        try:
            self._model = SentenceTransformer(name, device="cpu")
        except Exception as fault:  # the library raises a dozen kinds for a folder that is not a model
            reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
            raise Unavailable(
                f"The model {name} cannot be loaded: {reason.rstrip('.')}. Check ATZINA_MODEL."
            ) from fault
        # E5 models are trained with these words in front; their published folders do not say so.
        silent = not any((self._model.prompts or {}).values())
        self._prompts = PROMPTS if "e5" in name.lower() and silent else {}
        self._lock = threading.Lock()

    def documents(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, in order."""
        with self._lock:
            found = self._model.encode_document(list(texts), prompt=self._prompts.get("document"), **_QUIETLY)
        return np.asarray(found, dtype=np.float32)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, in order."""
        with self._lock:
            found = self._model.encode_query(list(texts), prompt=self._prompts.get("query"), **_QUIETLY)
        return np.asarray(found, dtype=np.float32)
