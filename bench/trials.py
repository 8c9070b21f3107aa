"""The trials of docs/retrieval.md: one judged set after another, scored in each way that was tried.

    python bench/trials.py SET_DIR [SET_DIR ...]

A line a way of scoring: recall@1 / recall@10 / mean average precision for each set. Vectors are kept in
ATZINA_HOME, so a second run is quick.
"""

import math
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.settings import Settings
from bot.trial import fill
from corpus import Corpus
from index import Index, SentenceEmbedder, read_set
from index.concepts import concepts_by_word, languages
from index.fairness import Subspace
from index.fusion import USUAL, lacking, meant, named
from index.judged import JudgedSet
from index.part import Part
from index.snapshot import Snapshot, current, read

Matrix = NDArray[np.float32]

_ANCHOR = re.compile(r"\b\w*\d\w*\b|\b[^\W\d_]*[A-Z]{2}\w*\b|(?<=\w )[A-Z][^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Views:
    """(questions, passages): cosine of the passage, of its best sentence, its BM25, its concepts; what is relevant.

    `anchors`: the rarity of the names and numbers that both have; `hub`, (passages,): the mean cosine of a passage with
    the ten that are nearest to it; `spoken`, (passages,): their languages.
    """

    plain: Matrix
    cosine: Matrix
    sentence: Matrix
    bm25: Matrix
    lacking: Matrix
    named: Matrix
    anchors: Matrix
    hub: Matrix
    spoken: NDArray[np.str_]
    relevant: list[list[int]]


def views(settings: Settings, folder: Path) -> Views:
    """Every question of a set against every passage of it."""
    judged, embedder = read_set(folder), SentenceEmbedder(settings.model, settings.cache / "models", print)
    nothing = Subspace(np.zeros((0, 0), np.float32))
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Corpus.open(f"sqlite:///{scratch}/trial.db")
        known = fill(corpus, judged)
        place = settings.home / "trials" / folder.name
        index = Index(place, embedder)
        index.sync(corpus)
        plain = _cosines(Index(place, embedder, nothing), corpus, embedder, judged, nothing, place)
        index.sync(corpus)
        corpus.close()
    found = read(current(place / embedder.key) or place)
    questions = index.subspace.remove(embedder.questions([question.text for question in judged.questions]))
    ids, (part,) = list(known), [held.part for held in found.held]
    rows = np.arange(len(part))
    sentence = np.stack([_best_sentence(part, rows, question) for question in questions])
    bm25 = np.array([_row(found.words.best(q.text, len(ids), None), ids) for q in judged.questions], np.float32)
    spoken = part.spoken(rows)
    said = np.array([_named(found, q.text, part) for q in judged.questions], np.float32)
    places = {name: column for column, name in enumerate(known.values())}
    relevant = [[places[name] for name in question.relevant if name in places] for question in judged.questions]
    vectors = part.vectors.get(ids)
    near = np.sort(vectors @ vectors.T, axis=1)[:, -11:-1].mean(axis=1)
    shared = _anchors([question.text for question in judged.questions], [each.text for each in judged.passages])
    cosine, lost = questions @ vectors.T, np.array([lacking(row, spoken) for row in bm25], np.float32)
    return Views(plain, cosine, sentence, bm25, lost, said, shared, near, spoken, relevant)


def _anchors(questions: Sequence[str], passages: Sequence[str]) -> Matrix:
    """(questions, passages): summed rarity of the numbers, acronyms and names that both have."""
    held = [set(_ANCHOR.findall(text)) for text in passages]
    count = Counter(word for words in held for word in words)
    found = np.zeros((len(questions), len(passages)), np.float32)
    for row, question in enumerate(questions):
        for word in _ANCHOR.findall(question):
            if word in count:
                found[row, [word in words for words in held]] += math.log(len(passages) / count[word])
    return found


def _cosines(
    index: Index, corpus: Corpus, embedder: SentenceEmbedder, judged: JudgedSet, subspace: Subspace, place: Path
) -> Matrix:
    index.sync(corpus)
    found = read(current(place / embedder.key) or place)
    questions = subspace.remove(embedder.questions([question.text for question in judged.questions]))
    (part,) = [held.part for held in found.held]
    return questions @ part.vectors.get(part.vectors.ids).T


def _row(scores: dict[int, float], ids: list[int]) -> list[float]:
    return [scores.get(i, 0.0) for i in ids]


def _best_sentence(part: Part, rows: NDArray[np.intp], question: Matrix) -> Matrix:
    sentences, lengths = part.sentences_of(rows)
    return np.maximum.reduceat(part.nearness(sentences, question), np.cumsum(lengths) - lengths)


def _named(found: Snapshot, question: str, part: Part) -> NDArray[np.float64]:
    rows = np.arange(len(part))
    asked, words = concepts_by_word(question)
    rarity = found.words.rarity(asked.tolist())
    names = part.names(part.sentences_of(rows)[0], asked)
    return named(names, part.starts, rarity, words, part.spoken(rows), languages())[0]


def measured(scores: Matrix, relevant: list[list[int]]) -> str:
    """recall@1 / recall@10 / mean average precision."""
    one = ten = precision = 0.0
    for row, wanted in zip(scores, relevant, strict=True):
        rank = np.empty(len(row), int)
        rank[np.argsort(-row, kind="stable")] = np.arange(len(row))
        ranks = np.sort(rank[wanted])
        one, ten = one + (ranks[0] == 0), ten + (ranks[0] < 10)
        precision += float(np.mean([(n + 1) / (r + 1) for n, r in enumerate(ranks)]))
    return " / ".join(f"{each / len(relevant):.3f}" for each in (one, ten, precision))


def _joined(view: Views) -> Matrix:
    return meant(view.cosine.astype(np.float64), view.sentence.astype(np.float64)).astype(np.float32)


def _worded(view: Views) -> Matrix:
    lost: Matrix = np.minimum(USUAL.words * view.lacking, USUAL.most_words)
    return _joined(view) - lost


def _fair(scores: Matrix, spoken: NDArray[np.str_], floor: float = 0.05) -> Matrix:
    """The best of each language behind the first, where it is at most `floor` below that."""
    found, rows = scores.copy(), np.arange(len(scores))
    most = scores.max(axis=1)
    for language in sorted(set(spoken.tolist())):
        best = np.where(spoken == language, scores, -np.inf).argmax(axis=1)
        near = scores[rows, best] >= most - floor
        found[rows[near], best[near]] += 10
    return found


WAYS: dict[str, Callable[[Views], Matrix]] = {
    "cosine, language kept in": lambda v: v.plain,
    "cosine, language projected out": lambda v: v.cosine,
    "with the best sentence": _joined,
    "plus 0.01 x BM25": lambda v: _joined(v) + np.minimum(0.01 * v.bm25, 0.1),
    "plus 0.0025 x BM25": lambda v: _joined(v) + np.minimum(0.0025 * v.bm25, 0.1),
    "less what is lacking within its language": _worded,
    "the same with concepts": lambda v: _worded(v) + v.named,
    "that, less half of how near its neighbours are": lambda v: _worded(v) + v.named - 0.5 * v.hub,
    "that, plus 0.01 x rarity of names and numbers": lambda v: _worded(v) + v.named + np.minimum(0.01 * v.anchors, 0.1),
    "that, with the best of each language first": lambda v: _fair(_worded(v) + v.named, v.spoken),
}


def main() -> None:
    settings = Settings.from_env(os.environ)
    found = {Path(name).name: views(settings, Path(name)) for name in sys.argv[1:]}
    print(f"{'':<50}" + "".join(f"{name:<24}" for name in found))
    for name, way in WAYS.items():
        print(f"{name:<50}" + "".join(f"{measured(way(v), v.relevant):<24}" for v in found.values()), flush=True)


if __name__ == "__main__":
    main()
