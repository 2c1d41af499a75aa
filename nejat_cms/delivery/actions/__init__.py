"""How the public tables follow the newsroom: in its own transactions, under its own locks.

assets     what was changed in the media library
archive    how much was published in which month
splits     what an article's id means where its variant was split off
documents  a published, withdrawn, joined or split article
terms      a section, tag or person
editions   an edition, and the rolling out of its settings
"""
