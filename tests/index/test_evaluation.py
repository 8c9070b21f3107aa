"""The measures, worked by hand as arithmetic, and sets that are not what they should be."""

import json
import math
from pathlib import Path

import pytest

from corpus import Invalid
from index.evaluation import average_precision, evaluate, first_rank, measures, ndcg
from index.judged import read_set


def test_measures_by_hand() -> None:
    assert first_rank(["a", "b"], {"c"}) is None
    assert ndcg(["x", "a", "b"], {"a", "b"}, 10) == pytest.approx(
        (1 / math.log2(3) + 1 / math.log2(4)) / (1 / math.log2(2) + 1 / math.log2(3))
    )
    assert ndcg(["x", "a"], {"a"}, 1) == 0
    assert average_precision(["x", "a", "y", "b"], {"a", "b", "c"}) == pytest.approx((1 / 2 + 2 / 4) / 3)
    found = measures([(["a", "b"], {"a"}), (["b", "a"], {"a"}), (["b"], {"a"})]).means()
    assert found["recall@1"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["recall@10"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["mrr@10"] == pytest.approx((1 + 1 / 2) / 3, abs=1e-4)


def _set(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    passages = [{"_id": "p1", "text": "viens", "lang": "lv"}, {"_id": "p2", "text": "du", "lang": "lt"}]
    questions = [{"_id": "q1", "text": "one", "lang": "en"}, {"_id": "q2", "text": "unjudged", "lang": "en"}]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, passages)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)))
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t1\nq1\tp2\t1\n")
    return folder


def test_a_pair_counts_the_relevant_passages_of_its_language(tmp_path: Path) -> None:
    found = evaluate(read_set(_set(tmp_path / "set")), lambda question, k: ["p2", "p1"])
    assert len(found.whole) == 1
    assert found.by_pair["en>lt"].means()["recall@1"] == 1
    assert found.by_pair["en>lv"].means()["recall@1"] == 0
    shape = found.as_json()
    measured = {"queries", "recall@1", "recall@10", "mrr@10", "ndcg@10", "map", "intervals"}
    assert set(shape) == {"set", "by_pair", "query_ms", *measured}
    assert set(shape["by_pair"]["en>lt"]) == measured  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("corpus.jsonl", "not json", "line 1"),
        ("corpus.jsonl", '{"_id": 3, "text": "a"}', '"_id" and "text"'),
        ("corpus.jsonl", "[]", "not a JSON object"),
        ("corpus.jsonl", "", "no passages"),
        ("qrels/test.tsv", "h\nq1 p1 1", "judgements"),
    ],
)
def test_a_set_that_is_not_one_is_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    folder = _set(tmp_path / "set")
    (folder / name).write_text(content)
    with pytest.raises(Invalid, match=said):
        read_set(folder)


def test_a_folder_without_a_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="judgements"):
        read_set(tmp_path)
