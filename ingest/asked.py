"""What is asked of a run: the places to read, what is wanted of what they hold, and how to go about it."""

from dataclasses import dataclass

from corpus import Document, Status
from ingest.pruning import MOST_GONE


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asked for; None leaves a known document as it is, and gives a new one the usual."""

    collection: str | None = None
    audience: tuple[str, ...] | None = None
    status: Status | None = None

    def changes(self, known: Document) -> dict[str, object]:
        """The fields of a known document that are to be others."""
        asked = {"collection": self.collection, "audience": self.audience}
        return {name: value for name, value in asked.items() if value is not None and value != getattr(known, name)}


@dataclass(frozen=True, slots=True)
class Source:
    """A file, folder or address, with what is wanted of what it holds; `pages` at most are read of a site or feed."""

    place: str
    wanted: Wanted = Wanted()
    pages: int = 1
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes about it.

    `most_gone`: the share of a source's documents that may go at once; `dry`: nothing is changed; `again`: what could
    not be read before is tried again.
    """

    allow_private: bool = False
    most_gone: float = MOST_GONE
    dry: bool = False
    again: bool = False
