"""Who answers a message holds it for a while, so that no other process answers it meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("leased_until", sa.DateTime))


def downgrade() -> None:
    with op.batch_alter_table("events") as table:
        table.drop_column("leased_until")
