"""Everything Atzina needs, checked, with what to do about each fault."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bot.settings import LANGUAGES, Settings
from corpus import AtzinaError, Corpus
from index import Index, SentenceEmbedder
from index.bundled import bundled_folder, is_whole
from index.embedder import BUNDLED
from index.fairness import calibrated
from ingest import TESSDATA, languages_of_scans

if TYPE_CHECKING:
    from slack_sdk.web import SlackResponse

_SPACE = 2_000_000_000  # bytes free that a model and an index may need
_TIMEOUT = 10  # seconds for Slack to answer
_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "groups:history",
        "im:history",
        "usergroups:read",
    }
)  # of the manifest


@dataclass(frozen=True, slots=True)
class Check:
    """`state` is ok, note (works, but read this) or fault."""

    name: str
    state: str
    found: str
    advice: str | None = None

    @property
    def failed(self) -> bool:
        return self.state == "fault"

    def as_json(self) -> dict[str, str | None]:
        return asdict(self)


def examine(environ: Mapping[str, str]) -> list[Check]:
    """Every check, in the order in which faults should be mended."""
    try:
        settings = Settings.from_env(environ)
    except AtzinaError as fault:
        return [_python(), Check("settings", "fault", str(fault), "Correct it in the environment or in .env.")]
    return [_python(), *_home(settings), _scans(), *_model(settings), *_contents(settings), *_slack(settings)]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):
        return Check("Python", "fault", version, "Atzina needs Python 3.11 or newer.")
    return Check("Python", "ok", version)


def _home(settings: Settings) -> Iterator[Check]:
    try:
        settings.make_home()
    except AtzinaError as fault:
        yield Check("data folder", "fault", str(fault), "Set ATZINA_HOME to a folder that can be written.")
        return
    if not os.access(settings.home, os.W_OK):
        yield Check("data folder", "fault", f"{settings.home} cannot be written.", "Give this user the right to write.")
        return
    free = shutil.disk_usage(settings.home).free
    state, advice = ("ok", None) if free > _SPACE else ("note", "Free some disk: a model and an index need 2 GB.")
    yield Check("data folder", state, f"{settings.home}, {free / 1e9:.1f} GB free", advice)


def _scans() -> Check:
    """Whether pages without a text layer can be read, and in which of the usual languages they cannot."""
    have = languages_of_scans()
    if not have:
        advice = "Scans are named as unread until it is there. On Debian and Ubuntu: apt-get install tesseract-ocr "
        return Check("scans", "note", "Tesseract is not installed", advice + _tesseract(LANGUAGES))
    known = sorted(code for code in LANGUAGES if TESSDATA[code] in have)
    if lacking := [code for code in LANGUAGES if code not in known]:
        found = f"Tesseract reads {', '.join(known)}, not {', '.join(lacking)}"
        return Check("scans", "note", found, f"On Debian and Ubuntu: apt-get install {_tesseract(lacking)}")
    return Check("scans", "ok", f"Tesseract reads {', '.join(known)}")


def _tesseract(codes: Sequence[str]) -> str:
    return " ".join(f"tesseract-ocr-{TESSDATA[code]}" for code in codes)


def _model(settings: Settings) -> Iterator[Check]:
    said: list[str] = []
    try:
        embedder = SentenceEmbedder(settings.model, settings.cache / "models", said.append)
        dimension = len(embedder.question("test"))
    except AtzinaError as fault:
        yield Check("model", "fault", str(fault), "Reinstall, or set ATZINA_MODEL to a sentence-transformers folder.")
        return
    if settings.model == BUNDLED and not is_whole(
        bundled_folder(settings.cache / "models", said.append), checksums=True
    ):
        folder = settings.cache / "models"
        yield Check("model", "fault", "A file of the bundled model is damaged.", f"Delete {folder}; it is made again.")
        return
    yield Check("model", "ok", f"{settings.model}, {dimension} dimensions")
    yield _languages(settings, embedder)


def _languages(settings: Settings, embedder: SentenceEmbedder) -> Check:
    try:
        taken = len(calibrated(settings.subspaces, embedder.key).basis)
    except AtzinaError as fault:
        return Check("languages", "fault", str(fault), "Run: atzina calibrate")
    if not taken:
        return Check("languages", "note", "the question's language is favoured", "Run: atzina calibrate")
    return Check("languages", "ok", f"{taken} directions are taken out of every vector, so that none is favoured")


def _contents(settings: Settings) -> Iterator[Check]:
    try:
        corpus = Corpus.open(settings.database_url)
    except AtzinaError as fault:
        yield Check("database", "fault", str(fault), "Check ATZINA_DATABASE_URL and the disk.")
        return
    try:
        yield _database(corpus)
        yield _channels(corpus)
        yield from _last_run(corpus)
        embedder = SentenceEmbedder(settings.model, settings.cache / "models")
        subspace = calibrated(settings.subspaces, embedder.key)
        yield _index(Index(settings.index, embedder, subspace), corpus)
    finally:
        corpus.close()


def _database(corpus: Corpus) -> Check:
    name, written = corpus.state()
    documents = corpus.documents()
    found = f"{name}; {len(documents)} documents, {sum(d.passages for d in documents)} passages"
    if not written:
        advice = "It can only be read: point ATZINA_DATABASE_URL to the server that can be written, or give the right."
        return Check("database", "fault", found, advice)
    none = None if documents else "Add some: atzina ingest PATH"
    return Check("database", "note" if none else "ok", found, none)


def _channels(corpus: Corpus) -> Check:
    count = corpus.channels.count()
    found = (
        f"channels of Slack with settings of their own: {count}"
        if count
        else "no channel of Slack has settings of its own"
    )
    return Check("channels", "ok", found)


def _last_run(corpus: Corpus) -> Iterator[Check]:
    for run in corpus.runs(1):
        when = f"run {run.id} of {run.began:%Y-%m-%d %H:%M} UTC"
        if run.state == "stopped":
            yield Check("last run", "note", f"{when} was stopped", "Begin it again: it goes on where it stopped.")
        elif run.state == "failed":
            yield Check("last run", "note", f"{when} failed", "See atzina.log in ATZINA_HOME, and begin it again.")
        elif failed := run.report.get("failed"):
            count = len(failed) if isinstance(failed, list) else 0
            yield Check("last run", "note", f"{when}: {count} files or parts could not be read", "See: atzina runs")
        else:
            yield Check("last run", "ok", f"{when}: {run.state}")


def _index(index: Index, corpus: Corpus) -> Check:
    try:
        count, behind = len(index), index.version() != corpus.version()
        nothing = not count and not corpus.documents(retired=True)
    except AtzinaError as fault:
        return Check("index", "fault", str(fault), "Run: atzina sync")
    if nothing:
        return Check("index", "ok", "nothing to search yet")
    if index.pinned():
        found = f"{count} passages; it was gone back to, and stays as it is"
        return Check("index", "note", found, "When that is no longer wanted: atzina sync")
    if behind:
        return Check("index", "note", f"{count} passages, behind the corpus", "Run: atzina sync")
    return Check("index", "ok", f"{count} passages, equal to the corpus")


def _slack(settings: Settings) -> Iterator[Check]:
    if not settings.slack_bot_token:
        yield Check("Slack", "note", "not set up", "To use Slack, set SLACK_BOT_TOKEN: docs/slack.md")
        return
    if not settings.slack_app_token and not settings.slack_signing_secret:
        advice = "Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)."
        yield Check("Slack", "fault", "Only SLACK_BOT_TOKEN is set.", advice)
        return
    if not settings.url:
        advice = "Set it to the address of the web page: without it, links in Slack lead to 127.0.0.1."
        yield Check("Slack links", "note", "ATZINA_URL is not set", advice)
    if settings.curators_channel and not settings.curators:
        advice = "Set it to the ids of those who may answer; nobody may, as it is."
        yield Check("Slack curators", "note", "ATZINA_CURATORS_CHANNEL is set, ATZINA_CURATORS is not", advice)
    if not settings.administrators:
        advice = "Set it to the ids of those who may say how Atzina works in a channel; nobody may, as it is."
        yield Check("Slack administrators", "note", "ATZINA_ADMINISTRATORS is not set", advice)
    yield from _slack_calls(settings)


def _slack_calls(settings: Settings) -> Iterator[Check]:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    client = WebClient(settings.slack_bot_token, base_url=settings.slack_api_url, timeout=_TIMEOUT)
    try:
        told = client.auth_test()
        yield Check("Slack bot token", "ok", f"{told.get('user')} in {told.get('team')}")
        yield _scopes(told.headers)
        if settings.slack_app_token:
            client.apps_connections_open(app_token=settings.slack_app_token)
            yield Check("Slack app token", "ok", "Socket Mode can be opened")
    except SlackApiError as fault:
        yield _refused(fault.response, settings)
    except OSError as fault:
        yield Check(
            "Slack", "fault", f"{settings.slack_api_url} cannot be reached: {fault}", "Check network and proxy."
        )


def _refused(response: "SlackResponse", settings: Settings) -> Check:
    if "json" not in (_header(response.headers, "content-type") or ""):
        found = f"{settings.slack_api_url} answered {response.status_code} with a page, which is not Slack's answer."
        return Check("Slack", "fault", found, "Check SLACK_API_URL, and the proxy between here and Slack.")
    advice = "Copy the tokens again from the app's settings; reinstall the app if scopes have changed."
    return Check("Slack", "fault", f"Slack refused: {response.get('error')}", advice)


def _scopes(headers: Mapping[str, str]) -> Check:
    granted = _header(headers, "x-oauth-scopes")
    if granted is None:
        return Check("Slack scopes", "note", "not told by Slack", f"The app needs: {', '.join(sorted(_SCOPES))}.")
    if lacking := sorted(_SCOPES - {scope.strip() for scope in granted.split(",")}):
        advice = "Install the app again with slack-manifest.json."
        return Check("Slack scopes", "fault", f"lacking: {', '.join(lacking)}", advice)
    return Check("Slack scopes", "ok", "all granted")


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)
