"""The bot: every door (terminal, HTTP, web page, Slack), and answering and curation behind them.

Takes in questions and commands; gives out answers in the asker's language. May import every other room.
"""
