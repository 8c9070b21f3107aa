"""Who somebody in Slack is to us: until there are more ways to say so, curators stand in a list of ids."""

from bot.curation import Person, Role
from bot.settings import Settings


def slack_person(settings: Settings, team: str, user: str) -> Person:
    """A person in Slack with their role, as it is now: asked anew for every click, of the one who clicks."""
    return Person(f"slack:{team}:{user}", Role.CURATOR if user in settings.curators else Role.STAFF)
