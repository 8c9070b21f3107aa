"""Passages by the words they hold and the concepts they name: the only importer of tantivy.

BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, doi:10.1561/1500000019) over two fields,
on disk, in step with the vectors.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import tantivy

from index.concepts import concepts
from index.terms import terms

_HEAP = 32_000_000  # bytes for the writer
_MOST_TERMS = 64  # of one question


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("concepts", stored=False, tokenizer_name="whitespace", index_option="basic")
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

    def update(self, gone: Iterable[int], new: Iterable[tuple[int, str, str]]) -> None:
        """Takes out passages by id and puts in others: id, text, and the text in its context for the concepts."""
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        for passage_id in gone:
            # by query: by term, a number in an unsigned field is not found and nothing is said (tantivy 0.27)
            writer.delete_documents_by_query(tantivy.Query.term_query(self._index.schema, "id", passage_id))
        for passage_id, text, in_context in new:
            document = tantivy.Document()
            document.add_unsigned("id", passage_id)
            document.add_text("terms", " ".join(form for word in terms(text) for form in word))
            document.add_text("concepts", " ".join(concepts(in_context)))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def scores(self, question: str, k: int) -> dict[int, float]:
        """BM25 of words by passage id, of the `k` passages that score highest; a word counts by its best form."""
        return self._found("terms", "freq", terms(question)[:_MOST_TERMS], k)

    def concept_scores(self, question: str, k: int) -> dict[str, dict[int, float]]:
        """For each concept that a question names, its BM25 by passage id, of the `k` passages that score highest."""
        asked = concepts(question)[:_MOST_TERMS]
        return {concept: self._found("concepts", "basic", [[concept]], k) for concept in asked}

    def rarity(self, concept: str) -> float:
        """A concept's inverse document frequency, as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        n = self._searcher.doc_freq("concepts", concept)
        return math.log(1 + (len(self) - n + 0.5) / (n + 0.5))

    def _found(self, field: str, kept: str, asked: Sequence[Sequence[str]], k: int) -> dict[int, float]:
        schema, parts = self._index.schema, []
        for forms in asked:
            either = [tantivy.Query.term_query(schema, field, form, index_option=kept) for form in forms]
            parts.append((tantivy.Occur.Should, tantivy.Query.disjunction_max_query(either)))
        if not parts:
            return {}
        found = self._searcher.search(tantivy.Query.boolean_query(parts), limit=k).hits
        return {int(self._searcher.doc(address)["id"][0]): float(score) for score, address in found}
