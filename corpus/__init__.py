"""The corpus: the truth. Documents, their passages, who may see and change them, and what happened to them.

Takes in drafts and the verbs of curators; gives out documents and live passages. Imports nothing else of ours.
"""

from corpus.channels import Channel, Setting
from corpus.errors import AtzinaError, Conflict, Invalid, NotAllowed, NotFound, Unavailable, Unreadable
from corpus.intakes import Intake, Intakes, Stage
from corpus.questions import Asked, Fate, Handover, Interest, Questions, State, Unanswered, Under
from corpus.records import (
    COLLECTION,
    EVERYONE,
    GONE,
    Change,
    Document,
    Draft,
    FileState,
    Link,
    Narrowing,
    Passage,
    Place,
    Run,
    Span,
    Status,
    text_hash,
)
from corpus.reviews import Reviews, Waiting
from corpus.sentences import sentences
from corpus.store import Corpus

__all__ = [
    "COLLECTION",
    "EVERYONE",
    "GONE",
    "Asked",
    "AtzinaError",
    "Change",
    "Channel",
    "Conflict",
    "Corpus",
    "Document",
    "Draft",
    "Fate",
    "FileState",
    "Handover",
    "Intake",
    "Intakes",
    "Interest",
    "Invalid",
    "Link",
    "Narrowing",
    "NotAllowed",
    "NotFound",
    "Passage",
    "Place",
    "Questions",
    "Reviews",
    "Run",
    "Setting",
    "Span",
    "Stage",
    "State",
    "Status",
    "Unanswered",
    "Unavailable",
    "Under",
    "Unreadable",
    "Waiting",
    "sentences",
    "text_hash",
]
