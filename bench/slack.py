"""Whether Slack is answered under load: each question once, and every event confirmed in time, whatever breaks.

    python bench/slack.py [--questions 500] [--seconds 60] [--people 50] [--disconnects 20] [--kills 5]

`make bench` runs it. The served product, with the real model and the sample reports, meets the Slack of the tests
(tests/support/fake_slack) over one connection. Nine in ten questions are direct messages, each tenth is a mention in a
channel; of messages, that Slack takes one a second in a conversation. Meanwhile reports change, and `atzina ingest`
reads and indexes them in the same home, over and over; connections end, three of four as Slack renews them, the others
broken; the process is killed by SIGKILL and started again.

How it is counted: a confirmation takes from when an event is put on an open connection until the bot confirms it. What
was on a connection that ended, or with a process that was killed, is confirmed by nobody: it is counted apart, as is
what found no connection, and both are sent again as Slack does it: at once, after a minute, after five. A question is
answered once if its thread holds one message of the bot's, and that is the answer.
"""

import argparse
import json
import math
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from fake_slack import FakeSlack  # noqa: E402 - found by the line above
from ingestion import write_reports  # noqa: E402
from product import Bot, run  # noqa: E402
from scale import sample_sentences  # noqa: E402
from waiting import wait_for  # noqa: E402
from workspace import BOT, GENERAL  # noqa: E402

Figures = dict[str, Any]
Asked = list[tuple[str, str]]  # channel and ts of each question

_A_MENTION = 10  # each so manieth question
_BROKEN = 4  # each so manieth end of a connection
_REPORTS = 12  # that are changed at a time
_PATIENCE = 600.0  # seconds after the last question in which answers may come: what Slack sends again, and leases


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked and broken.

    `pauses`: seconds before each time that Slack sends an event again. `leases_end`: what a killed process had in hand
    may be taken over at once.
    """

    questions: int = 500
    seconds: float = 60.0
    people: int = 50
    disconnects: int = 20
    kills: int = 5
    pauses: tuple[float, ...] = (0.0, 60.0, 300.0)
    leases_end: bool = False


def main() -> None:
    """Prints the figures, and adds them to bench/results.json."""
    asked = argparse.ArgumentParser()
    for name in ("questions", "seconds", "people", "disconnects", "kills"):
        usual = getattr(Load(), name)
        asked.add_argument(f"--{name}", type=type(usual), default=usual)
    wanted = Load(**vars(asked.parse_args()))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        run(home, "ingest", ROOT / "corpus" / "samples" / "reports")
        found = under_load(home, Path(name), wanted)
    print("\n".join(f"{name:<24}{value}" for name, value in found.items()))
    results = ROOT / "bench" / "results.json"
    known = json.loads(results.read_text()) if results.exists() else {}
    results.write_text(json.dumps(known | {"slack": found}, indent=1) + "\n")


def under_load(home: Path, folder: Path, load: Load) -> Figures:
    """What came of it; `home` holds the sample reports, in `folder` are logs and what changes."""
    before, people = os.getloadavg()[0], [f"U{n:04}" for n in range(load.people)]
    with FakeSlack("socket", people=people, pauses=load.pauses) as slack:
        slack.faults.every = 1.0
        with Bot(home, folder / "bot.log", slack) as bot:
            with _ingested(home, folder / "reports") as runs, ThreadPoolExecutor() as pool:
                broken = pool.submit(_break, slack, bot, load)
                asked = _ask(slack, people, load)
                renewed = broken.result()
            began = time.monotonic()
            wait_for(
                lambda: not _unanswered(slack, asked) or time.monotonic() - began > _PATIENCE, "answers", 2 * _PATIENCE
            )
        return _figures(slack, asked, load) | {"renewed_in_s": renewed, "runs": len(runs), "load_before": before}


def _ask(slack: FakeSlack, people: Sequence[str], load: Load) -> Asked:
    """Asks at an even pace, by turns for each person."""
    said, chance, asked = [sentence for _, sentence in sample_sentences()], random.Random(0), []
    began = time.monotonic()
    for n in range(load.questions):
        time.sleep(max(0.0, began + n * load.seconds / load.questions - time.monotonic()))
        question, person = f"{' '.join(chance.choice(said).split()[:8])} {n}?", people[n % len(people)]
        channel = GENERAL if n % _A_MENTION == 0 else slack.office.channel(person)
        asked.append((channel, slack.say_as(person, question, channel)))
    return asked


def _break(slack: FakeSlack, bot: Bot, load: Load) -> list[float]:
    """Ends connections and kills the process, evenly over the time. Seconds from each such end to a new connection."""
    began, took, ended = time.monotonic(), [], 0
    turns = load.disconnects + load.kills
    for n in range(turns):
        time.sleep(max(0.0, began + (n + 1) * load.seconds / (turns + 2) - time.monotonic()))
        kills = (n + 1) * load.kills // turns > n * load.kills // turns
        wait_for(lambda: slack.delivery.connections, "a connection", 120)
        opened, at = slack.connections(), time.monotonic()
        if kills:
            bot.kill()
            if load.leases_end:
                _end_leases(bot.home)
            bot.start()
        else:
            ended += 1
            slack.cut_connections() if ended % _BROKEN == 0 else slack.renew_connections()
            wait_for(lambda opened=opened: slack.connections() > opened, "a new connection", 120)
            took.append(time.monotonic() - at)
    return sorted(took)


def _end_leases(home: Path) -> None:
    with sqlite3.connect(home / "atzina.db", timeout=60) as database:
        database.execute("UPDATE events SET leased_until = received_at WHERE leased_until IS NOT NULL")
    database.close()


@contextmanager
def _ingested(home: Path, folder: Path) -> Iterator[list[float]]:
    """Inside, reports change and are read and indexed, over and over; the seconds that each run took."""
    runs: list[float] = []
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            write_reports(folder, _REPORTS, 2, seed=len(runs))
            began = time.monotonic()
            run(home, "ingest", folder)
            runs.append(time.monotonic() - began)

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(go_on)
        try:
            yield runs
        finally:
            over.set()
            going.result()


def _threads(slack: FakeSlack, asked: Asked) -> list[list[Figures]]:
    """What the bot has said to each question."""
    replies: dict[tuple[str, str], list[Figures]] = {each: [] for each in asked}
    for channel in {channel for channel, _ in asked}:
        for message in slack.messages(channel):
            if message["user"] == BOT and (channel, message.get("thread_ts")) in replies:
                replies[channel, message["thread_ts"]].append(message)
    return list(replies.values())


def _unanswered(slack: FakeSlack, asked: Asked) -> int:
    return sum(not any(map(_is_answer, thread)) for thread in _threads(slack, asked))


def _is_answer(message: Figures) -> bool:
    """Whether a message is more than a sign of life: in a channel that becomes the answer, alone it stays a line."""
    return len(message.get("blocks") or ()) > 1


def _said_at(message: Figures) -> float:
    """When a message came to say what it says."""
    return float(message["edited"]["ts"] if "edited" in message else message["ts"])


def _figures(slack: FakeSlack, asked: Asked, load: Load) -> Figures:
    threads, sent = _threads(slack, asked), list(slack.delivery.sent)
    confirmed = sorted(each.seconds for each in sent if each.seconds is not None)
    waits = sorted(_said_at(t[0]) - float(t[0]["thread_ts"]) for t in threads if t and _is_answer(t[0]))
    return asdict(load) | {
        "answered_once": sum(len(thread) == 1 and _is_answer(thread[0]) for thread in threads),
        "lost": _unanswered(slack, asked),
        "said_twice": sum(len(thread) > 1 for thread in threads),
        "confirmed": len(confirmed),
        "ack_p50_ms": 1000 * _at(confirmed, 0.5),
        "ack_p95_ms": 1000 * _at(confirmed, 0.95),
        "ack_max_ms": 1000 * confirmed[-1],
        "unconfirmed": sum(each.seconds is None and each.reached for each in sent),
        "unreached": sum(not each.reached for each in sent),
        "redelivered": sum(each.attempt > 0 for each in sent),
        "told_to_wait": len(slack.faults.limited),
        "answer_p50_s": _at(waits, 0.5),
        "answer_p95_s": _at(waits, 0.95),
        "answer_max_s": waits[-1],
        "refused": slack.refusals(),
    }


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


if __name__ == "__main__":
    main()
