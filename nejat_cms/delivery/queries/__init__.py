"""Public reads: one SELECT of ready bytes through the driver's cursor; delivery's own tables and nothing else.

editions   the editions readers know of
documents  one article: its bytes, and what is spliced into them
lists      many articles, by any filter
terms      sections, tags, people
archive    how much was published when, and the change feed
where      conditions and what they bind
"""
