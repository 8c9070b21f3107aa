"""Files from Slack: which ones are refused, and fetching the others without showing the token to anybody else."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SLACK_API, Settings
from bot.slack.delivery import delivered, passes, why
from bot.words import noted
from corpus import NotAllowed, NotFound, Unreadable
from ingest import MAX_BYTES, READERS

Json = dict[str, Any]

_GONE = noted("It has been deleted in Slack.")
_FOREIGN = noted("It belongs to another organisation, whose files I do not read.")
_EXTERNAL = noted("It does not lie in Slack but elsewhere; upload the file itself.")
_EMPTY = noted("It is empty.")
_KIND = noted("Files of the kind {kind} cannot be read; {kinds} can.")
_TOO_LARGE = noted("It is too large: at most {most} MB are taken. Split it.")
_SIGN_IN = noted("Slack showed a page to sign in instead of the file. An administrator has to install the app again.")
_ELSEWHERE = noted("Slack sent me elsewhere for it, and I went no further.")
_NOT_GIVEN = noted("Slack did not give it to me ({reason}). Try again later.")

_SLACK = "slack.com"
_HOPS = 3  # redirects within Slack
_PAGE = "text/html"
_CHUNK = 1 << 16  # bytes
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=15, sock_read=60)  # seconds
_OK, _MOVED, _BAD = 200, 300, 400  # statuses of HTTP
_REFUSED = {401: _SIGN_IN, 403: _SIGN_IN, 404: _GONE, 410: _GONE}
# https://docs.slack.dev/reference/methods/files.info#errors
_DELETED = {"file_not_found", "file_deleted"}


async def fetch(client: AsyncWebClient, settings: Settings, sent: Json, team: str) -> tuple[str, bytes]:
    """Name and bytes of a file that was shared in `team`, as the event or the message tells of it.

    Raises a child of AtzinaError with the reason; one of FAULTS where Slack cannot be reached to ask about it.
    """
    check(sent, team)
    known = await _known(client, str(sent.get("id")))
    check(known, team)
    url = str(known.get("url_private_download") or known.get("url_private") or "")
    return str(known.get("name") or sent.get("name")), await download(
        client, settings, url, int(known.get("size") or 0)
    )


def check(file: Json, team: str) -> None:
    """Raises where a file is refused by what Slack says of it, before it is fetched; what is not said is let pass."""
    # https://docs.slack.dev/reference/objects/file-object
    others = {str(file[name]) for name in ("user_team", "source_team") if file.get(name)}
    if file.get("file_access") in {"check_file_info", "access_denied"} or others - {team}:
        raise NotAllowed(_FOREIGN)
    if file.get("mode") == "tombstone" or file.get("file_access") == "file_not_found":
        raise NotFound(_GONE)
    if file.get("is_external") or file.get("mode") == "external":
        raise NotAllowed(_EXTERNAL)
    if file.get("name"):
        suffix = PurePosixPath(str(file["name"])).suffix.lower()
        if suffix not in READERS:
            raise Unreadable(_KIND, kind=suffix or str(file["name"]), kinds=", ".join(READERS))
    if file.get("size") == 0:
        raise Unreadable(_EMPTY)
    if int(file.get("size") or 0) > MAX_BYTES:
        raise Unreadable(_TOO_LARGE, most=_megabytes())


async def download(client: AsyncWebClient, settings: Settings, url: str, size: int) -> bytes:
    """The bytes at an address of Slack; `size` is how many Slack has said there are, 0 where it has not.

    The token goes to Slack's own hosts and nowhere else. Raises Unreadable and the like, with the reason.
    """
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=client.trust_env_in_session) as session:
            for _ in range(_HOPS + 1):
                if not _is_slacks(url, settings):
                    raise NotAllowed(_ELSEWHERE)
                bearer = {"Authorization": f"Bearer {client.token}"}
                got = session.get(
                    url, headers=bearer, allow_redirects=False, proxy=client.proxy, ssl=client.ssl or True
                )
                async with got as response:
                    if not _MOVED <= response.status < _BAD:
                        return await _taken(response, size)
                    url = urljoin(url, response.headers.get("Location", ""))
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise Unreadable(_NOT_GIVEN, reason=type(fault).__name__) from fault
    raise NotAllowed(_ELSEWHERE)


async def _known(client: AsyncWebClient, file_id: str) -> Json:
    """What Slack says of a file now."""
    try:
        told = await delivered(lambda: client.files_info(file=file_id))
    except SlackApiError as fault:
        if why(fault) in _DELETED:
            raise NotFound(_GONE) from fault
        if passes(fault):
            raise
        raise Unreadable(_NOT_GIVEN, reason=why(fault)) from fault
    known: Json = told.get("file") or {}
    return known


async def _taken(response: aiohttp.ClientResponse, size: int) -> bytes:
    if response.status != _OK:
        raise Unreadable(_REFUSED.get(response.status, _NOT_GIVEN), reason=response.status)
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > MAX_BYTES:
            raise Unreadable(_TOO_LARGE, most=_megabytes())
    if not data:
        raise Unreadable(_EMPTY)
    if size and len(data) != size:
        # without a right, Slack gives its page to sign in, and no error
        if response.content_type == _PAGE:
            raise Unreadable(_SIGN_IN)
        raise Unreadable(_NOT_GIVEN, reason=f"{len(data)} / {size}")
    return bytes(data)


def _is_slacks(url: str, settings: Settings) -> bool:
    """Whether an address is Slack's, or that of the server that was set in its place."""
    address, api = urlsplit(url), urlsplit(settings.slack_api_url)
    host = address.hostname or ""
    if settings.slack_api_url != SLACK_API and (address.scheme, host) == (api.scheme, api.hostname):
        return True
    return address.scheme == "https" and (host == _SLACK or host.endswith(f".{_SLACK}"))


def _megabytes() -> str:
    return f"{MAX_BYTES / 1e6:.0f}"
