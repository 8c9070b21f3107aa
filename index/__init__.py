"""The index: takes in the corpus's live passages, gives out ranked passages for a question.

Derived from the corpus: it can be deleted and rebuilt at any time. May import `corpus`, and nothing else of ours.
"""

from index.concepts import label_languages, topic_name, topics
from index.confidence import FOUND, READ, WEAK, any_of, single
from index.embedder import Embedder, SentenceEmbedder
from index.evaluation import evaluate
from index.hybrid import Approve, Ask, Hit, Index, Synced
from index.judged import JudgedSet, read_set
from index.succession import Succession
from index.terms import fold

__all__ = [
    "FOUND",
    "READ",
    "WEAK",
    "Approve",
    "Ask",
    "Embedder",
    "Hit",
    "Index",
    "JudgedSet",
    "SentenceEmbedder",
    "Succession",
    "Synced",
    "any_of",
    "evaluate",
    "fold",
    "label_languages",
    "read_set",
    "single",
    "topic_name",
    "topics",
]
