"""What the curators have answered is kept until whoever asked has been told."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("payload", sa.JSON))
    op.add_column("handovers", sa.Column("leased_until", sa.DateTime))


def downgrade() -> None:
    op.drop_column("handovers", "leased_until")
    op.drop_column("handovers", "payload")
