"""What the adapter learns from is whole: a finding in every language, among others about the same matter."""

import json
from collections import Counter
from pathlib import Path

_FINDINGS = Path(__file__).parent.parent / "bench" / "findings.jsonl"
_LANGUAGES = {"lv", "lt", "et", "en", "nb", "pl", "ru"}


def test_every_finding_is_there_in_every_language() -> None:
    lines = [json.loads(line) for line in _FINDINGS.read_text(encoding="utf-8").splitlines()]
    findings, unanswered = ([each for each in lines if bool(each["texts"]) is told] for told in (True, False))
    for each in lines:
        for said in (each["texts"], each["questions"], each["keywords"]):
            assert said.keys() == _LANGUAGES or (each in unanswered and said is each["texts"]), each["group"]
            assert all(text == text.strip() != "" for text in said.values()), each["group"]
    groups = Counter(each["group"] for each in findings)
    assert set(groups.values()) == {3}
    assert len({finding["texts"]["en"] for finding in findings}) == len(findings)
    asked = [each["group"] for each in unanswered]  # about the same matter, once, what none of the three tells
    assert set(asked) < set(groups)
    assert len(set(asked)) == len(asked)
