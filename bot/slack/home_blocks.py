"""What stands in the bot's Home: a field to ask in, and below it what is there for staff, curators, administrators."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from bot.answering import LONGEST_QUESTION
from bot.slack.blocks import (
    Block,
    bullets,
    button,
    buttons,
    channel,
    channel_menu,
    group,
    heading,
    line,
    person,
    plain_block,
    rich,
    shortened,
    small,
    words,
)
from bot.slack.forms import enter_field
from bot.topics import Topic
from bot.words import date_text, language_name, noted, voice
from corpus import Interest, Run
from index import topic_name

QUESTION = "home_question"
_TOPICS = 5
_TEXT = 200  # characters of a question, or of a reason
_PLACE = 100  # characters of where a run has read
_FAILED = 3  # files of the latest run that are named
_ROOMS = 20  # channels that are named
_STATES = {
    "running": noted("at work"),
    "done": noted("done"),
    "stopped": noted("stopped in the middle"),
    "failed": noted("failed"),
}
_DID = {
    "new": noted("new: {n}"),
    "changed": noted("changed: {n}"),
    "gone": noted("gone: {n}"),
}


def asking_blocks(mark: str, language: str) -> list[Block]:
    """The field to ask in, with its button. It is empty wherever its `mark` is a new one."""
    say = voice(language)
    return [
        heading(say.gettext("Ask our reports")),
        # Enter asks as the button does; on a telephone the button is at hand
        enter_field(QUESTION, say.gettext("Your question, in any language"), LONGEST_QUESTION, mark),
        *buttons([button("home_ask", say.gettext("Ask"), mark)]),
        small(say.gettext("The answer comes to you alone, under Messages.")),
    ]


def typed_question(body: Mapping[str, Any]) -> tuple[str, str]:
    """The mark of the field of `asking_blocks`, and what stands in it, where Enter or its button was pressed."""
    fields = (((body.get("view") or {}).get("state") or {}).get("values") or {}).items()
    for name, entered in fields:
        if QUESTION in entered:
            return name.rpartition(":")[2], str(entered[QUESTION].get("value") or "").strip()
    return "", ""


def topic_blocks(topics: Sequence[Topic], language: str) -> list[Block]:
    """What people have asked and nothing answered, by topic. Who asked is not told."""
    say = voice(language)
    if not topics:
        return [plain_block(say.gettext("No question waits for an answer."))]
    blocks: list[Block] = []
    for topic in topics[:_TOPICS]:
        blocks.append(rich(_topic(topic, language)))
        if topic.handover:
            # a number of its own for each button that stands in one view
            answering = button("answer", say.gettext("Answer…"), str(topic.handover))
            blocks += [each | {"block_id": f"answer:{topic.handover}"} for each in buttons([answering])]
    if (more := len(topics) - _TOPICS) > 0:
        said = say.ngettext("… and {n} more topic.", "… and {n} more topics.", more)
        blocks.append(plain_block(said.format(n=more)))
    return blocks


def _topic(topic: Topic, language: str) -> Block:
    say, n = voice(language), len(topic.questions)
    newest = max(each.at for each in topic.questions)
    spoken = sorted({each.language for each in topic.questions if each.language})
    known = [
        say.ngettext("{n} question", "{n} questions", n).format(n=n),
        ", ".join(filter(None, (language_name(code, language) for code in spoken))),
        say.gettext("asked last: {date}").format(date=date_text(newest.date(), language)),
        say.gettext("handed to the curators") if topic.handover else "",
    ]
    told = words("".join(f" · {each}" for each in known if each))
    return line(words(shortened(topic.questions[0].text, _TEXT), bold=True), told)


def interest_blocks(interests: Sequence[Interest], language: str) -> list[Block]:
    """What people have asked about most."""
    say = voice(language)
    if not interests:
        return [plain_block(say.gettext("Nobody has asked about anything that is in the vocabulary."))]
    return [rich(bullets([line(*_interest(each, language)) for each in interests]))]


def _interest(interest: Interest, language: str) -> list[Block]:
    say, n = voice(language), interest.asked
    known = [say.ngettext("{n} question", "{n} questions", n).format(n=n)]
    if interest.unsure:
        known.append(say.gettext("without a sure answer: {n}").format(n=interest.unsure))
    told = "".join(f" · {each}" for each in known)
    return [words(topic_name(interest.topic, language), bold=True), words(told)]


def run_blocks(runs: Sequence[Run], named: Callable[[str], str], language: str) -> list[Block]:
    """The latest runs, newest first, with the files that the newest could not read.

    `named`: what people call a place from which something was read.
    """
    say = voice(language)
    if not runs:
        return [plain_block(say.gettext("Nothing has been read yet."))]
    blocks = [rich(bullets([line(*_run(each, named, language)) for each in runs]))]
    failed = _failed(runs[0])
    if failed:
        lines = [line(words(f"{named(source)}: {say.gettext(reason)}"[:_TEXT])) for source, reason in failed[:_FAILED]]
        told = line(words(say.gettext("The latest run could not read:")))
        blocks.append(rich(told, bullets(lines)))
    if (more := len(failed) - _FAILED) > 0:
        said = say.gettext("… and {n} more: {command}")
        blocks.append(plain_block(said.format(n=more, command="atzina runs")))
    return blocks


def _run(run: Run, named: Callable[[str], str], language: str) -> list[Block]:
    say = voice(language)
    counts = [(say.gettext(label), run.report.get(name)) for name, label in _DID.items()]
    known = [
        date_text(run.began.date(), language),
        say.gettext(_STATES[run.state]) if run.state in _STATES else run.state,
        *(label.format(n=n) for label, n in counts if n),
        say.gettext("not read: {n}").format(n=len(failed)) if (failed := _failed(run)) else None,
    ]
    where = shortened(", ".join(map(named, run.places)), _PLACE)
    return [words(f"{where or run.who}", bold=True), words("".join(f" · {each}" for each in known if each))]


def _failed(run: Run) -> list[tuple[str, str]]:
    """The files that a run could not read, and why."""
    told = run.report.get("failed")
    return [(str(each["source"]), str(each["reason"])) for each in told] if isinstance(told, list) else []


def settings_blocks(channels: Collection[str], mark: str, language: str) -> list[Block]:
    """The channels that have settings of their own, and a menu of those that can be set; nothing is chosen in it
    wherever its `mark` is a new one.
    """
    say = voice(language)
    none = plain_block(say.gettext("No channel has settings of its own."))
    label = words(say.gettext("Channels with settings of their own:"))
    named = [each for one in list(channels)[:_ROOMS] for each in (words(" "), channel(one))]
    set_up = rich(line(label, *named, *([words(" …")] if len(channels) > _ROOMS else [])))
    menu = channel_menu("home_settings", say.gettext("Settings of a channel…"))
    return [set_up if channels else none, *(each | {"block_id": f"settings:{mark}"} for each in buttons([menu]))]


def role_blocks(roles: Mapping[str, Collection[str]], language: str) -> list[Block]:
    """Who has which role, and who belongs to which audience: under each name the ids of people and groups."""
    nobody = words(voice(language).gettext("nobody"))
    lines = []
    for name, ids in roles.items():
        named = [each for number, one in enumerate(sorted(ids)) for each in (words(", " if number else ""), _who(one))]
        lines.append(line(words(f"{name}: "), *(named[1:] or [nobody])))
    return [rich(bullets(lines))]


def _who(one: str) -> Block:
    return group(one) if one.startswith("S") else person(one)


def health_blocks(facts: Sequence[str], language: str) -> list[Block]:
    """How things stand, and where more is told."""
    more = voice(language).gettext("More is told by: {command}").format(command="atzina doctor")
    return [rich(bullets([line(words(each)) for each in facts])), small(more)]
