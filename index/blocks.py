"""Weights of 4 bits, in blocks that have a scale each: how the bundled model is published."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 32  # values a block


@dataclass(frozen=True, slots=True)
class Blocks:
    """Whole numbers from -8 to 7, (n, 32) int8, and the scale of each 32, (n,) float32."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def read(cls, raw: bytes) -> "Blocks":
        """Of blocks of an f16 scale and 16 bytes: their low nibbles are the first 16 values, their high ones the rest.

        >>> Blocks.read(np.float16(0.5).tobytes() + bytes([0x98] * 16)).floats()[[0, 16]].tolist()
        [0.0, 0.5]
        """
        blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("bytes", "u1", BLOCK // 2)]))
        nibbles = np.concatenate([blocks["bytes"] & 15, blocks["bytes"] >> 4], axis=1).astype(np.int8) - np.int8(8)
        return cls(nibbles, blocks["scale"].astype(np.float32))

    def floats(self) -> NDArray[np.float32]:
        """The values as they are meant, one after another."""
        return (self.values * self.scales[:, None]).reshape(-1)

    def packed(self) -> NDArray[np.uint8]:
        """Two values a byte, the first one in its low half, as ONNX has them.

        >>> Blocks(np.array([[-1, 2]], np.int8), np.ones(1, np.float32)).packed().tolist()
        [47]
        """
        nibbles = self.values.astype(np.uint8).reshape(-1) & 15
        return (nibbles[::2] | nibbles[1::2] << 4).astype(np.uint8)
