"""What a question, a sync and the memory cost at a size: one size in one process, for `bench/speed.py`.

    python bench/scale.py PASSAGES HOME

Fills a corpus with documents of 20 passages, each of three sentences of the sample reports, and an index with
vectors drawn around those of these sentences, so that they cluster as real ones do; nothing else is made up: the
corpus, the index, the questions' vectors and the answers go their usual way. Prints one JSON object.
"""

import dataclasses
import datetime as dt
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from bot import answering
from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Corpus, Draft, Span, Status, sentences, text_hash
from index import Index, SentenceEmbedder
from index.embedder import Vectors, unit
from index.snapshot import current, read
from ingest.formats import read as read_report

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "corpus" / "samples" / "reports"
COUNTRIES = ("NO", "DK", "LT", "EE", "FI", "IE", "PL", None)
QUESTIONS = [
    "Kā strādā brīvprātīgie?",
    "elektroniskā uzraudzība",
    "How are mentors matched with young people?",
    "Что помогает семьям?",
    "Kas sumoka už savanorių keliones?",
    "Kes maksab kriisikorteri eest?",
    "gdzie uczą się dzieci uchodźców",
    "oppfølging på kveldstid",
]
A_DOCUMENT = 20  # passages
_SPREAD = 0.03  # standard deviation, in each dimension, of a vector around the one it is drawn from
_AT_ONCE = 500  # documents


class Drawn:
    """An embedder whose passages are drawn around the vectors of some texts; its questions are the model's own."""

    def __init__(self, model: SentenceEmbedder, texts: Sequence[str]) -> None:
        self.key, self.name, self.is_loaded = model.key, model.name, True
        self._model = model
        self._around = np.concatenate(list(model.passages(texts)))

    def passages(self, texts: Sequence[str]) -> Iterator[Vectors]:
        for start in range(0, len(texts), 256):
            part = texts[start : start + 256]
            # a text always gets the same vector
            draws = [np.random.default_rng(int(text_hash(text)[:12], 16)) for text in part]
            chosen = [self._around[draw.integers(len(self._around))] for draw in draws]
            noise = [draw.standard_normal(self._around.shape[1], np.float32) for draw in draws]
            yield unit((np.stack(chosen) + _SPREAD * np.stack(noise)).astype(np.float32))

    def question(self, text: str) -> Vectors:
        return self._model.question(text)


@cache
def sample_sentences() -> list[tuple[str, str]]:
    """The sentences of the sample reports, each with its language."""
    found = []
    for path in sorted(REPORTS.iterdir()):
        text = "\n".join(block.text for block in read_report(path.read_bytes(), path.suffix).blocks)
        found += [(path.name[:2], text[a:b]) for a, b in sentences(text) if 40 < b - a < 400]
    return found


def fill(corpus: Corpus, passages: int, said: Sequence[tuple[str, str]]) -> None:
    """So many passages, in documents of 20, each document in one language."""
    chance = random.Random(passages)
    by_language: dict[str, list[str]] = {}
    for language, sentence in said:
        by_language.setdefault(language, []).append(sentence)
    drafts = []
    for number in range(passages // A_DOCUMENT):
        language = chance.choice(sorted(by_language))
        drafts.append(_draft(number, language, by_language[language], chance))
        if len(drafts) == _AT_ONCE:
            corpus.add_all(drafts, "bench")
            drafts = []
    if drafts:
        corpus.add_all(drafts, "bench")


def _draft(number: int, language: str, said: Sequence[str], chance: random.Random) -> Draft:
    texts = [f"{' '.join(chance.sample(said, 3))} {number}-{place}" for place in range(A_DOCUMENT)]
    spans, start = [], 0
    for text in texts:
        spans.append(Span(start=start, end=start + len(text), language=language))
        start += len(text) + 2
    whole = "\n\n".join(texts)
    return Draft(
        source=f"/bench/{number}.txt",
        kind="txt",
        content_hash=text_hash(whole),
        text=whole,
        passages=tuple(spans),
        title=f"Report {number}",
        language=language,
        country=chance.choice(COUNTRIES),
        date=dt.date(2010, 1, 1) + dt.timedelta(days=chance.randrange(5000)),
        status=Status.VALIDATED,
    )


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    passages, home = int(sys.argv[1]), sys.argv[2]
    settings = Settings.from_env({"ATZINA_HOME": home})
    settings.make_home()
    model, said = SentenceEmbedder("bundled", settings.cache / "models"), sample_sentences()
    drawn = Drawn(model, [sentence for _, sentence in said])
    corpus = Corpus.open(settings.database_url)
    filled = seconds(lambda: fill(corpus, passages, said))
    index = Index(settings.home / "index", drawn)
    synced = seconds(lambda: index.sync(corpus))
    before = _resident()
    rooms = Rooms(settings, corpus, Index(settings.home / "index", drawn), drawn)  # type: ignore[arg-type]
    opened = seconds(lambda: answering.answer(rooms, "Vai palīdz?"))
    found = {"passages": passages, "fill_s": filled, "first_sync_s": synced, "first_answer_s": opened}
    found |= _asked(rooms, model) | {"resident_mb": _resident() - before, "file_mb": _files(rooms)}
    found |= _recall(rooms, model) | _added(rooms, said)
    print(json.dumps({name: round(value, 4) for name, value in found.items()}))
    rooms.close()


def _asked(rooms: Rooms, model: SentenceEmbedder) -> dict[str, float]:
    """Milliseconds, medians: a question's vector alone, a whole answer, and one narrowed by country and date."""
    narrow = answering.narrowing(language=None, country="NO", collection=None, since=dt.date(2015, 1, 1))
    vector, whole, narrowed = [], [], []
    for number in range(20):
        for question in QUESTIONS:
            # numbers, so that no vector is in the cache
            asked = [f"{question} {number + 100 * way}" for way in range(3)]
            vector.append(seconds(partial(model.question, asked[0])))
            whole.append(seconds(partial(answering.answer, rooms, asked[1])))
            narrowed.append(seconds(partial(answering.answer, rooms, asked[2], narrowing=narrow)))
    timed = {"vector_ms": vector, "ask_ms": whole, "ask_narrowed_ms": narrowed}
    return {name: 1000 * statistics.median(values) for name, values in timed.items()}


def _recall(rooms: Rooms, model: SentenceEmbedder) -> dict[str, float]:
    """The share of the ten nearest passages that is found, against comparing every one; and milliseconds of each."""
    snapshot = read(current(rooms.index._folder) or rooms.index._folder)
    vectors = max((held.part for held in snapshot.held), key=len).vectors
    every = np.asarray(vectors._vectors, np.float32)
    right, times, exact = 0, [], []
    for question in rooms.index.subspace.remove(model.questions([f"{q} {n}" for q in QUESTIONS for n in range(25)])):
        began = time.perf_counter()
        near, _ = vectors.nearest(question, 100, None)
        between = time.perf_counter()
        best = np.argpartition(-(every @ question), 10)[:10]
        exact.append(time.perf_counter() - between)
        times.append(between - began)
        right += len(set(near[:10].tolist()) & set(vectors.ids[best].tolist()))
    timed = {"nearest_ms": times, "exact_ms": exact}
    return {"recall@10": right / (10 * len(times))} | {n: 1000 * statistics.median(t) for n, t in timed.items()}


def _added(rooms: Rooms, said: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Seconds, a median: to add a document of 20 passages and make the index equal to the corpus."""
    chance, times = random.Random(1), []
    texts = [sentence for language, sentence in said if language == "lv"]
    for number in range(7):
        draft = dataclasses.replace(_draft(number, "lv", texts, chance), source=f"/bench/added-{number}.txt")
        times.append(seconds(partial(_add, rooms, draft)))
    return {"add_s": statistics.median(times)}


def _add(rooms: Rooms, draft: Draft) -> None:
    rooms.corpus.add(draft, "bench")
    rooms.index.sync(rooms.corpus)


def _resident() -> float:
    """Megabytes of this process in memory now, files that are mapped into it included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _files(rooms: Rooms) -> float:
    """Megabytes of the current snapshot's passages' vectors and cells."""
    folder = current(rooms.index._folder)
    parts = (rooms.index._folder / "parts").iterdir() if folder else ()
    return (
        sum(
            (part / name).stat().st_size
            for part in parts
            for name in ("passages", "cells", "ids")
            if (part / name).exists()
        )
        / 1e6
    )


if __name__ == "__main__":
    main()
