"""The graph computes what a BERT encoder of `transformers` computes, in whole numbers nearly and in 32 bits exactly."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import BertConfig, BertModel

from index.blocks import BLOCK, Blocks
from index.graph import write_graph

_WORDS, _WIDTH, _LAYERS, _HEADS, _EPS = 50, 64, 2, 2, 1e-6


@pytest.mark.parametrize(("whole_numbers", "apart"), [(False, 1e-5), (True, 0.15)])
def test_it_computes_what_the_encoder_does(tmp_path: Path, whole_numbers: bool, apart: float) -> None:
    drawn = np.random.default_rng(1)
    count = _WORDS * _WIDTH // BLOCK
    words = Blocks(drawn.integers(-8, 8, (count, BLOCK), np.int8), drawn.uniform(0.05, 0.2, count).astype(np.float32))
    torch.manual_seed(1)
    encoder = BertModel(
        BertConfig(
            vocab_size=_WORDS,
            hidden_size=_WIDTH,
            num_hidden_layers=_LAYERS,
            num_attention_heads=_HEADS,
            intermediate_size=2 * _WIDTH,
            max_position_embeddings=20,
            layer_norm_eps=_EPS,
            initializer_range=0.2,
        ),
        add_pooling_layer=False,
    ).eval()
    with torch.no_grad():
        encoder.embeddings.word_embeddings.weight[:] = torch.from_numpy(words.floats().reshape(_WORDS, _WIDTH))
    weights = {name: tensor.numpy() for name, tensor in encoder.state_dict().items()}
    path = tmp_path / "graph.onnx"
    write_graph(path, weights, words, layers=_LAYERS, heads=_HEADS, eps=_EPS, whole_numbers=whole_numbers)

    ids, mask = drawn.integers(0, _WORDS, (3, 8)), np.ones((3, 8), np.int64)
    mask[1, 5:] = 0
    mine = onnxruntime.InferenceSession(path).run(None, {"ids": ids, "mask": mask})[0]
    with torch.no_grad():
        each = encoder(torch.from_numpy(ids), torch.from_numpy(mask)).last_hidden_state.numpy()
    theirs = (each * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    assert np.abs(mine - theirs).max() < apart
    assert whole_numbers == (b"MatMulNBits" in path.read_bytes())
