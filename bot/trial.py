"""Retrieval measured as a user meets it: a judged set goes through a corpus and an index with the same settings."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.settings import Settings
from corpus import Corpus, Draft, Narrowing, Span, text_hash
from index import Index, JudgedSet, SentenceEmbedder, evaluate, read_set

_SPEED_SAMPLE = 64  # passages embedded to tell the speed, however many vectors are kept already

Told = Callable[[int, int, str], None]


def run(settings: Settings, folder: Path, told: Told) -> dict[str, object]:
    """The measures on a set in BEIR layout. Vectors are kept below home, so a second run is quick. Raises Invalid."""
    judged = read_set(folder)
    settings.make_home()
    embedder = SentenceEmbedder(settings.model, settings.cache / "models")
    name = hashlib.sha256((folder / "corpus.jsonl").read_bytes()).hexdigest()[:12]  # equal texts get equal ids
    with tempfile.TemporaryDirectory(prefix="atzina-eval-") as scratch:
        corpus = Corpus.open(f"sqlite:///{Path(scratch) / 'eval.db'}")
        try:
            known = fill(corpus, judged)
            index = Index(settings.home / "eval" / name, embedder)
            index.sync(corpus, lambda done, of: told(done, of, "embedding"))
            within = frozenset(known)
            search = _search(index, known, within)
            found = evaluate(judged, search)
        finally:
            corpus.close()
    return found | {"passages_per_s": _speed(embedder, judged)}


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


def _search(index: Index, known: dict[int, str], within: frozenset[int]) -> Callable[[str, int], Sequence[str]]:
    return lambda question, k: [known[hit.passage_id] for hit in index.search(question, k, within)]


def _speed(embedder: SentenceEmbedder, judged: JudgedSet) -> float:
    texts = [passage.text for passage in judged.passages[:_SPEED_SAMPLE]]
    began = time.perf_counter()
    for _ in embedder.passages(texts):
        pass
    return round(len(texts) / (time.perf_counter() - began), 1)
