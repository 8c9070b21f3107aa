"""What a question is about, in words of the vocabulary, is kept beside its outcome."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("questions", sa.Column("topics", sa.JSON))


def downgrade() -> None:
    op.drop_column("questions", "topics")
