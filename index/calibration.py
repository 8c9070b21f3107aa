"""Makes a model's subspace of languages: from parallel sentences, or from what the corpus itself holds."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.errors import Invalid
from corpus.records import Document, Passage
from index.embedder import SentenceEmbedder
from index.fairness import Subspace, subspace_of
from index.syncing import split

RANK = 24  # directions, where there are languages enough
_FEWEST_LANGUAGES = 2
_FEWEST = 20  # texts of a language, for a mean that says more of the language than of what they speak of
_MOST = 200  # passages of a language that are looked at


@dataclass(frozen=True, slots=True)
class Texts:
    """Of one language: what people might ask, and what might answer."""

    questions: Sequence[str]
    passages: Sequence[str]


def read_parallel(path: Path, every: int = 1) -> dict[str, Texts]:
    """Every n-th row of a file with a column a language, by tabs; a column `document` is left out. Raises Invalid."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[::every]
    except (OSError, ValueError) as fault:
        raise Invalid(f"{path} cannot be read as parallel sentences, a column a language, by tabs.") from fault
    languages = [column for column in (rows[0] if rows else ()) if column and column != "document"]
    found = {language: [row[language] for row in rows if row[language]] for language in languages}
    return _enough({language: Texts(texts, texts) for language, texts in found.items()}, str(path))


def texts_of(passages: Iterable[tuple[Passage, Document]]) -> dict[str, Texts]:
    """By language, some of the corpus's passages, and of each the first sentence as a question. Raises Invalid."""
    found: dict[str, list[str]] = defaultdict(list)
    for passage, document in passages:
        language = passage.language or document.language
        if language and len(found[language]) < _MOST:
            found[language].append(passage.text)
    by_language = {name: Texts([split(text)[0] for text in texts], texts) for name, texts in found.items()}
    return _enough({n: texts for n, texts in by_language.items() if len(texts.passages) >= _FEWEST}, "The corpus")


def calibrate(
    embedder: SentenceEmbedder, texts: Mapping[str, Texts], rank: int, told: Callable[[int, int], None]
) -> Subspace:
    """The leading directions of the languages' means in both roles: at most `rank`, and at most one a language.

    More than that would be what the texts of a language speak of, and not the language.
    """
    means = []
    for number, each in enumerate(texts.values(), 1):
        means += list(_means(embedder, each))
        told(number, len(texts))
    return subspace_of(np.stack(means), min(rank, len(texts)))


def _means(embedder: SentenceEmbedder, texts: Texts) -> Iterator[np.ndarray[tuple[int], np.dtype[np.float32]]]:
    yield embedder.questions(texts.questions).mean(axis=0)
    yield np.concatenate(list(embedder.passages(texts.passages))).mean(axis=0)


def _enough(texts: dict[str, Texts], where: str) -> dict[str, Texts]:
    if len(texts) < _FEWEST_LANGUAGES or any(len(each.passages) < _FEWEST for each in texts.values()):
        raise Invalid(
            f"{where} holds too little to calibrate with: at least {_FEWEST} texts in each of {_FEWEST_LANGUAGES} "
            "languages or more. With a file of parallel sentences: atzina calibrate --parallel FILE."
        )
    return texts
