"""The bundled model on ONNX Runtime: the only importer of onnxruntime. PyTorch is not needed, nor loaded."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.bundled import GRAPH, MOST_TOKENS, PROMPTS

Vectors = NDArray[np.float32]
_BUDGET = 512  # tokens of one pass, padding included: what is computed of more does not fit beside the cores
_PADDING = 1  # the token that fills up


class OnnxModel:
    """Safe in threads: a question need not wait for passages that are being embedded."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        options.inter_op_num_threads = 1
        # once a vector is made, its threads leave their cores to what comes after
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3  # errors
        self._session: Any = onnxruntime.InferenceSession(folder / GRAPH, options, ["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def documents(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, in order."""
        return self._encoded([PROMPTS["document"] + text for text in texts])

    def queries(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, in order."""
        return self._encoded([PROMPTS["query"] + text for text in texts])

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        found: dict[int, Vectors] = {}
        for rows in batches([len(each) for each in ids], _BUDGET):
            tokens = np.full((len(rows), max(len(ids[row]) for row in rows)), _PADDING, np.int64)
            mask = np.zeros_like(tokens)
            for number, row in enumerate(rows):
                tokens[number, : len(ids[row])] = ids[row]
                mask[number, : len(ids[row])] = 1
            found |= dict(zip(rows, self._session.run(None, {"ids": tokens, "mask": mask})[0], strict=True))
        return np.stack([found[row] for row in range(len(texts))])


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Rows to be computed at once: of like length, and with their padding no more tokens than `budget`, or one row.

    >>> batches([3, 9, 3, 4], 8)
    [[0, 2], [3], [1]]
    """
    found: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if found and (len(found[-1]) + 1) * lengths[row] <= budget:
            found[-1].append(row)
        else:
            found.append([row])
    return found
