"""The index: takes in the corpus's live passages, gives out ranked passages for a question.

Derived from the corpus: it can be deleted and rebuilt at any time. May import `corpus`, and nothing else of ours.
"""

from index.concepts import label_languages
from index.confidence import probability
from index.embedder import Embedder, SentenceEmbedder
from index.evaluation import JudgedSet, evaluate, read_set
from index.hybrid import Hit, Index, Synced

__all__ = [
    "Embedder",
    "Hit",
    "Index",
    "JudgedSet",
    "SentenceEmbedder",
    "Synced",
    "evaluate",
    "label_languages",
    "probability",
    "read_set",
]
