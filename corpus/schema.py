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
