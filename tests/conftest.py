"""What tests of every room share: a toy embedder, a small corpus, rooms, and an environment without our settings."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from postgres import Postgres
from toy import ToyEmbedder

from bot.rooms import Rooms
from bot.settings import Settings
from corpus import Corpus, Draft, Span, Status, text_hash
from index import Index

TEXTS = {
    "lv": "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem. Klientam ir vajadzīgs darbs.",
    "lt": "Savanoriai lanko jaunuolius kartą per savaitę. Mentorius padeda rasti darbą.",
    "en": "Volunteers are trained for twenty-four hours. Travel costs are paid back every month.",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test begins first: beside it, the other process does the rest, a file at a time."""
    items.sort(key=lambda item: item.path.name != "test_killed.py")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("ATZINA_", "SLACK_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when the first test asks for it."""
    with Postgres() as server:
        yield server


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
