"""What can go wrong, as sentences for a person.

    AtzinaError            anything said plainly to the person who asked
    +-- NotFound           no document, passage or file by that name
    +-- NotAllowed         this move is not allowed (a status, an audience, an address)
    +-- Unreadable         a file that cannot be read, with the reason
    +-- Conflict           somebody else was quicker: what was to be changed is not as it was seen
    +-- Invalid            what was given cannot be used: empty, too long, the wrong shape
    +-- Unavailable        a part that is needed is not there yet: model, index, database

Every message names what it is about (a file, an id) and, where there is one, what to do. Doors translate
these in one place; anything else that is raised is a fault of ours and gets a reference number.
"""


class AtzinaError(Exception):
    """The message is a sentence for a person; it never holds a traceback.

    Given `values`, the sentence is a template: a door that speaks another language translates it before it is
    filled in.

    >>> str(NotFound("There is no document {number}.", number=7))
    'There is no document 7.'
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values


class NotFound(AtzinaError):
    """There is no document, passage or file by that name."""


class NotAllowed(AtzinaError):
    """The move is known, but not allowed from here or for this person."""


class Conflict(AtzinaError):
    """Somebody else was quicker; the message says with what."""


class Unreadable(AtzinaError):
    """The file cannot be read; the message says why."""


class Invalid(AtzinaError):
    """What was given cannot be used; the message says what would be."""


class Unavailable(AtzinaError):
    """A part that is needed is not there; the message says how to get it."""
