"""Slack on this machine, as its documentation describes it: what local-slack, somebody else's work, leaves out.

Rules come from https://docs.slack.dev, and each is cited where it is imitated. What both servers know, the same
journeys ask of both.
"""

from fake_slack.server import FakeSlack

__all__ = ["FakeSlack"]
