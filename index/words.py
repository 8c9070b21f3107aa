"""Passages by the words they hold and the concepts they name: the only importer of tantivy.

BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, doi:10.1561/1500000019) over two fields,
on disk, in step with the vectors, and narrowed inside the search.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from corpus.records import Narrowing
from index.facets import Facets
from index.terms import terms

_HEAP = 32_000_000  # bytes for the writer
_MOST_TERMS = 64  # of one question
_LEAST = 150  # passages: in a smaller corpus a concept is as rare as if so many were there, so that it tells as much
_FACETS = ("language", "country", "collection", "status", "audience")


@dataclass(frozen=True, slots=True)
class Worded:
    """A passage as it is written here, with the numbers of the concepts that it names."""

    id: int
    text: str
    concepts: Sequence[int]
    facets: Facets


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("concepts", stored=False, tokenizer_name="whitespace", index_option="basic")
    for name in _FACETS:
        builder.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("date", stored=False, indexed=True, fast=True)
    return builder.build()


class Words:
    """The words index in a folder of its own. A folder that is being answered from is never written to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), path=str(folder))
        self._index.register_tokenizer(
            "whitespace", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        self._searcher = self._index.searcher()

    def update(self, gone: Iterable[int], new: Iterable[Worded]) -> None:
        """Takes out passages by id and puts in others."""
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        for passage_id in gone:
            # by query: by term, a number in an unsigned field is not found and nothing is said (tantivy 0.27)
            writer.delete_documents_by_query(tantivy.Query.term_query(self._index.schema, "id", passage_id))
        for passage in new:
            writer.add_document(_document(passage))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def best(self, question: str, k: int, narrowing: Narrowing | None) -> dict[int, float]:
        """BM25 of words by passage id, of the `k` passages that score highest; a word counts by its best form.

        `narrowing`: which passages may be found; all of them where it is None.
        """
        return self._found(self._words(question), k, self._within(narrowing))

    def scores(self, question: str, ids: Sequence[int]) -> dict[int, float]:
        """BM25 of words by passage id, of those of `ids` that hold any."""
        return self._found(self._words(question), len(ids), [self._among(ids)])

    def best_by_concepts(self, asked: Iterable[int], k: int, narrowing: Narrowing | None) -> dict[int, float]:
        """BM25 of concepts by passage id, of the `k` passages that score highest."""
        return self._found([self._term("concepts", "basic", str(c)) for c in asked], k, self._within(narrowing))

    def rarity(self, concepts: Iterable[int]) -> NDArray[np.float64]:
        """Their inverse document frequency, as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5)), with N not small."""
        # those deleted since the last merge are still counted
        n = np.array([self._searcher.doc_freq("concepts", str(concept)) for concept in concepts], np.float64)
        return np.log1p((np.maximum(max(len(self), _LEAST), n) - n + 0.5) / (n + 0.5))

    def _words(self, question: str) -> list[tantivy.Query]:
        asked = terms(question)[:_MOST_TERMS]
        return [tantivy.Query.disjunction_max_query([self._term("terms", "freq", f) for f in word]) for word in asked]

    def _within(self, narrowing: Narrowing | None) -> list[tantivy.Query]:
        if narrowing is None:
            return []
        wanted = {name: getattr(narrowing, name) for name in ("language", "country", "status")}
        within = [self._term(name, "basic", value) for name, value in wanted.items() if value]
        within += [self._any("collection", narrowing.collections)] if narrowing.collections else []
        within.append(self._any("audience", narrowing.audience))
        if narrowing.since:
            first = narrowing.since.toordinal()
            kind = tantivy.FieldType.Integer
            within.append(tantivy.Query.range_query(self._index.schema, "date", kind, lower_bound=first))
        return within

    def _any(self, facet: str, values: Iterable[str]) -> tantivy.Query:
        # half the time of a query for the set of them (tantivy 0.27)
        each = [(tantivy.Occur.Should, self._term(facet, "basic", value)) for value in sorted(values)]
        return tantivy.Query.boolean_query(each)

    def _among(self, ids: Sequence[int]) -> tantivy.Query:
        # five times as fast as a query for the set of them (tantivy 0.27, 200 ids)
        each = [(tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, "id", i)) for i in ids]
        return tantivy.Query.boolean_query(each)

    def _term(self, field: str, kept: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, field, value, index_option=kept)

    def _found(self, asked: Sequence[tantivy.Query], k: int, within: Sequence[tantivy.Query]) -> dict[int, float]:
        if not asked or not k:
            return {}
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in asked])
        if within:  # a filter says who may be found and adds nothing to the score
            filters = [(tantivy.Occur.Must, tantivy.Query.const_score_query(part, 0.0)) for part in within]
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *filters])
        hits = self._searcher.search(query, limit=k, count=False).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return {int(i): float(score) for i, (score, _) in zip(ids, hits, strict=True) if i is not None}


def _document(passage: Worded) -> tantivy.Document:
    document, facets = tantivy.Document(), passage.facets
    document.add_unsigned("id", passage.id)
    document.add_text("terms", " ".join(form for word in terms(passage.text) for form in word))
    document.add_text("concepts", " ".join(map(str, passage.concepts)))
    for name in _FACETS[:-1]:
        document.add_text(name, getattr(facets, name))
    for audience in facets.audience.split("\n"):
        document.add_text("audience", audience)
    if facets.date:
        document.add_integer("date", facets.date.toordinal())
    return document
