"""A report is sent to the bot in Slack, confirmed in a form, and answers from then on; in Socket Mode and over HTTP."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from asking import answer_in_thread
from block_kit import faults, has_button, links, view_faults, words
from local_slack import BOT, COLLEAGUE, CURATOR, CURATORS, GENERAL, LocalSlack
from product import Bot, run
from programs import ROOT

Json = dict[str, Any]
MADE = ROOT / "tests" / "files" / "made"
_SENT = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"}  # of a form, by the bot


@pytest.fixture(scope="module", params=["socket", "http"])
def slack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSlack]:
    """The workspace of a server that keeps files."""
    with LocalSlack(request.param, tmp_path_factory.mktemp("slack")) as running:
        yield running


@pytest.fixture
def own_slack(tmp_path: Path) -> Iterator[LocalSlack]:
    """Such a workspace for one test."""
    with LocalSlack("socket", tmp_path / "slack") as running:
        yield running


def documents(bot: Bot) -> list[Json]:
    """What the corpus holds."""
    found: list[Json] = json.loads(run(bot.home, "documents", "--json"))
    return found


def told(slack: LocalSlack, ts: str, user: str | None = None) -> Json:
    """What the bot says of files that were sent to it alone, once it has read them."""
    place = next(each["id"] for each in slack._channels() if each["is_im"] and (user or slack.asker) in each["members"])

    def read() -> list[Json]:
        said = slack.thread(ts, place)
        return [each for each in said if each["user"] == BOT and len(each["blocks"]) > 1]

    found = slack.wait_for(read, "the bot to say what it has read")
    assert len(slack.thread(ts, place)) == 1
    assert faults(found[-1]["blocks"]) == []
    return found[-1]


def changed(slack: LocalSlack, message: Json) -> Json:
    """A message of the bot, once its buttons are gone and it tells what was added."""

    def now() -> list[Json]:
        same = [each for each in slack.messages(message["channel"]) if each["ts"] == message["ts"]]
        return [each for each in same if not has_button(each, "add") and "/documents/" in json.dumps(each["blocks"])]

    return slack.wait_for(now, "the bot to say what was added")[0]


def confirm(slack: LocalSlack, message: Json, user: str | None = None, **fields: str) -> Json:
    """Somebody opens the form over what was read, and sends it; the form."""
    slack.click(message, "add", user=user)
    form = slack.form()
    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    slack.fill_in(user, **fields)
    return form


def initial(form: Json, name: str) -> str:
    """What is filled into a field of a form before anybody has touched it."""
    element = next(each["element"] for each in form["blocks"] if each["block_id"] == name)
    return str(element.get("initial_value") or element["initial_option"]["value"])


def test_a_report_is_sent_confirmed_and_found(slack: LocalSlack, bot: Bot) -> None:
    """A PDF of one of the staff: an offer, under their name. Nothing is known of it before it is confirmed."""
    before, path = documents(bot), MADE / "lt-rotterdam-chromium.pdf"
    message = told(slack, slack.upload(path))
    assert documents(bot) == before
    slack.click(message, "add")
    form = slack.form()
    assert not any(each["block_id"] == "status" for each in form["blocks"])
    assert initial(form, "country") == "NL"
    slack.fill_in(title=initial(form, "title"), country="NL", date="2019", collection="visits", audience="everyone")
    done = changed(slack, message)
    (added,) = documents(bot)[len(before) :]
    assert (added["status"], added["country"], added["date"]) == ("draft", "NL", "2019-01-01")
    assert f"{bot.url}/documents/{added['id']}" in links(done["blocks"])
    assert faults(done["blocks"]) == []
    question = f"{added['title']}?"
    found = [each["document"]["id"] for each in bot.ask(question, country="NL")["passages"]]
    assert added["id"] in found
    assert f"{bot.url}/documents/{added['id']}" in json.dumps(answer_in_thread(slack, slack.mention(question)))

    again = told(slack, slack.upload(path))
    assert not has_button(again, "add")
    assert f"{bot.url}/documents/{added['id']}" in links(again["blocks"])
    assert len(documents(bot)) == len(before) + 1


def test_what_was_offered_is_validated_by_a_curator(slack: LocalSlack, bot: Bot) -> None:
    """In the curators' channel; who is no curator is refused, and afterwards all see who has done it."""
    before, shown = documents(bot), len(slack.messages(CURATORS))
    confirm(
        slack,
        told(slack, slack.upload(MADE / "en-glasgow-pandoc.docx")),
        title="Göteborg",
        country="SE",
        collection="visits",
        audience="everyone",
    )
    offered = slack.wait_for(lambda: slack.messages(CURATORS)[shown:], "the curators to be shown it")[0]
    (added,) = documents(bot)[len(before) :]
    refusals = len(slack.ephemeral(CURATORS))
    slack.click(offered, "review_confirm")
    slack.wait_for(lambda: slack.ephemeral(CURATORS)[refusals:], "the refusal")
    slack.click(offered, "review_confirm", user=CURATOR)
    form = slack.form()
    assert view_faults({name: form[name] for name in form if name in _SENT}) == []
    slack.fill_in(CURATOR)
    slack.wait_for(
        lambda: [each for each in documents(bot) if each["id"] == added["id"] and each["status"] == "validated"],
        "the document to be validated",
    )
    slack.wait_for(
        lambda: [each for each in slack.messages(CURATORS)[shown:] if not has_button(each, "review_confirm")],
        "the buttons to be gone",
    )


def test_a_curator_adds_a_document_at_once(slack: LocalSlack, bot: Bot) -> None:
    """A DOCX, sent with words that describe it and are no question."""
    before = documents(bot)
    message = told(slack, slack.upload(MADE / "et-tampere-libreoffice.docx", text="Tampere?", user=CURATOR), CURATOR)
    confirm(
        slack, message, CURATOR, title="Tampere", country="FI", collection="r", audience="everyone", status="validated"
    )
    changed(slack, message)
    (added,) = documents(bot)[len(before) :]
    assert (added["status"], added["title"], added["country"]) == ("validated", "Tampere", "FI")


def test_what_cannot_be_read_is_refused_with_the_reason(slack: LocalSlack, bot: Bot, tmp_path: Path) -> None:
    before, program = documents(bot), tmp_path / "tool.exe"
    program.write_bytes(b"MZ")
    refused = told(slack, slack.upload(program))
    assert ".exe" in words(refused)
    encrypted = told(slack, slack.upload(MADE / "lv-oslo-encrypted-aes256.pdf"))
    assert "parol" in words(encrypted)
    assert not has_button(refused, "add")
    assert not has_button(encrypted, "add")
    assert documents(bot) == before


def test_files_in_a_channel_count_where_the_bot_is_named(slack: LocalSlack, bot: Bot) -> None:
    """Others are let be; nobody but the sender and curators decides."""
    slack.upload(MADE / "sv-reykjavik-pandoc.docx", channel=GENERAL)
    ts = slack.upload(MADE / "fi-tallinna-pandoc.docx", channel=GENERAL, text=f"<@{BOT}> te")
    message = slack.wait_for(lambda: [each for each in slack.thread(ts) if has_button(each, "add")])[0]
    before = len(slack.ephemeral(GENERAL, COLLEAGUE))
    slack.click(message, "let_be", user=COLLEAGUE)
    slack.wait_for(lambda: slack.ephemeral(GENERAL, COLLEAGUE)[before:])
    slack.click(message, "let_be")
    slack.wait_for(lambda: not has_button(slack.thread(ts)[0], "add"), "the buttons to go")
    asked = [each for each in slack.messages() if has_button(each, "add")]
    assert asked == []


def test_a_process_that_is_killed_at_reading_leaves_it_to_the_next(
    own_slack: LocalSlack, own_home: Path, tmp_path: Path
) -> None:
    """The next one reads the file again, and says so in the place of the sign of life; it is added once."""
    with Bot(own_home, tmp_path / "bot.log", own_slack) as bot:
        before = documents(bot)
        database = sqlite3.connect(bot.home / "atzina.db", isolation_level=None)
        signs = "SELECT stage FROM intakes WHERE json_extract(payload, '$.sign') IS NOT NULL"
        with ThreadPoolExecutor() as aside:  # a fast machine has read the file before it is told that it was sent
            sent = aside.submit(own_slack.upload, MADE / "lv-oslo-scan.pdf")
            own_slack.wait_for(lambda: database.execute(signs).fetchall(), "the sign of life")
            bot.kill()
            ts = sent.result()
        assert database.execute(signs).fetchall() == [("reading",)]
        database.execute("UPDATE intakes SET leased_until = '2020-01-01 00:00:00.000000'")
        database.close()
        bot.start()
        message = told(own_slack, ts)
        confirm(own_slack, message, title="Oslo", country="NO", collection="visits", audience="everyone")
        changed(own_slack, message)
        assert [each["title"] for each in documents(bot)[len(before) :]] == ["Oslo"]
        assert own_slack.refusals() == []


def test_slack_would_have_refused_nothing(slack: LocalSlack, bot: Bot) -> None:
    """All that the tests above made the bot say, Slack would have taken."""
    assert slack.refusals() == []
