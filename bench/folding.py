"""How many translations are folded into one answer, and how many passages that are none: bot/folding.py.

    python bench/folding.py calibration.tsv [--corpora 150]

The file has a sentence a line, in parallel: its document, then the sentence in each language that the first line
names. The first sentence of a document is its title; the others make passages as those of a report do. Each corpus
has the documents in three languages. Half of them are whole in each. The others are cut in two, and one language has
one half, the next the other: different reports on one topic, under the same title, which is as hard as it gets.
A passage in a fourth language is the question; its hundred nearest are folded.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from bot.folding import Vectors, folded
from bot.settings import Settings
from corpus import Passage
from index import SentenceEmbedder
from index.embedder import BUNDLED
from index.fairness import shipped
from index.syncing import in_context
from ingest.cleaning import clean
from ingest.passages import compose
from ingest.reading import Block, Kind

LANGUAGES = ("lv", "lt", "et", "en", "no", "pl", "ru")
HITS = 100
SEEN = 10  # hits whose folding is counted: few people look further
SHORTEST = 6  # sentences of a document that is used
SAME = 0.8  # share of sentences in common, from which two passages should be folded


@dataclass(frozen=True, slots=True)
class Part:
    """A passage of a document in a language, and the numbers of the document's sentences that it holds."""

    passage: Passage
    document: str
    title: str
    sentences: frozenset[int]
    half: int | None  # of its document; None where it reaches into both

    def overlap(self, other: "Part") -> float:
        """Share of the sentences of both in those of either; 0 where they are of different documents."""
        same = self.document == other.document
        return len(self.sentences & other.sentences) / len(self.sentences | other.sentences) if same else 0.0


def read_parts(path: Path) -> list[Part]:
    """Every passage of every document, in every language."""
    head, *rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    documents = [name for name, length in Counter(row[0] for row in rows).items() if length >= SHORTEST]
    return [
        part
        for number, document in enumerate(documents)
        for column, language in enumerate(LANGUAGES)
        for part in _parts(
            document,
            number * len(LANGUAGES) + column,
            language,
            [clean(row[head.index(language)]) for row in rows if row[0] == document],
        )
    ]


def _parts(document: str, number: int, language: str, sentences: Sequence[str]) -> Iterator[Part]:
    title, *body = sentences
    text, spans = compose([Block(" ".join(body[i : i + 2]), Kind.PARAGRAPH) for i in range(0, len(body), 2)])
    starts, at = [], 0
    for sentence in body:
        at = text.index(sentence, at)
        starts.append(at)
        at += len(sentence)
    for span in spans:
        held = frozenset(n for n, start in enumerate(starts) if span.start <= start < span.end)
        half = 0 if max(held) < len(body) // 2 else 1 if min(held) >= len(body) // 2 else None
        passage = Passage(
            id=0,
            document_id=number,
            start=span.start,
            end=span.end,
            page=None,
            heading=None,
            language=language,
            text=text[span.start : span.end],
        )
        yield Part(passage, document, title, held, half)


def count(parts: Sequence[Part], vectors: Vectors, corpora: int) -> Counter[str]:
    """Pairs of passages of which at least one is among the first hits: what they are, and which were folded."""
    chance, counted = random.Random(0), Counter[str]()
    for _ in range(corpora):
        asked = chance.randrange(len(parts))
        others = [language for language in LANGUAGES if language != parts[asked].passage.language]
        held = np.array(_corpus(parts, chance.sample(others, 3), chance))
        hits = held[np.argsort(-vectors[held] @ vectors[asked], kind="stable")[:HITS]]
        groups = folded([parts[i].passage for i in hits], vectors[hits])
        group_of = {n: number for number, group in enumerate(groups) for n in group}
        for a, b in combinations(range(len(hits)), 2):
            if a < SEEN and parts[hits[a]].passage.document_id != parts[hits[b]].passage.document_id:
                overlap = parts[hits[a]].overlap(parts[hits[b]])
                kind = "translation" if overlap >= SAME else "part of it" if overlap else "something else"
                counted[kind] += 1
                counted[f"{kind}, folded"] += group_of[a] == group_of[b]
    return counted


def _corpus(parts: Sequence[Part], languages: Sequence[str], chance: random.Random) -> list[int]:
    """Which parts are in it: see above."""
    whole = {document: chance.random() < 0.5 for document in sorted({part.document for part in parts})}
    return [
        n
        for n, part in enumerate(parts)
        if part.passage.language in languages
        and (whole[part.document] or part.half == languages.index(part.passage.language) % 2)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parallel", type=Path)
    parser.add_argument("--corpora", type=int, default=150)
    wanted = parser.parse_args()
    parts = read_parts(wanted.parallel)
    embedder = SentenceEmbedder(BUNDLED, Settings.from_env({}).cache / "models", print)
    subspace = shipped(embedder.key)
    assert subspace is not None
    found = embedder.passages([in_context(part.passage.text, part.title) for part in parts])
    counted = count(parts, subspace.remove(np.concatenate(list(found))), wanted.corpora)
    for kind in ("translation", "part of it", "something else"):
        print(f"{kind:<16}{counted[kind]:>8} pairs, of which folded{counted[f'{kind}, folded']:>6}")


if __name__ == "__main__":
    main()
