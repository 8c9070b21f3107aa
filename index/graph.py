"""A BERT encoder's weights as an ONNX graph: what `index/runtime.py` runs.

The graph is built from the weights themselves, so it needs no PyTorch. Matrices become whole numbers of 8 bits with a
scale for each 64 values of a column, and so does, while it runs, what they are multiplied with: one value far from the
others spoils no more than its 64 (Dettmers et al., ICLR 2022, arXiv:2110.02861). Where the processor does not multiply
such numbers faster, they stay in 32 bits. The table of words stays in the blocks of 4 bits in which it is published.
What that costs: docs/retrieval.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.blocks import BLOCK, Blocks

Weights = Mapping[str, NDArray[np.float32]]
_OPSET = 21  # the first with Gelu, and with whole numbers of 4 bits
_EMBEDDINGS = "embeddings"
_FUSED = "com.microsoft"  # ONNX Runtime's own operations
_BITS, _VALUES = 8, 64  # of a matrix: bits a value, values a scale
_WHOLE = 4  # of accuracy_level: what is multiplied becomes whole numbers of 8 bits, too


@dataclass(slots=True)
class _Graph:
    """Nodes and matrices as they are added. Each method gives the name of what it adds."""

    weights: Weights
    heads: int
    eps: float
    whole_numbers: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    @property
    def dimensions(self) -> int:
        return len(self.weights[f"{_EMBEDDINGS}.LayerNorm.weight"])

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def parts(self, x: str, count: int) -> list[str]:
        """`x` cut into equal parts along its last axis."""
        names = [f"{x}_{number}" for number in range(count)]
        self.nodes.append(helper.make_node("Split", [x], names, name=f"{x}_cut", axis=-1, num_outputs=count))
        return names

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def table(self, name: str, blocks: Blocks) -> str:
        """A constant of 4 bits a value, with as many columns as a token has dimensions."""
        shape = (blocks.values.size // self.dimensions, self.dimensions)
        self.constants[name] = helper.make_tensor(name, TensorProto.INT4, shape, blocks.packed().tobytes(), raw=True)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def linear(self, x: str, *names: str) -> str:
        """Of `x`: x W + b, for layers side by side."""
        matrix = np.concatenate([self.weights[f"{name}.weight"] for name in names])
        bias = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        product = self._product_in_whole_numbers if self.whole_numbers else self._product
        return self.node("Add", product(x, names[0], matrix), self.constant(f"{names[0]}.bias", bias))

    def _product(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        return self.node("MatMul", x, self.constant(f"{name}.matrix", matrix.T))

    def _product_in_whole_numbers(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        whole, scales = eight_bits(matrix)
        return self.node(
            "MatMulNBits",
            x,
            self.constant(f"{name}.matrix", whole),
            self.constant(f"{name}.scales", scales),
            domain=_FUSED,
            N=matrix.shape[0],
            K=matrix.shape[1],
            bits=_BITS,
            block_size=_VALUES,
            accuracy_level=_WHOLE,
        )

    def normalised(self, x: str, name: str) -> str:
        return self.node(
            "LayerNormalization",
            x,
            self.weight(f"{name}.weight"),
            self.weight(f"{name}.bias"),
            epsilon=self.eps,
            axis=-1,
        )


def write_graph(
    path: Path, weights: Weights, words: Blocks, *, layers: int, heads: int, eps: float, whole_numbers: bool
) -> None:
    """Writes the encoder with mean pooling: token ids (b, n) and mask (b, n), int64, to vectors (b, d), float32.

    `weights`: by their names in a BERT checkpoint; `words`: its table of words; `whole_numbers`: matrices in
    whole numbers of 8 bits, else in 32 bits. The vectors are not of unit length yet.
    """
    graph = _Graph(weights, heads, eps, whole_numbers)
    x, padding = _embedded(graph, words), graph.node("Cast", "mask", to=TensorProto.INT32)
    for number in range(layers):
        x = _layer(graph, x, padding, f"encoder.layer.{number}")
    _pool(graph, x)
    onnx.save(_model(graph), path)


def eight_bits(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Of (n, k) values, those from 1 to 255 that stand for them, (n, k / 64, 64), and their scales, (n, k / 64).

    A value is what stands for it, less 128, times the scale.

    >>> whole, scales = eight_bits(np.array([[0.5, -1.0] * 32], np.float32))
    >>> whole[0, 0, :2].tolist(), scales.tolist() == [[np.float32(1 / 127)]]
    ([192, 1], True)
    """
    rows = matrix.reshape(len(matrix), -1, _VALUES)
    most = 2 ** (_BITS - 1)
    scales = np.abs(rows).max(axis=2, keepdims=True).clip(1e-12) / (most - 1)
    return (np.rint(rows / scales) + most).astype(np.uint8), scales[:, :, 0].astype(np.float32)


def _embedded(graph: _Graph, words: Blocks) -> str:
    here = graph.node(
        "GatherBlockQuantized",
        graph.table("words", words),
        "ids",
        graph.constant("scales", words.scales.reshape(-1, graph.dimensions // BLOCK)),
        domain=_FUSED,
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    places, kind = (
        graph.weights[f"{_EMBEDDINGS}.position_embeddings.weight"],
        f"{_EMBEDDINGS}.token_type_embeddings.weight",
    )
    # every token is of the first type
    positions = graph.constant("places", places + graph.weights[kind][0])
    length = graph.node("Shape", "ids", start=1)
    place = graph.node(
        "Slice", positions, graph.constant("first", np.array([0])), length, graph.constant("rows", np.array([0]))
    )
    return graph.normalised(graph.node("Add", here, place), f"{_EMBEDDINGS}.LayerNorm")


def _layer(graph: _Graph, x: str, padding: str, name: str) -> str:
    mine = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    query, key, value = graph.parts(graph.linear(x, *mine), 3)
    seen = graph.node("MultiHeadAttention", query, key, value, "", padding, domain=_FUSED, num_heads=graph.heads)
    x = graph.normalised(
        graph.node("Add", x, graph.linear(seen, f"{name}.attention.output.dense")), f"{name}.attention.output.LayerNorm"
    )
    inner = graph.node("Gelu", graph.linear(x, f"{name}.intermediate.dense"))
    outer = graph.linear(inner, f"{name}.output.dense")
    return graph.normalised(graph.node("Add", x, outer), f"{name}.output.LayerNorm")


def _pool(graph: _Graph, x: str) -> None:
    """The mean of the tokens that are not padding."""
    mask = graph.node("Cast", "mask", to=TensorProto.FLOAT)
    last, middle = graph.constant("last", np.array([2])), graph.constant("middle", np.array([1]))
    total = graph.node("ReduceSum", graph.node("Mul", x, graph.node("Unsqueeze", mask, last)), middle, keepdims=0)
    graph.nodes.append(
        helper.make_node("Div", [total, graph.node("ReduceSum", mask, middle, keepdims=1)], ["vectors"], name="mean")
    )


def _model(graph: _Graph) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "n"]) for name in ("ids", "mask")]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["b", graph.dimensions])
    made = helper.make_graph(graph.nodes, "encoder", inputs, [output], list(graph.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10)
