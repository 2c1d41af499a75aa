"""How what is published becomes bytes: pure functions from plain values.

documents  a variant as JSON, and the `Link` header
feeds      the newest of an edition as Atom, RSS and JSON Feed
sitemaps   what search engines are told of: entries, parts, their index
"""
