"""What the adapter learns from is whole: a finding in every language, among others about the same matter."""

import json
from collections import Counter
from pathlib import Path

_FINDINGS = Path(__file__).parent.parent / "bench" / "findings.jsonl"
_LANGUAGES = {"lv", "lt", "et", "en", "nb", "pl", "ru"}


def test_every_finding_is_there_in_every_language() -> None:
    findings = [json.loads(line) for line in _FINDINGS.read_text(encoding="utf-8").splitlines()]
    for finding in findings:
        for said in (finding["texts"], finding["questions"], finding["keywords"]):
            assert said.keys() == _LANGUAGES, finding["group"]
            assert all(text == text.strip() != "" for text in said.values()), finding["group"]
    assert set(Counter(finding["group"] for finding in findings).values()) == {3}
    assert len({finding["texts"]["en"] for finding in findings}) == len(findings)
