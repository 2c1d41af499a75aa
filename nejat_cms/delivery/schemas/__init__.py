"""Shapes of what the public reads."""
