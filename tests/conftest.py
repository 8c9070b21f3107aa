"""What tests of every room share: a toy embedder, a small corpus, rooms, and an environment without our settings."""

import datetime as dt
import os
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from shutil import copytree

import pytest
from postgres import Postgres
from toy import ToyEmbedder

import ingest.pool
import ingest.recognising
from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Corpus, Draft, Span, Status, text_hash
from index import Index
from ingest.isolation import Reader

TEXTS = {
    "lv": "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem. Klientam ir vajadzīgs darbs.",
    "lt": "Savanoriai lanko jaunuolius kartą per savaitę. Mentorius padeda rasti darbą.",
    "en": "Volunteers are trained for twenty-four hours. Travel costs are paid back every month.",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, so that two processes that take a file at a time end at about the same time."""
    items.sort(key=lambda item: (item.path.name != "test_killed.py", "journeys" not in item.path.parts))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("ATZINA_", "SLACK_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when the first test asks for it."""
    with Postgres() as server:
        yield server


class _Lasting(Reader):
    """Reads on for whoever comes next; a worker that was interrupted is waited for until it is gone, as usual."""

    _interrupted = False

    def __exit__(self, *_: object) -> None:
        """Nothing ends."""

    def interrupt(self) -> None:
        self._interrupted = True
        super().interrupt()

    def close(self) -> None:
        if self._interrupted:
            self._interrupted = False
            super().close()


@pytest.fixture(scope="session")
def _readers() -> Iterator[Iterator[Reader]]:
    """One for each core in turn, without end; a worker is started when there is something to be read."""
    readers = [_Lasting() for _ in range(os.cpu_count() or 1)]
    yield cycle(readers)
    for reader in readers:
        Reader.close(reader)


@pytest.fixture
def lasting_readers(_readers: Iterator[Reader], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read by workers that other tests have started: each takes most of a second to start.

    How workers start, die, are replaced and end is asserted in tests/ingest/test_formats.py.
    """
    monkeypatch.setattr(ingest.recognising, "Reader", lambda: next(_readers))
    monkeypatch.setattr(ingest.pool, "Reader", lambda: next(_readers))


@pytest.fixture
def database() -> str:
    """Which database a test is on. Where SQL is what is tested, this is overridden with each in turn."""
    return "sqlite"


@pytest.fixture
def database_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database that nobody has used."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'corpus.db'}"
    else:
        with request.getfixturevalue("postgres").fresh() as url:
            yield url


@pytest.fixture
def corpus(database_url: str) -> Iterator[Corpus]:
    """An empty corpus."""
    opened = Corpus.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def toy_embedder() -> ToyEmbedder:
    return ToyEmbedder()


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three documents, in lv, lt and en, that are in the index: made once, to be copied."""
    settings = Settings.from_env({"ATZINA_HOME": str(tmp_path_factory.mktemp("made") / "home")})
    settings.make_home()
    corpus = Corpus.open(settings.database_url)
    for language, text in TEXTS.items():
        corpus.add(draft(text, source=f"/reports/{language}.txt", language=language), "test")
    Index(settings.home / "index", ToyEmbedder()).sync(corpus)
    corpus.close()
    return settings.home


@pytest.fixture
def rooms(made_home: Path, tmp_path: Path, toy_embedder: ToyEmbedder) -> Iterator[Rooms]:
    """Rooms of a test's own in a copy of that home: to make it anew takes eight times as long as the copy."""
    settings = Settings.from_env({"ATZINA_HOME": str(copytree(made_home, tmp_path / "home"))})
    corpus = Corpus.open(settings.database_url)
    index = Index(settings.home / "index", toy_embedder)
    yield Rooms(settings, corpus, index, toy_embedder)  # type: ignore[arg-type]
    corpus.close()


def draft(text: str, *, source: str, language: str | None = None, **fields: object) -> Draft:
    """A document of one passage, validated, from Norway in 2023 unless told otherwise."""
    known: dict[str, object] = {
        "source": source,
        "kind": "txt",
        "content_hash": text_hash(text),
        "text": text,
        "passages": (Span(start=0, end=len(text), language=language),),
        "title": f"Report {language}",
        "language": language,
        "country": "NO",
        "date": dt.date(2023, 5, 15),
        "status": Status.VALIDATED,
    }
    return Draft(**known | fields)  # type: ignore[arg-type]
