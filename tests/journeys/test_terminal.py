"""The terminal, as an operator uses it: processes of their own, exit codes, JSON in the contract's shapes."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import forked
import pytest
from product import copied, environ
from waiting import answers, free_port, wait_for

from bot import answering, cli, records, trial
from bot import terminal as printed
from bot.filters import NAMES
from bot.rooms import Rooms
from corpus import Draft, Span
from corpus.store import _SETTABLE

DOCUMENT = {
    "id",
    "title",
    "source",
    "language",
    "country",
    "date",
    "status",
    "collection",
    "audience",
    "passages",
}
REPORT = """# Vizīte Dānijā

Valsts: Dānija
Datums: 2022-05-03

Mentors ar jaunieti tiekas divas reizes nedēļā. Par mentoru maksā pašvaldība, nevis probācijas dienests.
"""


class Terminal:
    """A home folder, and commands run on it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        done = forked.run(arguments, environ(self.home, **settings), self.home.parent)
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home with one report; the other file of the folder cannot be read."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "reports").mkdir()
    (folder / "reports" / "vizite.md").write_text(REPORT, encoding="utf-8")
    (folder / "reports" / "bojats.pdf").write_bytes(b"%PDF-1.7 cut off")
    terminal = Terminal(folder / "home")
    read = terminal.json("ingest", "reports", code=3)
    assert set(read) == {"new", "changed", "unchanged", "gone", "failed", "passages", "seconds"}
    assert (read["new"], read["passages"]) == (1, 1)
    assert [set(each) for each in read["failed"]] == [{"source", "reason"}]
    assert read["failed"][0]["source"].endswith("bojats.pdf")
    return terminal


def test_a_second_run_reads_and_embeds_nothing_and_names_the_bad_file_again(terminal: Terminal) -> None:
    done = terminal.run("ingest", "reports")
    assert done.returncode == 3
    assert "bojats.pdf" in done.stdout
    read = terminal.json("ingest", "reports", code=3)
    assert (read["new"], read["changed"], read["unchanged"], read["gone"]) == (0, 0, 1, 0)
    assert terminal.json("sync") | {"seconds": 0} == {"embedded": 0, "removed": 0, "kept": 1, "seconds": 0}


def test_an_answer_is_for_people_and_for_scripts(terminal: Terminal) -> None:
    question = "Kas moka už mentorių?"
    answer = terminal.json("ask", question)
    assert set(answer) == {"question", "question_language", "outcome", "filters", "passages"}
    assert (answer["question"], answer["question_language"], answer["outcome"]) == (question, "lt", "found")
    best = answer["passages"][0]
    assert best["document"] | {"id": 1, "source": ""} == {
        "id": 1,
        "title": "Vizīte Dānijā",
        "source": "",
        "language": "lv",
        "country": "DK",
        "date": "2022-05-03",
        "status": "draft",
        "collection": "reports",
    }
    assert best["quote"] in best["text"]
    assert terminal.json("ask", question, "--since", "2022") == answer
    assert terminal.json("ask", question, "--since", "2023")["outcome"] == "nothing"
    people = terminal.run("ask", question).stdout
    assert "Par mentoru maksā pašvaldība" in " ".join(people.split())
    assert "Vizīte Dānijā" in people
    assert "rinkinys" not in people  # the usual collection


def test_what_the_questions_words_narrow_is_shown_and_can_be_taken_off(terminal: Terminal) -> None:
    question = "Kas moka už mentorių, Danija, nuo 2023"
    answer = terminal.json("ask", question)
    assert (answer["question"], answer["outcome"]) == (question, "nothing")
    assert answer["filters"] == {"language": None, "country": "DK", "status": None, "since": "2023-01-01"}
    people = " ".join(terminal.run("ask", question).stdout.split())
    assert "Danija · nuo 2023" in people
    assert "--without country, --without since" in people
    wider = terminal.json("ask", question, "--without", "since")
    assert wider["passages"]
    assert (wider["filters"]["country"], wider["filters"]["since"]) == ("DK", None)
    assert terminal.json("ask", question, "--since", "2022")["filters"] == wider["filters"]  # an option wins over words


def test_a_question_that_cannot_be_answered_is_told_so(terminal: Terminal) -> None:
    answer = terminal.json("ask", "best hiking boots for wide feet")
    assert (answer["outcome"], answer["passages"]) == ("nothing", [])
    assert terminal.run("ask", "best hiking boots for wide feet").stdout.strip()


def test_a_document_goes_through_its_life(terminal: Terminal) -> None:
    listed = terminal.json("documents")
    assert [set(each) for each in listed] == [DOCUMENT]
    assert terminal.json("documents", "list") == listed
    number = str(listed[0]["id"])
    changed = terminal.json("documents", "tag", number, "country=SE", "tags=mentori, jaunieši", "project=Tilts")
    assert (changed["country"], changed["tags"], changed["project"]) == ("SE", ["jaunieši", "mentori"], "Tilts")
    assert set(changed) >= {"organisation", "review_by"}
    assert terminal.json("documents", "validate", number)["status"] == "validated"
    assert terminal.json("documents", "retire", number, "--reason", "novecojis")["status"] == "retired"
    assert terminal.json("ask", "mentors")["outcome"] == "nothing"
    assert "bring it back first" in terminal.run("documents", "validate", number).stderr
    assert terminal.json("documents", "restore", number)["status"] == "validated"
    shown = terminal.json("documents", "show", number)
    assert set(shown) >= DOCUMENT | {"text", "journal"}
    assert [line["what"] for line in shown["journal"]] == ["added", "changed", "validated", "retired", "restored"]
    assert json.loads(terminal.run("documents", "--json", "show", number).stdout) == shown


def test_what_happened_to_a_document_can_be_read(rooms: Rooms) -> None:
    """A line a field, with what it was, and nothing that only a programmer can read."""
    rooms.corpus.change(1, "cat", title="Vizīte", language="lv", tags=("em", "darbs"))
    people = printed.document(records.shown(rooms.corpus, 1)).splitlines()
    assert "      title         Report lv → Vizīte" in people
    assert "      language      lv (confirmed)" in people
    assert "      tags          – → em, darbs" in people
    assert not set("{}[]") & set("".join(people))
    assert printed.documents([records.listed(rooms.corpus.document(1))]).endswith(" 1 passage   Vizīte")
    receipt = printed.receipt(rooms.corpus.forget(1, "cat"))
    assert "source        /reports/lv.txt" in receipt
    assert not re.search("[0-9a-f]{40}", "".join([*people, receipt]))


def test_what_is_forgotten_leaves_a_receipt(terminal: Terminal, tmp_path: Path) -> None:
    other = tmp_path / "aizmirst.txt"
    other.write_text("Zilās mapes stāv bēniņos aiz skursteņa.", encoding="utf-8")
    assert terminal.json("ingest", str(other))["new"] == 1
    number = str(max(each["id"] for each in terminal.json("documents")))
    taken = terminal.run("documents", "tag", "1", f"source={other}")
    assert (taken.returncode, taken.stderr) == (1, f"atzina: {other} is in the corpus already.\n")
    done = terminal.run("documents", "forget", number, "--json")
    receipt = json.loads(done.stdout)
    assert (receipt["id"], receipt["title"], receipt["source"]) == (int(number), None, str(other))
    assert done.stderr.startswith(f"The file is still at {other} and will be read again")
    kept = [path for path in terminal.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if "skursteņa".encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "mentors"],
        ["documents"],
        ["documents", "show", "77"],
        ["doctor"],
        ["ingest", "reports", "--json"],
        ["questions"],
        ["runs", "--last", "1"],
        ["samples"],
        ["sync"],
    ],
    ids=" ".join,
)
def test_a_command_loads_by_itself_what_it_needs(terminal: Terminal, arguments: list[str]) -> None:
    """Started as a program it does what it does in the other tests, where it is forked off one that has loaded all."""
    forked_off = terminal.run(*arguments)
    program = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=terminal.home.parent,
        env=environ(terminal.home),
        text=True,
        capture_output=True,
    )
    assert program.returncode == forked_off.returncode
    assert _timeless(program.stdout) == _timeless(forked_off.stdout)
    assert _timeless(program.stderr) == _timeless(forked_off.stderr)


def _timeless(said: str) -> str:
    """Without times of the day, and seconds that something took."""
    return re.sub(r"\d+[.:]\d+(:\d+)?", "", said)


def test_the_server_loads_by_itself_what_it_needs(terminal: Terminal, tmp_path: Path) -> None:
    """And what it says is its own, not what its libraries do inside."""
    port, said = free_port(), tmp_path / "said"
    command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(port)]
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=terminal.home.parent, env=environ(terminal.home), stderr=log)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/ready"), "the server to be ready")
    finally:
        process.terminate()
        process.wait(30)
    lines = said.read_text(encoding="utf-8").splitlines()
    assert any(f"Atzina answers on http://127.0.0.1:{port}" in line for line in lines)
    assert {line.split()[3].split(".")[0] for line in lines} == {"atzina", "uvicorn"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Commands"),
        (["ask"], 2, "QUESTION"),
        (["aks", "x"], 2, "No such command"),
        (["ask", "x", "--since", "yesterday"], 2, "yesterday"),
        (["documents", "tag", "1", "country"], 2, "KEY=VALUE"),
        (["documents", "retire", "1"], 2, "--reason"),
        (["documents", "show", "77"], 1, "no document 77"),
        (["documents", "tag", "1", "colour=red"], 1, "colour cannot be set"),
        (["documents", "tag", "1", "date=soon"], 1, "soon"),
        (["documents", "tag", "1", "collection="], 1, "has a collection"),
        (["documents", "tag", "1", "source="], 1, "has a source"),
        (["documents", "tag", "1", "title=\udcff"], 1, "title holds characters that are not text"),
        (["documents", "tag", "1", "country=ZZ"], 1, "country is 'ZZ'"),
        (["documents", "tag", "1", "language=xx"], 1, "language is 'xx'"),
        (["documents", "show", "99999999999999999999"], 1, "no document 99999999999999999999"),
        (["documents", "restore", "99999999999999999999"], 1, "no document 99999999999999999999"),
        (["documents", "retire", "1", "--reason", "\udcff"], 1, "reason holds characters that are not text"),
        (["documents", "restore", "1"], 1, "Document 1 is not retired"),
        (["ingest", ".", "--collection", "\udcff"], 1, "collection holds characters that are not text"),
        (["ingest", "/no/such/folder"], 3, "/no/such/folder"),
        (["eval", "/no/such/set"], 2, "/no/such/set"),
        (["ask", "   "], 1, "question"),
        (["ask", "x", "--country", "Norway"], 1, "Norway"),
        (["ask", "x", "--top", "0"], 1, "it can be 1 to 50"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    terminal: Terminal, arguments: list[str], code: int, said: str
) -> None:
    done = terminal.run(*arguments)
    assert done.returncode == code, done.stderr
    assert said.casefold() in (done.stdout + done.stderr).casefold()
    assert code != 1 or re.fullmatch("atzina: .*\n", done.stderr)


def test_a_fault_of_ours_is_one_sentence_and_the_rest_is_in_the_log(terminal: Terminal, tmp_path: Path) -> None:
    broken = Terminal(copied(terminal.home, tmp_path / "home"))
    with closing(sqlite3.connect(broken.home / "atzina.db")) as database, database:
        database.execute("DROP TABLE audiences")
    done = broken.run("documents")
    said = re.fullmatch(r"atzina: .* reference (\w+) when .* stands in (.*)\.\n", done.stderr)
    assert done.returncode == 1
    assert said
    log = (broken.home / "atzina.log").read_text()
    assert said[2] == str(broken.home / "atzina.log")
    assert f"reference {said[1]}\nTraceback" in log


def test_the_samples_are_loaded_into_an_empty_corpus_only(terminal: Terminal) -> None:
    nothing = {"new": 0, "changed": 0, "unchanged": 0, "gone": 0, "failed": [], "passages": 0, "seconds": 0.0}
    assert terminal.json("samples") == nothing
    assert len(terminal.run("samples").stdout.splitlines()) == 1


def test_help_is_whole(terminal: Terminal) -> None:
    """No sentence is cut, and every field that can be set is named."""
    assert "..." not in terminal.run("--help").stdout.replace("[ARGS]...", "")
    assert "..." not in terminal.run("documents", "--help").stdout.replace("[ARGS]...", "")
    words = set(re.findall(r"\w+", terminal.run("documents", "tag", "--help").stdout))
    assert words >= _SETTABLE


def test_an_answer_fits_the_terminal_and_names_each_source_once(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Mentors tiekas ar jaunieti divas reizes nedēļā. Mentors tiekas ar jaunieti divas reizes nedēļā!"
    spans = (Span(start=0, end=47, language="lv"), Span(start=48, end=len(text), language="lv"))
    source = "/reports/" + "garš ceļš " * 8 + "visos-virzienos.txt"
    rooms.corpus.add(
        Draft(source=source, kind="txt", content_hash="0", text=text, passages=spans, title="Mentori"), "t"
    )
    rooms.index.sync(rooms.corpus)
    found = answering.answer(rooms, "Mentors tiekas ar jaunieti divas reizes nedēļā")
    assert [shown.document.title for shown in found.shown].count("Mentori") == 2
    monkeypatch.setenv("COLUMNS", "50")
    lines = printed.answer(found).splitlines()
    assert max(map(len, lines)) <= 50
    assert "".join(lines).count("virzienos.txt") == 1


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("ATZINA_MODEL", "/no/such/model", "/no/such/model"),
        ("ATZINA_DATABASE_URL", "sqlite:////dev/null/a.db", "database"),
        ("ATZINA_DATABASE_URL", "nonsense", "database"),
        ("ATZINA_LANGUAGES", "latviešu", "ATZINA_LANGUAGES"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL"),
        ("ATZINA_HOME", "/dev/null/home", "ATZINA_HOME"),
    ],
)
def test_a_wrong_setting_is_named(terminal: Terminal, setting: str, value: str, said: str) -> None:
    done = terminal.run("ask", "mentors", **{setting: value})
    assert done.returncode == 1
    assert said.casefold() in done.stderr.splitlines()[-1].casefold()


def test_the_doctor_finds_no_fault_in_a_healthy_home(terminal: Terminal) -> None:
    found = {check["name"]: check["state"] for check in terminal.json("doctor")}
    assert found["model"] == found["database"] == found["index"] == "ok"
    assert found["Slack"] == "note"


def test_the_doctor_says_what_to_do(terminal: Terminal) -> None:
    done = terminal.run(
        "doctor", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", SLACK_API_URL="http://127.0.0.1:9"
    )
    assert done.returncode == 1
    assert "FAIL  Slack: http://127.0.0.1:9/ cannot be reached" in done.stdout
    done = terminal.run("doctor", ATZINA_MODEL="/no/such/model")
    assert done.returncode == 1
    assert "FAIL  model" in done.stdout


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A set in BEIR layout: four passages in four languages, and two questions in a fifth and a sixth."""
    folder = tmp_path / "judged"
    (folder / "qrels").mkdir(parents=True)
    said = {
        "lv": "Mentoram maksā pašvaldība, simts eiro mēnesī.",
        "en": "Prisoners may call home every evening, free of charge.",
        "lt": "Kursai trunka šešias savaites ir vyksta vakarais.",
        "et": "Võlanõustaja võtab vastu kord nädalas.",
    }
    asked = {"pl": "Kto płaci mentorowi?", "nb": "Kan innsatte ringe hjem?"}
    for name, texts in (("corpus", said), ("queries", asked)):
        rows = [json.dumps({"_id": language, "text": text, "lang": language}) for language, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(rows))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\npl\tlv\t1\nnb\ten\t1\n")
    return folder


def test_retrieval_is_measured_compared_and_held_to_floors(terminal: Terminal, judged: Path, tmp_path: Path) -> None:
    found = terminal.json("eval", str(judged), "--without", "fairness")
    assert (found["set"], found["queries"], found["recall@10"]) == ("judged", 2, 1.0)
    assert set(found["by_pair"]) == {"pl>lv", "nb>en"}
    assert set(found["compared"]["differences"]) == {"recall@1", "recall@10", "mrr@10", "ndcg@10", "map"}
    assert not any(each["real"] for each in found["compared"]["differences"].values())  # two questions tell nothing

    floors = tmp_path / "floors.json"
    floors.write_text('{"by_pair": {"*": {"recall@10": 0.9}}}')
    assert terminal.run("eval", str(judged), "--floors", str(floors)).returncode == 0
    (judged / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\npl\tlv\t1\nnb\tet\t1\n")
    floors.write_text('{"by_pair": {"*": {"recall@1": 0.9}}}')
    done = terminal.run("eval", str(judged), "--floors", str(floors))
    assert done.returncode == 1
    assert "nb>et" in done.stderr
    assert "pl>lv" not in done.stderr


def test_every_part_of_retrieval_can_be_left_out() -> None:
    """The command names them without loading what they are, so that its help is quick."""
    assert set(cli._PARTS) == set(trial.PARTS)


def test_every_filter_in_words_can_be_taken_off() -> None:
    assert set(cli._FILTERS) == set(NAMES)


def test_languages_are_taken_out_of_any_model(terminal: Terminal, tmp_path: Path) -> None:
    """From parallel sentences; then the index is made anew with it, and an answer is still found."""
    home = copied(terminal.home, tmp_path / "home")
    parallel = tmp_path / "parallel.tsv"
    rows = [f"Teikums numur {n} par darbu.\tSakinys numeris {n} apie darbą.\tSentence {n} on work." for n in range(20)]
    parallel.write_text("\n".join(["lv\tlt\ten", *rows]))
    mine = Terminal(home)
    made = mine.json("calibrate", "--parallel", str(parallel))
    assert (made["languages"], made["rank"], made["dimensions"]) == (["lv", "lt", "en"], 3, 384)
    assert Path(made["saved"]).parent == home / "subspaces"
    assert mine.json("sync")["embedded"] == 0  # no vector is computed again
    assert mine.json("ask", "Kas moka už mentorių?")["passages"]
    parallel.write_text("lv\tlt\nviens\tvienas\n")
    done = mine.run("calibrate", "--parallel", str(parallel))
    assert done.returncode == 1
    assert "at least 20 texts" in done.stderr
