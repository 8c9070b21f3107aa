"""What a door says when something goes wrong: exceptions become words here, and nowhere else."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.words import noted, voice
from corpus.errors import AtzinaError, Conflict, Invalid, NotAllowed, NotFound, Unavailable, Unreadable

_log = logging.getLogger("atzina")

NOT_READY = noted("I am not ready yet. Please ask again in a minute.")
BROKEN = noted("Something went wrong. Please quote reference {reference} when you report it.")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that can be taken for another
_KINDS: dict[type[AtzinaError], tuple[int, str]] = {
    Conflict: (409, "conflict"),
    Invalid: (422, "invalid"),
    NotFound: (404, "not_found"),
    NotAllowed: (403, "not_allowed"),
    Unreadable: (422, "unreadable"),
    Unavailable: (503, "unavailable"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """HTTP status, a code for scripts, a sentence for people; a reference where it is our fault.

    The sentence is a template where it has `values`: `spoken` fills it in.
    """

    status: int
    code: str
    sentence: str
    reference: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in English, as scripts and the terminal get it."""
        return self.spoken(None)

    def spoken(self, language: str | None) -> str:
        """The sentence in a language, filled in."""
        sentence = voice(language).gettext(self.sentence)
        return sentence.format(**self.values) if self.values else sentence


def told_asker(fault: Exception, said: Told, language: str | None) -> str:
    """What somebody who asked a question is told; what is missing, and where, is for the operator's log."""
    if isinstance(fault, Unavailable):
        _log.warning("%s", fault)
        return voice(language).gettext(NOT_READY)
    return said.spoken(language)


def told(fault: Exception) -> Told:
    """What to say. A fault of ours is logged with its traceback under the reference that the person is given."""
    for kind, (status, code) in _KINDS.items():
        if isinstance(fault, kind):
            return Told(status, code, fault.sentence, values=fault.values)
    reference = new_reference()
    _log.error("reference %s", reference, exc_info=fault)
    return Told(500, "internal", BROKEN, reference, {"reference": reference})


def new_reference() -> str:
    """Eight letters by which a person can name what stands in the log."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))
