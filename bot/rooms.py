"""`Rooms`: the corpus and the index, opened as the settings say. Doors are handed this and nothing else."""

import logging
import threading
from dataclasses import dataclass, field

from bot.gate import gate
from bot.settings import Settings
from corpus import Corpus
from index import Index, SentenceEmbedder, Succession, Synced
from index.embedder import Say
from index.fairness import calibrated
from index.fusion import USUAL, Weighing
from index.syncing import Progress

_log = logging.getLogger("atzina")


@dataclass(frozen=True, slots=True)
class Rooms:
    settings: Settings
    corpus: Corpus
    index: Index | Succession
    embedder: SentenceEmbedder
    _syncing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, settings: Settings, say: Say = lambda _: None, weighing: Weighing = USUAL) -> "Rooms":
        """Raises Unavailable where home or database cannot be used. The model is loaded when it is first needed."""
        settings.make_home()
        corpus = Corpus.open(settings.database_url)
        embedder = SentenceEmbedder(settings.model, settings.cache / "models", say)

        def make(model: str) -> Index:
            own = embedder if model == settings.model else SentenceEmbedder(model, settings.cache / "models", say)
            return Index(settings.index, own, calibrated(settings.subspaces, own.key), weighing)

        return cls(settings, corpus, Succession.open(settings.index, settings.model, make), embedder)

    def close(self) -> None:
        self.corpus.close()

    def behind(self) -> bool:
        """Whether the corpus has changed since the index was made equal to it, and nobody has gone back to that."""
        waits = isinstance(self.index, Succession) and self.index.waits
        return (waits or self.index.version() != self.corpus.version()) and not self.index.pinned()

    def sync(self, told: Progress = lambda done, of: None, *, accept: bool = False) -> Synced:
        """Makes the index equal to the corpus; with `accept` even if it answers the golden questions worse.

        Raises Unavailable where it cannot be written, or is refused.
        """
        approve = gate(self.settings.home, self.corpus)
        return self.index.sync(self.corpus, told, *([] if accept else [approve]))

    def catch_up_soon(self) -> None:
        """Starts `catch_up` aside where it is needed, so that the question at hand is not kept waiting."""
        if self.behind():
            threading.Thread(target=self.catch_up, name="catch-up", daemon=True).start()

    def catch_up(self) -> None:
        """Makes the index equal to the corpus if it is not; at once if another thread is doing so already.

        A terminal that was killed between changing the corpus and the sync leaves work for the server: it is
        done here. A failure is logged, and tried again with the next question.
        """
        if not self._syncing.acquire(blocking=False):
            return
        try:
            if self.behind():
                self.sync()
        except Exception:
            _log.exception("The index could not be made equal to the corpus.")
        finally:
            self._syncing.release()
