"""Reads of the newsroom: what is there, and what this actor may see of it.

variants   one variant as one actor sees it
articles   articles with all their variants, by any filter
freshness  whether a text still says what its source says
history    revisions, and what lies in the trash
terms      sections, tags, people
"""
