"""Follow-ups in threads, settings of channels, how often documents are shown, and what curators did with them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("questions", sa.Column("thread", sa.Text))
    op.create_index("ix_questions_thread", "questions", ["thread"])
    op.create_table(
        "channels",
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("collections", sa.JSON, nullable=False),
        sa.Column("audiences", sa.JSON, nullable=False),
        sa.Column("askers", sa.JSON, nullable=False),
        sa.Column("follows", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", name="pk_channels"),
    )
    op.create_table(
        "showings",
        sa.Column("document_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("document_id", "day", name="pk_showings"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], ondelete="CASCADE", name="fk_showings_document_id_documents"
        ),
    )
    op.create_table(
        "reviews",
        sa.Column("document_id", sa.Integer, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("words", sa.Text),
        sa.PrimaryKeyConstraint("document_id", "team", "person", "what", name="pk_reviews"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], ondelete="CASCADE", name="fk_reviews_document_id_documents"
        ),
    )


def downgrade() -> None:
    for table in ("reviews", "showings", "channels"):
        op.drop_table(table)
    op.drop_index("ix_questions_thread", "questions")
    op.drop_column("questions", "thread")
