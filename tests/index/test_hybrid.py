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
from index import Index, snapshot
from index.fairness import Subspace
from index.kept import KeptVectors
from index.vectors import PassageVectors


def _draft(source: str, *texts: str, language: str = "lv") -> Draft:
    whole, spans, start = "\n\n".join(texts), [], 0
    for text in texts:
        spans.append(Span(start=start, end=start + len(text), language=language))
        start += len(text) + 2
    return Draft(source=source, kind="txt", content_hash=text_hash(whole), text=whole, passages=tuple(spans))


def _ids(index: Index) -> set[int]:
    found = snapshot.current(index._folder)
    return set() if found is None else {int(i) for i in snapshot.read(found).vectors.ids}


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

    @invariant()
    def answers_are_live(self) -> None:
        live = self.corpus.live_ids(Narrowing())
        assert {hit.passage_id for hit in self.index.search("Viens divi", 10, live)} <= live

    def teardown(self) -> None:
        self.corpus.close()


def test_the_index_equals_the_live_passages_after_any_verbs(tmp_path: Path) -> None:
    Verbs.folder = tmp_path / "machine"
    limits = settings(max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Verbs, settings=limits)


def test_dense_search_is_plain_inner_product() -> None:
    """FAISS against numpy, with a filter, and with fewer passages than asked for."""
    generator = np.random.default_rng(7)
    vectors = generator.standard_normal((50, 16)).astype(np.float32)
    ids = np.arange(100, 150, dtype=np.int64)
    question = generator.standard_normal(16).astype(np.float32)
    within = {int(i) for i in ids[::3]}
    found, cosines = PassageVectors.of(ids, vectors).nearest(question, 5, within)
    expected = sorted(within, key=lambda i: -float(vectors[i - 100] @ question))[:5]
    assert found.tolist() == expected
    assert np.allclose(cosines, [vectors[i - 100] @ question for i in expected], atol=1e-5)
    assert len(PassageVectors.of(ids, vectors).nearest(question, 200, within)[0]) == len(within)
    assert len(PassageVectors.of(ids, vectors).nearest(question, 5, {999})[0]) == 0


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


def test_a_half_written_vector_is_cut_off(tmp_path: Path) -> None:
    """What a crash left at the end of the file does no harm, and is written over."""
    path = tmp_path / "kept.bin"
    KeptVectors(path).add([text_hash("a")], np.ones((1, 4), np.float32))
    with path.open("ab") as file:
        file.write(b"half a record")
    kept = KeptVectors(path)
    assert len(kept) == 1
    kept.add([text_hash("b")], np.full((1, 4), 2, np.float32))
    assert KeptVectors(path).get([text_hash("b"), text_hash("a")]).tolist() == [[2] * 4, [1] * 4]


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
    kept = KeptVectors(tmp_path / "index" / "toy" / "kept.bin")
    assert text_hash("Slepens xyzzyplugh teikums.") not in kept
    assert text_hash("Paliek šis teikums.") in kept
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
    assert len(reader.search("Otrs teikums", 5, corpus.live_ids(Narrowing()))) == 2


def test_searches_go_on_while_snapshots_are_swapped(corpus: Corpus, tmp_path: Path) -> None:
    index, reader = (Index(tmp_path / "index", ToyEmbedder()) for _ in range(2))
    corpus.add(_draft("/0", "Viens teikums."), "me")
    index.sync(corpus)
    faults: list[Exception] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                assert reader.search("Viens teikums", 3, corpus.live_ids(Narrowing()))
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


def test_a_damaged_snapshot_is_named_and_built_anew(corpus: Corpus, tmp_path: Path) -> None:
    toy = ToyEmbedder()
    corpus.add(_draft("/a", "Viens teikums."), "me")
    Index(tmp_path / "index", toy).sync(corpus)
    folder = snapshot.current(tmp_path / "index" / "toy")
    assert folder
    (folder / "passages.faiss").write_bytes(b"damaged")
    index = Index(tmp_path / "index", toy)
    with pytest.raises(Unavailable, match="damaged.*atzina sync"):
        index.search("Viens", 1, {1})
    index.sync(corpus)
    assert len(index.search("Viens", 1, corpus.live_ids(Narrowing()))) == 1
    assert len(toy.embedded) == 1


def test_another_subspace_makes_another_snapshot_from_the_same_vectors(corpus: Corpus, tmp_path: Path) -> None:
    toy = ToyEmbedder()
    corpus.add(_draft("/a", "Viens teikums."), "me")
    Index(tmp_path / "index", toy).sync(corpus)
    basis = np.eye(512, dtype=np.float32)[:3]
    index = Index(tmp_path / "index", toy, Subspace(basis))
    assert index.sync(corpus).embedded == 0
    folder = snapshot.current(tmp_path / "index" / "toy")
    assert folder
    assert np.allclose(snapshot.read(folder).vectors.all() @ basis.T, 0, atol=1e-6)


def test_words_do_not_lift_one_language_over_another(corpus: Corpus, tmp_path: Path) -> None:
    """Equal vectors, and only the question's own language shares its words: both come out equal."""

    class Blind(ToyEmbedder):
        def passages(self, texts):  # type: ignore[no-untyped-def]
            for part in super().passages(texts):
                yield np.tile(np.float32([1, 0]), (len(part), 1))

        def question(self, text: str):  # type: ignore[no-untyped-def]
            return np.float32([1, 0])

    index = Index(tmp_path / "index", Blind())
    corpus.add(_draft("/lv", "Mentors tiekas ar jaunieti reizi nedēļā.", language="lv"), "me")
    corpus.add(_draft("/lt", "Kuratorius lanko jaunuolį kas savaitę.", language="lt"), "me")
    corpus.add(_draft("/lv2", "Pavisam par citu lietu šeit runāts.", language="lv"), "me")
    index.sync(corpus)
    hits = {h.passage_id: h.score for h in index.search("mentors un jaunietis", 3, corpus.live_ids(Narrowing()))}
    assert hits[1] == pytest.approx(hits[2])
    assert hits[3] < hits[1]


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
    assert len(index.search("teikums", 5, corpus.live_ids(Narrowing()))) == 1
