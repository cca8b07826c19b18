"""Asks: one file a check; each check is a conversation, and its docstring is its documentation."""
