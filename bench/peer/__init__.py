"""The peer: a small Wagtail site with the same articles as ours, read through its API v2."""
