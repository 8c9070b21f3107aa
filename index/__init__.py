"""The index: takes in the corpus's live passages, gives out ranked passages for a question.

Derived from the corpus: it can be deleted and rebuilt at any time. May import `corpus`, and nothing else of ours.
"""

from index.concepts import label_languages
from index.confidence import FOUND, READ, WEAK, any_of, probability, single
from index.embedder import Embedder, SentenceEmbedder
from index.evaluation import evaluate
from index.hybrid import Hit, Index, Synced
from index.judged import JudgedSet, read_set

__all__ = [
    "FOUND",
    "READ",
    "WEAK",
    "Embedder",
    "Hit",
    "Index",
    "JudgedSet",
    "SentenceEmbedder",
    "Synced",
    "any_of",
    "evaluate",
    "label_languages",
    "probability",
    "read_set",
    "single",
]
