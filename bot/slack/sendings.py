"""`Sending`: what somebody has sent to be added, as an intake keeps it: the files, what was read, what was chosen."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]

# of a file in Slack: what its refusal depends on
_FILE = ("id", "name", "size", "mode", "is_external", "user_team", "source_team", "file_access")


@dataclass(frozen=True, slots=True)
class Sent:
    """One file that was read, under `place` in the uploads and with the SHA-256 `hash`; or why it was not.

    What was recognised is written as the corpus has it, the date as in ISO 8601. `known`: the id of the document
    that has the same bytes.
    """

    name: str
    place: str = ""
    hash: str = ""
    title: str | None = None
    country: str | None = None
    date: str | None = None
    language: str | None = None
    collection: str | None = None
    audience: str | None = None
    inner: int = 0
    known: int | None = None
    reason: str | None = None

    @property
    def usable(self) -> bool:
        return self.reason is None and self.known is None

    @property
    def day(self) -> dt.date | None:
        return dt.date.fromisoformat(self.date) if self.date else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form says of what is to be added, and who (by their id) has sent it. The fields are for one file only."""

    by: str
    collection: str
    audience: str
    validated: bool
    fields: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Sending:
    """`language`: in which is spoken of it. `files`: as Slack tells of them; or the `words` of a message.

    What becomes of it is said in `channel` and `thread`, in one message `sign` once that is there; the form is in
    `view` where it was opened before the files were read.
    """

    language: str
    channel: str
    thread: str | None = None
    files: tuple[Json, ...] = ()
    words: str = ""
    author: str = ""
    ts: str = ""
    left_out: int = 0
    sign: str | None = None
    view: str | None = None
    url: str = ""
    found: tuple[Sent, ...] = ()
    choice: Choice | None = None

    @property
    def usable(self) -> list[Sent]:
        return [each for each in self.found if each.usable]

    def payload(self) -> Json:
        return asdict(self)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Sending":
        """The sending that `payload` wrote. Raises ValueError."""
        try:
            known = dict(payload)
            known["files"] = tuple(known["files"])
            known["found"] = tuple(Sent(**each) for each in known["found"])
            known["choice"] = Choice(**known["choice"]) if known["choice"] else None
            return cls(**known)
        except (LookupError, TypeError) as fault:
            raise ValueError("This was not kept by us") from fault


def told_of(file: Json) -> Json:
    """As much of what Slack tells of a file as is needed later."""
    return {name: file[name] for name in _FILE if name in file}
