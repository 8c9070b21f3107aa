"""The tables. What changes here changes by a migration in `corpus/migrations`, which a test compares with this."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("country", sa.Text),
    sa.Column("organisation", sa.Text),
    sa.Column("project", sa.Text),
    sa.Column("funding", sa.Text),
    sa.Column("date", sa.Date),
    sa.Column("collection", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("review_by", sa.Date),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("curated", sa.JSON, nullable=False),  # fields a curator has set: re-reading the file keeps them
    sa.Column("added_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # field to where its text states it, [start, end], or null: proposed until a curator confirms
    sa.Column("found", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("sketch", sa.LargeBinary),  # MinHash of its words: documents that are nearly the same are found by it
    sqlite_autoincrement=True,  # an id is never used again, so an old link cannot open another document
)

audiences = sa.Table(
    "audiences",
    metadata,
    sa.Column("document_id", sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("audience", sa.Text, primary_key=True),
)

passages = sa.Table(
    "passages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("document_id", sa.ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("page", sa.Integer),
    sa.Column("heading", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("text_hash", sa.Text, nullable=False, index=True),
    sa.Column("confidence", sa.Float),  # of what was recognised on a scan, 0 to 1
    sqlite_autoincrement=True,  # an index that is behind can then never show another passage under an old id
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("document_id", sa.Integer, nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sqlite_autoincrement=True,  # the highest id is the corpus's version
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("received_at", sa.DateTime, nullable=False, index=True),  # UTC
    sa.Column("payload", sa.JSON),  # what is needed to answer after a crash; cleared when it has been answered
    sa.Column("leased_until", sa.DateTime),  # UTC; until then whoever claimed it is at work on it
)

files = sa.Table(  # what runs know of the files they came by, those that could not be read included
    "files",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),  # size and times: as long as they stay, it is not opened again
    sa.Column("reader", sa.Text, nullable=False),  # what it was read with: a better one may read what this could not
    sa.Column("reason", sa.Text),  # why it could not be read
    sa.Column("unread", sa.JSON, nullable=False),  # [page or name, reason] of its parts that could not be read
    sa.Column("validators", sa.JSON, nullable=False),  # of a page: its ETag and Last-Modified
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("began", sa.DateTime, nullable=False),  # UTC
    sa.Column("ended", sa.DateTime),  # UTC
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("places", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # running, done, stopped or failed
    sa.Column("report", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

links = sa.Table(  # documents that are nearly the same, or translations of each other; `one` < `other`
    "links",
    metadata,
    sa.Column("one", sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("other", sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # same or translation
    sa.Column("likeness", sa.Float, nullable=False),  # 0 to 1
    sa.Column("decided", sa.Text),  # what a curator said: yes or no
)

questions = sa.Table(  # what was asked; what says who asked, where and what is dropped after some days
    "questions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("day", sa.Date, nullable=False),  # UTC
    sa.Column("language", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),  # found, weak, nothing or failed
    sa.Column("asked_at", sa.DateTime, index=True),  # UTC
    sa.Column("reference", sa.Text),  # what the asker can quote; it stands in the log
    sa.Column("team", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("message", sa.Text),  # none for a command
    sa.Column("asker", sa.Text, index=True),
    sa.Column("text", sa.Text),
    sa.Column("thread", sa.Text, index=True),  # in which it was asked: a question can follow another one there
    sa.Column("topics", sa.JSON),  # what it is about, in words of the vocabulary; it stays when the text is dropped
    sa.UniqueConstraint("team", "channel", "message"),
    sqlite_autoincrement=True,
)

votes = sa.Table(  # what people said of an answer: one vote a person a message
    "votes",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("message", sa.Text, primary_key=True),
    sa.Column("voter", sa.Text, primary_key=True),
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("words", sa.Text),  # dropped after as many days as a question's text
    sa.Column("reference", sa.Text),  # of the question
)

handovers = sa.Table(  # questions that the curators were asked to answer: one a message
    "handovers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),  # the bot's, under which it was handed over
    sa.Column("thread", sa.Text),  # where the asker is told; none where only they are to see it
    sa.Column("asker", sa.Text, index=True),  # this and the text as long as it is open, and then some days
    sa.Column("text", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("state", sa.Text, nullable=False, index=True),  # open or answered
    sa.Column("answered_at", sa.DateTime),  # UTC
    sa.Column("answered_by", sa.Text),
    sa.Column("document", sa.ForeignKey("documents.id", ondelete="SET NULL")),
    sa.Column("payload", sa.JSON),  # what the asker is to be told, until they have been
    sa.Column("leased_until", sa.DateTime),  # UTC; until then a process is at work on telling them
    sa.UniqueConstraint("team", "channel", "message"),
    sqlite_autoincrement=True,
)

channels = sa.Table(  # what an administrator has set for a channel of Slack
    "channels",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("language", sa.Text),
    sa.Column("collections", sa.JSON, nullable=False),
    sa.Column("audiences", sa.JSON, nullable=False),
    sa.Column("askers", sa.JSON, nullable=False),
    sa.Column("follows", sa.Boolean, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("who", sa.Text, nullable=False),
)

showings = sa.Table(  # how often a document was shown in an answer
    "showings",
    metadata,
    sa.Column("document_id", sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),  # UTC
    sa.Column("times", sa.Integer, nullable=False),
)

reviews = sa.Table(  # what curators did with a document that waits for one of them, beside changing it
    "reviews",
    metadata,
    sa.Column("document_id", sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),  # passed: it is not theirs; asked: they were asked about it
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("words", sa.Text),
)

intakes = sa.Table(  # what somebody has sent to be added, and waits for its form or is at work
    "intakes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # one for what was sent, however often it comes
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False, index=True),  # reading, waiting, adding, leaving or done
    sa.Column("at", sa.DateTime, nullable=False),  # UTC: since when it is in this stage
    sa.Column("payload", sa.JSON, nullable=False),  # emptied when it is done
    sa.Column("leased_until", sa.DateTime),  # UTC; until then a process is at work on it; none where nobody has to be
    sqlite_autoincrement=True,
)
