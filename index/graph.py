"""A BERT encoder's weights as an ONNX graph with whole-number matrices: what `index/runtime.py` runs.

The graph is built from the weights themselves, so it needs no PyTorch. Matrices become whole numbers of 8 bits,
with a scale for each column (Jacob et al., CVPR 2018, arXiv:1712.05877); 7 of the bits are used, since processors
without VNNI add up pairs of products in 16. What that costs: docs/retrieval.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

Weights = Mapping[str, NDArray[np.float32]]
_OPSET = 20  # the first with Gelu
_EMBEDDINGS = "embeddings"
_WORD = f"{_EMBEDDINGS}.word_embeddings.weight"
_FUSED = "com.microsoft"  # ONNX Runtime's own operations


@dataclass(slots=True)
class _Graph:
    """Nodes and matrices as they are added. Each method gives the name of what it adds."""

    weights: Weights
    heads: int
    eps: float
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)
    exact: list[str] = field(default_factory=list)  # nodes that are not put into whole numbers

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

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def linear(self, x: str, *names: str, exact: bool = False) -> str:
        """Of `x`: x W + b, for layers side by side: PyTorch holds W transposed. `exact`: not in whole numbers."""
        matrix = np.concatenate([self.weights[f"{name}.weight"].T for name in names], axis=1)
        bias = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        product = self.node("MatMul", x, self.constant(f"{names[0]}.matrix", matrix))
        if exact:
            self.exact.append(product)
        return self.node("Add", product, self.constant(f"{names[0]}.bias", bias))

    def normalised(self, x: str, name: str) -> str:
        return self.node(
            "LayerNormalization",
            x,
            self.weight(f"{name}.weight"),
            self.weight(f"{name}.bias"),
            epsilon=self.eps,
            axis=-1,
        )


def write_graph(path: Path, weights: Weights, *, layers: int, heads: int, eps: float) -> None:
    """Writes the encoder with mean pooling: token ids (b, n) and mask (b, n), int64, to vectors (b, d), float32.

    `weights`: by their names in a BERT checkpoint. The vectors are not of unit length yet.
    """
    graph = _Graph(weights, heads, eps)
    x, padding = _embedded(graph), graph.node("Cast", "mask", to=TensorProto.INT32)
    for number in range(layers):
        x = _layer(graph, x, padding, f"encoder.layer.{number}")
    _pool(graph, x)
    whole = path.with_suffix(".fp32")
    onnx.save(_model(graph, weights[_WORD].shape[1]), whole)
    quantize_dynamic(
        whole,
        path,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=graph.exact,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},  # of what ONNX Runtime's own operations give
    )
    whole.unlink()


def _embedded(graph: _Graph) -> str:
    # a scale for each word: one for the whole table costs more than all other rounding together
    table = graph.weights[_WORD]
    scales = np.abs(table).max(axis=1, keepdims=True).clip(1e-12) / 127
    whole = graph.node("Gather", graph.constant("words", np.rint(table / scales).astype(np.int8)), "ids")
    scale = graph.node("Gather", graph.constant("scales", scales.astype(np.float32)), "ids")
    words = graph.node("Mul", graph.node("Cast", whole, to=TensorProto.FLOAT), scale)
    places, kind = (
        graph.weights[f"{_EMBEDDINGS}.position_embeddings.weight"],
        f"{_EMBEDDINGS}.token_type_embeddings.weight",
    )
    # every token is of the first type
    positions = graph.constant("places", places + graph.weights[kind][0])
    length = graph.node("Shape", "ids", start=1)
    here = graph.node(
        "Slice", positions, graph.constant("first", np.array([0])), length, graph.constant("rows", np.array([0]))
    )
    return graph.normalised(graph.node("Add", words, here), f"{_EMBEDDINGS}.LayerNorm")


def _layer(graph: _Graph, x: str, padding: str, name: str) -> str:
    mine = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    query, key, value = graph.parts(graph.linear(x, *mine), 3)
    seen = graph.node("MultiHeadAttention", query, key, value, "", padding, domain=_FUSED, num_heads=graph.heads)
    x = graph.normalised(
        graph.node("Add", x, graph.linear(seen, f"{name}.attention.output.dense")), f"{name}.attention.output.LayerNorm"
    )
    inner = graph.node("Gelu", graph.linear(x, f"{name}.intermediate.dense"))
    # what comes out of Gelu is mostly near 0 and rarely far from it: in whole numbers, most of it would be lost
    outer = graph.linear(inner, f"{name}.output.dense", exact=True)
    return graph.normalised(graph.node("Add", x, outer), f"{name}.output.LayerNorm")


def _pool(graph: _Graph, x: str) -> None:
    """The mean of the tokens that are not padding."""
    mask = graph.node("Cast", "mask", to=TensorProto.FLOAT)
    last, middle = graph.constant("last", np.array([2])), graph.constant("middle", np.array([1]))
    total = graph.node("ReduceSum", graph.node("Mul", x, graph.node("Unsqueeze", mask, last)), middle, keepdims=0)
    graph.nodes.append(
        helper.make_node("Div", [total, graph.node("ReduceSum", mask, middle, keepdims=1)], ["vectors"], name="mean")
    )


def _model(graph: _Graph, dimensions: int) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "n"]) for name in ("ids", "mask")]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["b", dimensions])
    made = helper.make_graph(graph.nodes, "encoder", inputs, [output], list(graph.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=10)
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})  # else it warns that this is missing
    return model
