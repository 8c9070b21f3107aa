"""The forms that open over a message, and what was filled into them."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.answering import LONGEST_QUESTION, NO_DATE
from bot.filters import SPOKEN, Filters
from bot.held import Held
from bot.slack.blocks import Block, plain_text
from bot.slack.people import presser
from bot.subcommands import read_date
from bot.words import noted, voice
from corpus import Status

Json = dict[str, Any]

FORBIDDEN = "forbidden"
REASONS = {
    "topic": noted("The wrong topic"),
    "outdated": noted("Outdated"),
    "language": noted("The wrong language"),
    FORBIDDEN: noted("It should not be here for all to see"),
}
_REMARK = 500  # characters
_ANSWER = 2000  # characters
_DATE = 20  # characters
_HEADING = 30  # characters of each of the two names in the heading of a part of a list
_MOST_OPTIONS = 100  # of a list: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
_NO_DOCUMENT = noted("This is no number or link of a document.")
_NO_ANSWER = noted("Name a document, or write an answer.")
_NOT_OURS = "This form is none of ours"
_NUMBER = re.compile(r"#?(\d{1,9})")
_PAGE = re.compile(r"/documents/(\d{1,9})(?:[?#].*)?$")
_PASSAGE = re.compile(r"[?&]passage=(\d{1,9})-")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a form has to know of the message that it was opened over: Slack hands it back when it is sent.

    `url` is where the person alone can be told something, for half an hour. It is empty, as `channel` and `message`
    are, where the form was opened over the person's Home, which is no message.
    """

    team: str
    channel: str
    message: str
    thread: str | None
    url: str
    language: str
    about: str  # what the button carried

    @classmethod
    def of(cls, body: Json, language: str, about: str) -> "Origin":
        """Where a button was pressed."""
        message, container = body.get("message") or {}, body["container"]
        if "message_ts" not in container:
            return cls(presser(body)[0], "", "", None, "", language, about)
        return cls(
            team=presser(body)[0],
            channel=str(body["channel"]["id"]),
            message=str(container["message_ts"]),
            thread=message.get("thread_ts") or container.get("thread_ts"),
            url=str(body.get("response_url") or ""),
            language=language,
            about=about,
        )

    @classmethod
    def read(cls, view: Json) -> "Origin":
        """What `form` has put into a form. Raises ValueError."""
        try:
            return cls(**json.loads(view["private_metadata"]))
        except (LookupError, TypeError, RecursionError) as fault:
            raise ValueError(_NOT_OURS) from fault


@dataclass(frozen=True, slots=True)
class Target:
    """What the form for a channel's settings has to know: which channel, and how it was when the form opened.

    It opens over no message. `url` is where the person alone can be told something, for half an hour; it is empty
    where the form was not opened by a command. `before` is the stamp of what was filled in.
    """

    team: str
    channel: str
    before: str
    language: str
    url: str

    @classmethod
    def read(cls, view: Json) -> "Target":
        """What `form` has put into a form. Raises ValueError."""
        try:
            known = cls(**json.loads(view["private_metadata"]))
        except (LookupError, TypeError, RecursionError) as fault:
            raise ValueError(_NOT_OURS) from fault
        if not all(isinstance(each, str) for each in asdict(known).values()):
            raise ValueError(_NOT_OURS)
        return known


def why_form(origin: Origin, *, remark: bool) -> Json:
    """Asks why an answer was not helpful; `remark` says whether words are asked for too."""
    say = voice(origin.language)
    choices = [(reason, say.gettext(label)) for reason, label in REASONS.items()]
    reason = {"type": "radio_buttons", "action_id": "reason", "options": options(choices)}
    blocks = [field("reason", say.gettext("What is wrong with it?"), reason)]
    if remark:
        remarking = typed("words", None, _REMARK, multiline=True)
        blocks.append(field("words", say.gettext("In your words"), remarking, optional=True))
    return form("why", origin, say.gettext("Not helpful"), blocks)


def filter_form(origin: Origin, filters: Filters, held: Held) -> Json:
    """Asks what an answer is to be narrowed to; what narrows it already is filled in."""
    language, say = origin.language, voice(origin.language)
    spoken = [(code, name) for code, name in held.named_languages(language) if code in SPOKEN]
    confirmed = [(Status.VALIDATED.value, say.gettext("only validated"))]
    already = filters.since.isoformat() if filters.since else None
    since = typed("since", already, _DATE) | {"placeholder": plain_text("2019")}
    status = {"type": "checkboxes", "action_id": "status", "options": options(confirmed)}
    status |= {"initial_options": options(confirmed)} if filters.status else {}
    blocks = [
        *choice("country", say.gettext("Country"), held.named_countries(language), filters.country),
        *choice("language", say.gettext("Language of the reports"), spoken, filters.language),
        field("since", say.gettext("Experience since (year or date)"), since, optional=True),
        field("status", say.gettext("Status"), status, optional=True),
    ]
    return form("narrowed", origin, say.gettext("Narrow the answer"), blocks)


def filter_faults(view: Json) -> dict[str, str]:
    """What is wrong with the form of `filter_form`, by field."""
    since = filled_in(view, "since")
    wrong = since is not None and read_date(since) is None
    return {"since": voice(Origin.read(view).language).gettext(NO_DATE)} if wrong else {}


def correction_form(origin: Origin, question: str) -> Json:
    """Asks for the question as it was meant; as it was understood is filled in."""
    say = voice(origin.language)
    correcting = typed("question", question, LONGEST_QUESTION, multiline=True)
    blocks = [field("question", say.gettext("Your question"), correcting)]
    return form("corrected", origin, say.gettext("Correct the question"), blocks)


def answer_form(origin: Origin) -> Json:
    """Asks a curator what answers a question: a document, words of their own, or both."""
    say = voice(origin.language)
    document = {"type": "plain_text_input", "action_id": "document"}
    answering = typed("words", None, _ANSWER, multiline=True)
    blocks = [
        field("document", say.gettext("Number or link of a document"), document, optional=True),
        field("words", say.gettext("In your words"), answering, optional=True),
    ]
    return form("answered", origin, say.gettext("Answer the question"), blocks)


def answer_faults(view: Json) -> dict[str, str]:
    """What is wrong with the form of `answer_form`, by field: told in the form, which then stays open."""
    say, named = voice(Origin.read(view).language), filled_in(view, "document")
    if named and read_document(named) is None:
        return {"document": say.gettext(_NO_DOCUMENT)}
    return {} if named or filled_in(view, "words") else {"document": say.gettext(_NO_ANSWER)}


def read_document(typed: str) -> tuple[int, int | None] | None:
    """The id of a document that was named by number or link, and where the passage begins that the link opens.

    >>> read_document("#7"), read_document("https://a.lv/documents/7?passage=20-90&version=ab#here"), read_document("a")
    ((7, None), (7, 20), None)
    """
    found = _NUMBER.fullmatch(typed.strip()) or _PAGE.search(typed.strip())
    passage = _PASSAGE.search(typed)
    return (int(found[1]), int(passage[1]) if passage else None) if found else None


def form(name: str, origin: Origin | Target, title: str, blocks: list[Block]) -> Json:
    """A form under a name that a listener knows."""
    say = voice(origin.language)
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain_text(title),
        "submit": plain_text(say.gettext("Send")),
        "close": plain_text(say.gettext("Cancel")),
        "private_metadata": json.dumps(asdict(origin), ensure_ascii=False),
        "blocks": blocks,
    }


def filled_in(view: Json, name: str) -> str | None:
    """What was chosen or typed into a field; None where nothing was."""
    given = _given(view, name)
    ticked = next(iter(given.get("selected_options") or ()), None)
    chosen = (given.get("selected_option") or ticked or {}).get("value") or given.get("value")
    chosen = chosen or given.get("selected_date") or given.get("selected_user")
    return str(chosen).strip() or None if chosen else None


def all_chosen(view: Json, name: str) -> list[str]:
    """What was chosen in a field that takes several: values, or ids of people."""
    given = _given(view, name)
    chosen = [each["value"] for each in given.get("selected_options") or ()] or given.get("selected_users") or ()
    return [str(each) for each in chosen]


def _given(view: Json, name: str) -> Json:
    values: Mapping[str, Json] = (view.get("state") or {}).get("values") or {}
    return (values.get(name) or {}).get(name) or {}


def choice(
    name: str, label: str, named: Sequence[tuple[str, str]], chosen: str | None, *, optional: bool = True
) -> list[Block]:
    """A field to choose one of these in; none where there is nothing to choose."""
    offered = options(named[:_MOST_OPTIONS])
    if not offered:
        return []
    element = {"type": "static_select", "action_id": name, "options": offered}
    first = [option for option in offered if option["value"] == chosen]
    return [field(name, label, element | ({"initial_option": first[0]} if first else {}), optional=optional)]


def several(name: str, named: Sequence[tuple[str, str]], chosen: Collection[str]) -> Block:
    """A list to choose any number of these in; `chosen` are chosen at first.

    Beyond a hundred they stand in groups of so many: Slack takes a hundred in a list, and a hundred groups of them.
    """
    offered = options(named[: _MOST_OPTIONS**2])
    parts = [offered[start : start + _MOST_OPTIONS] for start in range(0, len(offered), _MOST_OPTIONS)]
    groups = [{"label": plain_text(_span(part)), "options": part} for part in parts]
    element: Block = {"type": "multi_static_select", "action_id": name}
    element |= {"options": offered} if len(parts) == 1 else {"option_groups": groups}
    first = [each for each in offered if each["value"] in chosen]
    return element | ({"initial_options": first} if first else {})


def _span(part: Sequence[Block]) -> str:
    """From where to where a part of a list goes, within what a heading takes."""
    first, last = (part[at]["text"]["text"][:_HEADING] for at in (0, -1))
    return f"{first} – {last}"


def options(named: Sequence[tuple[str, str]]) -> list[Block]:
    """Values and names, as the choices of a field."""
    return [{"text": plain_text(name), "value": value} for value, name in named]


def typed(name: str, already: str | None, most: int, *, multiline: bool = False) -> Block:
    """What is typed into a field, at most so many characters; `already` stands in it at first."""
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    element |= {"multiline": True} if multiline else {}
    return element | ({"initial_value": already[:most]} if already else {})


def enter_field(name: str, label: str, most: int, mark: str) -> Block:
    """A field of which one is told when Enter is pressed in it. It is a new one, and empty, for every `mark`."""
    element = typed(name, None, most) | {"dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}}
    return field(name, label, element, optional=True) | {"block_id": f"{name}:{mark}", "dispatch_action": True}


def field(name: str, label: str, element: Block, *, optional: bool = False) -> Block:
    """A field under a name, by which `filled_in` finds what was entered."""
    return {"type": "input", "block_id": name, "label": plain_text(label), "element": element, "optional": optional}
