"""`Parts`: all that listeners hand over to. Made once for an application."""

from dataclasses import dataclass
from typing import Self

from bot.metrics import Metrics
from bot.rooms import Rooms
from bot.slack.adding import Adding
from bot.slack.authors import Authors
from bot.slack.channel_settings import ChannelSettings
from bot.slack.correcting import Corrector
from bot.slack.desk import Desk
from bot.slack.feedback import Feedback
from bot.slack.handovers import Handovers
from bot.slack.home import Home
from bot.slack.inbox import Inbox
from bot.slack.lists import Lists
from bot.slack.narrowing import Narrower
from bot.slack.people import People
from bot.slack.places import Places
from bot.slack.prompts import Prompts
from bot.slack.queue import Queue
from bot.slack.reviews import Reviews


@dataclass(frozen=True, slots=True)
class Parts:
    """One for each thing that people come to Slack for."""

    inbox: Inbox
    desk: Desk
    lists: Lists
    feedback: Feedback
    handovers: Handovers
    narrower: Narrower
    corrector: Corrector
    prompts: Prompts
    adding: Adding
    reviews: Reviews
    home: Home
    authors: Authors
    settings: ChannelSettings

    @classmethod
    def of(cls, rooms: Rooms, base: str, metrics: Metrics) -> Self:
        """`base` is the address of the web page: links begin with it."""
        people = People(rooms.settings)
        queue = Queue(rooms, base, people)
        settings = ChannelSettings(rooms, metrics, people)
        lists = Lists(rooms, base, metrics, people, queue, settings)
        desk = Desk(rooms, base, metrics, Places(rooms.corpus, people))
        inbox = Inbox(rooms, desk, lists)
        home = Home(rooms, metrics, people, queue, lists, inbox)
        reviews = Reviews(rooms, base, metrics, people, queue, home)
        return cls(
            inbox=inbox,
            desk=desk,
            lists=lists,
            prompts=Prompts(rooms, people),
            feedback=Feedback(rooms, base, metrics),
            handovers=Handovers(rooms, base, metrics, people, home),
            narrower=Narrower(rooms, metrics, desk),
            corrector=Corrector(rooms, metrics, desk),
            adding=Adding(rooms, base, metrics, people, reviews.announce),
            reviews=reviews,
            home=home,
            authors=Authors(rooms, base, metrics, people),
            settings=settings,
        )
