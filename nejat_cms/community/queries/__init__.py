"""Reads of what readers wrote.

threads     the public's: approved comments under one text
moderation  the newsroom's: comments, messages, blocked words
"""
