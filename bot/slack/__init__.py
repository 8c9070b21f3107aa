"""Slack, one of the doors: messages, the command, buttons and forms become questions, changes and answers.

Takes in what Slack sends; gives out messages and forms. May import what stands behind the doors (`bot`), every other
room, and no other door.
"""
