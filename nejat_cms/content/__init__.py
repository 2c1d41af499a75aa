"""Kinds, articles, variants, revisions and terms: what a newsroom writes."""
