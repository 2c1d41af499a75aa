"""How the public tables follow the newsroom: in its own transactions, under its own locks.

assets     what was changed in the media library
archive    how much was published in which month
former_ids what an article's id means since it was joined to another or split
documents  a published, withdrawn, joined or split article
terms      a section, tag or person
editions   an edition, and the rolling out of its settings
"""
