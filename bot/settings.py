"""`Settings`: what the environment says, read once, here and nowhere else."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from corpus.errors import Invalid, Unavailable

LANGUAGES = ("lv", "lt", "et", "en", "nb", "pl", "ru")
SLACK_API = "https://slack.com/api/"
_MOST_DAYS = 36_500
PENDING_FOR = dt.timedelta(hours=1)  # how old a question may be and still be answered after a restart


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """All settings. Tokens are left out of its repr, so no traceback or log can show them."""

    home: Path
    cache: Path
    model: str
    database_url: str
    languages: tuple[str, ...]
    url: str | None
    fetch_private: bool
    forgets_gone: bool
    most_gone: float
    report_channel: str | None
    curators: frozenset[str]
    administrators: frozenset[str]
    audiences: Mapping[str, frozenset[str]]
    curators_channel: str | None
    questions_days: int
    slack_bot_token: str | None
    slack_app_token: str | None
    slack_signing_secret: str | None
    slack_api_url: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings in an environment. An empty value counts as none. Raises Invalid, naming key and value."""
        home = Path(_text(environ, "ATZINA_HOME") or platformdirs.user_data_dir("atzina")).expanduser().absolute()
        api = _address(environ, "SLACK_API_URL") or SLACK_API
        url = _address(environ, "ATZINA_URL")
        return cls(
            home=home,
            cache=Path(platformdirs.user_cache_dir("atzina")),
            model=_text(environ, "ATZINA_MODEL") or "bundled",
            database_url=_text(environ, "ATZINA_DATABASE_URL") or _own_database(home),
            languages=_languages(environ),
            url=url.rstrip("/") if url else None,
            fetch_private=_flag(environ, "ATZINA_FETCH_PRIVATE"),
            forgets_gone=_choice(environ, "ATZINA_GONE", ("retire", "forget")) == "forget",
            most_gone=_share(environ, "ATZINA_MOST_GONE", 0.5),
            report_channel=_text(environ, "ATZINA_REPORT_CHANNEL"),
            curators=_names(environ, "ATZINA_CURATORS"),
            administrators=_names(environ, "ATZINA_ADMINISTRATORS"),
            audiences=_audiences(environ, "ATZINA_AUDIENCES"),
            curators_channel=_text(environ, "ATZINA_CURATORS_CHANNEL"),
            questions_days=_days(environ, "ATZINA_QUESTIONS_DAYS", 30),
            slack_bot_token=_text(environ, "SLACK_BOT_TOKEN"),
            slack_app_token=_text(environ, "SLACK_APP_TOKEN"),
            slack_signing_secret=_text(environ, "SLACK_SIGNING_SECRET"),
            slack_api_url=api.rstrip("/") + "/",  # slack_sdk joins method names to it
        )

    @property
    def index(self) -> Path:
        """The folder of the index. Each database has one: the ids in it mean something else in another database."""
        if self.database_url == _own_database(self.home):
            return self.home / "index"
        parts = urlsplit(self.database_url)
        place = f"{parts.netloc.rpartition('@')[2]}{parts.path}"  # a new password is no other database
        return self.home / f"index-{hashlib.sha256(place.encode()).hexdigest()[:8]}"

    @property
    def subspaces(self) -> Path:
        """Where `atzina calibrate` keeps what it has made for each model."""
        return self.home / "subspaces"

    def make_home(self) -> None:
        """Makes the data folder, for its owner alone. Raises Unavailable."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise Unavailable(f"ATZINA_HOME {self.home} cannot be made: {fault.strerror}.") from fault

    def __repr__(self) -> str:
        return f"Settings(home={str(self.home)!r}, model={self.model!r})"


def _own_database(home: Path) -> str:
    return f"sqlite:///{home / 'atzina.db'}"


def _text(environ: Mapping[str, str], key: str) -> str | None:
    return environ.get(key, "").strip() or None


def _flag(environ: Mapping[str, str], key: str) -> bool:
    value = (_text(environ, key) or "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise Invalid(f"{key} is {value!r}; it can be 1 or 0.")
    return value in {"1", "true", "yes"}


def _choice(environ: Mapping[str, str], key: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first where nothing is set."""
    value = (_text(environ, key) or choices[0]).lower()
    if value not in choices:
        raise Invalid(f"{key} is {value!r}; it can be {' or '.join(choices)}.")
    return value


def _share(environ: Mapping[str, str], key: str, usual: float) -> float:
    value = _text(environ, key)
    try:
        share = float(value) if value else usual
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise Invalid(f"{key} is {value!r}; it is a share from 0 to 1, such as 0.5.")
    return share


def _days(environ: Mapping[str, str], key: str, usual: int) -> int:
    value = _text(environ, key)
    if value is None:
        return usual
    if not (value.isascii() and value.isdigit() and int(value) <= _MOST_DAYS):
        raise Invalid(f"{key} is {value!r}; it is a number of days from 0 to {_MOST_DAYS}, such as 30.")
    return int(value)


def _names(environ: Mapping[str, str], key: str) -> frozenset[str]:
    """What stands between commas."""
    return frozenset(name.strip() for name in (_text(environ, key) or "").split(",") if name.strip())


def _audiences(environ: Mapping[str, str], key: str) -> Mapping[str, frozenset[str]]:
    """Who belongs to which audience: `leads=S012+U034, legal=S567`."""
    found = {}
    for said in _names(environ, key):
        name, equals, ids = said.partition("=")
        members = frozenset(each.strip() for each in ids.split("+") if each.strip())
        if not (equals and name.strip() and members):
            raise Invalid(f"{key} has {said!r}; it is a list such as leads=S012ABC+U034DEF, legal=S567GHI.")
        found[name.strip()] = members
    return found


def _address(environ: Mapping[str, str], key: str) -> str | None:
    value = _text(environ, key)
    if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise Invalid(f"{key} is {value!r}; it must be an address such as https://lessons.example.org.")
    return value


def _languages(environ: Mapping[str, str]) -> tuple[str, ...]:
    value = _text(environ, "ATZINA_LANGUAGES")
    if value is None:
        return LANGUAGES
    codes = tuple(code.strip().lower() for code in value.replace(" ", ",").split(",") if code.strip())
    if unknown := [code for code in codes if not (len(code) == 2 and code.isalpha())]:
        raise Invalid(f"ATZINA_LANGUAGES has {unknown[0]!r}; it is a list of two-letter codes such as lv,lt,en.")
    return codes
