"""How things stand while Atzina runs, in sentences. `atzina doctor` looks deeper, and from outside."""

import re
from importlib.metadata import version

from bot.rooms import Rooms
from bot.words import noted, voice

_KIND = re.compile(r", | at ")  # what follows is the place, which is nobody's concern here
_WRITTEN = noted("The database can be written.")
_READ_ONLY = noted("The database can only be read.")
_EQUAL = noted("The index is equal to the corpus.")
_BEHIND = noted("The index is behind the corpus; the next question makes it equal.")
_PINNED = noted("The index was gone back to, and stays as it is.")


def health(rooms: Rooms, language: str) -> list[str]:
    """What is there, and whether database and index are in order. Raises Unavailable where there is no database."""
    say, n = voice(language), len(rooms.corpus.documents())
    database, written = rooms.corpus.state()
    reports = say.ngettext("{n} report", "{n} reports", n).format(n=n)
    passages = say.ngettext("{n} passage", "{n} passages", len(rooms.index)).format(n=len(rooms.index))
    return [
        f"{reports} · {passages}",
        f"{_KIND.split(database)[0]}: {say.gettext(_WRITTEN if written else _READ_ONLY)}",
        say.gettext(_PINNED if rooms.index.pinned() else _BEHIND if rooms.behind() else _EQUAL),
        f"Atzina {version('atzina')}",
    ]
