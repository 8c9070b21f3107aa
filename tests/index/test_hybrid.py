"""The index equals the live passages after any sequence of verbs, and computes nothing twice."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from toy import ToyEmbedder

from corpus import Corpus, Draft, Narrowing, Span, Status, Unavailable, text_hash
from index import Index, hybrid, snapshot, syncing
from index.fairness import Subspace
from index.kept import KeptVectors


def _draft(source: str, *texts: str, language: str = "lv") -> Draft:
    whole, spans, start = "\n\n".join(texts), [], 0
    for text in texts:
        spans.append(Span(start=start, end=start + len(text), language=language))
        start += len(text) + 2
    return Draft(source=source, kind="txt", content_hash=text_hash(whole), text=whole, passages=tuple(spans))


def _ids(index: Index) -> set[int]:
    found = snapshot.current(index._folder)
    return set() if found is None else set(snapshot.read(found).hashes_of(None))


class Blind(ToyEmbedder):
    """To which all texts are alike."""

    def passages(self, texts):  # type: ignore[no-untyped-def]
        for part in super().passages(texts):
            yield np.tile(np.float32([1, 0]), (len(part), 1))

    def question(self, text: str):  # type: ignore[no-untyped-def]
        return np.float32([1, 0])


class Verbs(RuleBasedStateMachine):
    """Any sequence of curation verbs, with syncs strewn in."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.corpus = Corpus.open(f"sqlite:///{self.folder / 'c.db'}")
        self.index = Index(self.folder / "index", ToyEmbedder())
        self.count = 0

    @rule(words=st.lists(st.sampled_from(["Viens. Divi.", "Trīs četri.", "Pieci", "Viens"]), min_size=1, max_size=3))
    def add(self, words: list[str]) -> None:
        self.count += 1
        self.corpus.add(_draft(f"/{self.count}", *words), "me")

    @rule(data=st.data(), verb=st.sampled_from(["retire", "restore", "forget", "replace", "validate"]))
    def curate(self, data: st.DataObject, verb: str) -> None:
        if documents := self.corpus.documents(retired=True):
            document = data.draw(st.sampled_from(documents))
            retired = document.status is Status.RETIRED
            if verb == "retire" and not retired:
                self.corpus.retire(document.id, "old", "me")
            elif verb == "restore" and retired:
                self.corpus.restore(document.id, "me")
            elif verb == "forget":
                self.corpus.forget(document.id, "me")
            elif verb == "replace":
                self.corpus.replace(document.id, _draft(document.source, f"Jauns {self.count}.", "Otrs."), "me")
            elif verb == "validate" and document.status is Status.DRAFT:
                self.corpus.validate(document.id, "me")

    @rule()
    def sync(self) -> None:
        self.index.sync(self.corpus)
        assert _ids(self.index) == set(self.corpus.live_hashes())
        assert self.index.sync(self.corpus).embedded == 0

    @rule(data=st.data(), country=st.sampled_from(["NO", None]), audience=st.sampled_from([["everyone"], ["staff"]]))
    def tag(self, data: st.DataObject, country: str | None, audience: list[str]) -> None:
        if documents := self.corpus.documents(retired=True):
            document = data.draw(st.sampled_from(documents))
            self.corpus.change(document.id, "me", country=country, audience=tuple(audience))

    @invariant()
    def what_was_synced_is_what_answers(self) -> None:
        """Every passage that a narrowing lets through, and no other."""
        if self.index.version() == self.corpus.version():
            for narrowing in (Narrowing(), Narrowing(country="NO"), Narrowing(audience=frozenset({"staff"}))):
                live = self.corpus.live_ids(narrowing)
                assert self.index.count(narrowing) == len(live)
                assert {hit.passage_id for hit in self.index.search("Viens divi", 100, narrowing)} == live

    def teardown(self) -> None:
        self.corpus.close()


def test_the_index_equals_the_live_passages_after_any_verbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Verbs.folder = tmp_path / "machine"
    monkeypatch.setattr(syncing, "_SMALL", 3)  # so that small parts are merged into the large one
    limits = settings(max_examples=25, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Verbs, settings=limits)


def test_a_text_is_embedded_once_ever(corpus: Corpus, tmp_path: Path) -> None:
    """Not after a restore, a new document with the same text, a lost index, or a forgetting while it was retired."""
    toy = ToyEmbedder()
    index = Index(tmp_path / "index", toy)
    first = corpus.add(_draft("/a", "Viens teikums.", "Otrs teikums."), "me")
    index.sync(corpus)
    corpus.retire(first.id, "old", "me")
    index.sync(corpus)
    corpus.restore(first.id, "me")
    corpus.add(_draft("/b", "Otrs teikums."), "me")
    assert index.sync(corpus).embedded == 0
    for lost in [p for p in (tmp_path / "index" / "toy").iterdir() if p.is_dir() or p.name == "CURRENT"]:
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    assert Index(tmp_path / "index", toy).sync(corpus).embedded == 0
    corpus.retire(first.id, "old", "me")
    corpus.forget(2, "me")
    index = Index(tmp_path / "index", toy)
    index.sync(corpus)
    corpus.restore(first.id, "me")
    assert index.sync(corpus).embedded == 0
    assert len(toy.embedded) == len(set(toy.embedded)) == 2


def test_a_killed_run_goes_on_where_it_stopped(corpus: Corpus, tmp_path: Path) -> None:
    """Vectors computed before the kill are kept."""

    class Killed(ToyEmbedder):
        def passages(self, texts):  # type: ignore[no-untyped-def]
            for number, part in enumerate(super().passages(texts)):
                if number == 2:
                    raise KeyboardInterrupt
                yield part

    corpus.add(_draft("/a", *[f"Teikums ar numuru {n}." for n in range(20)]), "me")
    killed, whole = Killed(), ToyEmbedder()
    with pytest.raises(KeyboardInterrupt):
        Index(tmp_path / "index", killed).sync(corpus)
    index = Index(tmp_path / "index", whole)
    assert index.sync(corpus).embedded == 20 - 8
    assert _ids(index) == set(corpus.live_hashes())


@pytest.mark.parametrize("lost", [False, True], ids=["on the index as it is", "after the index was lost"])
def test_forgetting_takes_vectors_and_words(corpus: Corpus, tmp_path: Path, lost: bool) -> None:
    """After the sync that follows, neither the vector nor the word of a forgotten text is on disk."""
    index = Index(tmp_path / "index", ToyEmbedder())
    corpus.add(_draft("/a", "Paliek šis teikums."), "me")
    for _ in range(2):  # what was forgotten can be added, and forgotten again
        secret = corpus.add(_draft("/b", "Slepens xyzzyplugh teikums."), "me")
        index.sync(corpus)
        corpus.forget(secret.id, "me")
    if lost:
        (tmp_path / "index" / "toy" / "CURRENT").unlink()
    index.sync(corpus)
    kept = KeptVectors(tmp_path / "index" / "toy" / "kept.db")
    secret_hash, staying = text_hash("Slepens xyzzyplugh teikums."), text_hash("Paliek šis teikums.")
    assert kept.missing([secret_hash, staying]) == [secret_hash]
    assert all(bytes.fromhex(secret_hash) not in p.read_bytes() for p in (tmp_path / "index").rglob("kept.db*"))
    files = [path for path in (tmp_path / "index").rglob("*") if path.is_file()]
    assert all(b"xyzzyplugh" not in path.read_bytes() for path in files)


def test_another_process_sees_a_new_snapshot(corpus: Corpus, tmp_path: Path) -> None:
    """Two indexes on one folder: what one publishes, the other answers with at once."""
    writer, reader = (Index(tmp_path / "index", ToyEmbedder()) for _ in range(2))
    corpus.add(_draft("/a", "Viens teikums."), "me")
    writer.sync(corpus)
    assert len(reader) == 1
    corpus.add(_draft("/b", "Otrs teikums."), "me")
    writer.sync(corpus)
    assert len(reader.search("Otrs teikums", 5)) == 2


def test_searches_go_on_while_snapshots_are_swapped(corpus: Corpus, tmp_path: Path) -> None:
    index, reader = (Index(tmp_path / "index", ToyEmbedder()) for _ in range(2))
    corpus.add(_draft("/0", "Viens teikums."), "me")
    index.sync(corpus)
    faults: list[Exception] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                assert reader.search("Viens teikums", 3)
        except Exception as fault:
            faults.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    for number in range(1, 15):
        corpus.add(_draft(f"/{number}", f"Teikums {number}."), "me")
        index.sync(corpus)
    stop.set()
    thread.join()
    assert faults == []


@pytest.mark.parametrize("damaged", ["passages", "ids", "part.json"])
def test_a_damaged_snapshot_is_named_and_built_anew(corpus: Corpus, tmp_path: Path, damaged: str) -> None:
    toy = ToyEmbedder()
    corpus.add(_draft("/a", "Viens teikums."), "me")
    Index(tmp_path / "index", toy).sync(corpus)
    folder = snapshot.current(tmp_path / "index" / "toy")
    assert folder
    (part,) = (folder.parent / "parts").iterdir()
    (part / damaged).write_bytes(b"damaged")
    index = Index(tmp_path / "index", toy)
    with pytest.raises(Unavailable, match="damaged.*atzina sync"):
        index.search("Viens", 1)
    index.sync(corpus)
    assert len(index.search("Viens", 1)) == 1
    assert len(toy.embedded) == 1


def test_one_document_more_leaves_the_large_part_as_it_is(corpus: Corpus, tmp_path: Path) -> None:
    """What a sync writes does not grow with what is there."""
    index = Index(tmp_path / "index", ToyEmbedder())
    corpus.add(_draft("/0", *[f"Teikums {number}." for number in range(40)]), "me")
    tagged = corpus.add(_draft("/00", "Trešais teikums."), "me")
    index.sync(corpus)
    (large,) = (tmp_path / "index" / "toy" / "parts").iterdir()
    before = {path.name: path.stat().st_mtime_ns for path in large.iterdir()}
    for number in range(1, 4):
        corpus.add(_draft(f"/{number}", "Cits teikums."), "me")
        if number == 2:
            corpus.change(tagged.id, "me", country="NO")
        index.sync(corpus)
        assert large.is_dir()
    assert {path.name: path.stat().st_mtime_ns for path in large.iterdir()} == before
    assert len(index) == 44
    assert index.count(Narrowing(country="NO")) == 1


def test_another_models_index_forgets_too(corpus: Corpus, tmp_path: Path) -> None:
    """A model that was used before leaves nothing behind of what is forgotten now."""
    secret = corpus.add(_draft("/a", "Slepens teikums."), "me")
    Index(tmp_path / "index", ToyEmbedder("former")).sync(corpus)
    index = Index(tmp_path / "index", ToyEmbedder())
    index.sync(corpus)
    corpus.forget(secret.id, "me")
    index.sync(corpus)
    assert [path.name for path in (tmp_path / "index").iterdir()] == ["toy"]


def test_another_subspace_makes_another_snapshot_from_the_same_vectors(corpus: Corpus, tmp_path: Path) -> None:
    toy = ToyEmbedder()
    corpus.add(_draft("/a", "Viens teikums."), "me")
    Index(tmp_path / "index", toy).sync(corpus)
    basis = np.eye(512, dtype=np.float32)[:3]
    index = Index(tmp_path / "index", toy, Subspace(basis))
    assert index.sync(corpus).embedded == 0
    folder = snapshot.current(tmp_path / "index" / "toy")
    assert folder
    (held,) = snapshot.read(folder).held
    assert np.allclose(np.asarray(held.part.passages, np.float32) @ basis.T, 0, atol=1e-3)


def test_words_do_not_lift_one_language_over_another(corpus: Corpus, tmp_path: Path) -> None:
    """Equal vectors, and only the question's own language shares its words: both come out equal."""
    index = Index(tmp_path / "index", Blind())
    corpus.add(_draft("/lv", "Mentors tiekas ar jaunieti reizi nedēļā.", language="lv"), "me")
    corpus.add(_draft("/lt", "Kuratorius lanko jaunuolį kas savaitę.", language="lt"), "me")
    corpus.add(_draft("/lv2", "Pavisam par citu lietu šeit runāts.", language="lv"), "me")
    index.sync(corpus)
    hits = {h.passage_id: h.score for h in index.search("mentors un jaunietis", 3)}
    assert hits[1] == pytest.approx(hits[2])
    assert hits[3] < hits[1]


def test_a_passage_beyond_the_best_by_words_lacks_no_more_than_the_last_of_them(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path / "index", Blind())
    monkeypatch.setattr(hybrid, "_WORD_CANDIDATES", 2)
    texts = "Zzib xovu qwert.", "Zzib yyvo qwert.", "Zzib yyvo wuxx."  # words that name no concept
    corpus.add(_draft("/lv", *texts, "Qwert xovu."), "me")
    index.sync(corpus)
    first, second = index.search("zzib yyvo wuxx", 2)  # and these are the candidates, too
    assert (first.passage_id, second.passage_id) == (3, 1)  # as far behind as the second one: the earlier comes first
    assert first.score > second.score
    hits = {h.passage_id: h.score for h in index.search("zzib yyvo wuxx", 4)}
    assert hits[3] > hits[2] > hits[1] > hits[4]  # where all that hold a word are candidates, each lacks its own


def test_a_passage_is_indexed_under_its_documents_title(corpus: Corpus, tmp_path: Path) -> None:
    """Another title is embedded anew, and nothing else is."""
    toy = ToyEmbedder()
    index = Index(tmp_path / "index", toy)
    document = corpus.add(_draft("/a", "Viens teikums. Otrs teikums."), "me")
    index.sync(corpus)
    corpus.change(document.id, "cat", title="Vizīte Norvēģijā")
    assert index.sync(corpus).embedded == 1
    assert toy.embedded[-1] == "Vizīte Norvēģijā. Viens teikums. Otrs teikums."
    assert _ids(index) == set(corpus.live_hashes())
    assert len(index.search("teikums", 5)) == 1


def test_passages_are_ranked_among_themselves(corpus: Corpus, tmp_path: Path) -> None:
    """Those that were named and are held, the nearest first, whatever else is nearer."""
    index = Index(tmp_path / "index", ToyEmbedder())
    assert index.among("teikums", [1]) == []
    index.sync(corpus)
    assert index.among("teikums", [1]) == index.search("teikums", 1) == []  # an index that holds nothing
    corpus.add(_draft("/a", "Mentori tiekas ar jauniešiem.", "Elektroniskā uzraudzība ilgst pusgadu."), "me")
    corpus.add(_draft("/b", "Elektroniskā uzraudzība ilgst gadu."), "me")
    index.sync(corpus)
    found = index.among("Cik ilgst elektroniskā uzraudzība?", [1, 2, 99])
    assert [hit.passage_id for hit in found] == [2, 1]
    assert index.among("Cik ilgst elektroniskā uzraudzība?", []) == []
