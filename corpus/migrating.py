"""The schema of a database, brought up to date by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

__all__ = ["CommandError", "is_newest", "migrate"]


def is_newest(connection: Connection) -> bool:
    """Whether no migration is left to be run. Raises CommandError where the migrations cannot be read."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def migrate(connection: Connection) -> None:
    """Runs the migrations that are left. Raises CommandError where a newer Atzina has made the schema."""
    if not is_newest(connection):  # another process may have been first
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
