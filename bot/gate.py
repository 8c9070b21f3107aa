"""Golden questions: a new index that answers them worse than the former one is not published.

`golden.jsonl` in ATZINA_HOME, a line a question: {"question": "...", "source": "oslo.docx"}; `source` is the end of
the source of the document that answers it. Without the file nothing is asked.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from corpus import Corpus, Invalid, Unavailable
from index import Approve, Ask

NAME = "golden.jsonl"
_AMONG = 5  # hits among which the document must be
_MARGIN = 0.05  # share of the questions that may be answered worse
_MANY = 200  # passages that come or leave: for fewer it is not asked
_log = logging.getLogger("atzina")


def gate(home: Path, corpus: Corpus) -> Approve:
    """What `Index.sync` asks before it publishes. It raises Unavailable where the new index is worse."""

    def approve(coming: Ask, former: Ask | None, changed: int) -> None:
        if former is None or changed < _MANY:
            return
        asked = [(question, wanted) for question, source in _golden(home / NAME) if (wanted := _ids(corpus, source))]
        if not asked:
            return
        before, now = _answered(former, corpus, asked), _answered(coming, corpus, asked)
        _log.info("golden questions: %d of %d answered, %d before", now, len(asked), before)
        if now < before - _MARGIN * len(asked):
            said = f"The new index answers {now} of {len(asked)} golden questions, the former one answered {before}."
            raise Unavailable(
                f"{said} The former one stays. Look into {NAME}; to take the new one: atzina sync --accept"
            )

    return approve


def _golden(path: Path) -> list[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{path} cannot be read: {fault}.") from fault
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            found.append((str(said["question"]), str(said["source"])))
        except (ValueError, KeyError, TypeError) as fault:
            raise Invalid(f'Line {number} of {path} is not like {{"question": "…", "source": "…"}}.') from fault
    return found


def _ids(corpus: Corpus, source: str) -> frozenset[int]:
    """The live documents with this source; none where they are retired: that is no fault of the index."""
    return frozenset(document.id for document in corpus.documents() if document.source.endswith(source))


def _answered(ask: Ask, corpus: Corpus, asked: Sequence[tuple[str, frozenset[int]]]) -> int:
    found = 0
    for question, wanted in asked:
        live = corpus.passages(hit.passage_id for hit in ask(question, _AMONG))
        found += any(document.id in wanted for _, document in live.values())
    return found
