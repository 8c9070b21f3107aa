"""Going back to a former index, refusing a new one, and one model behind another."""

from pathlib import Path

import numpy as np
import pytest
from toy import ToyEmbedder

from corpus import Corpus, Draft, Narrowing, Span, Unavailable
from index import Ask, Index, Succession

EVERYTHING = Narrowing()


def _add(corpus: Corpus, name: str, text: str) -> int:
    draft = Draft(
        source=f"/{name}",
        kind="txt",
        content_hash=name,
        text=text,
        passages=(Span(start=0, end=len(text)),),
        title=name,
    )
    return corpus.add(draft, "test").id


def _ids(index: Index | Succession, question: str) -> set[int]:
    return {hit.passage_id for hit in index.search(question, 10)}


def test_a_former_index_is_gone_back_to_and_stays(corpus: Corpus, tmp_path: Path) -> None:
    index, other = Index(tmp_path / "index", ToyEmbedder()), Index(tmp_path / "index", ToyEmbedder())
    _add(corpus, "a", "Mentors meet young people.")
    index.sync(corpus)
    _add(corpus, "b", "Volunteers meet young people.")
    index.sync(corpus)
    assert _ids(other, "young people") == {1, 2}
    assert index.roll_back() == 1
    assert (_ids(index, "young people"), _ids(other, "young people")) == ({1}, {1})
    assert index.sync(corpus).embedded == 0
    assert len(index) == 1
    index.unpin()
    index.sync(corpus)
    assert _ids(other, "young people") == {1, 2}


def test_there_must_be_something_to_go_back_to(corpus: Corpus, tmp_path: Path) -> None:
    index = Index(tmp_path / "index", ToyEmbedder())
    with pytest.raises(Unavailable, match="no former index"):
        index.roll_back()
    _add(corpus, "a", "Mentors meet young people.")
    index.sync(corpus)
    with pytest.raises(Unavailable, match="no former index"):
        index.roll_back()


def test_what_was_forgotten_is_not_kept_by_going_back(corpus: Corpus, tmp_path: Path) -> None:
    index = Index(tmp_path / "index", ToyEmbedder())
    _add(corpus, "a", "Mentors meet young people.")
    index.sync(corpus)
    _add(corpus, "b", "Volunteers meet young people.")
    index.sync(corpus)
    index.roll_back()
    corpus.forget(1, "test")
    index.sync(corpus)
    assert _ids(index, "young people") == {2}


def test_a_new_index_that_is_refused_answers_nothing(corpus: Corpus, tmp_path: Path) -> None:
    index = Index(tmp_path / "index", ToyEmbedder())
    _add(corpus, "a", "Mentors meet young people.")
    index.sync(corpus)
    _add(corpus, "b", "Volunteers meet young people.")
    asked: list[tuple[int, int, int]] = []

    def refuse(coming: Ask, former: Ask | None, changed: int) -> None:
        assert former is not None
        asked.append((len(coming("young people", 9)), len(former("young people", 9)), changed))
        raise Unavailable("No.")

    with pytest.raises(Unavailable, match="No"):
        index.sync(corpus, approve=refuse)
    assert asked == [(2, 1, 1)]
    assert _ids(index, "young people") == {1}
    assert not list((tmp_path / "index").glob("*/next-*"))
    index.sync(corpus)
    assert _ids(index, "young people") == {1, 2}


class _Empty(ToyEmbedder):
    def passages(self, texts):  # type: ignore[no-untyped-def]
        for vectors in super().passages(texts):
            yield np.zeros_like(vectors)


def test_a_model_that_gives_nothing_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    _add(corpus, "a", "Mentors meet young people.")
    with pytest.raises(Unavailable, match="no numbers, or empty"):
        Index(tmp_path / "index", _Empty()).sync(corpus)


def test_a_disk_that_is_full_leaves_the_former_index(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path / "index", ToyEmbedder())
    _add(corpus, "a", "Mentors meet young people.")
    index.sync(corpus)
    _add(corpus, "b", "Volunteers meet young people.")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("index.snapshot.settle", full)
        with pytest.raises(Unavailable, match="No space left on device. The former one goes on answering"):
            index.sync(corpus)
    assert _ids(index, "young people") == {1}
    index.sync(corpus)
    assert _ids(index, "young people") == {1, 2}


def _make(folder: Path, asked: list[str]):  # type: ignore[no-untyped-def]
    def make(model: str) -> Index:
        asked.append(model)
        return Index(folder, ToyEmbedder(model))

    return make


def test_the_former_model_answers_until_the_new_index_is_made(corpus: Corpus, tmp_path: Path) -> None:
    folder, asked = tmp_path / "index", list[str]()
    _add(corpus, "a", "Mentors meet young people.")
    first = Succession.open(folder, "first", _make(folder, asked))
    assert not first.waits
    first.sync(corpus)
    second = Succession.open(folder, "second", _make(folder, asked))
    assert second.waits
    assert _ids(second, "young people") == {1}
    second.sync(corpus)
    assert not second.waits
    assert _ids(second, "young people") == {1}
    asked.clear()
    third = Succession.open(folder, "second", _make(folder, asked))
    assert (asked, third.waits) == (["second"], False)


def test_a_former_model_that_is_lost_is_not_waited_for(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    _add(corpus, "a", "Mentors meet young people.")
    Succession.open(folder, "first", _make(folder, [])).sync(corpus)

    def make(model: str) -> Index:
        if model == "first":
            raise Unavailable("There is no such model.")
        return Index(folder, ToyEmbedder(model))

    assert not Succession.open(folder, "second", make).waits
