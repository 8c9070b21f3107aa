"""Runs and the state of each file, so that a run can be killed and goes on; places of what a document states."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("funding", sa.Text))
    op.add_column("documents", sa.Column("found", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("documents", sa.Column("sketch", sa.LargeBinary))
    op.add_column("passages", sa.Column("confidence", sa.Float))
    op.create_table(
        "files",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("unread", sa.JSON, nullable=False),
        sa.Column("validators", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_files"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("ended", sa.DateTime),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("places", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "links",
        sa.Column("one", sa.Integer, nullable=False),
        sa.Column("other", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("likeness", sa.Float, nullable=False),
        sa.Column("decided", sa.Text),
        sa.ForeignKeyConstraint(["one"], ["documents.id"], ondelete="CASCADE", name="fk_links_one_documents"),
        sa.ForeignKeyConstraint(["other"], ["documents.id"], ondelete="CASCADE", name="fk_links_other_documents"),
        sa.PrimaryKeyConstraint("one", "other", name="pk_links"),
    )


def downgrade() -> None:
    for table in ("links", "runs", "files"):
        op.drop_table(table)
    with op.batch_alter_table("passages") as passages:
        passages.drop_column("confidence")
    with op.batch_alter_table("documents") as documents:
        for name in ("sketch", "found", "funding"):
            documents.drop_column(name)
