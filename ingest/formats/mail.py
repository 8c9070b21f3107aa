"""Mails, by Python's own library and, for those of Outlook, python-oxmsg; web pages that were saved as one file.

A mail is its subject, who wrote it, and its words; what is attached is given beside, to be read as itself.
"""

import contextlib
import email
import email.policy
import io
import re
from dataclasses import replace
from email.message import EmailMessage, Message

from oxmsg import Message as OutlookMessage

from corpus import Unreadable
from ingest.formats import html, plain
from ingest.reading import Block, Inner, Kind, Reading, Unread

_MOST_PARTS = 500
_INSIDE_OUTLOOK = "It is a mail or an object inside a mail of Outlook. Save it as a file of its own."
_NO_MAIL = "It is no mail: it is damaged, or has the wrong suffix."


def read_eml(data: bytes) -> Reading:
    """The words of a mail, as plain text if it has them so, else those of its page; its attachments."""
    message = _parsed(data)
    if not message.keys():
        raise Unreadable(_NO_MAIL)
    parts = [part for _, part in zip(range(_MOST_PARTS), _leaves(message), strict=False)]
    bodies = [part for part in parts if not _is_attached(part)]
    plains = [part for part in bodies if part.get_content_type() == "text/plain"]
    pages = [part for part in bodies if part.get_content_type() == "text/html"]
    blocks = [block for part in plains for block in plain.blocks(_text(part))]
    if not blocks:
        blocks = [block for part in pages for block in html.read_text(_text(part)).blocks]
    attached = [_inner(part, n) for n, part in enumerate(parts, 1) if _is_attached(part)]
    return _mail(_header(message, "subject"), _header(message, "from"), blocks, attached)


def read_msg(data: bytes) -> Reading:
    """The same of a mail that Outlook saved."""
    try:
        message = OutlookMessage.load(io.BytesIO(data))
        subject, sender, body, page = message.subject, message.sender, message.body, message.html_body
        attached = [(each.file_name, each.file_bytes) for each in message.attachments]
    except Exception as fault:  # the library raises whatever its parts raise
        raise Unreadable(_NO_MAIL) from fault
    blocks = plain.blocks(body or "")
    if not blocks and page:
        blocks = list(html.read_text(page).blocks)
    named = [(_name(name, n, ""), content) for n, (name, content) in enumerate(attached, 1)]
    inner = [Inner(name, content) for name, content in named if content]
    shut = tuple(Unread(name, _INSIDE_OUTLOOK) for name, content in named if not content)
    return replace(_mail(subject, sender, blocks, inner), unread=shut)


def read_page(data: bytes) -> Reading:
    """The page of a web page that was saved with its pictures as one file (MHTML, RFC 2557)."""
    for part in _leaves(_parsed(data)):
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            return html.read_text(_text(part))
    raise Unreadable("There is no web page in it.")


def _mail(subject: str | None, sender: str | None, blocks: list[Block], inner: list[Inner]) -> Reading:
    head = [Block(subject, Kind.HEADING)] if subject else []
    head += [Block(f"From: {sender}", Kind.DETAIL)] if sender else []
    return Reading((*head, *blocks), subject, inner=tuple(inner))


def _parsed(data: bytes) -> EmailMessage:
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except Exception as fault:  # the parser of headers raises many things on hostile ones
        raise Unreadable(_NO_MAIL) from fault
    assert isinstance(message, EmailMessage)  # noqa: S101 - what this policy makes
    return message


def _leaves(message: EmailMessage) -> "list[EmailMessage]":
    """The parts that hold something, in order; a mail inside the mail is one of them."""
    found: list[EmailMessage] = []
    stack: list[Message] = [message]
    while stack and len(found) < _MOST_PARTS:
        part = stack.pop()
        inside = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(inside, list):
            stack += [each for each in reversed(inside) if isinstance(each, Message)]
        elif isinstance(part, EmailMessage):
            found.append(part)
    return found


def _is_attached(part: EmailMessage) -> bool:
    if part.get_content_type() == "message/rfc822" or part.get_content_disposition() == "attachment":
        return True
    return part.get_content_maintype() not in {"text", "multipart", "image"} or (
        part.get_filename() is not None and part.get_content_maintype() != "image"
    )


def _text(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    with contextlib.suppress(LookupError, UnicodeDecodeError):
        if named := part.get_content_charset():
            return data.decode(named)
    return plain.decoded(data) if data.strip() else ""


def _inner(part: EmailMessage, number: int) -> Inner:
    if part.get_content_type() == "message/rfc822":
        inside = part.get_payload()
        first = inside[0] if isinstance(inside, list) and inside else None
        data = first.as_bytes() if isinstance(first, Message) else b""
        subject = _header(first, "subject") if isinstance(first, EmailMessage) else None
        return Inner(_name(_file_name(part) or _plain(subject), number, ".eml"), data)
    raw = part.get_payload(decode=True)
    return Inner(_name(_file_name(part), number, ""), raw if isinstance(raw, bytes) else b"")


def _plain(subject: str | None) -> str | None:
    """A subject as the name of a file."""
    return re.sub(r'[/\\:*?"<>|]', " ", subject).strip()[:100] if subject else None


def _file_name(part: EmailMessage) -> str | None:
    try:
        return part.get_filename()
    except Exception:  # a header that cannot be parsed
        return None


def _name(name: str | None, number: int, suffix: str) -> str:
    """A name without folders; attachments may lack one, or share it."""
    bare = (name or "").replace("\\", "/").rsplit("/", 1)[-1].strip() or f"attachment-{number}"
    return bare if bare.lower().endswith(suffix) else bare + suffix


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        return str(message[name]).strip() or None if message[name] is not None else None
    except Exception:  # a header that cannot be parsed
        return None
