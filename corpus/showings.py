"""`Showings`: how often each document was shown in an answer, by the day; nobody is named here."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from corpus.database import Transaction
from corpus.schema import documents, showings
from corpus.statements import insert_into, now


class Showings:
    """One for a corpus, which lends it its transactions."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading, self._writing = reading, writing

    def count(self, document_ids: Iterable[int]) -> None:
        """Each of these documents was shown once more today; those that are gone meanwhile are passed over."""
        wanted = sorted(set(document_ids))
        if not wanted:
            return
        today = sa.literal(now().date(), sa.Date)
        shown = sa.select(documents.c.id, today, sa.literal(1)).where(documents.c.id.in_(wanted))
        with self._writing() as connection:
            written = insert_into(connection, showings).from_select(["document_id", "day", "times"], shown)
            again = {"times": showings.c.times + 1}
            connection.execute(written.on_conflict_do_update(index_elements=["document_id", "day"], set_=again))

    def since(self, day: dt.date) -> dict[int, int]:
        """How often each document was shown since that day (UTC), by its id; those never shown are not in it."""
        times = sa.func.sum(showings.c.times)
        query = sa.select(showings.c.document_id, times).where(showings.c.day >= day).group_by(showings.c.document_id)
        with self._reading() as connection:
            return {int(document): int(shown) for document, shown in connection.execute(query)}
