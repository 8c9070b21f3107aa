"""The report of a run, for the people who look after the corpus: in a Slack channel, where one is set."""

import logging

from bot.rooms import Rooms
from bot.slack.blocks import escape
from ingest import Report, in_words

_TIMEOUT = 10  # seconds for Slack to answer
_LONGEST = 3500  # characters of a message: Slack cuts at 4,000
_MOST = 20  # files that are named
_log = logging.getLogger("atzina")


def post(rooms: Rooms, report: Report) -> None:
    """Sends the report to ATZINA_REPORT_CHANNEL if there is something new in it. What goes wrong is logged."""
    settings = rooms.settings
    if not settings.report_channel or not settings.slack_bot_token or not _tells(rooms, report):
        return
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackClientError

    client = WebClient(settings.slack_bot_token, base_url=settings.slack_api_url, timeout=_TIMEOUT)
    try:
        text = escape(message(report))
        client.chat_postMessage(channel=settings.report_channel, text=text, mrkdwn=False, unfurl_links=False)
    except (SlackClientError, OSError) as fault:
        _log.warning("The report of run %s could not be sent to Slack: %s", report.run, fault)


def message(report: Report) -> str:
    """The report in the words of a message: what was done, and the first files that could not be read."""
    lines = [f"Run {report.run}: {in_words(report)}"]
    lines += [f"• {failure.source}: {failure.reason}" for failure in report.failed[:_MOST]]
    if (more := len(report.failed) - _MOST) > 0:
        lines.append(f"… and {more} more: atzina runs --json")
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(chr(10), 1)[0]}\n…"


def _tells(rooms: Rooms, report: Report) -> bool:
    """Whether anything is new since the last run; files that still cannot be read are told once."""
    if report.new or report.changed or report.gone:
        return True
    last = [run for run in rooms.corpus.runs(2) if run.id != report.run]
    before = last[0].report.get("failed") if last else []
    return report.as_json()["failed"] != (before or [])
