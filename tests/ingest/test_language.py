import json
from pathlib import Path

import pytest

from ingest import language_probabilities
from ingest.language import _factory

GOLDEN = Path(__file__).parent.parent / "golden"
QUESTIONS = [
    json.loads(line)["text"]
    for name in ("questions", "blind", "fresh", "unseen")
    for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


def _drawn(text: str, seed: int) -> dict[str, float]:
    """By langdetect itself, as it is called everywhere but here."""
    detector = _factory().create()
    detector.seed = seed
    detector.append(text)
    return {each.lang: each.prob for each in detector.get_probabilities()}


def test_where_langdetect_is_sure_so_are_we() -> None:
    sure = 0
    for question in QUESTIONS:
        drawn = [_drawn(question, seed) for seed in range(3)]
        said = {max(found, key=lambda code: found[code], default="") for found in drawn}
        if len(said) == 1 and all(max(found.values()) > 0.9 for found in drawn):
            sure += 1
            found = language_probabilities(question)
            assert max(found, key=lambda code: found[code]) == said.pop().replace("no", "nb"), question
    assert sure > 200


@pytest.mark.parametrize("text", ["", "12345 ?", "§ 4"])
def test_no_letters_are_in_no_language(text: str) -> None:
    assert language_probabilities(text) == {}


def test_probabilities_are_not_random() -> None:
    assert language_probabilities("darbs") == language_probabilities("darbs")
    assert 0.9 < sum(language_probabilities("Kas ir probācija Norvēģijā?").values()) <= 1.0
