"""Shapes of content: what comes in (`inputs`) and what the newsroom reads (`answers`)."""
