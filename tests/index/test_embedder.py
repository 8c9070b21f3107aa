"""The bundled model on ONNX Runtime, against sentence-transformers with the same weights; and what stays unloaded."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from bot.settings import Settings
from corpus import Unavailable
from index import SentenceEmbedder
from index.bundled import bundled_folder
from index.embedder import BUNDLED, model_key, unit
from index.reference import TorchModel
from index.runtime import OnnxModel, batches

_CACHE = Settings.from_env({}).cache / "models"
_TEXTS = [
    "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem.",
    "Savanoriai lanko jaunuolius kartą per savaitę.",
    "Mentor aitab tööd leida.",
    "Volunteers are trained for twenty-four hours.",
    "Oppfølging på kveldstid er viktig.",
    "Kurator sprawdza, gdzie uczą się dzieci.",
    "Наркозависимые получают помощь.",
    "",
    "x",
    "🙂🙂",
    "  daudz   atstarpju\n\nun rindu ",
    "Ļoti garš teikums par probāciju. " * 200,
]


@pytest.fixture(scope="module")
def folder() -> Path:
    return bundled_folder(_CACHE, print)


def test_vectors_are_those_of_sentence_transformers(folder: Path) -> None:
    """In whole numbers not the same, but near, in every language, whatever the length, and each in its place."""
    ours, theirs = OnnxModel(folder), TorchModel(str(folder))
    for mine, reference in (
        (ours.documents(_TEXTS), theirs.documents(_TEXTS)),
        (ours.queries(_TEXTS), theirs.queries(_TEXTS)),
    ):
        cosines = (unit(mine) * unit(reference)).sum(axis=1)
        assert cosines.min() > 0.995
        assert np.median(cosines) > 0.999


def test_a_question_is_no_passage(folder: Path) -> None:
    """The two roles have words of their own in front."""
    model = OnnxModel(folder)
    assert not np.allclose(model.documents(["probācija"]), model.queries(["probācija"]), atol=1e-3)


def test_company_does_not_change_a_vector(folder: Path) -> None:
    """Padding is not read, and whole numbers have scales of their own in each text."""
    model = OnnxModel(folder)
    alone, among = model.documents([_TEXTS[1]]), model.documents(_TEXTS)
    assert float((unit(alone)[0] * unit(among)[1]).sum()) > 0.9999


def test_no_text_has_no_vector() -> None:
    assert list(SentenceEmbedder(BUNDLED, _CACHE).passages([])) == []


def test_a_question_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder, asked = SentenceEmbedder(BUNDLED, _CACHE), []

    class Counting:
        def queries(self, texts: list[str]) -> object:
            asked.extend(texts)
            return np.ones((len(texts), 2), np.float32)

    monkeypatch.setattr(embedder, "loaded", Counting)
    for question in ("a", "b", "a", *map(str, range(1023)), "b", "a"):
        assert embedder.question(question).tolist() == pytest.approx([0.5**0.5] * 2)
    assert asked == ["a", "b", *map(str, range(1023)), "b", "a"]  # the oldest is forgotten


def test_threads_share_a_model(folder: Path) -> None:
    model, found = OnnxModel(folder), {}
    expected = model.documents(_TEXTS[:7])

    def work(number: int) -> None:
        found[number] = model.documents(_TEXTS[:7])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[n], expected, atol=1e-5) for n in range(4))


def test_a_question_needs_no_pytorch() -> None:
    """It takes seconds to import, and hundreds of megabytes."""
    code = (
        "import sys; from pathlib import Path; from index import SentenceEmbedder\n"
        f"SentenceEmbedder('bundled', Path({str(_CACHE)!r})).question('Kas ir probācija?')\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be loaded.*ATZINA_MODEL"):
        SentenceEmbedder(str(tmp_path), _CACHE).question("a")


def test_two_versions_of_a_folder_are_two_models(tmp_path: Path) -> None:
    before = model_key(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    assert model_key(str(tmp_path)) != before


def test_batches_keep_to_their_budget() -> None:
    lengths = [int(n) for n in np.random.default_rng(1).integers(1, 600, 300)]
    found = batches(lengths, 2048)
    assert sorted(row for rows in found for row in rows) == list(range(300))
    assert all(len(rows) * max(lengths[row] for row in rows) <= 2048 for rows in found if len(rows) > 1)
