"""Retrieval measured as a user meets it: a judged set goes through a corpus and an index with the same settings."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Corpus, Draft, Narrowing, Span, text_hash
from index import Index, JudgedSet, SentenceEmbedder, calibration, evaluate, read_set
from index.calibration import Texts, texts_of
from index.chance import Difference, compare
from index.evaluation import Evaluation
from index.fairness import Subspace, calibrated, save
from index.fusion import USUAL, Weighing

_SPEED_SAMPLE = 64  # passages embedded to tell the speed, however many vectors are kept already
PARTS: dict[str, Callable[[Weighing], Weighing]] = {  # of retrieval, each of which can be left out
    "fairness": lambda usual: usual,
    "sentences": lambda usual: replace(usual, sentence=0.0),
    "words": lambda usual: replace(usual, words=0.0),
    "concepts": lambda usual: replace(usual, concepts=0.0, whole=0.0),
}

Told = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class System:
    """A model and the parts of retrieval that are left out."""

    model: str
    without: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.model + "".join(f", without {part}" for part in sorted(self.without))


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of the usual settings and, where there was one, of the `other` system."""

    usual: Evaluation
    passages_per_s: float
    other: System | None
    compared: Evaluation | None

    def as_json(self) -> dict[str, object]:
        found = self.usual.as_json() | {"passages_per_s": self.passages_per_s}
        if self.other and self.compared:
            found["compared"] = {
                "with": self.other.name,
                **self.compared.whole.means(),
                "differences": {name: each.as_json() for name, each in self.differences().items()},
            }
        return found

    def differences(self) -> dict[str, Difference]:
        """By measure, what the other system does on the same questions beside the usual one; {} without another."""
        return compare(self.usual.whole.values, self.compared.whole.values) if self.compared else {}


def run(settings: Settings, folder: Path, told: Told, other: System | None = None) -> Trial:
    """The usual settings on a set in BEIR layout and, beside them, another system on the same questions.

    Vectors are kept below home, so a second run is quick. Raises Invalid.
    """
    judged = read_set(folder)
    settings.make_home()
    with tempfile.TemporaryDirectory(prefix="atzina-eval-") as scratch:
        corpus = Corpus.open(f"sqlite:///{Path(scratch) / 'eval.db'}")
        try:
            known = fill(corpus, judged)
            found = _evaluated(settings, System(settings.model), corpus, judged, known, told)
            compared = _evaluated(settings, other, corpus, judged, known, told) if other else None
        finally:
            corpus.close()
    embedder = SentenceEmbedder(settings.model, settings.cache / "models")
    return Trial(found, _speed(embedder, judged), other, compared)


def calibrate(
    rooms: Rooms, texts: Mapping[str, Texts] | None, rank: int, out: Path | None, told: Told
) -> dict[str, object]:
    """Makes the subspace of the model in use, of these texts or of the corpus's own. Raises Invalid for too few."""
    chosen = texts or texts_of(rooms.corpus.passages(rooms.corpus.live_ids(Narrowing())).values())
    made = calibration.calibrate(rooms.embedder, chosen, rank, lambda done, of: told(done, of, "calibrating"))
    path = out or rooms.settings.subspaces / f"{rooms.embedder.key}.npy"
    save(made, path)
    return {
        "model": rooms.embedder.name,
        "languages": list(chosen),
        "rank": len(made.basis),
        "dimensions": made.basis.shape[1],
        "saved": str(path),
    }


def _evaluated(
    settings: Settings, system: System, corpus: Corpus, judged: JudgedSet, known: dict[int, str], told: Told
) -> Evaluation:
    embedder = SentenceEmbedder(system.model, settings.cache / "models")
    weighing = USUAL
    for part in system.without:
        weighing = PARTS[part](weighing)
    nothing = Subspace(np.zeros((0, 0), np.float32))
    subspace = nothing if "fairness" in system.without else calibrated(settings.subspaces, embedder.key)
    name = text_hash("".join(f"{passage.id} {passage.text}" for passage in judged.passages))[:12]
    index = Index(settings.home / "eval" / name, embedder, subspace, weighing)  # equal texts get equal ids
    index.sync(corpus, lambda done, of: told(done, of, "embedding"))
    return evaluate(judged, lambda question, k: [known[hit.passage_id] for hit in index.search(question, k)])


def fill(corpus: Corpus, judged: JudgedSet) -> dict[int, str]:
    """The set's passage ids by those of the corpus; each passage is a document of its own."""
    drafts = [
        Draft(
            source=f"{judged.name}/{passage.id}",
            kind="txt",
            content_hash=text_hash(passage.text),
            text=passage.text,
            language=passage.language,
            passages=(Span(start=0, end=len(passage.text), language=passage.language),),
        )
        for passage in judged.passages
    ]
    documents = corpus.add_all(drafts, "eval")
    by_document = {document.id: passage.id for document, passage in zip(documents, judged.passages, strict=True)}
    live = sorted(corpus.live_ids(Narrowing()))
    return {i: by_document[passage.document_id] for i, (passage, _) in corpus.passages(live).items()}


def _speed(embedder: SentenceEmbedder, judged: JudgedSet) -> float:
    texts = [passage.text for passage in judged.passages[:_SPEED_SAMPLE]]
    began = time.perf_counter()
    for _ in embedder.passages(texts):
        pass
    return round(len(texts) / (time.perf_counter() - began), 1)
