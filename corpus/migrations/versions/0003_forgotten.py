"""What was forgotten stands in the journal, with its hashes: a table beside it said the same."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("forgotten")


def downgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("text_hash", sa.Text, nullable=False),
        sa.Column("document_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("text_hash", name="pk_forgotten"),
    )
