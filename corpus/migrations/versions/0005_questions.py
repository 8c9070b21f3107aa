"""What people asked, what they said of the answers, and what was handed to the curators."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime),
        sa.Column("reference", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("asker", sa.Text),
        sa.Column("text", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("team", "channel", "message", name="uq_questions_team"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_questions_asker", "questions", ["asker"])
    op.create_index("ix_questions_asked_at", "questions", ["asked_at"])
    op.create_table(
        "votes",
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("voter", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("words", sa.Text),
        sa.Column("reference", sa.Text),
        sa.PrimaryKeyConstraint("team", "channel", "message", "voter", name="pk_votes"),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("thread", sa.Text),
        sa.Column("asker", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("answered_by", sa.Text),
        sa.Column("document", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_handovers"),
        sa.UniqueConstraint("team", "channel", "message", name="uq_handovers_team"),
        sa.ForeignKeyConstraint(
            ["document"], ["documents.id"], ondelete="SET NULL", name="fk_handovers_document_documents"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handovers_asker", "handovers", ["asker"])
    op.create_index("ix_handovers_state", "handovers", ["state"])


def downgrade() -> None:
    for table in ("handovers", "votes", "questions"):
        op.drop_table(table)
