"""What a button of ours carries, so that nothing has to be remembered until it is pressed."""

import json
from dataclasses import dataclass
from typing import ClassVar

from bot.answering import MOST

_VALUE = 2000  # characters that a button may carry
_TOLD = 80  # characters of a value that is no button of ours, in the log


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that can be asked again, by whom it was asked, and under which reference it stands in the log.

    `question`: all that was typed, or what it was understood as by the question before it; then `typed` has what was
    typed. `without`: the names of what narrows it by its words and is not wanted.
    """

    question: str
    offset: int = 0
    private: bool = False
    asker: str = ""
    reference: str = ""
    without: tuple[str, ...] = ()
    typed: str = ""

    def value(self) -> str | None:
        """None where the question is too long to be carried; then there is no button."""
        known = {"q": self.question, "o": self.offset, "p": int(self.private), "u": self.asker, "r": self.reference}
        known |= {"x": self.without} if self.without else {}
        known |= {"t": self.typed} if self.typed else {}
        value = json.dumps(known, ensure_ascii=False)
        return value if len(value) <= _VALUE else None

    @classmethod
    def read(cls, value: object) -> "Ask":
        """The ask that `value` wrote; an offset outside what can be shown becomes the nearest. Raises ValueError."""
        try:
            known = json.loads(str(value))
            question, offset, private = known["q"], int(known["o"]), bool(known["p"])
            asker, reference = str(known.get("u", "")), str(known.get("r", ""))
            without, typed = tuple(map(str, known.get("x", ()))), str(known.get("t", ""))
        except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as fault:
            raise _unknown(value) from fault
        if not isinstance(question, str):
            raise ValueError(f"{question!r} is no question")
        return cls(question, min(max(offset, 0), MOST), private, asker, reference, without, typed)


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody says of an answer by a button, and the language in which they are to be thanked.

    `documents`: the ids of those that it showed.
    """

    helpful: bool
    language: str
    reference: str
    documents: tuple[int, ...] = ()

    def value(self) -> str:
        known = {"h": int(self.helpful), "l": self.language, "r": self.reference, "d": self.documents}
        return json.dumps(known)

    @classmethod
    def read(cls, value: object) -> "Ballot":
        """The ballot that `value` wrote. Raises ValueError."""
        try:
            known = json.loads(str(value))
            return cls(bool(known["h"]), str(known["l"]), str(known["r"]), tuple(map(int, known.get("d", ()))))
        except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as fault:
            raise _unknown(value) from fault


@dataclass(frozen=True, slots=True)
class Item:
    """A document under a curator's button, in the version in which it was shown, and where it stands.

    `place`: a message of its own, or a queue that begins with the entry `offset`, in a message or in a Home.
    """

    MESSAGE: ClassVar[str] = "m"
    QUEUE: ClassVar[str] = "q"
    HOME: ClassVar[str] = "h"

    document: int
    version: int
    place: str
    offset: int = 0

    def value(self) -> str:
        return json.dumps({"d": self.document, "v": self.version, "p": self.place, "o": self.offset})

    @classmethod
    def read(cls, value: object) -> "Item":
        """The item that `value` wrote. Raises ValueError."""
        try:
            known = json.loads(str(value))
            return cls(int(known["d"]), int(known["v"]), str(known["p"]), max(int(known["o"]), 0))
        except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as fault:
            raise _unknown(value) from fault


def _unknown(value: object) -> ValueError:
    return ValueError(f"{str(value)[:_TOLD]!r} is no button of ours")
